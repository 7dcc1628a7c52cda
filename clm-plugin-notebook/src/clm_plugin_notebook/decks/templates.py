"""Jinja expansion of decks, with a map from expanded lines to source lines.

Jinja keeps no such map. When a message needs it, the deck is expanded a second time with a mark
before each piece of text that names its source line. The map is used only if both expansions are
equal apart from the marks, so it is either exact or missing.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cache, cached_property
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
from jinja2.filters import FILTERS
from jinja2.lexer import Token, TokenStream
from jinja2.loaders import split_template_path
from jinja2.runtime import Context
from jinja2.tests import TESTS

from clm import ClmError, ConversionError, Place, nearest
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.template_budgets import BudgetedEnvironment, TemplateBudgetError
from clm_plugin_notebook.decks.text_files import read_text

# A call that spans several lines, as in `{{ header("Titel",`.
_LONG_CALL = re.compile(r"\{\{[-+]?\s*\w+\s*\([^{}\n]*\n[^{}]*\)\s*[-+]?\}\}")
# What makes a deck a template: a block, a comment, or an expression as authors write it. Braces are
# doubled in other texts, too: in f-strings, in LaTeX that they make, in `${{ ... }}` of workflows.
_BLOCK = r"\{%|\{#.*?#\}"
_EXPRESSION = (
    r"(?<!\$)\{\{[-+]?(?:\s+[A-Za-z_]\w*\s*(?:[-+]?\}\}|[|.(\[])|\s*(?:NAMES)\b"
    r"""|\s+(?:'[^'{}\n]*'|"[^"{}\n]*")\s*\|\s*[A-Za-z_])"""
)
_UNKNOWN_NAME = re.compile(r"No (filter|test) named '([^']*)'")
_COMPILED_TEMPLATES = 50
_MARK = "\x02{}:{}\x03"
_MARKS = re.compile("\x02([^\x02\x03]*):([0-9]+)\x03")


@frozen
class TemplateFolder:
    """A folder of templates; `label` is its name in messages, with a final `/`."""

    path: Path
    label: str = ""

    def find(self, parts: Sequence[str]) -> tuple[str, str] | None:
        """Return the text of a template and its name in messages, None if it does not exist."""
        path = self.path.joinpath(*parts)
        label = self.label + "/".join(parts)
        return (read_text(path, label), label) if path.is_file() else None


@frozen
class TemplateTexts:
    """Templates that are not files, by name; `label` is the prefix of their names in messages."""

    texts: Mapping[str, str]
    label: str

    def find(self, parts: Sequence[str]) -> tuple[str, str] | None:
        """Like `TemplateFolder.find`."""
        name = "/".join(parts)
        return (self.texts[name], self.label + name) if name in self.texts else None


Templates = TemplateFolder | TemplateTexts


@frozen
class TemplateCode:
    """Filters and tests of other plugins; `key` is another one if any of them is."""

    filters: Mapping[str, Callable[..., Any]] = field(factory=dict)
    tests: Mapping[str, Callable[..., Any]] = field(factory=dict)
    key: Hashable = None


NO_CODE = TemplateCode()


@define(slots=False)
class Expansion:
    """The text of a deck after template expansion, with the origins of its lines.

    `source` is the name of the deck in messages; `sources` has the texts of the deck and of its
    templates by such names. `asked` are the variables that they asked for: with the same values of
    these, the expansion is the same.
    """

    text: str
    source: str
    sources: Mapping[str, str]
    _mark: Callable[[], str] = field(repr=False)
    asked: Mapping[str, Any] = field(factory=dict)

    @classmethod
    def of_plain_text(cls, text: str, source: str) -> Expansion:
        """Return the expansion of a text that is no template."""
        origins = "\n".join(
            _MARK.format(source, number) + line
            for number, line in enumerate(text.split("\n"), start=1)
        )
        return cls(text, source, {source: text}, lambda: origins)

    def place(self, line: int | None, cell: str | None = None) -> Place:
        """Return the origin of a line of the expanded text; without a line if it is unknown."""
        origin = self._origins.get(line) if line is not None else None
        if origin is None:
            return Place(self.source, cell=cell)
        return Place(origin[0], line=origin[1], cell=cell)

    def place_of(self, cell: Cell, line: int | None) -> Place:
        """Return the origin of a cell, or of a line of its source (from 1)."""
        at = cell.line if line is None else cell.source_line + line - 1
        return self.place(at, cell.name)

    @cached_property
    def composed_lines(self) -> frozenset[str]:
        """The lines that stand in no source, since templates have put them together."""
        if self.sources.get(self.source, self.text) == self.text:  # no template, as most
            return frozenset()
        written = {line for text in self.sources.values() for line in text.split("\n")}
        return frozenset(self.text.split("\n")) - written

    def excerpt(self, place: Place) -> str | None:
        """Return the line at a place, stripped; None if it is unknown."""
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
    code: TemplateCode = NO_CODE,
) -> Expansion:
    """Expand a deck with Jinja, if `is_template` is true of its text.

    Included and imported templates are taken from the first of `templates` that has them.
    `source` is the name of the deck in messages, `code` what its templates may use beside what
    Jinja has.

    Raises:
        ConversionError: a template raises an error; it has the file and line if they are known.
    """
    loader = _Loader(deck, source, templates, comment)
    plain = read_text(deck, source)
    if not is_template(plain, comment, variables):
        return Expansion.of_plain_text(plain, source)
    asked: set[str] = set()

    def render(*extensions: type[Extension]) -> str:
        environment = _DeckEnvironment(
            asked,
            loader=loader,
            undefined=StrictUndefined,
            line_statement_prefix=f"{comment} j2",
            keep_trailing_newline=True,
            extensions=extensions,
            # With extensions, the same text compiles to different code.
            bytecode_cache=None if extensions else _compiled_templates(comment, code.key),
        )
        _add_code(environment, code)
        environment.globals.update(variables)
        with environment.budgets():
            return environment.get_template(deck.name).render()

    try:
        text = render()
    except Exception as error:
        # Templates can raise any exception, and only their author can fix it.
        raise _conversion_error(error, source, loader.sources, code) from error
    used = {name: value for name, value in variables.items() if name in asked}
    return Expansion(text, source, loader.sources, lambda: render(_LineMarks), used)


