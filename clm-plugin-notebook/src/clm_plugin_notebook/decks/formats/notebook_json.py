"""Jupyter notebooks as JSON: checked, and brought into the form of version 4.

Planning reads notebooks in every build, so this does without nbformat.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from clm import ConversionError, Place

_VERSIONS = (3, 4)
_TYPES = ("code", "markdown", "raw")
_TYPES_3 = (*_TYPES, "heading", "html")
_HINT = "open it in Jupyter and save it again"
_NAMES: Mapping[type | None, str] = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "an object",
}
_MAY_HAVE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse_notebook(text: str, file: str) -> Mapping[str, Any]:
    """Return a notebook of version 3 or 4 with what decks need, in the form of version 4.

    All sources are strings; `metadata` is always there. Stored results are checked and left out.
    `file` is the name of the notebook in messages.

    Raises:
        ConversionError: it is not a notebook; the message has the place in the JSON.
    """
    try:
        return _Notebook(file).read(_loads(text, file))
    except RecursionError as error:
        raise _error("it is nested too deeply", file) from error


def _loads(text: str, file: str) -> Any:
    try:
        notebook = json.loads(text, object_pairs_hook=partial(_unique, file=file))
    except json.JSONDecodeError as error:
        raise ConversionError(
            f"the file is not a Jupyter notebook: it is not JSON: {error.msg}",
            place=Place(file, line=error.lineno),
            excerpt=text.split("\n")[error.lineno - 1].strip()[:80],
            hint="it may be truncated or contain merge conflict markers",
        ) from error
    except ValueError as error:  # a number with thousands of digits
        raise _error(f"it is not JSON: {error}", file) from error
    if _MAY_HAVE_SURROGATE.search(text):
        _check_characters(notebook, "", file)
    return notebook


def _unique(pairs: list[tuple[str, Any]], file: str) -> dict[str, Any]:
    """Refuses names that are given twice, as after a merge: programs read one or the other."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _error(f"an object has {twice!r} twice", file, "remove one of the two")
    return made


def _check_characters(value: Any, path: str, file: str) -> None:
    if isinstance(value, str) and _SURROGATE.search(value):
        raise _error(f"{path}: half of a surrogate pair, which is no character", file)
    if isinstance(value, dict):
        for key, item in value.items():
            _check_characters(key, f"{path} (a name)", file)
            _check_characters(item, f"{path}.{key}".removeprefix("."), file)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_characters(item, f"{path}[{index}]", file)


def _error(reason: str, file: str, hint: str = _HINT) -> ConversionError:
    message = f"the file is not a Jupyter notebook: {reason}"
    return ConversionError(message, place=Place(file), hint=hint)


