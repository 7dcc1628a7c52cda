"""Bookmarks of PDFs, read from PDFs that a browser prints."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

import pypdf
import pytest

from clm import Variant
from clm.programs import find_browser

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
"""

# The level, the title, and the number of the page.
Bookmark = tuple[int, str, int]


@pytest.fixture
def reader(topic: Any) -> pypdf.PdfReader:
    (data,) = topic.only(PDF).convert(DECK).outputs.values()
    return pypdf.PdfReader(io.BytesIO(data))


def bookmarks(reader: pypdf.PdfReader, outline: Sequence[Any], level: int) -> Iterator[Bookmark]:
    for item in outline:
        if isinstance(item, list):
            yield from bookmarks(reader, item, level + 1)
        else:
            page = reader.get_destination_page_number(item)
            assert page is not None
            yield level, item.title, page + 1


def test_bookmarks_are_headings(reader: pypdf.PdfReader) -> None:
    assert list(bookmarks(reader, reader.outline, 1)) == [
        (1, "Größe: „eins“ & two \\ (3)", 1),
        (2, LONG, 2),
        (3, "Inside it", 3),
        (2, "Broken in lines", 3),
    ]


def test_title_of_deck_is_title_of_pdf(reader: pypdf.PdfReader, topic: Any) -> None:
    (output,) = topic.plan(DECK).payload.outputs
    assert reader.metadata is not None
    assert reader.metadata.title == output.title
