"""Lines that look like cell headers but do not start a cell.

A header decides who sees a cell. Where VS Code, Spyder, PyCharm or jupytext (in another of its
formats) may read a header and CLM does not, the tags of the line would be lost, and the text
below it would be shown as part of the cell before. So such a line is an error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from attrs import frozen

from clm_plugin_notebook.decks.hiding.hiding_tags import hides
from clm_plugin_notebook.decks.hiding.loose_headers import KEY, TYPE, is_loose_header
from clm_plugin_notebook.decks.hiding.mistyped_metadata import (
    names_hiding_tags,
    without_code_spans,
)
from clm_plugin_notebook.decks.templates import Expansion

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
# Headers that count wherever they stand in a line.
_HEADER = (
    rf"TOKEN\s*%%+\s*(?:{TYPE}|{KEY}|$)|<!-*\s*#?(?:region|md|markdown|raw)\b"
    r"|(?P<fence>`{3,})|\+{3}\s*\{"
)
_KEY = re.compile(rf"\b{KEY}")
_TAGS = re.compile(r"[^\w`]+(?:\w+\s+)?tags?\s*[=:]\s*([\[({\"'].*)")
# A line that begins as a comment, also with a stray letter.
_COMMENTED = re.compile(r"\s*\w?[^\w\s\"'(\[{]")
# The options of a chunk for Quarto and knitr: `#| tags: notes`.
_OPTION = re.compile(
    r"\s*[^\w\s|`]{1,2}\s*\|\s*(?:tags?\s*:(.*)|include\s*:\s*(?:false|no)\b.*)", re.I
)
_WORD = re.compile(r"[\w-]+")
_TRIPLE_QUOTES = ('"' * 3, "'" * 3)  # other strings end with their line
_PERCENT_SIGN = {ord("\u066a"): "%"}  # all others become ASCII in the normal form


@frozen
class Lookalikes:
    """Patterns of such lines for one comment token.

    `composed` are lines that templates have put together: `header` finds those that `-%}` or a text
    without a line end has put behind other text.
    """

    comment: str
    pattern: re.Pattern[str]
    magic: re.Pattern[str]
    header: re.Pattern[str]
    composed: Collection[str] = ()

    @classmethod
    def of(cls, comment: str, expansion: Expansion | None = None) -> Lookalikes:
        """The patterns of editors for this comment token, for the lines of an expanded deck.

        `%%`, `In[` and `<codecell>`: VS Code (jupyter.codeRegularExpression), Spyder and PyCharm,
        all with any number of blanks; `+`: jupytext's light format.
        """
        token = re.escape(comment)
        more = re.escape(comment[-1])
        pattern = (
            rf"\s*{token}{more}*\s*(?:%%|%+\s*{TYPE}|<(?:code|markdown|raw|html)cell>|In\s*\[)"
            rf"|\s*{token}\s*\+\s*(?:{TYPE}|\w+\s*=|\{{)"
        )
        magic = re.compile(rf"\s*{token}\s*%%[A-Za-z!]")
        header = re.compile(_HEADER.replace("TOKEN", token))
        composed = expansion.composed_lines if expansion else ()
        return cls(comment, re.compile(pattern), magic, header, composed)

    def matches(self, line: str) -> bool:
        """Whether the line looks like a header, also with characters that look like ASCII."""
        text = line if line.isascii() else _as_ascii(line)
        if self.pattern.match(text) or is_loose_header(text) or self._has_glued(line):
            return True
        if self.is_hiding_option(text):
            return True
        tags = _TAGS.match(text)
        if tags is not None and hides(_WORD.findall(tags[1])):
            return True
        return _COMMENTED.match(text) is not None and names_hiding_tags(without_code_spans(text))

    def is_hiding_option(self, line: str) -> bool:
        """Whether the line is an option by which Quarto and knitr would hide the code."""
        option = _OPTION.fullmatch(line)
        return option is not None and (option[1] is None or hides(_WORD.findall(option[1])))

    def among(self, lines: Sequence[str], cell_type: str) -> Iterator[int]:
        """The indexes of such lines in a cell, outside its strings and fences."""
        outside = _outside_strings(lines)
        text = set(outside if cell_type == "code" else self.outside_fences(lines, outside))
        first = next((i for i, line in enumerate(lines) if line.strip()), None)
        for index, line in enumerate(lines):
            is_magic = cell_type == "code" and index == first and self.magic.match(line)
            # The end of a string or fence may stand before it in the line.
            if (index in text and not is_magic and self.matches(line)) or self._has_glued(line):
                yield index

    def swallowed(
        self, lines: Sequence[str], cell_type: str, hides: Callable[[str], bool | None]
    ) -> Iterator[int]:
        """The indexes of headers that are text, for they are in a string or fence of the cell.

        `hides` tells of a header whether it hides a cell, and is None for other lines. A header
        that hides nothing counts only if the string or fence is not closed.
        """
        # The end of the cell, behind a line that opens and closes nothing.
        given = [*lines, ""]
        outside = _outside_strings(given)
        text = set(outside if cell_type == "code" else self.outside_fences(given, outside))
        is_closed = len(lines) in text
        for index, line in enumerate(lines):
            hidden = None if index in text else hides(line)
            if hidden or (hidden is not None and not is_closed):
                yield index

    def _has_glued(self, line: str) -> bool:
        """Whether a template has put a header behind other text, outside code in Markdown."""
        if line not in self.composed:
            return False
        before = (line[:start] for start in self._headers(line))
        return any(text.strip() and text.count("`") % 2 == 0 for text in before)

    def _headers(self, line: str) -> Iterator[int]:
        """Yield where headers begin; a fence is one if a key follows, and goes up to the last."""
        keys = [match.span() for match in _KEY.finditer(line)]
        position = 0
        while match := self.header.search(line, position):
            position = match.end()
            if match["fence"]:
                if not keys or keys[-1][0] < position:
                    continue
                position = keys[-1][1]
            yield match.start()

    def outside_fences(self, lines: Sequence[str], indexes: Iterable[int]) -> Iterator[int]:
        """Those of the indexes whose lines are not in a fence."""
        fence = ""
        for index in indexes:
            match = _FENCE.match(lines[index].removeprefix(self.comment).removeprefix(" "))
            if not match:
                if not fence:
                    yield index
            elif not fence:
                fence = match[1]
            elif match[1].startswith(fence) and not match[2].strip():
                fence = ""


def _as_ascii(line: str) -> str:
    """Return the line with full-width characters, special blanks and the like made ordinary."""
    normal = unicodedata.normalize("NFKC", line).translate(_PERCENT_SIGN)
    return "".join(c for c in normal if unicodedata.category(c) != "Cf")


def _outside_strings(lines: Sequence[str]) -> Iterator[int]:
    if not any(mark in line for line in lines for mark in _TRIPLE_QUOTES):
        yield from range(len(lines))
        return
    # Not at the top, since planning reads decks, too, and few have such strings.
    from clm_plugin_notebook.lazy_jupyter import jupytext

    parser = jupytext.stringparser.StringParser("python")
    for index, line in enumerate(lines):
        if not parser.is_quoted():
            yield index
        parser.read_line(line)
