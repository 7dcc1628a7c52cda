"""Contents of PDFs of slides and pages, printed by a browser."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pypdf
import pytest

from clm import Variant
from clm.programs import find_browser
from clm_plugin_notebook.payload import NotebookSettings

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(find_browser() is None, reason="no browser found"),
]

PDF = Variant("en", "completed", "pdf", PurePosixPath("pdf"), True)
LONG = " ".join(["A heading that is certainly longer than one line of a slide"] * 2)
DECK = f"""\
# %% [markdown] tags=["slide"]
# # Größe: „eins“ & `two` \\ (3)

# %% [markdown] tags=["notes"]
# ## Only for the speaker

# %% [markdown] tags=["slide"]
# ## {LONG}

# %% [markdown] tags=["subslide"]
# ### Inside *it*
#
# <h2>Broken<br>in
# lines</h2>

# %% [markdown] tags=["skip"]
# ## Skipped

# %%
from IPython.display import HTML
cells = "".join(f"<td>column-{{n}}</td>" for n in range(20))
HTML(f"<table class='dataframe'><tr>{{cells}}</tr></table>")

# %% [markdown] tags=["slide"]
# ## Why $x_i^2 \\le \\frac{{\\beta+1}}{{2}}$ and \\(\\sqrt{{n}}\\)
"""

# The level, the title, and the number of the page.
Bookmark = tuple[int, str, int]


@pytest.fixture(scope="module")
def readers(
    tmp_path_factory: pytest.TempPathFactory, topic_in: Callable[[Path], Any]
) -> Mapping[str, pypdf.PdfReader]:
    """Return the PDFs of the deck by their layouts."""
    found = {}
    for layout in ("slides", "page"):
        topic = topic_in(tmp_path_factory.mktemp(layout))
        topic.only(PDF, settings=NotebookSettings(pdf_layout=layout))
        (data,) = topic.convert(DECK).outputs.values()
        found[layout] = pypdf.PdfReader(io.BytesIO(data))
    return found


def bookmarks(reader: pypdf.PdfReader, outline: Sequence[Any], level: int) -> Iterator[Bookmark]:
    for item in outline:
        if isinstance(item, list):
            yield from bookmarks(reader, item, level + 1)
        else:
            page = reader.get_destination_page_number(item)
            assert page is not None
            yield level, item.title, page + 1


def titles(reader: pypdf.PdfReader) -> list[tuple[int, str]]:
    return [(level, title) for level, title, _ in bookmarks(reader, reader.outline, 1)]


def test_bookmarks_are_headings_of_slides(readers: Mapping[str, pypdf.PdfReader]) -> None:
    assert list(bookmarks(readers["slides"], readers["slides"].outline, 1)) == [
        (1, "Größe: „eins“ & two \\ (3)", 1),
        (2, LONG, 2),
        (3, "Inside it", 3),
        (2, "Broken in lines", 3),
        (2, "Why xᵢ² ≤ (β + 1)/2 and √n", 4),
    ]


def test_bookmarks_are_headings_of_page(readers: Mapping[str, pypdf.PdfReader]) -> None:
    *first, last = titles(readers["slides"])
    assert titles(readers["page"]) == [*first, (2, "Skipped"), last]


def test_title_of_deck_is_title_of_pdf(readers: Mapping[str, pypdf.PdfReader]) -> None:
    for reader in readers.values():
        assert reader.metadata is not None
        assert reader.metadata.title == "Größe: „eins“ & two \\ (3)"


def test_sheets_have_footer(readers: Mapping[str, pypdf.PdfReader]) -> None:
    for reader in readers.values():
        for sheet in reader.pages:
            assert "Course · Week 1" in sheet.extract_text()
    assert f"1 / {len(readers['page'].pages)}" in readers["page"].pages[0].extract_text()


def test_page_is_on_a4(readers: Mapping[str, pypdf.PdfReader]) -> None:
    size = readers["page"].pages[0].mediabox
    assert (round(size.width), round(size.height)) == (595, 842)


def test_wide_table_is_on_sheet(readers: Mapping[str, pypdf.PdfReader]) -> None:
    places = []

    def visit(text: str, matrix: list[float], place: list[float], *_: object) -> None:
        if "column-19" in text:
            places.append(place[4] * matrix[0] + matrix[4])

    sheet = next(s for s in readers["page"].pages if "column-19" in s.extract_text())
    sheet.extract_text(visitor_text=visit)
    assert len(places) == 1
    assert 0 < places[0] < sheet.mediabox.width - 57


@pytest.mark.parametrize("layout", ["slides", "page"])
def test_notes_not_in_pdf(readers: Mapping[str, pypdf.PdfReader], layout: str) -> None:
    text = "".join(sheet.extract_text() for sheet in readers[layout].pages)
    assert "Größe" in text
    assert "speaker" not in text
