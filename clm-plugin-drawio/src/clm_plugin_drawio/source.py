"""Reader of draw.io files: their pages, and the model of each page as XML.

Files are untrusted. They are read by expat, which expands no entities and opens no other files;
compressed text is inflated up to a limit.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote
from xml.parsers import expat

from attrs import define, evolve, field, frozen

from clm import ConversionError, Place

MAX_BYTES = 64 << 20
_MODEL = "mxGraphModel"
_PNG = b"\x89PNG\r\n\x1a\n"
_HINT = "open it in draw.io and save it again"


@frozen
class Page:
    """A page of a draw.io file: its name, its line in the file, and its model as XML.

    `variables` are the values of placeholders in labels, such as `%page%`.
    """

    name: str
    line: int
    xml: str
    variables: Mapping[str, str] = field(factory=dict)


def read_pages(data: bytes, source: str) -> tuple[Page, ...]:
    """The pages of a file in order, at least one; `source` is its path for messages.

    Raises:
        ConversionError: the file is damaged, too large or not of draw.io.
    """
    if len(data) > MAX_BYTES:
        raise _too_large(source)
    text = _document(data, source)
    reader = _Reader(text, source)
    reader.read()
    if not reader.pages:
        raise ConversionError("the file has no pages", place=Place(source), hint=_HINT)
    count = str(len(reader.pages))
    return tuple(
        evolve(page, variables=reader.variables | _own_variables(page, str(number), count))
        for number, page in enumerate(reader.pages, 1)
    )


def _own_variables(page: Page, number: str, count: str) -> dict[str, str]:
    return {"page": page.name, "pagenumber": number, "pagecount": count}


def stem(path: PurePosixPath) -> str:
    """The name of a source without draw.io's suffixes: `x.de` for `x.de.drawio.svg`."""
    name = path.name
    for suffix in (".drawio.svg", ".drawio.png", ".drawio"):
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return path.stem


def _document(data: bytes, source: str) -> bytes:
    """The XML document of the pages, in UTF-8."""
    if not data.strip():
        raise ConversionError("the file is empty", place=Place(source), hint=_HINT)
    if data.startswith(_PNG):
        data = _from_png(data, source)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"the file is not UTF-8: byte {error.start}"
        raise ConversionError(message, place=Place(source), hint=_HINT) from error
    if not text.lstrip().startswith("<"):
        text = _inflated(text.strip(), source, 1)
    return text.encode()


def _from_png(data: bytes, source: str) -> bytes:
    """The document that draw.io stores in a text chunk of its PNG files."""
    position = len(_PNG)
    while position + 8 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        kind = data[position + 4 : position + 8]
        chunk = data[position + 8 : position + 8 + length]
        keyword, _, rest = chunk.partition(b"\0")
        if kind in (b"tEXt", b"zTXt") and keyword in (b"mxfile", b"mxGraphModel"):
            if kind == b"zTXt":
                rest = _decompressed(rest[1:], zlib.MAX_WBITS, source, 1)
            return unquote(rest.decode("latin-1")).encode()
        position += length + 12
    raise ConversionError(
        "the picture contains no diagram",
        place=Place(source),
        hint="save it in draw.io as an editable PNG, or rename it if it is only a picture",
    )


def _inflated(text: str, source: str, line: int) -> str:
    """The text of a compressed page: base64 of the raw deflate of the URI-encoded text."""
    try:
        packed = base64.b64decode(text, validate=False)
        inflated = _decompressed(packed, -zlib.MAX_WBITS, source, line).decode()
        return unquote(inflated, errors="strict")
    except ValueError as error:  # of the base64, also for other characters than ASCII, or of UTF-8
        raise _damaged("its compressed text cannot be read", source, line) from error


def _decompressed(packed: bytes, window: int, source: str, line: int) -> bytes:
    inflater = zlib.decompressobj(window)
    try:
        inflated = inflater.decompress(packed, MAX_BYTES)
    except zlib.error as error:
        raise _damaged("its compressed text cannot be read", source, line) from error
    if inflater.unconsumed_tail:
        raise _too_large(source)
    if not inflater.eof:
        raise _damaged("its compressed text is truncated", source, line)
    return inflated


def _too_large(source: str) -> ConversionError:
    return ConversionError(
        f"the file is larger than {MAX_BYTES >> 20} MB",
        place=Place(source),
        hint="make the pictures in it smaller, or split it into several files",
    )