class _Notebook:
    """Reads one notebook; the paths of its methods are those of the values in the JSON."""

    def __init__(self, file: str) -> None:
        self._file = file

    def read(self, notebook: Any) -> Mapping[str, Any]:
        self._expect(notebook, dict, "the file")
        version = self._of(notebook, "nbformat", int, "")
        if version not in _VERSIONS:
            raise _error(
                f"nbformat: version {version} is not supported",
                self._file,
                "convert it with `jupyter nbconvert --to notebook --nbformat 4`",
            )
        self._of(notebook, "nbformat_minor", int, "", default=0)
        metadata = self._metadata(notebook)
        if version == 4:
            cells = [self._cell(cell, path) for cell, path in self._items(notebook, "cells", "")]
        else:
            cells = [
                self._cell_3(cell, path)
                for sheet, place in self._items(notebook, "worksheets", "")
                for cell, path in self._items(self._expect(sheet, dict, place), "cells", place)
            ]
        return {"nbformat": 4, "metadata": metadata, "cells": cells}

    def _metadata(self, notebook: Mapping[str, Any]) -> dict[str, Any]:
        metadata: dict[str, Any] = self._of(notebook, "metadata", dict, "", default={})
        kernel = self._of(metadata, "kernelspec", dict, "metadata", default={})
        for name in ("name", "language", "display_name"):
            self._of(kernel, name, str, "metadata.kernelspec", default="")
        info = self._of(metadata, "language_info", dict, "metadata", default={})
        self._of(info, "name", str, "metadata.language_info", default="")
        titles = metadata.get("title", "")
        if not isinstance(titles, (str, dict)):
            raise self._unexpected("metadata.title", "a string or an object", titles)
        if isinstance(titles, dict):
            for language in titles:
                self._of(titles, language, str, "metadata.title")
        return metadata

    def _cell(self, cell: Any, path: str) -> Mapping[str, Any]:
        kind = self._type(cell, path, _TYPES)
        self._of(cell, "id", str, path, default="")
        made = {
            "cell_type": kind,
            "metadata": self._of(cell, "metadata", dict, path, default={}),
            "source": self._text(cell, "source", path),
        }
        if "attachments" in cell:
            made["attachments"] = self._attachments(cell, path)
        if kind == "code":
            self._check_results(cell, path)
        return made

    def _cell_3(self, cell: Any, path: str) -> Mapping[str, Any]:
        kind = self._type(cell, path, _TYPES_3)
        text = self._text(cell, "input" if kind == "code" else "source", path)
        if kind == "heading":
            level = self._of(cell, "level", int, path, default=1)
            text = f"{'#' * min(max(level, 1), 6)} {' '.join(text.split())}"
        metadata = self._of(cell, "metadata", dict, path, default={})
        if kind == "code":
            self._check_results(cell, path)
        return {
            "cell_type": kind if kind in _TYPES else "markdown",
            "metadata": metadata,
            "source": text,
        }

    def _type(self, cell: Any, path: str, types: tuple[str, ...]) -> str:
        kind: str = self._of(self._expect(cell, dict, path), "cell_type", str, path)
        if kind not in types:
            raise _error(
                f"{path}.cell_type: expected one of {', '.join(types)}, found {kind!r}", self._file
            )
        return kind

    def _check_results(self, cell: Mapping[str, Any], path: str) -> None:
        if "outputs" in cell:
            for output, place in self._items(cell, "outputs", path):
                self._of(self._expect(output, dict, place), "output_type", str, place)
        if (count := cell.get("execution_count")) is not None:
            self._expect(count, int, f"{path}.execution_count")

    def _attachments(self, cell: Mapping[str, Any], path: str) -> dict[str, dict[str, str]]:
        found: dict[str, Any] = self._of(cell, "attachments", dict, path)
        place = f"{path}.attachments"
        return {
            name: {
                kind: self._text(found[name], kind, f"{place}.{name}")
                for kind in self._of(found, name, dict, place)
            }
            for name in found
        }

    def _items(self, owner: Mapping[str, Any], key: str, path: str) -> list[tuple[Any, str]]:
        values = self._of(owner, key, list, path)
        return [(value, f"{_join(path, key)}[{index}]") for index, value in enumerate(values)]

    def _text(self, owner: Mapping[str, Any], key: str, path: str) -> str:
        place, value = _join(path, key), self._get(owner, key, path)
        lines = value if isinstance(value, list) else [value]
        wrong = next((line for line in lines if not isinstance(line, str)), None)
        if not all(isinstance(line, str) for line in lines):
            found = value if value is not lines else wrong
            where = place if value is not lines else f"{place}[{lines.index(wrong)}]"
            raise self._unexpected(where, "a string or a list of strings", found)
        return "".join(lines)

    def _of(
        self, owner: Mapping[str, Any], key: str, wanted: type, path: str, default: Any = None
    ) -> Any:
        if key not in owner and default is not None:
            return default
        return self._expect(self._get(owner, key, path), wanted, _join(path, key))

    def _get(self, owner: Mapping[str, Any], key: str, path: str) -> Any:
        if key not in owner:
            raise _error(f"{_join(path, key)}: missing", self._file)
        return owner[key]

    def _expect(self, value: Any, wanted: type, path: str) -> Any:
        is_right = isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))
        if not is_right:
            raise self._unexpected(path, _NAMES[wanted], value)
        return value

    def _unexpected(self, path: str, wanted: str, value: Any) -> ConversionError:
        found = _NAMES[type(value)]
        return _error(f"{path}: expected {wanted}, found {found}", self._file)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
