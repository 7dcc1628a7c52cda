"""Decks in Jupyter format; no templates are expanded in them."""

from __future__ import annotations

import base64
import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
from nbformat.reader import NotJSONError
from nbformat.validator import ValidationError

from clm import ConversionError, Place
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.deck import Deck, DeckBuilder
from clm_plugin_notebook.decks.headers import metadata_header
from clm_plugin_notebook.decks.text_files import read_text

_FORMAT = 4
_ATTACHMENT = re.compile(r"attachment:([^\s)\"'>]+)")


def read_jupyter(path: Path, source: str, languages: Iterable[str] = ()) -> Deck:
    """Read the cells of a Jupyter notebook of any version; its outputs are ignored.

    `source` is the name of the file in messages.

    Raises:
        ConversionError: the file is not a notebook.
        InvalidDeckError: the metadata of cells is invalid; it has the errors of all of them.
    """

    def place_of(cell: Cell, line: int | None) -> Place:
        return Place(source, cell=cell.name if line is None else f"{cell.name}, line {line}")

    builder = DeckBuilder(place_of, lambda cell: cell.first_line, languages)
    for node in _notebook(path, source).cells:
        header = metadata_header(node.cell_type, node.metadata)
        builder.add(header, _with_attachments(node.source, node.get("attachments", {})))
    return builder.deck()


def _notebook(path: Path, source: str) -> Any:
    text = read_text(path, source)
    try:
        with warnings.catch_warnings(action="ignore"):  # missing ids: cells get new ones
            notebook = nbformat.reads(text, as_version=_FORMAT)
            nbformat.validate(notebook, relax_add_props=True)
    except NotJSONError as error:
        raise _invalid_notebook("it is not JSON", source) from error
    except ValidationError as error:
        raise _invalid_notebook(str(error).split("\n", 1)[0], source) from error
    except Exception as error:
        # nbformat does not validate older versions before upgrading, so anything can be raised.
        raise _invalid_notebook(f"{type(error).__name__}: {error}", source) from error
    return notebook


def _invalid_notebook(reason: str, source: str) -> ConversionError:
    return ConversionError(
        f"the file is not a Jupyter notebook: {reason}",
        place=Place(source),
        hint="open it in Jupyter and save it again",
    )


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
