"""Outputs of cells without what differs from run to run and from machine to machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from clm_plugin_notebook.kernels.results import Execution
from clm_plugin_notebook.kernels.shortened_paths import PathShortener
from clm_plugin_notebook.kernels.stable_ids import StableIds, without_addresses

_MARKUP = frozenset({"text/html", "image/svg+xml", "application/javascript"})
_PICTURES = ("image/", "audio/", "video/", "application/pdf")
_LARGEST_SHORTENED = 300_000  # characters; what is larger is data or a library

# Changes a text; its arguments are the text and its MIME type.
Change = Callable[[str, str], str]


def stable(execution: Execution, folder: Path, home: Path) -> Execution:
    """Return the results with paths shortened, random ids numbered and addresses left out.

    `folder` is the folder that the code ran in, `home` the one with the kernel's own files.
    """
    shorten, ids = PathShortener(folder, home), StableIds()

    def notice(text: str, mime_type: str) -> str:
        if mime_type in _MARKUP:
            ids.notice(text)
        return text

    def change(text: str, mime_type: str) -> str:
        if len(text) <= _LARGEST_SHORTENED or mime_type not in _MARKUP:
            text = shorten(text)
        return ids.replaced(without_addresses(text))

    _changed(execution, notice)
    return _changed(execution, change)


def _changed(execution: Execution, change: Change) -> Execution:
    runs = (
        evolve(run, outputs=tuple(_output(output, change) for output in run.outputs))
        for run in execution.runs
    )
    widgets = _value(execution.widgets, "text/html", change)
    return evolve(execution, runs=tuple(runs), widgets=widgets)


def _output(output: Mapping[str, Any], change: Change) -> Mapping[str, Any]:
    kind = output["output_type"]
    if kind == "stream":
        return {**output, "text": change(output["text"], "text/plain")}
    if kind == "error":
        return {**output, **_value(dict(_error(output)), "text/plain", change)}
    return {
        **output,
        "data": {
            name: value
            if name.startswith(_PICTURES) and name not in _MARKUP
            else _value(value, name, change)
            for name, value in output["data"].items()
        },
    }


def _error(output: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in ("ename", "evalue", "traceback"):
        yield name, output[name]


def _value(value: Any, mime_type: str, change: Change) -> Any:
    """Return a text, or data with texts in it, with all texts changed."""
    if isinstance(value, str):
        return change(value, mime_type)
    if isinstance(value, list):
        return [_value(item, mime_type, change) for item in value]
    if isinstance(value, dict):
        # Buffers of widgets are binary data.
        return {
            name: item if name == "buffers" else _value(item, mime_type, change)
            for name, item in value.items()
        }
    return value
