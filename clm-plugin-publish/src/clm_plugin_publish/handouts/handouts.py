"""What goes along with a course: its requirements, how to start, and links to notebooks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from clm import Diagnostic, Place, Severity
from clm.builds import BuildOutput, CourseInfo, FinishedBuild
from clm_plugin_publish.contents import Contents, Item
from clm_plugin_publish.destinations.git_commands import remote_address
from clm_plugin_publish.generated import generated, with_files
from clm_plugin_publish.handouts.launching import Repository, repository
from clm_plugin_publish.handouts.packages import (
    Environment,
    imported_modules,
    is_of_python,
    normal_name,
)
from clm_plugin_publish.handouts.texts import readme, requirements_text
from clm_plugin_publish.settings import Destination, DestinationError

REQUIREMENTS = "requirements.txt"
README = "README.md"
NOTEBOOKS = "NOTEBOOKS.md"

_CODE = (".ipynb", ".py")


def with_handouts(
    contents: Contents,
    destination: Destination,
    build: FinishedBuild,
    environment: Path | None,
    folder: Path,
) -> tuple[Contents, tuple[Diagnostic, ...]]:
    """The contents with what the destination wants to go along, and what is wrong with that.

    A file of this name among the contents, such as one in `files`, stays as it is.

    Raises:
        DestinationError: the repository of the destination is on no host that is known.
    """
    if not contents.items:
        return contents, ()
    problems: list[Diagnostic] = []
    if destination.requirements != "none" and REQUIREMENTS not in contents.by_path:
        data, found = _requirements(contents, destination, build, environment)
        problems += found
        if data:
            contents = with_files(contents, [generated(folder, REQUIREMENTS, data.encode())])
    launch = launch_repository(destination, build.course)
    if destination.readme or launch:
        name = README if destination.readme and not _has_readme(contents) else NOTEBOOKS
        text = readme(contents, build.course, launch, destination.launch, whole=name == README)
        if text:
            contents = with_files(contents, [generated(folder, name, text.encode())])
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
        name, package = _name_in(text), installed.package(text)
        if package is not None and not package.is_local:
            found[normal_name(text)] = package
        else:  # with a version, or not installed: as it is written
            given.append(text)
            found.pop(normal_name(name), None)
    problems += [_local(package.name) for package in found.values() if package.is_local]
    usual = [package for package in found.values() if not package.is_local]
    return requirements_text(usual, given, exact=destination.requirements == "exact"), problems


def _name_in(requirement: str) -> str:
    return re.split(r"[\[<>=!~ ]", requirement)[0]


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
