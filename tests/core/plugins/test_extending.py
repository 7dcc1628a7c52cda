"""Hooks that a plugin offers to other plugins."""

from __future__ import annotations

import pytest

from clm.plugins import PluginStatus

HOST = """
import attrs
from clm import JobType, OwnHooks, hookimpl, hookspec

@attrs.frozen
class Payload:
    text: str = ""

def extend(job_type, results):
    return attrs.evolve(job_type, patterns=tuple(r.value for r in results), kinds=("exam",))

@hookimpl
def clm_job_types():
    return [JobType(
        name="host", patterns=("*.txt",), payload=Payload, plan=lambda source, context: (),
        worker="somewhere.worker:Converter", fingerprint=lambda: "1", extend=extend,
    )]

@hookimpl
def clm_own_hooks():
    return OwnHooks(__name__, f"{__name__}:check")

@hookspec
def clm_host_pattern(): ...

def check(name, value):
    if not isinstance(value, str):
        raise TypeError(f"{name} returns {value!r}, not a text")
"""
GUEST = """
from clm import hookimpl

@hookimpl
def clm_host_pattern(): return {value}
"""


def test_results_reach_job_type(site):
    site.install("host", HOST)
    site.install("guest", GUEST.format(value="'*.guest'"))
    site.install("another", GUEST.format(value="'*.another'"))
    job_type = site.load().job_type("host")
    assert job_type.patterns == ("*.another", "*.guest")
    assert job_type.kinds == ("exam",)


def test_host_alone_unchanged(site):
    site.install("host", HOST)
    assert site.load().job_type("host").patterns == ("*.txt",)


@pytest.mark.parametrize(
    ("value", "reason"),
    [("1 / 0", "ZeroDivisionError"), ("5", "clm_host_pattern returns 5, not a text")],
)
def test_failing_guest_affects_only_itself(site, value, reason):
    site.install("host", HOST)
    site.install("guest", GUEST.format(value=value), version="2.5")
    site.install("well", GUEST.format(value="'*.well'"))
    registry = site.load()
    assert registry.plugin("guest").status is PluginStatus.BROKEN
    assert "plugin 'guest' of clm-guest 2.5" in registry.plugin("guest").problem
    assert reason in registry.plugin("guest").problem
    assert registry.job_type("host").patterns == ("*.well",)


def test_unknown_hook_names_nearest(site):
    site.install("host", HOST)
    site.install("guest", GUEST.format(value="''").replace("pattern", "patern"))
    problem = site.load().plugin("guest").problem
    assert "plugin 'host' has no hook 'clm_host_patern'" in problem
    assert "clm_host_pattern" in problem


def test_blocked_host_breaks_no_guest(site):
    site.install("host", HOST)
    site.install("guest", GUEST.format(value="'*.guest'"))
    registry = site.load({"CLM_BLOCK_PLUGINS": "host"})
    assert registry.plugin("guest").status is PluginStatus.OK


def test_hook_of_missing_plugin_unknown(site):
    site.install("guest", GUEST.format(value="'*.guest'"))
    assert "clm_host_pattern" in site.load().plugin("guest").problem


def test_failing_extend_names_host(site):
    site.install("host", HOST.replace("return attrs.evolve", "1 / 0; return attrs.evolve"))
    site.install("guest", GUEST.format(value="'*.guest'"))
    registry = site.load()
    assert "plugin 'host' of clm-host 1.0" in registry.plugin("host").problem
    assert registry.plugin("guest").status is PluginStatus.OK


def test_functions_of_extended_type_attributed(site):
    changed = HOST.replace("kinds=", "plan=lambda source, context: 1 / 0, kinds=")
    site.install("host", changed)
    site.install("guest", GUEST.format(value="'*.guest'"))
    with pytest.raises(Exception, match=r"plugin 'host' of clm-host 1.0: job type 'host' failed"):
        site.load().job_type("host").plan(None, None)