def _damaged(problem: str, source: str, line: int | None) -> ConversionError:
    return ConversionError(f"the file is damaged: {problem}", place=Place(source, line), hint=_HINT)


@define
class _Reader:
    """Finds the pages in a document: an mxfile, a single model, or an SVG with either."""

    document: bytes
    source: str
    pages: list[Page] = field(factory=list)
    variables: dict[str, str] = field(factory=dict)
    _parser: Any = None
    _open: list[str] = field(factory=list)
    _name: str = ""
    _line: int = 1
    _text: list[str] = field(factory=list)
    _start: int | None = None
    _inflated_characters: int = 0
    _models: list[str] = field(factory=list)
    _embedded: str | None = None

    def read(self) -> None:
        parser = new_parser(self.source)
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        self._parser = parser
        parse(parser, self.document, self.source)
        if self._embedded is not None:
            inner = _Reader(_document(self._embedded.encode(), self.source), self.source)
            inner.read()
            self.pages, self.variables = inner.pages, inner.variables

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open:
            self._begin_root(name, attributes)
        if name == "diagram" and self._open == ["mxfile"]:
            self._name = attributes.get("name", "")
            self._line = self._parser.CurrentLineNumber
            self._text, self._models = [], []
        elif name == _MODEL and self._open in ([], ["mxfile", "diagram"]):
            self._start = self._parser.CurrentByteIndex
            if not self._open:
                self._line = self._parser.CurrentLineNumber
        self._open.append(name)

    def _begin_root(self, name: str, attributes: dict[str, str]) -> None:
        if name == "svg":
            self._embedded = attributes.get("content")
        if name == "mxfile":
            self.variables = _variables(attributes.get("vars", "{}"))
        if name not in ("mxfile", _MODEL) and self._embedded is None:
            raise ConversionError(
                f"not a draw.io file: it begins with <{name}>",
                place=Place(self.source, self._parser.CurrentLineNumber),
                hint=_HINT,
            )

    def _characters(self, text: str) -> None:
        if self._open == ["mxfile", "diagram"]:
            self._text.append(text)

    def _end(self, name: str) -> None:
        self._open.pop()
        if name == _MODEL and self._open in ([], ["mxfile", "diagram"]):
            self._models.append(self._slice())
        if name == "diagram" and self._open == ["mxfile"]:
            self._add_page()
        elif not self._open and self._models and not self.pages:
            self.pages.append(Page("", self._line, self._models[0]))

    def _slice(self) -> str:
        end = self.document.find(b">", self._parser.CurrentByteIndex) + 1
        return self.document[self._start : end].decode()

    def _add_page(self) -> None:
        text = "".join(self._text).strip()
        if text and self._models:
            raise ConversionError(
                f"page {self._name!r} has text between its elements",
                place=Place(self.source, self._line),
                hint="remove the text, since draw.io would show an empty page",
                excerpt=text[:80],
            )
        if text:
            self._models.append(_inflated(text, self.source, self._line))
            # Each page may have the size of a file, and a file thousands of them.
            self._inflated_characters += len(self._models[-1])
            if self._inflated_characters > MAX_BYTES:
                raise _too_large(self.source)
        if len(self._models) != 1:
            raise _damaged(f"page {self._name!r} has no diagram", self.source, self._line)
        self.pages.append(Page(self._name, self._line, self._models[0]))


def _variables(text: str) -> dict[str, str]:
    """The variables that a file defines for its labels; damaged ones are ignored, as in draw.io."""
    with suppress(ValueError, RecursionError):
        found = json.loads(text)
        if isinstance(found, dict):
            return {name: value for name, value in found.items() if isinstance(value, str)}
    return {}


def new_parser(source: str) -> Any:
    """An XML parser that rejects declarations of entities."""
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise ConversionError(
            "the file declares XML entities, which draw.io never does",
            place=Place(source, parser.CurrentLineNumber),
            hint=_HINT,
        )

    parser.EntityDeclHandler = refuse
    return parser


def parse(parser: Any, document: bytes, source: str, *, line: int = 0) -> None:
    """Run a parser over a document that begins after line `line` of the file.

    Raises:
        ConversionError: the document is not well-formed.
    """
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        message = expat.ErrorString(error.code)
        place = Place(source, line + error.lineno, error.offset + 1)
        raise ConversionError(f"the file is damaged: {message}", place=place, hint=_HINT) from error
