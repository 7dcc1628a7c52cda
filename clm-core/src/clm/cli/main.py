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
    "build": ("clm.cli.commands.build:build", "Build a course."),
    "cache": ("clm.cli.main:cache", "Inspect, prune and clear the results cache."),
    "completion": (
        "clm.cli.commands.completion:completion",
        "Print a shell completion script.",
    ),
    "config": ("clm.cli.main:config", "Show the settings."),
    "db": ("clm.cli.main:db", "Check, migrate and locate the databases."),
    "convert-spec": ("clm.cli.commands.convert_spec:convert_spec", "Convert an XML spec to YAML."),
    "doctor": (
        "clm.cli.commands.doctor:doctor",
        "Check external tools and install missing ones.",
    ),
    "init": ("clm.cli.commands.init:init", "Create a course."),
    "jobs": ("clm.cli.main:jobs", "List, show, retry and cancel jobs."),
    "list": ("clm.cli.commands.list_contents:list_contents", "List the contents of a course."),
    "new": ("clm.cli.main:new", "Add decks and sections to a course."),
    "plugins": ("clm.cli.main:plugins", "Inspect, check and create plugins."),
    "preview": (
        "clm.cli.commands.preview:preview",
        "Show a course in the browser, and rebuild when files change.",
    ),
    "report": ("clm.cli.commands.report:report", "Write an HTML report of the last build."),
    "status": ("clm.cli.commands.status:status", "Show the status of workers, jobs and cache."),
    "schema": ("clm.cli.commands.schema:schema", "Print the JSON Schema of course specs."),
    "validate": ("clm.cli.commands.validate:validate", "Check a course without building it."),
    "watch": ("clm.cli.commands.watch:watch", "Build a course, and rebuild when files change."),
    "workers": ("clm.cli.main:workers", "List, start, stop and restart workers."),
}
_NEW_COMMANDS = {
    "deck": ("clm.cli.commands.new:new_deck", "Add a deck."),
    "section": ("clm.cli.commands.new:new_section", "Add a section."),
    "theme": ("clm.cli.commands.new:new_theme", "Start a theme."),
}
# Former names, neither listed nor completed.
_ALIASES = {"plugin": "plugins"}
_PLUGIN_COMMANDS = {
    "list": ("clm.cli.commands.plugins:list_plugins", "List the installed plugins."),
    "new": ("clm.cli.commands.new_plugin:new_plugin", "Create a plugin package."),
    "info": ("clm.cli.commands.plugins:plugin_info", "Show all that a plugin provides."),
    "check": (
        "clm.cli.commands.plugins:check_plugins",
        "Check that plugins load without conflicts.",
    ),
}
_CONFIG_COMMANDS = {
    "show": ("clm.cli.commands.config:show_config", "Show all settings and their values."),
}

_CACHE_COMMANDS = {
    "stats": (
        "clm.cli.commands.cache:cache_stats",
        "Show the number of results, hit rate and size, and the use of the shared cache.",
    ),
    "push": (
        "clm.cli.commands.cache_sharing:push_cache",
        "Write all local results to the shared cache.",
    ),
    "pull": (
        "clm.cli.commands.cache_sharing:pull_cache",
        "Fetch the results of a course from the shared cache.",
    ),
    "prune": ("clm.cli.commands.cache:prune_cache", "Remove the least recently used results."),
    "clear": ("clm.cli.commands.cache:clear_cache", "Remove all results."),
    "verify": (
        "clm.cli.commands.cache:verify_cache",
        "Verify the results and remove damaged ones.",
    ),
}
_DB_COMMANDS = {
    "check": ("clm.cli.commands.db:check_databases", "Check the databases for damage."),
    "migrate": (
        "clm.cli.commands.db:migrate_databases",
        "Migrate the databases to the current version.",
    ),
    "path": ("clm.cli.commands.db:show_paths", "Show the paths of the databases."),
}
_JOBS_COMMANDS = {
    "list": ("clm.cli.commands.jobs:list_jobs", "List the jobs of recent builds."),
    "show": ("clm.cli.commands.jobs:show_job", "Show the details of a job."),
    "retry": ("clm.cli.commands.jobs:retry_job", "Requeue a failed or cancelled job."),
    "cancel": ("clm.cli.commands.jobs:cancel_job", "Cancel a pending or running job."),
    "discard": ("clm.cli.commands.jobs:discard_jobs", "Discard dead jobs that a backend keeps."),
}
_WORKERS_COMMANDS = {
    "list": ("clm.cli.commands.workers:list_workers", "List the workers."),
    "start": ("clm.cli.commands.workers:start_workers", "Start a persistent worker pool."),
    "stop": ("clm.cli.commands.workers:stop_workers", "Stop the persistent worker pool."),
    "restart": ("clm.cli.commands.workers:restart_worker", "Replace a worker with a new one."),
    "serve": ("clm.cli.commands.serve:serve", "Run jobs for builds elsewhere."),
    "logs": ("clm.cli.commands.workers:show_logs", "Show the log of a worker."),
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
