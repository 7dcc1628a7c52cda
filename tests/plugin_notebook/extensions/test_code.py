"""Code of other plugins: attributed errors, and no way around the rules for who sees a cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from clm import ClmError, ConversionError
from clm_plugin_notebook.additions import AddedCode, Additions, Provider
from clm_plugin_notebook.api import CellTag
from clm_plugin_notebook.audiences import Audience, shown_cells
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.extensions.code import ExtensionCode
from clm_plugin_notebook.payload import NotebookOutput

Install = Callable[[str, str], str]

CODE = """
from attrs import evolve
from clm_plugin_notebook.api import ShownCell

def upper(cells, info):
    return [evolve(cell, source=cell.source.upper()) for cell in cells]

def public(cells, info):
    return [evolve(cell, tags=frozenset()) for cell in cells]

def hide(cells, info):
    return [evolve(cell, tags=cell.tags | {"private"}) for cell in cells]

def drop(cells, info):
    return cells[1:]

def invent(cells, info):
    return [*cells, ShownCell(99, "markdown", "SECRET", frozenset())]

def twice(cells, info):
    return [*cells, *cells]

def fail(cells, info):
    yield 1 / 0

def wrong(cells, info):
    return ["text"]

def page(html, info):
    return html + info.kind

def no_page(html, info):
    return None
"""
DECK = (
    Cell("markdown", "for all", number=1),
    Cell("markdown", "secret", frozenset({"private"}), number=2),
    Cell("markdown", "spoken", frozenset({"notes"}), number=3),
    Cell("code", "x = 1", frozenset({"keep"}), number=4),
)
OUTPUT = NotebookOutput("o", "en", "completed", "html", "T", True)


@pytest.fixture
def code(install_code: Install) -> Callable[[str], ExtensionCode]:
    module = install_code("extra", CODE)

    def make(*names: str) -> ExtensionCode:
        provider = Provider("plugin 'extra' of clm-extra 1.0", "clm-extra", "1.0")
        added = tuple(AddedCode(name, f"{module}:{name}", "1", "extra") for name in names)
        additions = Additions(
            cell_transforms=added, page_transforms=added, providers={"extra": provider}
        )
        return ExtensionCode(additions)

    return make


def texts(code: ExtensionCode, output: NotebookOutput = OUTPUT) -> list[str]:
    audience = Audience(output.language, output.kind, output.public)
    cells = code.transformed(shown_cells(DECK, audience), output, audience)
    return [cell.source for cell in cells]


@pytest.mark.parametrize("name", ["upper", "public"])
def test_transform_gets_only_shown_cells(code: Callable[..., ExtensionCode], name: str) -> None:
    assert [text.lower() for text in texts(code(name))] == ["for all", "x = 1"]


def test_transforms_applied_in_order(code: Callable[..., ExtensionCode]) -> None:
    assert texts(code("drop", "upper")) == ["X = 1"]


def test_cell_hidden_by_transform_left_out(code: Callable[..., ExtensionCode]) -> None:
    assert texts(code("hide")) == []
    speaker = evolve(OUTPUT, kind="speaker", public=False)
    assert len(texts(code("hide"), speaker)) == len(DECK)


FAULTS = {
    "invent": "returned a cell with the number 99",
    "twice": "or returned it twice",
    "fail": "transform 'fail' failed: ZeroDivisionError",
    "wrong": "returned 'text' as a cell",
}


@pytest.mark.parametrize(("name", "reason"), FAULTS.items(), ids=FAULTS)
def test_fault_names_plugin(code: Callable[..., ExtensionCode], name: str, reason: str) -> None:
    with pytest.raises(ConversionError, match=reason) as caught:
        texts(code(name))
    assert "plugin 'extra' of clm-extra 1.0" in caught.value.message
    assert "fault of the plugin" in (caught.value.hint or "")


def test_page_transformed(code: Callable[..., ExtensionCode]) -> None:
    assert code("page").page("<p>", OUTPUT) == "<p>completed"
    with pytest.raises(ConversionError, match="returned no text"):
        code("no_page").page("<p>", OUTPUT)


@pytest.mark.parametrize(
    ("plugin", "version", "reason"),
    [
        ("extra", "2.0", "clm-extra 1.0 is installed where the job runs"),
        ("absent", "1.0", "it is not installed where the job runs"),
    ],
)
def test_other_installation_refused(
    install_code: Install, plugin: str, version: str, reason: str
) -> None:
    module = install_code("extra", CODE)
    additions = Additions(
        cell_transforms=(AddedCode("upper", f"{module}:upper", "1", plugin),),
        providers={plugin: Provider("it", f"clm-{plugin}", version)},
    )
    with pytest.raises(ClmError, match=reason):
        texts(ExtensionCode(additions))


def shown(cell: Cell, tag: CellTag, kind: str, *, public: bool) -> bool:
    audience = Audience("en", kind, public, additions=Additions(tags=(tag,)))
    return bool(shown_cells([cell], audience))


@pytest.mark.parametrize("kind", ["completed", "code-along", "partial", "recording-code-along"])
def test_private_tag_never_public(kind: str) -> None:
    cell, tag = Cell("markdown", "x", frozenset({"grading"})), CellTag("grading", private=True)
    assert not shown(cell, tag, kind, public=True)
    assert shown(cell, tag, "speaker", public=False)
    assert not shown(cell, tag, "speaker", public=True)


def test_tag_limits_kinds() -> None:
    cell, tag = Cell("markdown", "x", frozenset({"task"})), CellTag("task", kinds=("partial",))
    assert shown(cell, tag, "partial", public=True)
    assert not shown(cell, tag, "completed", public=True)


def _deck(tag: str) -> Any:
    from deck_reading import read_text_deck

    return read_text_deck(f'# %% tags=["{tag}"]\nx = 1\n')


def test_added_tag_known() -> None:
    deck = _deck("grading")
    assert len(deck.warnings) == 1
    assert deck.with_added_tags(Additions(tags=(CellTag("grading"),))).warnings == ()
    assert deck.with_added_tags(Additions(tags=(CellTag("other"),))).warnings == deck.warnings


@pytest.mark.parametrize("tag", ["gradign", "Grading", "gradings"])
def test_near_hiding_tag_fails(tag: str) -> None:
    with pytest.raises(ConversionError, match="may be meant as 'grading'"):
        _deck(tag).with_added_tags(Additions(tags=(CellTag("grading", private=True),)))
