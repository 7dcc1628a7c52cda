"""`clm watch`: builds of a course whenever its files change.

With `--json` each build prints the same events as `clm build`, preceded by `changed`, with `output`
only for the outputs that it wrote. If files change during a build, its last event is `superseded`
in place of `summary`:

    changed        paths (absolute; none for the first build)
    superseded
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from clm.builder import BuildOptions
from clm.builder.report import BuildListener, BuildReport
from clm.builder.sessions.watch import WatchListener, watch_course
from clm.cli.backend_options import BackendCommand
from clm.cli.build_options import Shown, as_build_options, building_options
from clm.cli.options import Settings, pass_settings
from clm.cli.output.console import echo, plain, show_all
from clm.cli.output.progress import display, write_error, write_event, write_outputs, write_summary
from clm.cli.output.summary import show_summary
from clm.errors import ClmError
from clm.hints import listing

_SHOWN = 3  # changed files


@click.command("watch", cls=BackendCommand)
@building_options(for_watch=True)
@pass_settings
def watch(settings: Settings, /, **options: Any) -> None:
    """Build a course, and rebuild when files change.

    Press Ctrl-C to stop. Exit codes: 0 stopped by Ctrl-C, 2 wrong usage.
    """
    build_options, shown = as_build_options(settings, options)
    run_watch(build_options, settings, shown)


def run_watch(options: BuildOptions, settings: Settings, shown: Shown) -> None:
    """Watch the course until interrupted."""
    try:
        watch_course(options, watch_listener(options, settings, shown))
    except KeyboardInterrupt:
        if not shown.as_json and not settings.quiet:
            echo("watch stopped")
    except ClmError as error:
        if shown.as_json:
            write_error(error.diagnostics)
        raise


def watch_listener(options: BuildOptions, settings: Settings, shown: Shown) -> WatchListener:
    """The listener that prints the builds of a watch, as text or as events."""
    if shown.as_json:
        return _JsonWatch(settings)
    return _ShownWatch(settings, shown, options.spec_path)


class _JsonWatch(WatchListener):
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def build_begins(self, changed: Collection[Path]) -> BuildListener:
        write_event("changed", paths=sorted(str(path) for path in changed))
        listener, _ = display(as_json=True, correlation_ids=False)
        return listener

    def build_superseded(self) -> None:
        write_event("superseded")

    def build_ended(self, report: BuildReport) -> None:
        write_outputs(report.written())
        write_summary(report)

    def build_failed(self, error: ClmError) -> None:
        write_error(error.diagnostics)


class _ShownWatch(WatchListener):
    """Prints changed files and the progress and summary of each build."""

    def __init__(self, settings: Settings, shown: Shown, spec: Path) -> None:
        self._settings = settings
        self._shown = shown
        self._spec = spec
        self._display = ExitStack()

    def build_begins(self, changed: Collection[Path]) -> BuildListener:
        if changed and not self._settings.quiet:
            echo(plain(f"changed: {_names(changed)}"))
        listener, entered = display(
            as_json=False,
            correlation_ids=self._shown.correlation_ids,
            verbosity=self._settings.verbosity,
        )
        self._display.enter_context(entered)
        return listener

    def build_superseded(self) -> None:
        self._display.close()

    def build_ended(self, report: BuildReport) -> None:
        self._display.close()
        ids = self._shown.correlation_ids
        show_summary(report, self._settings, correlation_ids=ids, spec=self._spec)
        self._print_waiting()

    def build_failed(self, error: ClmError) -> None:
        self._display.close()
        show_all(error.diagnostics, details=self._settings.print_tracebacks)
        self._print_waiting()

    def _print_waiting(self) -> None:
        if not self._settings.quiet:
            echo("waiting for changes; press Ctrl-C to stop")


def _names(changed: Collection[Path]) -> str:
    return listing(sorted({path.name for path in changed}), _SHOWN)
