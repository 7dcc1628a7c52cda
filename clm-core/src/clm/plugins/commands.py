"""The subcommands that plugins add to the command line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import partial

import click

from clm.errors import PluginConflictError, PluginError
from clm.plugins.discovery import OWN_DISTRIBUTION, FoundPlugin
from clm.plugins.loading import Offer, guarded


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
            commands = guarded(found, "its commands cannot be added", partial(_commands_of, offer))
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


def _commands_of(offer: Offer) -> Mapping[str, click.Command]:
    # A separate group, so that a plugin can neither see nor replace the commands of others.
    group = click.Group()
    offer.hooks.add_commands(group)
    return group.commands


def _conflict(name: str, taken: bool, providers: list[FoundPlugin]) -> PluginConflictError:
    labels = [p.label for p in providers]
    owners = " and ".join(([OWN_DISTRIBUTION] if taken else []) + labels)
    return PluginConflictError(
        f"the command {name!r} is offered by {owners}",
        plugin=providers[0].name,
        hint="uninstall all but one of them",
    )
