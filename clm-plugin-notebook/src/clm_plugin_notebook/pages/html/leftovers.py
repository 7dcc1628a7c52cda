"""Search for markup that is left in the text of a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from attrs import frozen

from clm_plugin_notebook.decks.text.markdown_syntax.remarks import MarkdownRemark

_SUSPECT = re.compile(r"\]\(|\|[ :]*-{3}|\$(?:\$|</span><span)|:::|\[\^|\[!")
_CODE = re.compile(r"<(pre|code|script|style|textarea|svg)\b.*?</\1\s*>|<!--.*?-->", re.S | re.I)
_DOLLAR = '<span class="tex2jax_ignore">$</span>'
_TAG = re.compile(r"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")
_MATHS = re.compile(
    r"\$\$(?:\\.|[^$\\])+\$\$|\$(?:\\.|[^$\\])+\$"
    r"|\\begin\{(\w+\*?)\}.*?\\end\{\1\}|\\\(.*?\\\)|\\\[.*?\\\]",
    re.S,
)
_ESCAPED = re.compile(r"\\[!-/:-@\[-`{-~]")
_FENCE = re.compile(r"^([ >]*)(`{3,}|~{3,})[^\n]*\n.*?^\1\2[`~]*[ \t]*$", re.S | re.M)


@frozen
class _Kind:
    """A kind of markup: how it looks, what it is called, and how it is to be written."""

    pattern: re.Pattern[str]
    name: str
    hint: str


# Texts and targets have at most 1,000 characters: without a limit, many brackets in a line take
# quadratic time.
_IN_HTML = "within HTML, leave a blank line before and after Markdown"
_KINDS = (
    _Kind(
        re.compile(r"!\[[^\]\n]{0,1000}\]\([^\n)]{0,1000}"),
        "a picture",
        f"write `![text](<path>)`; {_IN_HTML}",
    ),
    _Kind(
        re.compile(r"\[[^\]\n]{0,1000}\]\([^\n)]{0,1000}|\]\("),
        "a link",
        f"write `[text](<target>)`; {_IN_HTML}",
    ),
    _Kind(
        re.compile(r"\|[ \t]*:?-{3,}:?[ \t]*\||-{3,}[ \t]*\|[ \t]*:?-{3,}"),
        "a table",
        "the row above the lines needs as many cells as there are lines, and is preceded by a "
        f"blank line; {_IN_HTML}",
    ),
    _Kind(re.compile(r"\$\$"), "maths", "write `$$` before and after it, each once"),
    _Kind(re.compile(r"^[ \t]*:{3,}[^\n]*", re.M), "a block", f"write `:::{{note}}`; {_IN_HTML}"),
    _Kind(
        re.compile(r"\[\^[^\]\s]+\]"),
        "a footnote",
        "write `[^name]: text` after a blank line, in a cell of the same language",
    ),
    _Kind(
        re.compile(r"^\s*\[!\w+\][^\n]*", re.M),
        "an alert",
        "known are NOTE, TIP, IMPORTANT, WARNING and CAUTION, on a line of their own",
    ),
)


def leftovers(source: str, html: str) -> Iterator[MarkdownRemark]:
    """Yield a remark for markup in a Markdown text that its HTML shows as text.

    Code and maths may have it, and so may text that is escaped.
    """
    if not _SUSPECT.search(html):
        return
    text = _CODE.sub(" ", html).replace(_DOLLAR * 2, "$$").replace(_DOLLAR, "")
    text = _MATHS.sub(" ", unescape(_TAG.sub("", text)))
    lines = _ESCAPED.sub("", _without_code(source)).split("\n")
    found: set[tuple[str, int]] = set()
    for kind in _KINDS:
        for match in kind.pattern.finditer(text):
            known = {number for name, number in found if name == kind.name}
            line = _line_of(match[0].strip(), kind, lines, known)
            if line is not None and line not in known:
                found.add((kind.name, line))
                message = f"{kind.name} is shown as text: {match[0].strip()[:40]}"
                yield MarkdownRemark(line, message, kind.hint)
        text = kind.pattern.sub(" ", text)  # a picture is no link


def _without_code(source: str) -> str:
    return _FENCE.sub(lambda match: re.sub(r"[^\n]", "", match[0]), source)


def _line_of(text: str, kind: _Kind, lines: list[str], known: set[int]) -> int | None:
    """Return the line, from 1, that has the text, else the first new one with such markup."""
    candidates = [n for n, line in enumerate(lines, start=1) if text in line]
    candidates += [n for n, line in enumerate(lines, start=1) if kind.pattern.search(line)]
    return next((n for n in candidates if n not in known), None)
