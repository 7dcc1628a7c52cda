"""Starters of plugins."""

from __future__ import annotations

import pytest

from clm.plugins import PluginRegistry, PluginStatus

SOURCE = """
from clm import Starter, StarterFiles, hookimpl
@hookimpl
def clm_starters():
    return [{}]
"""


def test_starters_listed_with_plugin(site):
    site.install("one", SOURCE.format("Starter('deck', StarterFiles, is_deck=True)"))
    ((plugin, starter),) = site.load().starters()
    assert (plugin.name, starter.name, starter.is_deck) == ("one", "deck", True)


def test_builds_call_no_starters(site):
    site.install("one", SOURCE.format("'deck'"))
    registry = PluginRegistry.load({}, site.entry_points(), for_builds=True)
    assert (registry.problems, registry.starters()) == ((), ())


@pytest.mark.parametrize(
    ("starter", "problem"),
    [
        ("Starter('No Name', StarterFiles)", "invalid starter name: 'No Name'"),
        ("Starter('deck', 'make')", "make is 'make', not callable"),
        ("Starter('deck', StarterFiles, prog_langs='python')", "not a tuple of non-empty strings"),
        ("Starter('deck', StarterFiles, checks=['x'])", "not a tuple of non-empty strings"),
        ("'deck'", "which is not a Starter"),
        ("*[Starter('deck', StarterFiles)] * 2", "'deck' twice"),
    ],
)
def test_invalid_starter_breaks_plugin(site, starter, problem):
    plugin = site.load_one(SOURCE.format(starter))
    assert plugin.status is PluginStatus.BROKEN
    assert problem in plugin.problem
