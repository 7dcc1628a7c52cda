"""Headers of cells in any comment syntax: `/* %% [markdown] */`, `-- %%`, `# x%% tags=[]`.

Regular expressions for these take time that grows with the square of a line's length, since signs
such as `%` and `[` may be part of several of their parts. So lines are divided at their first
letters, by expressions that never go back.
"""

from __future__ import annotations

import re

TYPE = r"\[\s*(?:markdown|md|raw|code)\b"
KEY = r"(?:tags|lang|slideshow|language|active)\s*[=:]"
_TYPE = re.compile(TYPE)
_KEY = re.compile(KEY)
_TYPE_AND_KEY = re.compile(rf"{TYPE}\s*\]\s*{KEY}")
_TAGS = re.compile(r"tags\s*[=:]\s*\[")
_SIGNS = re.compile(r"\W*")
_COMMENT_SIGNS = re.compile(r"[^\w\s`]+")
# Signs without code spans, between the first two letters.
_PARTS = re.compile(r"([^\w`]*)(\w?)([^\w`]*)(\w?)([^\w`]*)")
_COMMENT_ENDS = ("*/", "-->")


def is_loose_header(line: str) -> bool:
    """Whether a line looks like a header, whatever its comment is."""
    return _has_type_or_key(line) or _has_only_signs(line) or _has_stray_letters(line)


def _has_type_or_key(line: str) -> bool:
    """Whether signs are followed by `%` and a type, or by `%%` and a key."""
    end = _SIGNS.match(line).end()  # type: ignore[union-attr]
    if line[:end].rstrip().endswith("%%") and _KEY.match(line, end):
        return True
    start = _bracket_before(line, end)
    return (
        start >= 0
        and "%" in line[:start].rpartition("`")[2]
        and _TYPE.match(line, start) is not None
    )


def _has_only_signs(line: str) -> bool:
    """Whether a line is nothing but `%%`, or `%%` in a comment."""
    text = line.strip()
    if len(text) > 1 and text.strip("%") == "":
        return True
    text = line.rstrip()
    for end in _COMMENT_ENDS:
        if text.endswith(end):
            text = text.removesuffix(end).rstrip()
            break
    comment = text.rstrip("%")
    count = len(text) - len(comment)
    if not comment:  # the first `%` stands for it
        return count > 2
    return count > 1 and _COMMENT_SIGNS.fullmatch(comment.rstrip()) is not None


def _has_stray_letters(line: str) -> bool:
    """Whether up to two letters are around the `%` before a type with a key, or before tags."""
    first, letter, second, other, third = _PARTS.match(line).groups()  # type: ignore[union-attr]
    keyword = _keyword(line, 0, len(first))
    if keyword >= 0 and (line[keyword] == "[" or "%" in line[:keyword]):
        return True
    start = len(first) + 1
    end = start + len(second)
    keyword = _keyword(line, start, end) if letter else -1
    if keyword >= 0 and (first.endswith("%") or "%" in line[start:keyword]):
        return True
    return (
        bool(other) and second.endswith("%") and _keyword(line, end + 1, end + 1 + len(third)) >= 0
    )


def _keyword(line: str, start: int, end: int) -> int:
    """Where a type with a key, or `tags=[`, begins: within signs or behind them; -1 if nowhere."""
    if _TAGS.match(line, end):
        return end
    bracket = _bracket_before(line, end)
    return bracket if bracket >= start and _TYPE_AND_KEY.match(line, bracket) else -1


def _bracket_before(line: str, end: int) -> int:
    """The index of a bracket, behind which are only blanks up to `end`; -1 if there is none."""
    signs = line[:end].rstrip()
    return len(signs) - 1 if signs.endswith("[") else -1
