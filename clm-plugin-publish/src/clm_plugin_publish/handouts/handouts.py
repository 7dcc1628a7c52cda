"""What goes along with a course: its requirements, how to start, and links to notebooks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from attrs import frozen

from clm import Diagnostic, Place, Severity, UsageError
from clm.builds import BuildOutput, CourseInfo, FinishedBuild
from clm_plugin_publish.contents import Contents, Item, tree_digest
from clm_plugin_publish.destinations.git_commands import remote_address
from clm_plugin_publish.generated import generated, with_files
from clm_plugin_publish.handouts.launching import Repository, repository
from clm_plugin_publish.handouts.packages import (
    Environment,
    imported_modules,
    is_of_python,
    name_in,
    normal_name,
)
from clm_plugin_publish.handouts.texts import readme, requirements_text, with_lines
from clm_plugin_publish.records.given import EVERYTHING
from clm_plugin_publish.settings import Destination, DestinationError

REQUIREMENTS = "requirements.txt"
README = "README.md"
NOTEBOOKS = "NOTEBOOKS.md"

_CODE = (".ipynb", ".py")


@frozen
class Earlier:
    """What went along with the files of a cohort before, by name.

    `texts` has what is there, `made_for` the digests of the files that it was made for; `lost` are
    the digests of what is not to be had any more.
    """

    texts: Mapping[str, bytes] = {}
    made_for: Mapping[str, str] = {}
    lost: Mapping[str, str] = {}

    def text(self, name: str, files: str, new: Callable[[], bytes]) -> bytes:
        """What goes along with files of this digest; `new` makes it if they are others.

        Raises:
            UsageError: it is lost.
        """
        is_same = self.made_for.get(name) == files
        if is_same and name in self.texts:
            return self.texts[name]
        data = new()
        if is_same and hashlib.sha256(data).hexdigest() != self.lost[name]:
            raise UsageError(
                f"the {name} that the cohort was given is lost, and would be another one now;"
                " nothing was published",
                hint="restore `.clm/publish/given` or the destination, or release everything anew:"
                f" `--correct '{EVERYTHING}' --note TEXT`",
            )
        if name == REQUIREMENTS and name in self.texts:
            # Who has installed these packages keeps them when there are more decks.
            return with_lines(self.texts[name].decode("utf-8", "replace"), data.decode()).encode()
        return data


NOTHING_EARLIER = Earlier()


def files_digest(contents: Contents, destination: Destination) -> str:
    """The digest of the files that what goes along is made for."""
    others = (*destination.files, "")  # what goes along has no source
    found = (item for item in contents.items if item.source not in others)
    return tree_digest((item.path, item.digest) for item in found)


def with_handouts(
    contents: Contents,
    destination: Destination,
    build: FinishedBuild,
    environment: Path | None,
    folder: Path,
    earlier: Earlier = NOTHING_EARLIER,
) -> tuple[Contents, tuple[Diagnostic, ...]]:
    """The contents with what the destination wants to go along, and what is wrong with that.

    A file of this name among the contents, such as one in `files`, stays as it is, and so does what
    a cohort had `earlier`.

    Raises:
        DestinationError: the repository of the destination is on no host that is known.
        UsageError: what the cohort had is lost.
    """
    if not contents.items:
        return contents, ()
    problems: list[Diagnostic] = []
    files = files_digest(contents, destination)

    def added(name: str, new: Callable[[], str]) -> Contents:
        data = earlier.text(name, files, lambda: new().encode())
        return with_files(contents, [generated(folder, name, data)]) if data else contents

    def requirements() -> str:
        text, found = _requirements(contents, destination, build, environment)
        problems.extend(found)
        return text

    if destination.requirements != "none" and REQUIREMENTS not in contents.by_path:
        contents = added(REQUIREMENTS, requirements)
    launch = launch_repository(destination, build.course)
    if destination.readme or launch:
        name = README if destination.readme and not _has_readme(contents) else NOTEBOOKS
        services = destination.launch
        contents = added(
            name,
            lambda: readme(contents, build.course, launch, services, whole=name == README),
        )
    return contents, tuple(problems)


def _has_readme(contents: Contents) -> bool:
    return any(
        "/" not in path and PurePosixPath(path).stem.lower() == "readme"
        for path in contents.by_path
    )


# --- requirements --------------------------------------------------------------------------------


def _requirements(
    contents: Contents, destination: Destination, build: FinishedBuild, environment: Path | None
) -> tuple[str, list[Diagnostic]]:
    local = _local_modules(build.course)
    users: dict[str, str] = {}
    # What a cohort has may be older than what was built.
    outputs = () if destination.cohort else build.outputs
    for item in _code_of(contents, outputs):
        for module in imported_modules(item.path, item.read()):
            if module.partition(".")[0] not in local and not is_of_python(module):
                users.setdefault(module, item.source)
    installed = Environment(environment)
    found, missing = installed.packages_of(users)
    problems = [_not_installed(module, users[module]) for module in missing]
    given = []
    for text in destination.packages:
        name, package = name_in(text), installed.package(text)
        if package is not None and not package.is_local:
            found[normal_name(text)] = package
        else:  # with a version, or not installed: as it is written
            given.append(text)
            found.pop(normal_name(name), None)
    problems += [_local(package.name) for package in found.values() if package.is_local]
    usual = [package for package in found.values() if not package.is_local]
    return requirements_text(usual, given, exact=destination.requirements == "exact"), problems


def _code_of(contents: Contents, outputs: Iterable[BuildOutput]) -> Iterator[Item]:
    """The notebooks and scripts of decks that students may have.

    Those that the destination does not get count, too: readers of pages need the same packages.
    """
    decks = {item.deck for item in contents.items if item.deck}
    for item in contents.items:
        if item.deck and item.path.endswith(_CODE):
            yield item
    for output in outputs:
        is_code = output.path.endswith(_CODE) and output.source in decks
        if is_code and output.audience.public is True:
            folder, path = output.folder, output.path
            yield Item(path, output.digest, folder, path, source=output.source)


def _local_modules(course: CourseInfo) -> set[str]:
    """The names of modules and folders of modules among the files of topics."""
    paths = [
        PurePosixPath(path)
        for section in course.sections
        for topic in section.topics
        for path in topic.files
        if path.endswith(".py")
    ]
    return {path.stem for path in paths} | {path.parent.name for path in paths}


def _not_installed(module: str, deck: str) -> Diagnostic:
    return Diagnostic(
        f"{module!r} is imported, but not installed: it is not in {REQUIREMENTS}",
        Severity.WARNING,
        Place(deck),
        hint="install it, name the `environment` of the decks, or name the package in `packages`",
    )


def _local(name: str) -> Diagnostic:
    return Diagnostic(
        f"{name!r} was installed from a folder or an address: it is not in {REQUIREMENTS}",
        Severity.WARNING,
        hint="name in `packages` what readers are to install",
    )


# --- links to notebooks --------------------------------------------------------------------------


def launch_repository(destination: Destination, course: CourseInfo) -> Repository | None:
    """The repository that notebooks are opened from, None if the destination wants no links.

    Raises:
        DestinationError: the services do not know its host.
    """
    if not destination.launch:
        return None
    remote = remote_address(destination.remote, course)
    found = repository(remote, destination.branch)
    if found is None:
        raise DestinationError(
            "notebooks are opened from repositories on github.com or gitlab.com",
            "launch",
            hint="remove `launch`, or publish to such a repository",
        )
    if not found.services(destination.launch):
        hint = "write `launch: [binder]`"
        raise DestinationError("Colab opens no notebooks from GitLab", "launch", hint=hint)
    return found
