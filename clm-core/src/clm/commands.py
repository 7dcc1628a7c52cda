"""Public API for commands of plugins; to be imported in the hook `clm_commands`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from attrs import evolve, frozen

from clm.cli.options import FOLDER, Settings, common_options, data_dir_option
from clm.cli.output.console import answer, echo, echo_err, json_option, plain, show, write_json
from clm.cli.output.tables import show_table
from clm.cli.shell_completion import course_spec

if TYPE_CHECKING:
    from clm.builder import BuildOptions
    from clm.builder.unchanged.clock import Clock
    from clm.builds import CourseInfo, FinishedBuild
    from clm.course.course import Course
    from clm.errors import Place
    from clm.jobs.hook_result import HookResult
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
    _plugin: str
    _began: Clock | None = None

    def build(
        self,
        folder: Path | None = None,
        kinds: Mapping[str, Collection[str]] | None = None,
        *,
        quiet: bool = False,
    ) -> FinishedBuild:
        """Build the course, in this output folder if it is given; return what is up to date.

        `kinds` has the only kinds that topics are built in, by their ids; of a topic without any,
        nothing is built: it is not linked and in no list. Other topics are built in all kinds.
        Give a folder of its own to such a build, since it removes there what it does not build.
        The progress is printed on stdout, unless `quiet`; `problems` has what is wrong. No hook is
        called, and `clm report` and `clm status` do not show the build.

        Raises:
            ClmError: the course cannot be planned, or there is no such topic.
        """
        from clm.builder.building import build_for_command  # loads the builder
        from clm.builder.report import BuildListener
        from clm.cli.output.progress import display
        from clm.course.course import Course
        from clm.course.only_kinds import only_kinds

        options, course = self._options, self._course
        if folder is not None:
            options = evolve(options, output_dir=folder)
        if kinds:
            course = Course.load(only_kinds(course.spec, kinds), options.data_dir)
        part = repr(sorted((topic, sorted(some)) for topic, some in (kinds or {}).items()))
        build = partial(build_for_command, options, self._plugins, course)
        if quiet:
            return build(BuildListener(), self._began, part)
        listener, entered = display(as_json=False, correlation_ids=False)
        with entered:
            return build(listener, self._began, part)

    @property
    def hook_results(self) -> tuple[HookResult, ...]:
        """What other plugins have returned for the plugin's own hooks, see `OwnHooks`."""
        plugin = self._plugins.plugin(self._plugin)
        return plugin.offer.hook_results if plugin is not None and plugin.offer else ()

    def place(self, *keys: str | int) -> Place:
        """The place of a setting of the plugin in the spec, or of what it is missing in."""
        return self._course.spec.place_of("plugins", self._plugin, *keys)

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
    from clm.builder.outcome.finished import course_info
    from clm.builder.planning.plugins.settings import settings_of
    from clm.builder.sessions.session import load_course
    from clm.builder.trust.local_plugins import with_local_plugins
    from clm.builder.unchanged.clock import Clock
    from clm.cli.groups import load_plugins

    began = Clock.now()
    settings = click.get_current_context().ensure_object(Settings)
    options = BuildOptions(
        spec_path=spec, data_dir=data_dir, output_dir=output_dir, db_path=settings.db_path
    )
    plugins = with_local_plugins(load_plugins(), spec, data_dir)
    course = load_course(options, plugins)
    own = settings_of(course, plugins, plugin)
    return OpenCourse(course_info(course), own, options, plugins, course, plugin, began)
