"""Whose bug an unexpected error is."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from clm.cli.output.console import show_bug
from clm.hints import nearest
from clm.plugins.blame import blamed

PLUGIN = """
    import json

    def own():
        raise LookupError("no")

    def library():
        json.loads("{")

    def calls(function):
        function()
    """


def raised(function: Any, *arguments: Any) -> Exception:
    with pytest.raises(Exception) as caught:  # any
        function(*arguments)
    return caught.value


@pytest.fixture
def plugin(site: Any) -> Any:
    return importlib.import_module(site.install("one", PLUGIN))


@pytest.mark.parametrize("name", ["own", "library"])
def test_error_in_plugin_is_its_own(plugin: Any, name: str) -> None:
    found = blamed(raised(getattr(plugin, name)))
    assert found is not None and found.label == "plugin 'one' of clm-one 1.0"


def test_error_in_clm_is_not_of_calling_plugin(plugin: Any) -> None:
    assert blamed(raised(plugin.calls, lambda: None.x)) is not None  # type: ignore[attr-defined]
    assert blamed(raised(plugin.calls, nearest)) is not None  # the call itself is wrong
    assert blamed(raised(plugin.calls, lambda: nearest(3, ["a"]))) is None  # type: ignore[arg-type]


def test_bug_in_clm_is_called_one(capsys: pytest.CaptureFixture[str]) -> None:
    show_bug(raised(nearest, 3, ["a"]))
    assert "this is a bug in CLM" in capsys.readouterr().err


def test_bug_in_plugin_is_not_called_one_in_clm(
    plugin: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    show_bug(raised(plugin.own))
    shown = capsys.readouterr().err
    assert "plugin 'one' of clm-one 1.0 failed unexpectedly: LookupError: no" in shown
    assert "fault of the plugin" in shown and "bug in CLM" not in shown
