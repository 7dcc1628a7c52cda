"""The registry of all plugins: names, conflicts, commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm.errors import PluginConflictError, UnknownBackendError, UnknownJobTypeError
from clm.plugins import PluginRegistry, PluginStatus


def test_unknown_job_type_lists_available(site, job_type_source):
    site.install("one", job_type_source("thing"))
    with pytest.raises(UnknownJobTypeError, match=r"'thng'.*available: thing"):
        site.load().job_type("thng")


def test_unknown_backend_named(site):
    with pytest.raises(UnknownBackendError, match="'far'"):
        site.load().backend("far")


def test_same_named_plugins_both_broken(site):
    site.install("same", "", distribution="first")
    site.install("same", "", distribution="second", version="2.0")
    registry = site.load()
    assert [p.status for p in registry.plugins] == [PluginStatus.BROKEN, PluginStatus.BROKEN]
    (problem,) = registry.problems
    assert isinstance(problem, PluginConflictError)
    assert "of first 1.0 and plugin 'same' of second 2.0" in problem.message


def test_blocking_resolves_name_conflict(site):
    site.install("same", "", distribution="first")
    site.install("same", "", distribution="second")
    plugins = site.load({"CLM_BLOCK_PLUGINS": "second"}).plugins
    assert [p.status for p in plugins] == [PluginStatus.OK, PluginStatus.BLOCKED]


def test_duplicate_job_type_unusable(site, job_type_source):
    site.install("one", job_type_source("thing", "), job_type('mine'"))
    site.install("two", job_type_source("thing"))
    registry = site.load()
    assert list(registry.job_types) == ["mine"]
    assert [p.status for p in registry.plugins] == [PluginStatus.CONFLICT, PluginStatus.CONFLICT]
    with pytest.raises(PluginConflictError, match=r"'thing'.*clm-one 1.0 and plugin 'two' of"):
        registry.job_type("thing")


def test_duplicate_backend_unusable(site):
    source = """
        from clm import BackendType, hookimpl
        @hookimpl
        def clm_backends():
            return [BackendType("far", "", "somewhere:make")]
        """
    site.install("one", source)
    site.install("two", source)
    named = r"plugin 'one' of clm-one 1\.0 and plugin 'two' of clm-two 1\.0"
    with pytest.raises(PluginConflictError, match=named):
        site.load().backend("far")


def test_names_independent_of_install_order(site, job_type_source):
    site.install("a", job_type_source("thing-b", "), job_type('thing-a'"))
    site.install("b", job_type_source("thing-c"))
    entry_points = site.entry_points()
    for order in (entry_points, entry_points[::-1]):
        registry = PluginRegistry.load({}, order)
        assert list(registry.job_types) == ["thing-a", "thing-b", "thing-c"]


def test_uninstalled_load_name_reported(site):
    site.install("one", "")
    (problem,) = site.load({"CLM_LOAD_PLUGINS": "on"}).problems
    assert "'on', which is not installed" in problem.message
    assert problem.hint == "did you mean 'one'?"


@given(st.dictionaries(st.sampled_from(["CLM_BLOCK_PLUGINS", "CLM_LOAD_PLUGINS"]), st.text()))
def test_any_variable_text_accepted(environ):
    assert PluginRegistry.load(environ, []).plugins == ()


COMMAND = """
    import click
    from clm import hookimpl
    @hookimpl
    def clm_commands(cli):
        cli.add_command(click.Command("{name}"))
        {then}
    """


def test_plugins_add_commands(site):
    site.install("one", COMMAND.format(name="shine", then=""))
    commands, problems = site.load().commands()
    assert (list(commands), problems) == (["shine"], ())


def test_core_command_not_replaced(site):
    site.install("one", COMMAND.format(name="build", then=""))
    commands, (problem,) = site.load().commands(taken=["build"])
    assert commands == {}
    assert "'build' is offered by clm and plugin 'one' of clm-one 1.0" in problem.message


def test_duplicate_command_not_added(site):
    site.install("one", COMMAND.format(name="shine", then=""))
    site.install("two", COMMAND.format(name="shine", then=""))
    commands, (problem,) = site.load().commands()
    assert commands == {}
    assert "plugin 'one' of clm-one 1.0 and plugin 'two' of clm-two 1.0" in problem.message


def test_failing_commands_hook_spares_others(site):
    site.install("one", COMMAND.format(name="shine", then="1 / 0"))
    site.install("two", COMMAND.format(name="glow", then=""))
    commands, (problem,) = site.load().commands()
    assert list(commands) == ["glow"]
    assert problem.plugin == "one"
