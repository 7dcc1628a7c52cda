"""The subcommands that plugins add to the command line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any

import click

from clm.errors import PLUGIN_FAULT, ClmError, PluginConflictError, PluginError
from clm.hints import shown
from clm.jobs.plugin_faults import diagnostics_of
from clm.plugins.discovery import OWN_DISTRIBUTION, FoundPlugin
from clm.plugins.loading import Offer, guarded
from clm.plugins.time_limit import call_seconds, time_limit

# SystemExit is a result of a command, and a closed pipe no fault.
_FOR_USERS = (
    ClmError,
    click.ClickException,
    click.Abort,
    click.exceptions.Exit,
    SystemExit,
    BrokenPipeError,
)


def collect_commands(
    offers: Iterable[tuple[FoundPlugin, Offer]], taken: Collection[str]
) -> tuple[Mapping[str, click.Command], tuple[PluginError, ...]]:
    """The plugins' commands by name, without those whose names conflict, and the errors.

    A name that is in `taken`, or that two plugins offer, is a conflict.
    """
    accepted: dict[str, click.Command] = {}
    problems: list[PluginError] = []
    offered: dict[str, list[tuple[FoundPlugin, click.Command]]] = defaultdict(list)
    for found, offer in offers:
        try:
            add = partial(_commands_of, found, offer)
            commands = guarded(found, "its commands cannot be added", add)
        except PluginError as error:
            problems.append(error)
            continue
        for name, command in commands.items():
            offered[name].append((found, command))
    for name, providers in sorted(offered.items()):
        if name in taken or len(providers) > 1:
            problems.append(_conflict(name, name in taken, [found for found, _ in providers]))
        else:
            accepted[name] = providers[0][1]
    return accepted, tuple(problems)


def _commands_of(found: FoundPlugin, offer: Offer) -> Mapping[str, click.Command]:
    # A separate group, so that a plugin can neither see nor replace the commands of others.
    group = click.Group()
    with time_limit(call_seconds()):
        offer.hooks.add_commands(group)
    for name, command in group.commands.items():
        if not isinstance(command, click.Command):
            raise TypeError(f"clm_commands adds {shown(command)}, which is not a command of click")
        command.get_short_help_str()  # for the list of all commands
        _attribute(found, name, command)
    return group.commands


def _attribute(found: FoundPlugin, name: str, command: click.Command) -> None:
    """Makes the command name its plugin when it fails; what it raises for the user passes."""

    def guard(function: Callable[..., Any]) -> Callable[..., Any]:
        def made(*arguments: Any, **options: Any) -> Any:
            try:
                return function(*arguments, **options)
            except ClmError as error:
                diagnostics_of(error)  # raises TypeError for what cannot be shown
                raise

        def call(*arguments: Any, **options: Any) -> Any:
            run = partial(made, *arguments, **options)
            what = f"the command {name!r} failed"
            return guarded(found, what, run, hint=PLUGIN_FAULT, passing=_FOR_USERS)

        return call

    # Of this object: its class may be the plugin's own.
    for method in ("make_context", "invoke"):
        setattr(command, method, guard(getattr(command, method)))


def _conflict(name: str, taken: bool, providers: list[FoundPlugin]) -> PluginConflictError:
    labels = [p.label for p in providers]
    owners = " and ".join(([OWN_DISTRIBUTION] if taken else []) + labels)
    return PluginConflictError(
        f"the command {name!r} is offered by {owners}",
        plugin=providers[0].name,
        hint="uninstall all but one of them",
    )
