"""Public API for commands of plugins; to be imported in the hook `clm_commands`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from attrs import frozen

from clm.cli.options import FOLDER, Settings, common_options, data_dir_option
from clm.cli.output.console import answer, echo, echo_err, json_option, plain, show, write_json
from clm.cli.output.tables import show_table
from clm.cli.shell_completion import course_spec

if TYPE_CHECKING:
    from clm.builder import BuildOptions
    from clm.builds import CourseInfo, FinishedBuild
    from clm.course.course import Course
    from clm.plugins import PluginRegistry

__all__ = [
    "OpenCourse",
    "answer",
    "course_options",
    "echo",
    "echo_err",
    "json_option",
    "plain",
    "show",
    "show_table",
    "write_json",
]

F = TypeVar("F", bound=Callable[..., Any])

_output_dir_option = click.option(
    "-o", "--output-dir", type=FOLDER, help="Use the outputs in this folder."
)


@frozen(eq=False, repr=False, slots=False)
class OpenCourse:
    """The course of a command: what its spec says, and the settings of the command's plugin."""

    info: CourseInfo
    settings: Any
    _options: BuildOptions
    _plugins: PluginRegistry
    _course: Course

    def finished_build(self) -> FinishedBuild:
        """What earlier builds delivered and is up to date now; nothing is built.

        It is not `ok` if a build would have something to do; `problems` has what it would report.
        An output is `written` if the last build wrote it.

        Raises:
            ClmError: the course cannot be planned.
        """
        from clm.builder.inspection import inspect_build  # loads the builder

        return inspect_build(self._options, self._plugins, self._course)


def course_options(plugin: str) -> Callable[[F], F]:
    """Give a command of the plugin an argument `course`, an `OpenCourse`.

    The command gets the argument SPEC, found as by `clm build`, and the options `--output-dir`,
    `--data-dir`, `--db-path` and `--print-tracebacks`.
    """

    def add(command: F) -> F:
        @wraps(command)
        def called(
            *arguments: Any,
            spec: Path,
            data_dir: Path | None,
            output_dir: Path | None,
            **options: Any,
        ) -> Any:
            course = _open_course(plugin, spec, data_dir, output_dir)
            return command(*arguments, course=course, **options)

        decorated: Any = called
        for option in (common_options, data_dir_option, _output_dir_option, course_spec):
            decorated = option(decorated)
        return decorated  # type: ignore[no-any-return]

    return add


def _open_course(
    plugin: str, spec: Path, data_dir: Path | None, output_dir: Path | None
) -> OpenCourse:
    # Imported here: to list commands, the builder is not needed.
    from clm.builder import BuildOptions
    from clm.builder.finished import course_info
    from clm.builder.local_plugins import with_local_plugins
    from clm.builder.planning.plugin_settings import settings_of
    from clm.builder.session import load_course
    from clm.cli.groups import load_plugins

    settings = click.get_current_context().ensure_object(Settings)
    options = BuildOptions(
        spec_path=spec, data_dir=data_dir, output_dir=output_dir, db_path=settings.db_path
    )
    plugins = with_local_plugins(load_plugins(), spec, data_dir)
    course = load_course(options, plugins)
    own = settings_of(course, plugins, plugin)
    return OpenCourse(course_info(course), own, options, plugins, course)