class _NotingContext(Context):
    """Notes the names that templates ask for."""

    environment: _DeckEnvironment

    def resolve_or_missing(self, key: str) -> Any:
        self.environment.asked.add(key)
        return super().resolve_or_missing(key)


class _DeckEnvironment(BudgetedEnvironment):
    """An environment that notes in `asked` which variables its templates ask for."""

    context_class = _NotingContext

    def __init__(self, asked: set[str], **options: Any) -> None:
        super().__init__(**options)
        self.asked = asked


def _add_code(environment: Environment, code: TemplateCode) -> None:
    for what, functions, own in (
        ("filter", code.filters, environment.filters),
        ("test", code.tests, environment.tests),
    ):
        for name, function in functions.items():
            if name in own:
                raise ConversionError(
                    f"an extension of the course offers the {what} {name!r}, which Jinja has",
                    hint="its authors must choose another name",
                )
            own[name] = function


def is_template(text: str, comment: str, names: Iterable[str]) -> bool:
    """Whether a text has statements, comments or expressions of Jinja.

    `names` are the variables of templates; an expression that begins with one of them, or with
    a header macro, counts however it is spaced.
    """
    if "{" not in text and "j2" not in text:
        return False
    expression = _EXPRESSION.replace("NAMES", "|".join((*names, r"header\w*")))
    statement = rf"^[ \t]*{re.escape(comment)} j2\b"
    return re.search(f"{statement}|{_BLOCK}|{expression}", text, re.M | re.S) is not None


class _CompiledTemplates(BytecodeCache):
    """The templates that were compiled last, in memory.

    All decks of a course import the same macros, which take longer to compile than a deck.
    """

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (code := self._codes.pop((bucket.key, bucket.checksum), None)) is not None:
            bucket.code = self._codes[bucket.key, bucket.checksum] = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code
        for oldest in list(self._codes)[:-_COMPILED_TEMPLATES]:
            self._codes.pop(oldest, None)


@cache
def _compiled_templates(comment: str, code: Hashable) -> _CompiledTemplates:
    # The line statements of a template depend on the comment token, so its code does, too; and the
    # code has the results of filters of constants.
    return _CompiledTemplates()


class _Loader(BaseLoader):
    """Loads the deck and the templates it uses; stores the texts for messages."""

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
        # All lines of a call may start with the comment token, so that the deck stays valid code.
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
    """Adds a mark with file and line before each piece of text and after each line end."""

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
        # The mark of an empty piece does not apply to the text that follows it.
        for mark, following in zip(marks, [*marks[1:], None], strict=True):
            if following is None or following.start() > mark.end():
                yield number, (mark[1], int(mark[2]))
                break


def _conversion_error(
    error: Exception, source: str, sources: Mapping[str, str], code: TemplateCode
) -> ConversionError:
    if isinstance(error, ConversionError) and error.place:
        return error
    file, line = _error_place(error, source, sources)
    place, excerpt = Place(file, line=line), _line(sources.get(file, "").splitlines(), line)
    if isinstance(error, ClmError):  # of a filter or a test, which does not know where it is used
        return ConversionError(
            error.message,
            place=place,
            excerpt=error.excerpt or excerpt,
            hint=error.hint,
            details=error.details,
        )
    message = error.message if isinstance(error, TemplateSyntaxError) else str(error)
    if isinstance(error, TemplateNotFound):
        message = f"template not found: {error}"
    return ConversionError(
        f"Jinja: {message or type(error).__name__}",
        place=place,
        excerpt=excerpt,
        hint=_hint(error, code),
        details="".join(traceback.format_exception_only(error)),
    )


def _hint(error: Exception, code: TemplateCode) -> str:
    if isinstance(error, (TemplateBudgetError, RecursionError, OverflowError)):
        return "compute this in a cell of code, or make the text smaller"
    if found := _UNKNOWN_NAME.match(str(error)):
        what, name = found[1], found[2]
        known = (*code.filters, *FILTERS) if what == "filter" else (*code.tests, *TESTS)
        return nearest(name, known, f"plugins whose {what}s decks use are named in `extensions`")
    return "put text that is not meant for Jinja between {% raw %} and {% endraw %}"


def _error_place(
    error: Exception, source: str, sources: Mapping[str, str]
) -> tuple[str, int | None]:
    if isinstance(error, TemplateSyntaxError):
        return error.filename or source, error.lineno
    # The traceback frames of templates have the template's file and line.
    frames = traceback.extract_tb(error.__traceback__)
    places = [(f.filename, f.lineno) for f in frames if f.filename in sources]
    return places[-1] if places else (source, None)


def _line(lines: Sequence[str], number: int | None) -> str | None:
    return lines[number - 1].strip() if number and number <= len(lines) else None
