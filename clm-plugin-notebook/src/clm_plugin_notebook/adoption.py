"""Notebooks and texts of authors that become decks of a new course."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import Any

from clm import ClmError, ExistingDeck
from clm_plugin_notebook.languages import (
    DECK_PREFIXES,
    JUPYTER_SUFFIX,
    MARKDOWN_SUFFIXES,
    PROG_LANGS,
    PYTHON,
    by_name,
    by_suffix,
)

_R_MARKDOWN = ".Rmd"
_QUARTO = ".qmd"
_HEADING = re.compile(r"^# +\S", re.MULTILINE)
_CODE_CELL = re.compile(r"^ {0,3}(`{3,}|:{3,})\s*\{code-cell", re.MULTILINE)
# A script with `jupytext:` or a kernel in its header, such as one in the light format.
_JUPYTEXT = re.compile(r"^\W*(jupytext|kernelspec):", re.MULTILINE)
_HEADER_LINES = 40
_LANGUAGE_PART = re.compile(r"\.[a-z]{2}$")


def adopt(name: str, content: bytes) -> ExistingDeck | None:
    """How a file becomes a deck; None if it is none.

    Notebooks are decks; scripts if they have cells; Markdown if it has cells or a title.

    Raises:
        ClmError: it should be one, but cannot be read.
    """
    path = PurePosixPath(name)
    if path.suffix == _QUARTO:
        raise ClmError("Quarto documents cannot be read", hint="`quarto convert` makes notebooks")
    if path.suffix == JUPYTER_SUFFIX:
        return _deck(path, _language_of_notebook(content))
    lang = by_suffix(path, PROG_LANGS.values())
    if lang is None and path.suffix not in (*MARKDOWN_SUFFIXES, _R_MARKDOWN):
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None  # such as a film with the suffix of TypeScript
    if path.suffix == _R_MARKDOWN or lang is None:
        is_deck = path.suffix == _R_MARKDOWN or _HEADING.search(text) or _CODE_CELL.search(text)
        return _deck(path, "r" if path.suffix == _R_MARKDOWN else "") if is_deck else None
    has_cells = re.search(rf"^{re.escape(lang.comment)} ?%%", text, re.MULTILINE)
    header = "\n".join(text.splitlines()[:_HEADER_LINES])
    return _deck(path, lang.name) if has_cells or _JUPYTEXT.search(header) else None


def _deck(path: PurePosixPath, prog_lang: str) -> ExistingDeck:
    prefix = next((p for p in DECK_PREFIXES if path.name.startswith(p)), "")
    name = path.name if prefix else f"{DECK_PREFIXES[0]}{path.name}"
    stem = _LANGUAGE_PART.sub("", path.stem.removeprefix(prefix))
    if missing := _missing_kernel(prog_lang):
        note = (
            f"the code of decks in {prog_lang} is not run (`evaluate: false`), because the Jupyter "
            f"kernel {missing!r} is not installed"
        )
        return ExistingDeck(name, stem, prog_lang, {"evaluate": False}, (note,))
    return ExistingDeck(name, stem, prog_lang)


def _language_of_notebook(content: bytes) -> str:
    try:
        notebook = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ClmError("this is no Jupyter notebook: its JSON is damaged") from error
    if not isinstance(notebook, dict) or not ({"cells", "worksheets"} & notebook.keys()):
        raise ClmError("this is no Jupyter notebook: it has no cells")
    metadata = _mapping(notebook.get("metadata"))
    info, kernel = _mapping(metadata.get("language_info")), _mapping(metadata.get("kernelspec"))
    name = str(info.get("name") or kernel.get("language") or PYTHON.name)
    lang = by_name(name, PROG_LANGS.values())
    return lang.name if lang is not None else name


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _missing_kernel(prog_lang: str) -> str:
    """The kernel for code in a language if it is not installed."""
    lang = PROG_LANGS.get(prog_lang)
    if lang is None or lang.is_python:
        return ""
    # Imported here since only languages other than Python need it.
    from jupyter_client.kernelspec import KernelSpecManager

    return "" if lang.kernel in KernelSpecManager().find_kernel_specs() else lang.kernel
