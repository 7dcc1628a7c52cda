"""Warnings about links, images and headings of pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import pytest

from clm import Diagnostic, Severity, Variant

PAGE = Variant("en", "code-along", "html", PurePosixPath("page"), True)
SLIDES = Variant("en", "code-along", "slides", PurePosixPath("slides"), True)
FILES = {"img/a b.png": b"png", "data/x.csv": b"1"}


@pytest.fixture
def warnings(topics: Callable[[], Any]) -> Callable[..., list[Diagnostic]]:
    def convert(*lines: str, variants: tuple[Variant, ...] = (PAGE, SLIDES)) -> list[Diagnostic]:
        topic = topics().only(*variants)
        topic.files = dict(FILES)
        text = "".join(f"# {line}\n" for line in lines)
        found = list(topic.convert(f"# %% [markdown]\n{text}").diagnostics)
        assert all(d.severity is Severity.WARNING and d.hint for d in found)
        return found

    return convert


@pytest.mark.parametrize(
    "line",
    [
        "![a](img/a%20b.png) [data](data/x.csv) [folder](data)",
        "<img src='img/a b.png' alt=''>",
        "![a](data:image/png;base64,AAAA)",
        "[site](https://example.org) [mail](mailto:a@example.org)",
        "[another deck](02%20Loops.html) [above](../other/file.txt)",
        "`<img src='none.png'>`",
    ],
)
def test_valid_references_not_warned(warnings: Callable[..., list[Diagnostic]], line: str) -> None:
    assert warnings(line) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("![a](img/none.png)", "the image img/none.png does not exist"),
        ("<IMG alt='a' SRC=img/none.png>", "the image img/none.png does not exist"),
        ("![a](../../secret.png)", "the image ../../secret.png does not exist"),
        ("[x](data/none.csv)", "the link data/none.csv does not match any file of the topic"),
        ("[x](#nowhere)", "the link #nowhere does not match any heading of the page"),
        ("![](img/a%20b.png)", "the image img/a%20b.png has no alternative text"),
        ("<img src='img/a b.png'>", "the image img/a b.png has no alternative text"),
        ("![a](https://example.org/a.png)", "this image is loaded from the network"),
        ("| a |\n# |---|\n# | 1 | 2 |", "the row has 2 cells"),
        ("<script src='//example.org/a.js'></script>", "this `<script>` is loaded"),
    ],
)
def test_warning_names_file_and_line(
    warnings: Callable[..., list[Diagnostic]], line: str, message: str
) -> None:
    (warning,) = warnings("text", "", line)
    assert warning.message.startswith(message)
    assert str(warning.place).startswith(f"slides/slides_deck.py:{4 + line.count(chr(10))}")


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("img/ab.png", "did you mean 'img/a b.png'?"),
        ("img/a_b.svg", "did you mean 'img/a b.png'?"),
        ("elsewhere.gif", "put the image into the topic"),
    ],
)
def test_missing_image_has_nearest(
    warnings: Callable[..., list[Diagnostic]], url: str, hint: str
) -> None:
    (warning,) = warnings(f"![a]({url})")
    assert warning.hint is not None
    assert warning.hint.startswith(hint)


def test_skipped_heading_level_warned(
    warnings: Callable[..., list[Diagnostic]],
) -> None:
    (warning,) = warnings("# One", "", "### Three", "", "#### Four", "", "# One again")
    assert warning.message == "a level 3 heading follows a level 1 heading"
    assert warning.place is not None
    assert warning.place.line == 4


def test_heading_link_resolves(warnings: Callable[..., list[Diagnostic]]) -> None:
    assert warnings("# Über uns & more", "", "[up](#Über-uns-&-more)") == []
    assert warnings("# A b", "", "[up](#A-b)") == []


def test_notebook_output_not_checked(warnings: Callable[..., list[Diagnostic]]) -> None:
    notebook = Variant("en", "completed", "notebook", PurePosixPath("n"), True)
    assert warnings("![](none.png)", variants=(notebook,)) == []


@pytest.mark.parametrize("format", ["html", "slides"])
def test_warnings_about_notes_have_their_lines(topics: Callable[[], Any], format: str) -> None:
    topic = topics().only(Variant("en", "speaker", format, PurePosixPath("p"), False))
    deck = '# %% [markdown] tags=["notes"]\n# a\n#\n# | a |\n# |---|\n# | 1 | 2 |\n# ![x](n.png)\n'
    places = [str(d.place) for d in topic.convert(deck).diagnostics]
    assert places == [f"slides/slides_deck.py:{line} (cell 1)" for line in (6, 7)]
