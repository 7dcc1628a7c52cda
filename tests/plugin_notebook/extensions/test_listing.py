"""The names of what other plugins register, as `clm plugins info` lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clm_plugin_notebook import hookspecs
from clm_plugin_notebook.api import (
    CellTag,
    CellTransform,
    DeckKind,
    DeckTemplates,
    PageTheme,
    PageTransform,
)
from clm_plugin_notebook.extensions.listing import names

REGISTERED: dict[str, tuple[Any, tuple[str, str]]] = {
    "tags": (CellTag("hard"), ("cell tag", "hard")),
    "kinds": (DeckKind("exam"), ("kind", "exam")),
    "cell_transforms": (CellTransform("sum", "m:f", "1"), ("cell transform", "sum")),
    "page_transforms": (PageTransform("links", "m:f", "1"), ("page transform", "links")),
    "themes": (PageTheme("house", Path()), ("theme", "house")),
}


@pytest.mark.parametrize(("what", "item", "pair"), [(k, *v) for k, v in REGISTERED.items()])
def test_registration_named(what: str, item: Any, pair: tuple[str, str]) -> None:
    assert [*names(f"clm_notebook_{what}", [item])] == [pair]


def test_parts_of_templates_named(tmp_path: Path) -> None:
    (tmp_path / "boxes").mkdir()
    (tmp_path / "boxes/note.j2").touch()
    (tmp_path / "README.md").touch()
    templates = DeckTemplates("own", {"stars": "m:f"}, {"level": "m:g"}, tmp_path, "1")
    assert [*names("clm_notebook_templates", [templates])] == [
        ("filter", "stars"),
        ("test", "level"),
        ("macros", "own/boxes/note.j2"),
    ]


def test_every_hook_named() -> None:
    hooks = {name for name in vars(hookspecs) if name.startswith("clm_notebook_")}
    assert hooks == {f"clm_notebook_{what}" for what in (*REGISTERED, "templates")}
