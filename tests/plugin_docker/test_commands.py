"""The plugin's command in the core's group `workers`."""

from __future__ import annotations

from clm_program import run_clm


def test_command_listed_in_its_group():
    assert "images" in run_clm("workers", "--help").stdout
    assert "images" not in run_clm("--help").stdout


def test_unknown_plugin_named():
    result = run_clm("workers", "images", "build", "nope")
    assert result.returncode == 2
    assert "no plugin 'nope'" in result.stderr


def test_option_as_package_refused():
    result = run_clm("workers", "images", "build", "--with=--index-url=http://x", "notebook")
    assert result.returncode == 2
    assert "invalid package" in result.stderr


def test_missing_program_named():
    result = run_clm("workers", "images", "build", "notebook", CLM_DOCKER_COMMAND="none-here")
    assert result.returncode == 1
    assert "'none-here' is not installed" in result.stderr
    assert "Traceback" not in result.stderr


def test_push_without_registry_refused_first():
    result = run_clm("workers", "images", "build", "--push", CLM_DOCKER_COMMAND="none-here")
    assert result.returncode == 2
    assert "no registry" in result.stderr and "CLM_DOCKER_IMAGES" in result.stderr
