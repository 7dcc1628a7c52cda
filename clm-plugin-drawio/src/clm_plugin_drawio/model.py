"""The model of a page: its cells, and checks before it is drawn."""

from __future__ import annotations

import re

from attrs import define, field

from clm import ConversionError, Diagnostic, Place, Severity
from clm_plugin_drawio.source import Page, new_parser, parse

_LARGEST = 1e6
_MAX_DEPTH = 200
_COORDINATES = ("x", "y", "width", "height")
_CLOCK = re.compile(r"%(?:date|time|timestamp)(?:\{[^}]*\})?%")


@define
class Model:
    """A page's model.

    `source` is the file for messages. `check` sets the rest: `cells` is the number of cells,
    `drawn` that of shapes and edges, and `layers` are the names of the layers, `Background` for
    one without a name.
    """

    page: Page
    source: str
    cells: int = 0
    drawn: int = 0
    math: bool = False
    layers: list[str] = field(factory=list)
    _open: list[str] = field(factory=list)
    _root: str | None = None
    _object: dict[str, str] = field(factory=dict)

    @property
    def place(self) -> Place:
        return Place(self.source, self.page.line, cell=f"page {self.page.name!r}")

    @property
    def needs_stencils(self) -> bool:
        return "mxgraph." in self.page.xml

    @property
    def warnings(self) -> list[Diagnostic]:
        """Warnings of content that is drawn differently from what the author may expect."""
        if "placeholders=" not in self.page.xml or not _CLOCK.search(self.page.xml):
            return []
        message = "placeholders for date and time are not filled in; every build would differ"
        hint = "write the date as text"
        return [Diagnostic(message, Severity.WARNING, self.place, hint)]

    def check(self) -> None:
        """Read and check the model.

        Raises:
            ConversionError: the model is damaged or empty, or draw.io would show none of it.
        """
        parser = new_parser(self.source)
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parse(parser, self.page.xml.encode(), self.source, line=self.page.line - 1)
        if not self.drawn:
            raise ConversionError(
                f"page {self.page.name!r} is empty",
                place=self.place,
                hint="draw something on it, or remove the page",
            )

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open:
            self.math = attributes.get("math") == "1"
        self._open.append(name)
        if len(self._open) > _MAX_DEPTH:
            raise self._fault("its elements are nested too deeply")
        if name == "mxCell":
            self._count(self._object | attributes)
        elif name in ("object", "UserObject"):
            self._object = attributes
        elif name in ("mxGeometry", "mxPoint", "mxRectangle"):
            for key in _COORDINATES:
                self._check_coordinate(attributes.get(key))

    def _count(self, cell: dict[str, str]) -> None:
        self.cells += 1
        self.drawn += "1" in (cell.get("vertex"), cell.get("edge"))
        if self.cells == 1:
            self._root = cell.get("id")
        elif cell.get("parent") == self._root:
            is_layer = "1" not in (cell.get("vertex"), cell.get("edge"))
            if is_layer:
                self.layers.append(cell.get("label") or cell.get("value") or "Background")

    def _end(self, name: str) -> None:
        self._open.pop()
        if name in ("object", "UserObject"):
            self._object = {}

    def _check_coordinate(self, text: str | None) -> None:
        try:
            number = float(text) if text else 0.0
        except ValueError:
            raise self._fault(f"{text!r} is not a number") from None
        if not abs(number) <= _LARGEST:
            raise ConversionError(
                f"the diagram is too large: a shape has the coordinate or size {text}",
                place=self.place,
                hint="move distant shapes back to the page",
            )

    def _characters(self, text: str) -> None:
        if text.strip() and self._open[-1] in ("mxGraphModel", "root"):
            raise ConversionError(
                f"page {self.page.name!r} has text between its elements",
                place=self.place,
                hint="remove the text, since draw.io would show an empty page",
                excerpt=text.strip()[:80],
            )

    def _fault(self, problem: str) -> ConversionError:
        return ConversionError(
            f"the file is damaged: {problem}",
            place=self.place,
            hint="open it in draw.io and save it again",
        )
