"""Files with cells that students must not see, although they are no decks.

A part that a deck includes, or a deck with a mistyped name, would be copied as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clm import ConversionError
from clm_plugin_notebook.decks.formats.notebook_json import parse_notebook
from clm_plugin_notebook.decks.formats.percent_cells import percent_header
from clm_plugin_notebook.decks.headers import (
    Header,
    HeaderError,
    hides_cell,
    metadata_header,
    try_header,
)
from clm_plugin_notebook.decks.hiding.cell_words import is_notebook
from clm_plugin_notebook.decks.hiding.hiding_tags import hides
from clm_plugin_notebook.decks.hiding.note_blocks import note_blocks
from clm_plugin_notebook.decks.hiding.regions import REGION_NAMES, has_region
from clm_plugin_notebook.languages import COMMENT_FORMATS

# Cells with these tags are for students, though not in all outputs.
_SHOWN = ("start", "workshop")
_PERCENT = tuple(map(percent_header, COMMENT_FORMATS))
# The tags of a cell in other formats: behind a comment sign, a fence or a colon, and in YAML.
_TAGS = re.compile(
    r"^[ \t]*(?:[^\w\s\"'(\[{][^\n]*?\btags?[\"']?[ \t]*[=:]|tags?[ \t]*:)"
    r"(?P<same>[^\n]*)(?P<list>(?:\n[ \t]*-[^\n]*)*)",
    re.M,
)
_WORD = re.compile(r"[\w-]+")
_SLIDE_NOTES = re.compile(r"\bslide_type[\"']?\s*[:=]\s*[\"']?notes?\b", re.I)


def has_hidden_cells(name: str, text: str, hiding: frozenset[str] = frozenset()) -> bool:
    """Whether a text file has cells that no or not every student may see, or may have them.

    `name` is the name of the file. A notebook that cannot be read may have them. A text without
    any of the words in `cell_words` has none. `hiding` are further tags that keep cells from
    students; a text with such a word may have such cells.
    """
    if hiding and not hiding.isdisjoint(_WORD.findall(text)):
        return True
    if is_notebook(name):
        return _notebook_has(text, name)
    return (
        any(map(_hides, _percent_headers(text)))
        or any(_hides_by(match["same"] + match["list"]) for match in _TAGS.finditer(text))
        or _SLIDE_NOTES.search(text) is not None
        or _has_regions(text)
        or any(note_blocks(text))
    )


def _notebook_has(text: str, name: str) -> bool:
    try:
        cells = parse_notebook(text, name)["cells"]
    except ConversionError:
        return True
    headers = (metadata_header(cell["cell_type"], cell["metadata"]) for cell in cells)
    sources = [cell["source"] for cell in cells]
    return any(map(_hides, headers)) or any(
        _has_regions(source) or any(note_blocks(source)) for source in sources
    )


def _percent_headers(text: str) -> Iterator[Header | HeaderError]:
    for line in text.splitlines():
        if "%%" in line and (
            match := next(filter(None, (p.fullmatch(line) for p in _PERCENT)), None)
        ):
            yield try_header(match["spaced"] or match["glued"] or "")


def _hides(header: Header | HeaderError) -> bool:
    """Whether the header hides its cell from students of its language."""
    if isinstance(header, HeaderError):
        return header.may_hide
    shown = Header(
        tags=tuple(tag for tag in header.tags if tag not in _SHOWN),
        slide_type=header.slide_type,
        grading=header.grading,
    )
    return hides_cell(shown)


def _hides_by(written: str) -> bool:
    return hides(word for word in re.findall(r"[\w-]+", written) if word not in _SHOWN)


def _has_regions(source: str) -> bool:
    return any(has_region(source, name) for name in REGION_NAMES)
