"""Marks in the text of a deck where templates may put, or leave out, any text."""

from __future__ import annotations

import re

MARK = "\x02"
_NAMES = r"(?:from|import|set)\b"
_BLOCKS = r"(?:if|for|macro|call|block|raw|filter|with|autoescape|trans)\b"
_COMMENT = re.compile(r"\{#.*?(?:#\}|\Z)", re.S)
_HEADER = re.compile(r"\{\{[-+]?\s*header(?:_\w+)?\s*\([^{}]*\)\s*[-+]?\}\}")
_EXPRESSION = re.compile(r"\{\{.*?(?:\}\}|\Z)", re.S)


def with_marks(text: str, comment: str) -> str:
    """Return the text with a mark for each piece of Jinja in it; imports and titles are removed.

    Everything from the first block to the end of the last one is one mark.
    """
    text = _COMMENT.sub(MARK, text)
    line = rf"^[ \t]*{re.escape(comment)} j2[ \t]+WORD[^\n]*"
    statement = rf"(?:\{{%[-+]?\s*WORD.*?(?:%\}}|\Z)|{line})"
    start, end = statement.replace("WORD", _BLOCKS), statement.replace("WORD", r"end\w*")
    flags = re.M | re.S
    text = re.sub(rf"{start}(?:.*{end}|.*\Z)", MARK, text, count=1, flags=flags)
    text = re.sub(statement.replace("WORD", _NAMES), "", text, flags=flags)
    text = re.sub(statement.replace("WORD", ""), MARK, text, flags=flags)
    return _EXPRESSION.sub(MARK, _HEADER.sub("", text))
