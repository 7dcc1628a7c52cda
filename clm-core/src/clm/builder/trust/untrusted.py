"""Refusal of what a course from strangers may not do on this machine (`clm build --untrusted`)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from clm.backends.paths import ClmPaths
from clm.builder.options import BuildOptions
from clm.builder.output.places import course_roots, default_folder
from clm.builder.trust.active_files import active_files
from clm.course.course import Course
from clm.course.spec import CourseSpec
from clm.course.syntax.reader import load_spec
from clm.errors import Diagnostic, Place, SpecError, UsageError
from clm.plugins import PluginRegistry

_BACKEND = "sqlite"
_OPTION = "--untrusted"


def refuse_unsafe(options: BuildOptions, plugins: PluginRegistry) -> None:
    """Checks all that can be checked before anything of the course is run or imported.

    Raises:
        UsageError: the options do not keep the course's code away from this machine.
        SpecError: the course asks for something that runs here, or leads out of its folder.
    """
    _refuse_options(options, plugins)
    spec = load_spec(options.spec_path)
    problems = [*_own_code(spec), *_programs(spec, plugins), *_links(options)]
    if problems:
        raise SpecError(problems)


def refuse_outputs_elsewhere(options: BuildOptions, course: Course) -> None:
    """Checks that the outputs stay in the course's folder, unless another one was chosen.

    Raises:
        SpecError: links in the course lead its outputs elsewhere.
    """
    if options.output_dir is not None:
        return
    root, data_dir = default_folder(course), Path(os.path.realpath(course.data_dir))
    for folder in (root, *course_roots(root, course)):
        real = Path(os.path.realpath(folder))
        if not real.is_relative_to(data_dir):
            message = f"the outputs would be written to {real}, outside of the course"
            raise SpecError([Diagnostic(message, hint="choose a folder with --output-dir")])


def refuse_active_files(course: Course) -> None:
    """Checks that no file that is copied runs scripts when readers open it by itself.

    Raises:
        SpecError: there are such files; it names them.
    """
    topics = (
        file for section in course.sections for topic in section.topics for file in topic.files
    )
    groups = (item.file for item in course.dir_group_files())
    if problems := list(active_files([*topics, *groups])):
        raise SpecError(problems)


def _refuse_options(options: BuildOptions, plugins: PluginRegistry) -> None:
    if options.backend != _BACKEND:
        raise UsageError(
            f"{_OPTION} and the backend {options.backend!r} cannot be combined",
            hint="only executors of the default backend keep code away from this machine",
        )
    # Executors of the spec are the stranger's choice.
    texts = {text.rpartition("=")[2]: text for text in options.executors}
    if not any("=" not in text.partition("://")[0] for text in options.executors):
        raise UsageError(
            f"{_OPTION} needs an executor for all jobs that keeps code away from this machine",
            hint="for example --executor docker; see `clm plugins list`",
        )
    for name in texts:
        if not plugins.executor(name.partition("://")[0]).isolates:
            raise UsageError(
                f"the executor {name!r} does not keep code away from the machine that runs it",
                hint="for example --executor docker",
            )


def _own_code(spec: CourseSpec) -> Iterator[Diagnostic]:
    for at, text in enumerate(spec.local_plugins):
        yield Diagnostic(
            f"the plugin {text!r} of the course would run in the building process",
            place=spec.place_of("local-plugins", at),
            hint=f"read it, and build without {_OPTION} if you trust it",
        )


def _programs(spec: CourseSpec, plugins: PluginRegistry) -> Iterator[Diagnostic]:
    """A problem for each setting in the spec that names a program of this machine."""
    hint = "remove it from the spec; set it in the environment if you need it"
    for plugin, values in spec.plugins.items():
        for key in values:
            if _setting(key) in _programs_of(plugin, plugins):
                message = f"the setting {str(key)!r} of the plugin {plugin!r} names what is to run"
                yield Diagnostic(message, place=spec.place_of("plugins", plugin), hint=hint)
    everywhere = {name for p in plugins.plugins for name in _programs_of(p.name, plugins)}
    for key in spec.plugin_defaults:
        if _setting(key) in everywhere:
            message = f"{key!r} names what is to run"
            yield Diagnostic(message, place=spec.place_of(key), hint=hint)


def _programs_of(plugin: str, plugins: PluginRegistry) -> set[str]:
    cls = plugins.settings_class(plugin)
    return {f.name for f in attrs.fields(cls) if f.metadata.get("program")} if cls else set()


def _setting(key: object) -> str:
    return str(key).replace("-", "_")


def _links(options: BuildOptions) -> Iterator[Diagnostic]:
    """A problem for each link in the place of CLM's own files."""
    paths = ClmPaths.of(options.spec_path, options.db_path)
    for path in _of_clm(paths.folder):
        if path.is_symlink():
            yield Diagnostic(
                f"{path.name!r} is a link to {str(path.readlink())!r}, where CLM would write",
                place=Place(str(path)),
                hint="remove the link",
            )


def _of_clm(folder: Path) -> Iterable[Path]:
    return (
        (folder, *folder.rglob("*")) if folder.is_dir() and not folder.is_symlink() else (folder,)
    )
