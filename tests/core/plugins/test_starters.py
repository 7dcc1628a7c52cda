"""What plugins give to start from."""

from __future__ import annotations

import pytest

from clm.plugins import PluginStatus

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


@pytest.mark.parametrize(
    ("starter", "said"),
    [
        ("Starter('No Name', StarterFiles)", "is no name for a starter"),
        ("Starter('deck', 'make')", "make is 'make', not callable"),
        ("Starter('deck', StarterFiles, prog_langs='python')", "not a tuple of texts"),
        ("Starter('deck', StarterFiles, checks=['x'])", "not a tuple of texts"),
        ("'deck'", "not a Starter"),
        ("*[Starter('deck', StarterFiles)] * 2", "'deck' twice"),
    ],
)
def test_invalid_starter_breaks_plugin(site, starter, said):
    plugin = site.load_one(SOURCE.format(starter))
    assert plugin.status is PluginStatus.BROKEN
    assert said in plugin.problem
