"""Discovery of plugins without importing them."""

from __future__ import annotations

import sys

import pytest

from clm.plugins import PluginStatus, discover

RAISES = "raise RuntimeError('imported')"


def test_discovery_reads_entry_point_metadata(site):
    module = site.install("early", RAISES, distribution="clm-plugin-early", version="2.5")
    (found,) = discover({}, site.entry_points())
    assert (found.name, found.distribution, found.version) == ("early", "clm-plugin-early", "2.5")
    assert (found.value, found.status) == (module, PluginStatus.FOUND)


def test_discovery_imports_nothing(site):
    module = site.install("early", RAISES)
    (found,) = discover({}, site.entry_points())
    assert found.value == module
    assert module not in sys.modules


def test_discovery_searches_sys_path(site):
    site.install("early", RAISES)
    assert "early" in [plugin.name for plugin in discover({})]


def test_discovery_sorts_by_name(site):
    for name in ("m", "z", "a"):
        site.install(name, "")
    assert [plugin.name for plugin in discover({}, site.entry_points())] == ["a", "m", "z"]


def test_repeated_path_lists_plugin_once(site, monkeypatch):
    site.install("early", "")
    monkeypatch.syspath_prepend(site.folder / "." / "x" / "..")
    assert [plugin.name for plugin in discover({})].count("early") == 1


def test_damaged_entry_points_spare_others(site):
    site.install("early", "")
    site.info("stranger", "1.0", "[clm.plugins]\ngarbage\n")
    site.info("clm-plugin-damaged", "1.0", "[clm.plugins]\ngarbage\n")
    found = {plugin.name: plugin for plugin in discover({})}
    assert found["early"].status is PluginStatus.FOUND
    assert found["clm-plugin-damaged"].status is PluginStatus.BROKEN
    assert "entry_points.txt" in (found["clm-plugin-damaged"].problem or "")


@pytest.mark.parametrize("named", ["early", "EARLY", "clm-early", "other, early ,"])
def test_block_by_name_or_distribution(site, named):
    site.install("early", "")
    (found,) = discover({"CLM_BLOCK_PLUGINS": named}, site.entry_points())
    assert found.status is PluginStatus.BLOCKED


def test_blocking_spares_other_plugins(site):
    site.install("early", "")
    site.install("late", "")
    found = discover({"CLM_BLOCK_PLUGINS": "late"}, site.entry_points())
    assert [plugin.status for plugin in found] == [PluginStatus.FOUND, PluginStatus.BLOCKED]


def test_load_list_blocks_others(site):
    site.install("early", "")
    site.install("late", "")
    site.install("core", "", distribution="clm")
    found = discover({"CLM_LOAD_PLUGINS": "late"}, site.entry_points())
    blocked = {plugin.name: plugin.status is PluginStatus.BLOCKED for plugin in found}
    assert blocked == {"core": False, "early": True, "late": False}


def test_blocking_wins_over_loading(site):
    site.install("early", "")
    environ = {"CLM_LOAD_PLUGINS": "early", "CLM_BLOCK_PLUGINS": "early"}
    (found,) = discover(environ, site.entry_points())
    assert found.status is PluginStatus.BLOCKED


def test_missing_metadata_version_unknown(site):
    site.install("early", "")
    next(site.folder.glob("*.dist-info/METADATA")).unlink()
    (found,) = discover({}, site.entry_points())
    assert (found.name, found.version) == ("early", "unknown")
