"""What all plugins offer together: names, conflicts, commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm.errors import PluginConflictError, UnknownBackendError, UnknownJobTypeError
from clm.plugins import PluginRegistry, PluginStatus


def test_an_unknown_job_type_is_named_with_those_that_there_are(site, job_type_source):
    site.install("one", job_type_source("thing"))
    with pytest.raises(UnknownJobTypeError, match=r"'thng'.*available: thing"):
        site.load().job_type("thng")


def test_an_unknown_backend_is_named(site):
    with pytest.raises(UnknownBackendError, match="'far'"):
        site.load().backend("far")


def test_two_plugins_of_one_name_are_both_broken_and_named(site):
    site.install("same", "", distribution="first")
    site.install("same", "", distribution="second", version="2.0")
    registry = site.load()
    assert [p.status for p in registry.plugins] == [PluginStatus.BROKEN, PluginStatus.BROKEN]
    (problem,) = registry.problems
    assert isinstance(problem, PluginConflictError)
    assert "of first 1.0 and plugin 'same' of second 2.0" in problem.message


def test_a_plugin_wins_its_name_back_when_the_other_distribution_is_blocked(site):
    site.install("same", "", distribution="first")
    site.install("same", "", distribution="second")
    plugins = site.load({"CLM_BLOCK_PLUGINS": "second"}).plugins
    assert [p.status for p in plugins] == [PluginStatus.OK, PluginStatus.BLOCKED]


def test_a_job_type_of_two_plugins_is_usable_from_neither(site, job_type_source):
    site.install("one", job_type_source("thing", "), job_type('mine'"))
    site.install("two", job_type_source("thing"))
    registry = site.load()
    assert list(registry.job_types) == ["mine"]
    assert [p.status for p in registry.plugins] == [PluginStatus.CONFLICT, PluginStatus.CONFLICT]
    with pytest.raises(PluginConflictError, match=r"'thing'.*clm-one 1.0 and plugin 'two' of"):
        registry.job_type("thing")


def test_a_backend_of_two_plugins_is_usable_from_neither(site):
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


def test_names_do_not_depend_on_the_order_of_installation(site, job_type_source):
    site.install("a", job_type_source("thing-b", "), job_type('thing-a'"))
    site.install("b", job_type_source("thing-c"))
    entry_points = site.entry_points()
    for order in (entry_points, entry_points[::-1]):
        registry = PluginRegistry.load({}, order)
        assert list(registry.job_types) == ["thing-a", "thing-b", "thing-c"]


def test_a_name_to_load_that_is_not_installed_is_a_problem(site):
    site.install("one", "")
    (problem,) = site.load({"CLM_LOAD_PLUGINS": "on"}).problems
    assert "'on', which is not installed" in problem.message
    assert problem.hint == "did you mean 'one'?"


@given(st.dictionaries(st.sampled_from(["CLM_BLOCK_PLUGINS", "CLM_LOAD_PLUGINS"]), st.text()))
def test_any_text_in_the_variables_is_taken(environ):
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


def test_a_plugin_replaces_no_command_of_the_core(site):
    site.install("one", COMMAND.format(name="build", then=""))
    commands, (problem,) = site.load().commands(taken=["build"])
    assert commands == {}
    assert "'build' is offered by clm and plugin 'one' of clm-one 1.0" in problem.message


def test_a_command_of_two_plugins_is_added_for_neither(site):
    site.install("one", COMMAND.format(name="shine", then=""))
    site.install("two", COMMAND.format(name="shine", then=""))
    commands, (problem,) = site.load().commands()
    assert commands == {}
    assert "plugin 'one' of clm-one 1.0 and plugin 'two' of clm-two 1.0" in problem.message


def test_a_plugin_that_fails_to_add_commands_leaves_the_others(site):
    site.install("one", COMMAND.format(name="shine", then="1 / 0"))
    site.install("two", COMMAND.format(name="glow", then=""))
    commands, (problem,) = site.load().commands()
    assert list(commands) == ["glow"]
    assert problem.plugin == "one"
