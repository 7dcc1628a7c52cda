"""Names of files in links, in either normal form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any
from unicodedata import normalize
from urllib.parse import quote

import pytest

from clm import Variant
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.text.file_names import forms_of, with_real_names
from clm_plugin_notebook.decks.text.links import local_file

COMPOSED = normalize("NFC", "größe.svg")
DECOMPOSED = normalize("NFD", COMPOSED)
FORMS = pytest.mark.parametrize(
    ("real", "written"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED), (COMPOSED, COMPOSED)]
)


@pytest.fixture(params=[(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)], ids=["nfc", "nfd"])
def names(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Create a file in one normal form; return its name, and the name in the other form."""
    real, written = request.param
    (tmp_path / "bilder").mkdir()
    (tmp_path / "bilder" / real).write_text("<svg/>")
    return real, written


def test_file_found_in_either_form(names: tuple[str, str], tmp_path: Path) -> None:
    real, written = names
    for url in (f"bilder/{written}", f"bilder/{quote(written)}", f"bilder/{real}?x#y"):
        assert local_file(tmp_path, url) == tmp_path / "bilder" / real
    assert local_file(tmp_path, "bilder/größer.svg") is None
    assert local_file(tmp_path / "bilder", f"../bilder/../../{written}") is None


@pytest.mark.parametrize(
    "link",
    [
        "![x](bilder/{})",
        "text ![x](<bilder/{}> 'Titel') text",
        "[x](bilder/{}#teil)",
        '<img alt="" src="bilder/{}">',
        "[x]: bilder/{}",
    ],
)
def test_link_gets_real_name(names: tuple[str, str], tmp_path: Path, link: str) -> None:
    real, written = names
    cell = Cell("markdown", f"Größe\n{link.format(written)}\nEnde")
    assert with_real_names(cell, tmp_path).source == f"Größe\n{link.format(real)}\nEnde"
    encoded = Cell("markdown", link.format(quote(written)))
    assert with_real_names(encoded, tmp_path).source == link.format(quote(real))


def test_other_links_stay_as_written(tmp_path: Path) -> None:
    for source in (
        "![x](fehlt-größe.svg)",
        f"[x](https://example.org/{DECOMPOSED})",
        "[ä](b.png)",
        "[x](#über)",
    ):
        assert with_real_names(Cell("markdown", source), tmp_path).source == source
    code = Cell("code", f"'![x](bilder/{DECOMPOSED})'")
    assert with_real_names(code, tmp_path) is code


@pytest.mark.parametrize(
    "text", [COMPOSED, DECOMPOSED, quote(COMPOSED), quote(DECOMPOSED), f"![x](a/{COMPOSED})"]
)
def test_name_mentioned_in_either_form(text: str) -> None:
    assert any(form in text for form in forms_of(COMPOSED))
    assert any(form in text for form in forms_of(DECOMPOSED))
    assert "a%20b.svg" in forms_of("a b.svg")
    assert not any(form in "größer" for form in forms_of(COMPOSED))


@pytest.mark.parametrize("format", ["html", "notebook"])
def test_outputs_name_the_copied_file(topics: Callable[[], Any], format: str) -> None:
    topic = topics().only(Variant("de", "code-along", format, PurePosixPath("p"), True))
    topic.files = {f"img/{DECOMPOSED}": b"<svg/>"}
    result = topic.convert(f"# %% [markdown]\n# ![Bild](img/{COMPOSED})\n")
    (data,) = result.outputs.values()
    names = (quote(DECOMPOSED), quote(COMPOSED)) if format == "html" else (DECOMPOSED, COMPOSED)
    assert names[0] in data.decode()
    assert names[1] not in data.decode()
    assert not result.diagnostics


def test_messages_show_names_as_written(topics: Callable[[], Any]) -> None:
    topic = topics().only(Variant("de", "code-along", "html", PurePosixPath("p"), True))
    lines = ["![Fehlt](img/Größe fehlt.svg)", "![](img/fehlt%20auch.svg)", "[x](#Über uns)"]
    text = "".join(f"# {line}\n" for line in ("# Titel", *lines))
    messages = [d.message for d in topic.convert(f"# %% [markdown]\n{text}").diagnostics]
    assert "the image img/Größe fehlt.svg does not exist" in messages
    assert "the image img/fehlt%20auch.svg does not exist" in messages
    assert not any("%C3" in message for message in messages)
