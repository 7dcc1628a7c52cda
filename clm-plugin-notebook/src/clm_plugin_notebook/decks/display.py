"""Display of cells: the tags and metadata of Jupyter Book, JupyterLab and nbconvert."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

_PARTS = ("input", "output", "cell")
REMOVE_CELL = frozenset({"remove-cell", "remove_cell"})
REMOVE_INPUT = frozenset({"remove-input", "remove_input"})
DISPLAY_TAGS = frozenset(
    {
        *(f"{verb}{mark}{part}" for verb in ("hide", "remove") for mark in "-_" for part in _PARTS),
        *(f"remove{mark}{stream}" for mark in "-_" for stream in ("stdout", "stderr")),
        *("scroll-output", "output_scroll"),
    }
)
_FLAGS = ("source_hidden", "outputs_hidden")
_WEB = frozenset({"", "html", "text/html"})
# The formats of raw cells that belong into an output, besides those of its programming language.
_RAW_FORMATS = {
    "html": _WEB,
    "slides": _WEB | {"slides"},
    "pdf": _WEB | {"pdf"},
    "code": frozenset({"", "script"}),
}


@frozen(repr=False)
class DisplayMetadata:
    """The metadata of a cell by which Jupyter's tools display it; see nbformat's documentation.

    `scrolled` may be `auto`. `raw_mimetype` and `format` are both in use for raw cells.
    """

    source_hidden: bool = False
    outputs_hidden: bool = False
    collapsed: bool = False
    scrolled: bool | str = False
    raw_mimetype: str = ""
    format: str = ""

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> DisplayMetadata:
        """Read it from the metadata of a Jupyter cell; null is as if absent.

        Raises:
            ValueError: a value is of the wrong type; the message says which.
        """
        jupyter = metadata.get("jupyter") or {}
        if not isinstance(jupyter, Mapping):
            raise ValueError("`jupyter` must be an object")
        scrolled = metadata.get("scrolled")
        return cls(
            # The second name is that of the extension that RISE's users hide code with.
            source_hidden=_flag(jupyter, "source_hidden") or _flag(metadata, "hide_input"),
            outputs_hidden=_flag(jupyter, "outputs_hidden"),
            collapsed=_flag(metadata, "collapsed"),
            scrolled="auto" if scrolled == "auto" else _flag(metadata, "scrolled"),
            raw_mimetype=_text(metadata, "raw_mimetype"),
            format=_text(metadata, "format"),
        )

    def as_dict(self, cell_type: str) -> dict[str, Any]:
        """Return it as metadata of a Jupyter cell of this type."""
        if cell_type == "raw":
            texts = {"raw_mimetype": self.raw_mimetype, "format": self.format}
            return {name: text for name, text in texts.items() if text}
        flags = {name: True for name in _FLAGS if getattr(self, name)}
        made: dict[str, Any] = {"jupyter": flags} if flags else {}
        if cell_type == "code" and self.collapsed:
            made["collapsed"] = True
        if cell_type == "code" and self.scrolled:
            made["scrolled"] = self.scrolled
        return made

    @property
    def raw_format(self) -> str:
        """The format of a raw cell, in lower case; empty if it has none."""
        return (self.raw_mimetype or self.format).strip().lower()


def _flag(metadata: Mapping[str, Any], name: str) -> bool:
    value = metadata.get(name)
    if value is not None and not isinstance(value, bool):
        raise ValueError(f"`{name}` must be true or false")
    return bool(value)


def _text(metadata: Mapping[str, Any], name: str) -> str:
    value = metadata.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"`{name}` must be a text")
    return value or ""


def belongs_to(raw_format: str, output_format: str) -> bool:
    """Whether an output shows raw cells of a format; notebooks contain those of all formats."""
    formats = _RAW_FORMATS.get(output_format)
    is_code = output_format == "code" and raw_format.startswith("text/x-")
    return formats is None or raw_format in formats or is_code


@frozen(repr=False)
class View:
    """How a page shows a cell: what it leaves out, and what readers have to open."""

    source_removed: bool = False
    source_hidden: bool = False
    outputs_removed: bool = False
    outputs_hidden: bool = False
    removed_streams: frozenset[str] = frozenset()
    scrolled: bool = False


def view(tags: frozenset[str], metadata: DisplayMetadata) -> View:
    """Return how a page shows a cell with these tags and metadata; removing outdoes hiding."""
    words = {tag.replace("_", "-") for tag in tags & DISPLAY_TAGS}
    whole = "hide-cell" in words
    return View(
        source_removed="remove-input" in words,
        source_hidden=whole or "hide-input" in words or metadata.source_hidden,
        outputs_removed="remove-output" in words,
        outputs_hidden=whole
        or "hide-output" in words
        or metadata.outputs_hidden
        or metadata.collapsed,
        removed_streams=frozenset(
            name for name in ("stdout", "stderr") if f"remove-{name}" in words
        ),
        scrolled=metadata.scrolled is True or bool({"scroll-output", "output-scroll"} & words),
    )
