"""The program `clm`: where the command line begins, and where every error ends."""

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
from clm.errors import ClmError, SpecError, UsageError

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

# A command makes many objects that all stay: to look for cyclic garbage among them as often as
# Python usually does takes a quarter of the time of a build in which nothing has changed.
_GARBAGE_THRESHOLDS = (100_000, 50, 50)

_COMMANDS = {
    "build": ("clm.cli.commands.build:build", "Build a course."),
    "cache": ("clm.cli.main:cache", "Look at the results cache, and bound it."),
    "completion": (
        "clm.cli.commands.completion:completion",
        "Print the script that completes commands.",
    ),
    "config": ("clm.cli.main:config", "Look at the settings."),
    "db": ("clm.cli.main:db", "Check and migrate the databases."),
    "convert-spec": ("clm.cli.commands.convert_spec:convert_spec", "Write an XML spec as YAML."),
    "doctor": (
        "clm.cli.commands.doctor:doctor",
        "See what plugins' tools are missing, and mend it.",
    ),
    "init": ("clm.cli.commands.init:init", "Begin a course."),
    "jobs": ("clm.cli.main:jobs", "Look at jobs, try them again, cancel them."),
    "new": ("clm.cli.main:new", "Add to a course."),
    "plugin": ("clm.cli.main:plugin", "Begin a plugin."),
    "plugins": ("clm.cli.main:plugins", "Look at the installed plugins."),
    "report": ("clm.cli.commands.report:report", "Write a page about the last build."),
    "status": ("clm.cli.commands.status:status", "Show how workers, jobs and the cache are."),
    "schema": ("clm.cli.commands.schema:schema", "Print the JSON Schema of course specs."),
    "validate": ("clm.cli.commands.validate:validate", "Find what is wrong with a course."),
    "watch": ("clm.cli.commands.watch:watch", "Build a course, and again what changes."),
    "workers": ("clm.cli.main:workers", "Look at workers, and keep some for later builds."),
}
_NEW_COMMANDS = {
    "deck": ("clm.cli.commands.new:new_deck", "Add a deck."),
    "section": ("clm.cli.commands.new:new_section", "Add a section."),
}
_PLUGIN_AUTHOR_COMMANDS = {
    "new": ("clm.cli.commands.new_plugin:new_plugin", "Begin a plugin as a package that works."),
}
_PLUGIN_COMMANDS = {
    "list": ("clm.cli.commands.plugins:list_plugins", "List the plugins and what they offer."),
    "info": ("clm.cli.commands.plugins:plugin_info", "Show what one plugin offers."),
    "check": ("clm.cli.commands.plugins:check_plugins", "Check that plugins and their tools work."),
}
_CONFIG_COMMANDS = {
    "show": ("clm.cli.commands.config:show_config", "Show all settings and their values."),
}

_CACHE_COMMANDS = {
    "stats": ("clm.cli.commands.cache:cache_stats", "Show entries, hit rate and size."),
    "prune": ("clm.cli.commands.cache:prune_cache", "Remove results that were not used for long."),
    "clear": ("clm.cli.commands.cache:clear_cache", "Remove all results."),
    "verify": ("clm.cli.commands.cache:verify_cache", "Compare all results with their digests."),
}
_DB_COMMANDS = {
    "check": ("clm.cli.commands.db:check_databases", "Check that the databases are sound."),
    "migrate": ("clm.cli.commands.db:migrate_databases", "Bring the databases up to date."),
    "path": ("clm.cli.commands.db:show_paths", "Show where the databases are."),
}
_JOBS_COMMANDS = {
    "list": ("clm.cli.commands.jobs:list_jobs", "List the jobs of the last builds."),
    "show": ("clm.cli.commands.jobs:show_job", "Show all that is known of one job."),
    "retry": ("clm.cli.commands.jobs:retry_job", "Have a job that failed done again."),
    "cancel": ("clm.cli.commands.jobs:cancel_job", "Cancel a job that has not ended."),
}
_WORKERS_COMMANDS = {
    "list": ("clm.cli.commands.workers:list_workers", "List the workers."),
    "start": ("clm.cli.commands.workers:start_workers", "Keep workers for later builds."),
    "stop": ("clm.cli.commands.workers:stop_workers", "End the workers that are kept."),
    "restart": ("clm.cli.commands.workers:restart_worker", "Replace a worker by a new one."),
    "logs": ("clm.cli.commands.workers:show_logs", "Show the log of a worker."),
}


@click.group(cls=PluginGroup, table=_COMMANDS)
@verbosity_options
@common_options
@click.version_option(__version__, prog_name="clm", message="%(prog)s %(version)s")
def cli() -> None:
    """Build courses: slides kept as text into what each audience gets."""


@click.group(cls=LazyGroup, table=_NEW_COMMANDS)
@common_options
def new() -> None:
    """Add to a course."""


@click.group(cls=LazyGroup, table=_PLUGIN_AUTHOR_COMMANDS)
@common_options
def plugin() -> None:
    """Begin a plugin."""


@click.group(cls=LazyGroup, table=_PLUGIN_COMMANDS)
@common_options
def plugins() -> None:
    """Look at the installed plugins."""


@click.group(cls=LazyGroup, table=_CONFIG_COMMANDS)
@common_options
def config() -> None:
    """Look at the settings."""


@click.group(cls=LazyGroup, table=_CACHE_COMMANDS)
@common_options
def cache() -> None:
    """Look at the results cache, and bound it."""


@click.group(cls=LazyGroup, table=_DB_COMMANDS)
@common_options
def db() -> None:
    """Check and migrate the databases."""


@click.group(cls=LazyGroup, table=_JOBS_COMMANDS)
@common_options
def jobs() -> None:
    """Look at jobs, try them again, cancel them."""


@click.group(cls=LazyGroup, table=_WORKERS_COMMANDS)
@common_options
def workers() -> None:
    """Look at workers, and keep some for later builds."""


def run() -> NoReturn:
    """The entry point of the program."""
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    try:
        sys.exit(main())
    finally:
        gc.freeze()  # else Python looks through all of it again as the process ends


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, by default the process's own; gives the exit code."""
    messages.prepare_streams()
    settings = Settings()
    try:
        code = cli.main(arguments, "clm", standalone_mode=False, obj=settings)
    except ClmError as error:
        messages.show_all(error.diagnostics)
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
        messages.show_bug(error)
        return FAILED
    return code if isinstance(code, int) else DONE
