"""Jinja expansion of decks, and the way back from an expanded line to the author's.

Jinja keeps no map of lines. When a message needs one, the deck is expanded a second time
with a mark before each piece of text that says where it comes from. Only where both
expansions agree but for the marks is the map used: it is exact or not there.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import CodeType
from typing import Any

from attrs import define, field, frozen
from jinja2 import (
    BaseLoader,
    BytecodeCache,
    Environment,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.bccache import Bucket
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.loaders import split_template_path
from jinja2.sandbox import SandboxedEnvironment

from clm import ConversionError, Place
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.text_files import read_text

# A call that spans lines, as in `{{ header("Titel",`.
_LONG_CALL = re.compile(r"\{\{[-+]?\s*\w+\s*\([^{}\n]*\n[^{}]*\)\s*[-+]?\}\}")
_MARK = "\x02{}:{}\x03"
_MARKS = re.compile("\x02([^\x02\x03]*):([0-9]+)\x03")


@frozen
class TemplateFolder:
    """A folder that templates come from; `label` is how messages name it, with a final `/`."""

    path: Path
    label: str = ""

    def find(self, parts: Sequence[str]) -> tuple[str, str] | None:
        """The text of a template and how messages name it; None where it is not here."""
        path = self.path.joinpath(*parts)
        label = self.label + "/".join(parts)
        return (read_text(path, label), label) if path.is_file() else None


@frozen
class TemplateTexts:
    """Templates that are no files, by name."""

    texts: Mapping[str, str]
    label: str

    def find(self, parts: Sequence[str]) -> tuple[str, str] | None:
        """As that of a folder."""
        name = "/".join(parts)
        return (self.texts[name], self.label + name) if name in self.texts else None


Templates = TemplateFolder | TemplateTexts


@define(slots=False)
class Expansion:
    """The text of a deck after Jinja, and where its lines come from."""

    text: str
    source: str
    sources: Mapping[str, str]
    _mark: Callable[[], str] = field(repr=False)

    def place(self, line: int | None, cell: str | None = None) -> Place:
        """Where a line of the expanded text stands; without a line when that is not known."""
        origin = self._origins.get(line) if line is not None else None
        if origin is None:
            return Place(self.source, cell=cell)
        return Place(origin[0], line=origin[1], cell=cell)

    def place_of(self, cell: Cell, line: int | None) -> Place:
        """Where a cell, or a line of its source (from 1), stands."""
        at = cell.line if line is None else cell.source_line + line - 1
        return self.place(at, cell.name)

    def excerpt(self, place: Place) -> str | None:
        """The text of the line at a place."""
        lines = self.sources.get(place.file, "").splitlines()
        return _line(lines, place.line)

    @cached_property
    def _origins(self) -> Mapping[int, tuple[str, int]]:
        if "\x02" in self.text:
            return {}
        marked = self._mark()
        if _MARKS.sub("", marked) != self.text:
            return {}
        return dict(_line_origins(marked.split("\n")))


def expand(
    deck: Path,
    source: str,
    templates: Sequence[Templates],
    *,
    comment: str,
    variables: Mapping[str, Any],
    compiled: BytecodeCache | None = None,
) -> Expansion:
    """Expand a deck; what it includes or imports comes from the first that has it.

    `source` is how messages name the deck. Expanding it again takes less time with the same
    `compiled`, which must not be used with another `comment`.

    Raises:
        ConversionError: Jinja finds a fault, with its file and line.
    """
    loader = _Loader(deck, source, templates, comment)

    def render(*extensions: type[Extension]) -> str:
        environment = SandboxedEnvironment(
            loader=loader,
            undefined=StrictUndefined,
            line_statement_prefix=f"{comment} j2",
            keep_trailing_newline=True,
            extensions=extensions,
            # With extensions the same text is another program.
            bytecode_cache=None if extensions else compiled,
        )
        environment.globals.update(variables)
        return environment.get_template(deck.name).render()

    try:
        text = render()
    except Exception as error:
        # Templates are programs: what they raise is any exception, and the author's to mend.
        raise _conversion_error(error, source, loader.sources) from error
    return Expansion(text, source, loader.sources, lambda: render(_LineMarks))


class CompiledTemplates(BytecodeCache):
    """Templates as Jinja has compiled them, kept in memory."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


class _Loader(BaseLoader):
    """Loads the deck and what it uses; remembers the texts for messages."""

    def __init__(
        self, deck: Path, source: str, templates: Sequence[Templates], comment: str
    ) -> None:
        self.deck = deck
        self.source = source
        self.templates = templates
        self.continuation = re.compile(rf"\n[ \t]*{re.escape(comment)}(?=[ \t])")
        self.sources: dict[str, str] = {}

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        text, label = self._find(template)
        self.sources[label] = text
        return _LONG_CALL.sub(self._joined, text), label, lambda: True

    def _joined(self, call: re.Match[str]) -> str:
        # So that a deck stays a program, all lines of a call may start with the comment token.
        return self.continuation.sub("\n", call[0])

    def _find(self, template: str) -> tuple[str, str]:
        if template == self.deck.name:
            return read_text(self.deck, self.source), self.source
        parts = split_template_path(template)
        for templates in self.templates:
            if found := templates.find(parts):
                return found
        raise TemplateNotFound(template)


class _LineMarks(Extension):
    """Puts a mark with file and line before each piece of text and after each line end."""

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        file = stream.filename or stream.name or ""
        for token in stream:
            if token.type == "data":
                lines = token.value.split("\n")
                marked = (_MARK.format(file, token.lineno + n) + s for n, s in enumerate(lines))
                yield Token(token.lineno, "data", "\n".join(marked))
            else:
                yield token


def _line_origins(marked_lines: Iterable[str]) -> Iterable[tuple[int, tuple[str, int]]]:
    for number, line in enumerate(marked_lines, start=1):
        marks = list(_MARKS.finditer(line))
        # An empty piece's mark at the line's start says nothing of the text behind it.
        for mark, behind in zip(marks, [*marks[1:], None], strict=True):
            if behind is None or behind.start() > mark.end():
                yield number, (mark[1], int(mark[2]))
                break


def _conversion_error(error: Exception, source: str, sources: Mapping[str, str]) -> ConversionError:
    if isinstance(error, ConversionError):
        return error
    file, line = _fault_place(error, source, sources)
    message = error.message if isinstance(error, TemplateSyntaxError) else str(error)
    what = f"there is no template {error}" if isinstance(error, TemplateNotFound) else message
    return ConversionError(
        f"Jinja: {what or type(error).__name__}",
        place=Place(file, line=line),
        excerpt=_line(sources.get(file, "").splitlines(), line),
        hint="text that is not meant for Jinja goes between {% raw %} and {% endraw %}",
        details="".join(traceback.format_exception_only(error)),
    )


def _fault_place(
    error: Exception, source: str, sources: Mapping[str, str]
) -> tuple[str, int | None]:
    if isinstance(error, TemplateSyntaxError):
        return error.filename or source, error.lineno
    # Jinja gives the frames of templates the template's file and line.
    frames = traceback.extract_tb(error.__traceback__)
    places = [(f.filename, f.lineno) for f in frames if f.filename in sources]
    return places[-1] if places else (source, None)


def _line(lines: Sequence[str], number: int | None) -> str | None:
    return lines[number - 1].strip() if number and number <= len(lines) else None
