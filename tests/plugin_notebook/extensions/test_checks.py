"""Checks of what other plugins register."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from clm_program import run_clm

from clm_plugin_notebook import hookspecs
from clm_plugin_notebook.api import (
    CellTag,
    CellTransform,
    DeckKind,
    DeckTemplates,
    PageTheme,
    PageTransform,
)
from clm_plugin_notebook.extensions.checks import check

WRONG: dict[str, tuple[str, Any, str]] = {
    "no list": ("tags", CellTag("a"), "returns CellTag, not a list"),
    "another class": ("tags", [DeckKind("a")], "not a CellTag"),
    "invalid name": ("tags", [CellTag("A b")], "invalid name 'A b'"),
    "name twice": ("kinds", [DeckKind("a"), DeckKind("a")], "'a' twice"),
    "tag of CLM": ("tags", [CellTag("private")], "CLM has a tag of this name"),
    "tag of Jupyter": ("tags", [CellTag("remove-cell")], "CLM has a tag of this name"),
    "tag like a hiding one": ("tags", [CellTag("privat")], "too similar to 'private'"),
    "tag with a hiding word": ("tags", [CellTag("my-notes")], "too similar to 'notes'"),
    "kind of CLM": ("kinds", [DeckKind("speaker")], "CLM has a kind of this name"),
    "badge without language": ("tags", [CellTag("a", badge="x")], "badge is 'x'"),  # type: ignore[arg-type]
    "kinds as text": ("tags", [CellTag("a", kinds="exam")], "not a tuple"),  # type: ignore[arg-type]
    "private as text": ("tags", [CellTag("a", private="no")], "not True or False"),  # type: ignore[arg-type]
    "removed as list": ("kinds", [DeckKind("a", removed=["x"])], "not a tuple"),  # type: ignore[arg-type]
    "function itself": ("templates", [DeckTemplates("a", {"x": len})], "not a mapping"),  # type: ignore[dict-item]
    "no import string": ("templates", [DeckTemplates("a", {"x": "len"})], "'module:function'"),
    "filter without fingerprint": ("templates", [DeckTemplates("a", {"x": "m:f"})], "fingerprint"),
    "filter's name": ("templates", [DeckTemplates("a", {"x-y": "m:f"})], "not an identifier"),
    "missing macros": ("templates", [DeckTemplates("a", macros=Path("no"))], "path of a folder"),
    "missing theme": ("themes", [PageTheme("a", Path("no"))], "path of a folder"),
    "transform without fingerprint": (
        "cell_transforms",
        [CellTransform("a", "m:f", "")],
        "fingerprint is ''",
    ),
    "page transform": ("page_transforms", [PageTransform("a", "m", "1")], "'module:function'"),
}


@pytest.mark.parametrize(("what", "value", "reason"), WRONG.values(), ids=WRONG)
def test_wrong_result_refused(what: str, value: Any, reason: str) -> None:
    with pytest.raises((TypeError, ValueError), match=reason):
        check(f"clm_notebook_{what}", value)


def test_every_hook_checked() -> None:
    hooks = [name for name in vars(hookspecs) if name.startswith("clm_notebook_")]
    assert len(hooks) == 6
    for hook in hooks:
        check(hook, [])


FILTERS = """
from clm import hookimpl
from clm_plugin_notebook.api import DeckTemplates

@hookimpl
def clm_notebook_templates():
    return [DeckTemplates("books", {{"bibitem": "{module}:{function}"}}, fingerprint="1")]
"""


@pytest.mark.parametrize(("function", "code"), [("bibitme", 1), ("clm_notebook_templates", 0)])
def test_missing_function_found(
    tmp_path: Path, install_code: Any, function: str, code: int
) -> None:
    module = f"code_books_{tmp_path.name}".replace("-", "_")
    install_code("books", FILTERS.format(module=module, function=function))

    done = run_clm("plugins", "check", CLM_LOAD_PLUGINS="notebook,books")

    assert done.returncode == code, done.stderr
    if code:
        assert f"'{module}:bibitme' for the plugin 'notebook' cannot be loaded" in done.stderr
        assert "plugin 'books' of clm-books 1.0" in done.stderr
