"""The plugin reference and the page of names: every public name and hook, and no other."""

from __future__ import annotations

import os
import re
from importlib import import_module
from pathlib import Path

import pytest
from public_names import MODULES, hooks, page

from clm import hookspecs

REFERENCE = Path(__file__).parents[2] / "docs" / "plugins" / "reference.md"
PAGE = REFERENCE.with_name("names.md")


def documented() -> list[str]:
    """The names with an entry, as in the directives of Sphinx."""
    entries = re.findall(r"^\.\. (?:auto|py:)\w+:: (\S+)$", REFERENCE.read_text("utf-8"), re.M)
    hooks = [f"clm.hookspecs.{entry}" for entry in entries if entry.startswith("clm_")]
    return [entry for entry in entries if not entry.startswith("clm_")] + hooks


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


def test_page_of_names_is_current():
    made = page(REFERENCE)
    if os.environ.get("CLM_UPDATE_GOLDEN"):
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made, "make it with CLM_UPDATE_GOLDEN=1"


def test_every_name_described():
    bare = re.findall(r"^- `(\w+)[^`]*`: *$", page(REFERENCE), re.MULTILINE)
    assert bare == []
