"""Lines with what may be metadata that hide a cell, though a typo keeps them from being read so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from clm_plugin_notebook.decks.hiding.edits import is_one_edit
from clm_plugin_notebook.decks.hiding.hiding_tags import HIDING_TAGS, hides

# `tags` with one character missing, added, changed or exchanged with the next one.
_TAGS = (
    r"(?:tags\w(?=c?\W)|tag\Ws|\w?tags?|ags|tgs|tas|t.ags|ta.gs|tag.s|.ags|t.gs|ta.s|tag."
    r"|atgs|tgas|tasg)"
)
# Its value: a list, or a text in quotes or behind a colon. `tags=[` may be glued to other text.
_METADATA = re.compile(
    rf"(?:(?<!\w)(?P<key>{_TAGS})(?=\W{{0,5}}c?[=:\[(\"'])|tags(?=\s*=))(?:(?!\]\()\W){{0,6}}"
    r"(?:\w[\[(][\"']?)?(?P<items>[\w-]+(?:\s?[\"',]\W{0,3}[\w-]+)*)",
    re.I,
)
_SLIDE_NOTES = re.compile(r"lide.?type\b\W{1,6}n?otes?\b", re.I)
# Metadata of which an option or a bracket can be recognised.
_UNREAD = re.compile(
    rf"(?<!\w){_TAGS}\W{{0,4}}[\[(]|(?<![\w-])slide(?:show|_type)|{_SLIDE_NOTES.pattern}", re.I
)
_MAY_BE_METADATA = re.compile("ag|tg|ta|t.g|lide", re.I)
_INCLUDE = re.compile(r"\binclude\W{1,3}f\b", re.I)
_SHOWN_CHUNK = re.compile(r"`r\s*''`\s*$")  # how books on R Markdown show the marks of chunks
_INCLUDE_LETTERS = "includefalse"
_WORD = re.compile(r"[\w-]+")
_ITEM = re.compile(r"\s*-\s*[\"']?([\w-]+)[\"']?\s*")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
_DIRECTIVES = ("codecell", "rawcell")
_FENCE_START = re.compile(r"\W{2,}")
_FENCE_START_WITH_LETTER = re.compile(r"\W*\w\W+")
_DIRECTIVE = re.compile(r"\s*(?:`{3,}|~{3,}|:{3,})\s*\{(?:code|raw)-cell\}(?:\s|$)")
_FENCE_SIGNS = re.compile("[`~:]")
# A fence or another mark of a cell, also with a stray character.
_MARK = re.compile(r".{0,2}(?:`{2,}|~{2,}|`.`|~.~|\+{2}|<.{0,3}-)")
_DATA = ("json", "yaml", "yml", "toml")


def names_hiding_tags(text: str) -> bool:
    """Whether a text has tags or a slide type that would hide a cell, as metadata are written."""
    if _MAY_BE_METADATA.search(text) is None:  # as most
        return False
    return _SLIDE_NOTES.search(text) is not None or any(
        _names_hiding_tags(match) for match in _METADATA.finditer(text)
    )


def _names_hiding_tags(match: re.Match[str]) -> bool:
    words = _WORD.findall(match["items"])
    is_exact = (match["key"] or "tags").casefold() in ("tag", "tags")
    # There is rarely more than one typo.
    return hides(words) if is_exact else not HIDING_TAGS.isdisjoint(words)


def may_have_metadata(mark: str) -> bool:
    """Whether the mark of a cell may be meant to have tags or a slide type."""
    return _UNREAD.search(mark) is not None


def mark_names_hiding_tags(lines: Sequence[str], index: int) -> bool:
    """Whether a line is like a fence or another mark of a cell and names such tags.

    They may also be in the next line, if the mark was divided.
    """
    line = lines[index]
    if not _MARK.match(line) or _SHOWN_CHUNK.search(line):
        return False
    if names_hiding_tags(line) or _is_not_included(line):
        return True
    following = lines[index + 1] if index + 1 < len(lines) else ""
    is_data = (
        _DIRECTIVE.match(line)
        or line.strip("`~ ").lower().startswith(_DATA)
        or following.lstrip().startswith("{")
    )
    return not is_data and _is_divided(line, following)


def _is_not_included(line: str) -> bool:
    """Whether a line has knitr's `include=FALSE`, also with a typo."""
    letters = "".join(c for c in line.casefold() if c.isalpha())
    size = len(_INCLUDE_LETTERS)
    parts = (
        letters[i : i + n]
        for i in range(len(letters) - size + 2)
        for n in range(size - 1, size + 2)
    )
    return _INCLUDE.search(line) is not None or any(is_one_edit(p, _INCLUDE_LETTERS) for p in parts)


def _is_divided(line: str, following: str) -> bool:
    return (
        "=" not in line
        and not following.lstrip().startswith("#")
        and re.search(r"\s=\s", following) is None
        and names_hiding_tags(f"{line}{following}")
    )


def without_code_spans(text: str) -> str:
    """Return a line of Markdown without what it shows as code."""
    return _CODE_SPAN.sub("``", text) if "`" in text else text


def with_items(lines: Sequence[str], index: int) -> str:
    """The line, with the items of a list in YAML that follow as one in brackets."""
    items = []
    for line in lines[index + 1 :]:
        match = _ITEM.fullmatch(line)
        if match is None:
            break
        items.append(match[1])
    return f"{lines[index]}[{', '.join(items)}]" if items else lines[index]


def like_directives(lines: Sequence[str]) -> Iterator[int]:
    """Yield the indexes of lines that may be meant to begin a code or raw cell of MyST.

    A line that would begin one elsewhere than in a fence is not among these.
    """
    for index, line in enumerate(lines):
        if _FENCE_SIGNS.search(line) is None or _DIRECTIVE.match(line):  # as most
            continue
        following = lines[index + 1] if index + 1 < len(lines) else ""
        divided = line + following if "{" in line or following.startswith("{") else line
        if _is_like_directive(line) or _is_like_directive(divided):
            yield index


def _is_like_directive(line: str) -> bool:
    for pattern in (_FENCE_START, _FENCE_START_WITH_LETTER):
        match = pattern.match(line)
        # Code in a sentence ends with the sign that begins it.
        if match is None or len(_FENCE_SIGNS.findall(match[0])) < 2 or "`" in line[match.end() :]:
            continue
        letters = "".join(c for c in line[match.end() :].casefold() if c.isalpha())
        for name in _DIRECTIVES:
            sizes = range(len(name) - 1, len(name) + 2)
            if any(is_one_edit(letters[:size], name) for size in sizes):
                return True
    return False
