"""The program `clm`: command groups, exit codes and error handling."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from clm import __version__
from clm.cli.groups import LazyGroup, PluginGroup
from clm.cli.options import Settings, common_options, verbosity_options
from clm.cli.output import console as messages
from clm.cli.terminations import end_by_interrupt, end_if_terminated
from clm.errors import PLUGIN_FAULT, ClmError, SpecError, UsageError

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

# A command creates many long-lived objects. Python's default thresholds would spend a quarter of
# the time of a no-op build on searching them for cyclic garbage.
_GARBAGE_THRESHOLDS = (100_000, 50, 50)

_COMMANDS = {
    "build": ("commands.courses.build:build", "Build a course."),
    "cache": ("main:cache", "Inspect, prune and clear the results cache."),
    "completion": ("commands.completion:completion", "Print a shell completion script."),
    "config": ("main:config", "Show the settings."),
    "db": ("main:db", "Check, migrate and locate the databases."),
    "convert-spec": (
        "commands.authoring.convert_spec:convert_spec",
        "Convert an XML spec to YAML.",
    ),
    "doctor": ("commands.plugins.doctor:doctor", "Check external tools and install missing ones."),
    "init": ("commands.authoring.init:init", "Create a course."),
    "jobs": ("main:jobs", "List, show, retry and cancel jobs."),
    "list": ("commands.courses.list_contents:list_contents", "List the contents of a course."),
    "new": ("main:new", "Add decks and sections to a course."),
    "plugins": ("main:plugins", "Inspect, check and create plugins."),
    "preview": (
        "commands.courses.preview:preview",
        "Show a course in the browser, and rebuild when files change.",
    ),
    "report": ("commands.courses.report:report", "Write an HTML report of the last build."),
    "status": ("commands.operation.status:status", "Show the status of workers, jobs and cache."),
    "schema": ("commands.authoring.schema:schema", "Print the JSON Schema of course specs."),
    "validate": ("commands.courses.validate:validate", "Check a course without building it."),
    "watch": ("commands.courses.watch:watch", "Build a course, and rebuild when files change."),
    "workers": ("main:workers", "List, start, stop and restart workers."),
}
_NEW_COMMANDS = {
    "deck": ("commands.authoring.new:new_deck", "Add a deck."),
    "section": ("commands.authoring.new:new_section", "Add a section."),
    "theme": ("commands.authoring.new:new_theme", "Start a theme."),
}
# Former names, neither listed nor completed.
_ALIASES = {"plugin": "plugins"}
_PLUGIN_COMMANDS = {
    "list": ("commands.plugins.installed:list_plugins", "List the installed plugins."),
    "new": ("commands.plugins.new_plugin:new_plugin", "Create a plugin package."),
    "info": ("commands.plugins.installed:plugin_info", "Show all that a plugin provides."),
    "check": (
        "commands.plugins.installed:check_plugins",
        "Check that plugins load without conflicts.",
    ),
}
_CONFIG_COMMANDS = {
    "show": ("commands.config:show_config", "Show all settings and their values."),
}

_CACHE_COMMANDS = {
    "stats": (
        "commands.databases.cache:cache_stats",
        "Show the number of results, hit rate and size, and the use of the shared cache.",
    ),
    "push": (
        "commands.databases.cache_sharing:push_cache",
        "Write all local results to the shared cache.",
    ),
    "pull": (
        "commands.databases.cache_sharing:pull_cache",
        "Fetch the results of a course from the shared cache.",
    ),
    "prune": ("commands.databases.cache:prune_cache", "Remove the least recently used results."),
    "clear": ("commands.databases.cache:clear_cache", "Remove all results."),
    "verify": (
        "commands.databases.cache:verify_cache",
        "Verify the results and remove damaged ones.",
    ),
}
_DB_COMMANDS = {
    "check": ("commands.databases.db:check_databases", "Check the databases for damage."),
    "migrate": (
        "commands.databases.db:migrate_databases",
        "Migrate the databases to the current version.",
    ),
    "path": ("commands.databases.db:show_paths", "Show the paths of the databases."),
}
_JOBS_COMMANDS = {
    "list": ("commands.operation.jobs:list_jobs", "List the jobs of recent builds."),
    "show": ("commands.operation.jobs:show_job", "Show the details of a job."),
    "retry": ("commands.operation.jobs:retry_job", "Requeue a failed or cancelled job."),
    "cancel": ("commands.operation.jobs:cancel_job", "Cancel a pending or running job."),
    "discard": ("commands.operation.jobs:discard_jobs", "Discard dead jobs that a backend keeps."),
}
_WORKERS_COMMANDS = {
    "list": ("commands.operation.workers:list_workers", "List the workers."),
    "start": ("commands.operation.workers:start_workers", "Start a persistent worker pool."),
    "stop": ("commands.operation.workers:stop_workers", "Stop the persistent worker pool."),
    "restart": ("commands.operation.workers:restart_worker", "Replace a worker with a new one."),
    "serve": ("commands.operation.serve:serve", "Run jobs for builds elsewhere."),
    "logs": ("commands.operation.workers:show_logs", "Show the log of a worker."),
}


@click.group(cls=PluginGroup, table=_COMMANDS, aliases=_ALIASES)
@verbosity_options
@common_options
@click.version_option(__version__, prog_name="clm", message="%(prog)s %(version)s")
def cli() -> None:
    """Build courses from text: one source for all languages and audiences."""


@click.group(cls=LazyGroup, table=_NEW_COMMANDS)
@common_options
def new() -> None:
    """Add decks and sections to a course."""


@click.group(cls=LazyGroup, table=_PLUGIN_COMMANDS)
@common_options
def plugins() -> None:
    """Inspect, check and create plugins."""


@click.group(cls=LazyGroup, table=_CONFIG_COMMANDS)
@common_options
def config() -> None:
    """Show the settings."""


@click.group(cls=LazyGroup, table=_CACHE_COMMANDS)
@common_options
def cache() -> None:
    """Inspect, prune and clear the results cache."""


@click.group(cls=LazyGroup, table=_DB_COMMANDS)
@common_options
def db() -> None:
    """Check, migrate and locate the databases."""


@click.group(cls=LazyGroup, table=_JOBS_COMMANDS)
@common_options
def jobs() -> None:
    """List, show, retry and cancel jobs."""


@click.group(cls=PluginGroup, table=_WORKERS_COMMANDS, parent="workers")
@common_options
def workers() -> None:
    """List, start, stop and restart workers."""


def run() -> NoReturn:
    """Run the command line of the process and exit (entry point)."""
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    end_by_interrupt()
    try:
        code = main()
        end_if_terminated()
        sys.exit(code)
    finally:
        gc.freeze()  # or else the interpreter searches all objects again at exit


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, by default that of the process, and return the exit code."""
    messages.prepare_streams()
    settings = Settings()
    try:
        code = cli.main(arguments, "clm", standalone_mode=False, obj=settings)
    except ClmError as error:
        # The authors of a plugin need the traceback of its fault.
        messages.show_all(error.diagnostics, details=error.hint == PLUGIN_FAULT)
        if settings.print_tracebacks:
            messages.show_traceback(error)
        return WRONG_USAGE if isinstance(error, (UsageError, SpecError)) else FAILED
    except click.ClickException as error:
        messages.show_usage(error)
        return WRONG_USAGE
    except (click.Abort, KeyboardInterrupt):
        messages.echo_err("interrupted")
        return INTERRUPTED
    except Exception as error:
        _show_unexpected(error, settings)
        return FAILED
    return code if isinstance(code, int) else DONE


def _show_unexpected(error: Exception, settings: Settings) -> None:
    from clm.cli.system_faults import system_fault  # nothing is wrong in most commands

    fault = system_fault(error)
    if fault is None:
        messages.show_bug(error)
        return
    messages.show(fault)
    if settings.print_tracebacks:
        messages.show_traceback(error)
