"""Loading of plugins, each isolated from the faults of the others."""

from __future__ import annotations

import sys

import pytest

from clm.errors import PluginLoadError
from clm.plugins import PluginStatus, loading


def test_plugin_without_hooks_ok(site):
    assert site.load_one("").status is PluginStatus.OK


def test_job_types_found_by_name(site, job_type_source):
    site.install("one", job_type_source("thing"))
    registry = site.load()
    assert registry.job_type("thing").patterns == ("*.txt",)
    assert registry.plugin_of("thing").name == "one"
    assert registry.plugin_of("thing").job_types == ("thing",)


def test_backends_found_by_name(site):
    site.install(
        "one",
        """
        from clm import BackendType, hookimpl
        @hookimpl
        def clm_backends():
            return [BackendType("far", "far away", "somewhere:make")]
        """,
    )
    registry = site.load()
    assert registry.backend("far").factory == "somewhere:make"
    assert registry.plugins[0].backends == ("far",)


def test_checks_listed_with_plugin(site):
    site.install(
        "one",
        """
        from clm import Check, CheckResult, hookimpl
        @hookimpl
        def clm_checks():
            return [Check("tool", lambda: CheckResult(True, "there"))]
        """,
    )
    ((plugin, check),) = site.load().checks()
    assert (plugin.name, check.name, check.run().ok) == ("one", "tool", True)


def test_blocked_plugin_not_imported(site):
    module = site.install("one", "raise RuntimeError")
    (plugin,) = site.load({"CLM_BLOCK_PLUGINS": "one"}).plugins
    assert plugin.status is PluginStatus.BLOCKED
    assert module not in sys.modules


def test_loading_imports_no_worker(site, job_type_source):
    site.install("one", job_type_source("thing", "worker='antigravity:Converter'"))
    assert site.load().job_type("thing")
    assert "antigravity" not in sys.modules


BROKEN = {
    "raises when imported": ("raise RuntimeError('no luck')", "RuntimeError: no luck"),
    "misses a module": ("import not_there_at_all", "No module named 'not_there_at_all'"),
    "exits when imported": ("raise SystemExit(3)", "SystemExit: 3"),
    "raises a BaseException": ("raise BaseException('panic')", "panic"),
    "is not Python": ("def (", "SyntaxError"),
    "is not text": ("\x00", "null bytes"),
    "misspells a hook": (
        "from clm import hookimpl\n@hookimpl\ndef clm_jobtypes(): return []",
        "unknown hook 'clm_jobtypes'",
    ),
    "forgets the marker": ("def clm_job_types(): return []", "not marked with @clm.hookimpl"),
    "takes arguments that the hook does not have": (
        "from clm import hookimpl\n@hookimpl\ndef clm_job_types(course): return []",
        "course",
    ),
    "has a hook that raises": (
        "from clm import hookimpl\n@hookimpl\ndef clm_job_types(): 1 / 0",
        "ZeroDivisionError",
    ),
    "returns no list": (
        "from clm import hookimpl\n@hookimpl\ndef clm_job_types(): return 3",
        "clm_job_types returns int, not a list",
    ),
    "returns something else": (
        "from clm import hookimpl\n@hookimpl\ndef clm_job_types(): return ['thing']",
        "clm_job_types returns 'thing', which is not a JobType",
    ),
    "has a backend without a factory": (
        "from clm import BackendType, hookimpl\n@hookimpl\n"
        "def clm_backends(): return [BackendType('far', '', 'somewhere')]",
        "factory is 'somewhere', not of the form 'module:name'",
    ),
    "has settings that are not an attrs class": (
        "from clm import hookimpl\n@hookimpl\ndef clm_settings(): return dict",
        "not an attrs class",
    ),
    "has a setting without a default": (
        "import attrs\nfrom clm import hookimpl\n@attrs.define\nclass S:\n    size: int\n"
        "@hookimpl\ndef clm_settings(): return S",
        "S.size has no default",
    ),
    "has a setting without help": (
        "import attrs\nfrom clm import hookimpl\n@attrs.define\nclass S:\n    size: int = 1\n"
        "@hookimpl\ndef clm_settings(): return S",
        "S.size has no help text",
    ),
}


@pytest.mark.parametrize(("source", "cause"), BROKEN.values(), ids=BROKEN)
def test_broken_plugin_names_cause(site, source, cause):
    plugin = site.load_one(source)
    assert plugin.status is PluginStatus.BROKEN
    assert cause in (plugin.problem or "")
    assert "clm-one 1.0" in (plugin.problem or "")
    assert "CLM_BLOCK_PLUGINS=one" in (plugin.remedy or "")


WRONG_JOB_TYPES = {
    "name='A Thing'": "invalid job type name: 'A Thing'",
    "name='-a'": "invalid job type name",
    "name=None": "invalid job type name",
    "patterns='*.txt'": "patterns",
    "patterns=('',)": "patterns",
    "payload=dict": "payload",
    "payload_version=0": "payload_version",
    "payload_version=True": "payload_version",
    "migrations={1: 'x'}": "migration from version 1",
    "worker='module'": "worker",
    "worker='module:'": "worker",
    "worker='a..b:C'": "worker",
    "plan=None": "plan",
    "fingerprint='1'": "fingerprint",
    "formats=('html',)": "formats",
    "stage=None": "stage",
    "pool_size=0": "pool_size",
    "private_folders='img'": "private_folders",
    "private_files='*.txt'": "private_files",
    "kinds='handout'": "kinds",
    "extend='x'": "extend",
}


@pytest.mark.parametrize(("changes", "problem"), WRONG_JOB_TYPES.items())
def test_invalid_job_type_breaks_plugin(site, job_type_source, changes, problem):
    plugin = site.load_one(job_type_source("thing", changes))
    assert plugin.status is PluginStatus.BROKEN
    assert problem in (plugin.problem or "")


def test_duplicate_job_type_breaks_plugin(site, job_type_source):
    plugin = site.load_one(job_type_source("thing", "), job_type("))
    assert "returns the name 'thing' twice" in (plugin.problem or "")


def test_broken_plugin_spares_others(site, job_type_source):
    for number, (source, _) in enumerate(BROKEN.values()):
        site.install(f"broken-{number}", source)
    site.install("one", job_type_source("thing"))
    registry = site.load()
    assert list(registry.job_types) == ["thing"]
    assert len(registry.problems) == len(BROKEN)


def test_broken_plugin_offers_nothing(site, job_type_source):
    source = job_type_source("thing") + "@hookimpl\ndef clm_checks(): 1 / 0\n"
    assert site.load_one(source).job_types == ()


def test_problem_details_have_traceback(site):
    site.install("one", "raise RuntimeError('no luck')")
    (problem,) = site.load().problems
    assert isinstance(problem, PluginLoadError)
    assert problem.plugin == "one"
    assert "Traceback" in (problem.details or "")


def test_interrupt_during_load_propagates(site):
    site.install("one", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        site.load()


def test_older_api_version_warns(site, monkeypatch):
    monkeypatch.setattr(loading, "API_VERSION", 2)
    with pytest.warns(DeprecationWarning, match="version 1 .*: .* set clm_api_version = 2"):
        plugin = site.load_one("clm_api_version = 1")
    assert plugin.status is PluginStatus.OK


def test_misspelt_hook_names_nearest(site):
    plugin = site.load_one(
        """
        from clm import hookimpl
        @hookimpl
        def clm_job_type():
            return []
        """
    )
    assert "did you mean 'clm_job_types'?" in str(plugin.problem)
