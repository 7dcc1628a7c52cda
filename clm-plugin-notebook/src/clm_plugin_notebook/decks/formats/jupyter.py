"""Decks in Jupyter format; no templates are expanded in them."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import unquote

from clm import Place
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.deck import Deck, DeckBuilder
from clm_plugin_notebook.decks.formats.markdown import lines_like_headers
from clm_plugin_notebook.decks.formats.notebook_json import parse_notebook
from clm_plugin_notebook.decks.headers import metadata_header
from clm_plugin_notebook.decks.hiding.header_lookalikes import Lookalikes
from clm_plugin_notebook.decks.text_files import read_text
from clm_plugin_notebook.languages import MARKDOWN_COMMENT

_ATTACHMENT = re.compile(r"attachment:([^\s)\"'>]+)")


def read_jupyter(
    path: Path, source: str, languages: Iterable[str] = (), comment: str = MARKDOWN_COMMENT
) -> Deck:
    """Read the cells of a Jupyter notebook; its outputs are ignored.

    `source` is the name of the file in messages, `comment` the comment token of its language.

    Raises:
        ConversionError: the file is not a notebook.
        InvalidDeckError: the metadata of cells is invalid; it has the errors of all of them.
    """

    def place_of(cell: Cell, line: int | None) -> Place:
        return Place(source, cell=cell.name if line is None else f"{cell.name}, line {line}")

    in_text, in_code = Lookalikes.of(MARKDOWN_COMMENT), Lookalikes.of(comment)
    builder = DeckBuilder(place_of, lambda cell: cell.first_line, languages)
    for cell in parse_notebook(read_text(path, source), source)["cells"]:
        header = metadata_header(cell["cell_type"], cell["metadata"])
        text = cell["source"]
        made = builder.add(header, _with_attachments(text, cell.get("attachments", {})))
        lines = text.split("\n")
        for index in lines_like_headers(lines, made.type, in_text, in_code):
            builder.report_lookalike(lines[index], made, index + 1)
    return builder.deck()


def _with_attachments(text: str, attachments: Mapping[str, Mapping[str, str]]) -> str:
    """Return the text with its attached images embedded as data URLs."""

    def data_url(match: re.Match[str]) -> str:
        forms = attachments.get(match[1]) or attachments.get(unquote(match[1])) or {}
        for mime_type, data in forms.items():
            is_text = data.lstrip().startswith("<")  # SVG may be stored as text
            encoded = base64.b64encode(data.encode()).decode() if is_text else data
            return f"data:{mime_type};base64,{''.join(encoded.split())}"
        return match[0]

    return _ATTACHMENT.sub(data_url, text) if attachments else text
