"""The plugin reference: every public name and hook, and no other."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from clm import hookspecs

REFERENCE = Path(__file__).parents[2] / "docs" / "plugins" / "reference.md"
MODULES = (
    "clm",
    "clm.backends.api",
    "clm.backends.remote",
    "clm.browser",
    "clm.builds",
    "clm.commands",
    "clm.installed",
    "clm.programs",
    "clm.stores.api",
    "clm.testing",
    "clm.testing.backends",
    "clm.testing.strategies",
    "clm.workers.api",
)


def documented() -> list[str]:
    """The names with an entry, as in the directives of Sphinx."""
    entries = re.findall(r"^\.\. (?:auto|py:)\w+:: (\S+)$", REFERENCE.read_text("utf-8"), re.M)
    hooks = [f"clm.hookspecs.{entry}" for entry in entries if entry.startswith("clm_")]
    return [entry for entry in entries if not entry.startswith("clm_")] + hooks


def hooks() -> list[str]:
    marked = [name for name, value in vars(hookspecs).items() if hasattr(value, "clm_spec")]
    assert marked
    return marked


def public_names() -> list[str]:
    return [f"{module}.{name}" for module in MODULES for name in import_module(module).__all__]


@pytest.mark.parametrize("name", public_names())
def test_public_name_documented_once(name):
    assert documented().count(name) == 1


@pytest.mark.parametrize("hook", hooks())
def test_hook_documented_once(hook):
    assert documented().count(f"clm.hookspecs.{hook}") == 1


@pytest.mark.parametrize("hook", hooks())
def test_hook_has_docstring(hook):
    assert getattr(hookspecs, hook).__doc__


def test_only_public_names_documented():
    public = {*public_names(), *(f"clm.hookspecs.{hook}" for hook in hooks())}
    assert sorted(set(documented()) - public) == []
