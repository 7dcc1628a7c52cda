"""Cell headers: `%% [markdown] lang="de" tags=["slide"]`.

The header decides who sees the cell, and authors mistype it. A mistake that can be corrected in
only one way is accepted with a warning; everything else is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from clm_plugin_notebook.decks.display import DisplayMetadata
from clm_plugin_notebook.decks.grading import NO_GRADING, Grading, grading
from clm_plugin_notebook.decks.hiding.hiding_tags import hides

_TITLE_AND_TYPE = re.compile(r"\s*([^\[\]{}=\"']*?)\s*\[\s*(markdown|md|raw|code)\s*(\]|(?=\s))")
_TITLE = re.compile(r"\s*((?:(?![\w.-]+\s*=)[^\s\[\]{}=\"']+\s*)*)")
_KEY = re.compile(r"\s*([A-Za-z_][\w.-]*)(\s*=\s*)")
_LOOSE_TEXT = re.compile(r"'([^']*)'|([\w-]+)")
_ITEM = r"""(?:"[^"]*"|'[^']*'|[\w-]+)"""
_LOOSE_LIST = re.compile(rf"\[\s*({_ITEM}(?:\s*,\s*{_ITEM})*)?\s*,?\s*(\]|(?=\s*$))")
_NAME = re.compile(r"[\w-]+")
_STRAY = re.compile(r"[\s\],;]+")
_TYPES = {"md": "markdown"}
_TYPE_NAMES = ("markdown", "md", "raw")
# `Notes`, `(notes)`, `notes: text`, but not `Notes on speed`.
_TAG_TITLE = re.compile(r"\W*(del|notes|private|voiceover|speaker\W?notes)(?![ ]?\w).*", re.I)
# `tags: notes`, `tags notes`.
_TAGS_TITLE = re.compile(r"\W*(?:tags?\b|lang\s*:)\W*(.*)", re.I)
_JUPYTEXT_KEYS = ("language", "active")
_KNOWN_KEYS = frozenset(
    {"tags", "lang", "slideshow", "slide_id", "for_slide", "vo_anchor", "nbgrader", "active"}
    | {"cell_style"}
)
_CELL_STYLES = ("split", "center")
_SLIDE_TYPES = ("slide", "subslide", "fragment", "skip", "notes")


class HeaderError(Exception):
    """The header is invalid; the message is the reason.

    `cell_type` is the assumed type of the cell. `may_hide` tells whether the header has a word that
    hides a cell.
    """

    def __init__(self, reason: str, cell_type: str = "code", text: str = "") -> None:
        super().__init__(reason)
        self.cell_type = cell_type
        self.may_hide = hides(_NAME.findall(text))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise HeaderError(f"`{twice}` is given twice")
    return made


_JSON = json.JSONDecoder(object_pairs_hook=_unique)


@frozen(repr=False)
class Header:
    """The attributes in a cell header; `remarks` are the mistakes that were corrected.

    `jupytext` are the attributes by which jupytext determines a cell's type and source. `slide_id`
    names the cell; `for_slide` and `anchor` (`vo_anchor`) are those of a voiceover companion.
    `grading` and `split` are as in `Cell`. `others` are the attributes that CLM does not use.
    """

    type: str = "code"
    tags: tuple[str, ...] = ()
    language: str | None = None
    slide_type: str | None = None
    slide_id: str = ""
    for_slide: str = ""
    anchor: str = ""
    remarks: tuple[str, ...] = field(default=())
    jupytext: Mapping[str, str] = field(factory=dict)
    display: DisplayMetadata = field(factory=DisplayMetadata)
    grading: Grading = NO_GRADING
    split: bool = False
    others: Mapping[str, Any] = field(factory=dict, eq=False)


def hides_cell(header: Header | HeaderError) -> bool:
    """Whether the header hides its cell from somebody, or may be meant to."""
    if isinstance(header, HeaderError):
        return header.may_hide
    is_note = header.slide_type == "notes"
    return is_note or bool(header.language or header.grading.role) or hides(header.tags)


def parse_header(text: str) -> Header:
    """Parse a cell header, given as the text after its `%%`.

    Raises:
        HeaderError: it is ambiguous or invalid.
    """
    remarks: list[str] = []
    cell_type = "code"
    try:
        cell_type, rest = _type_and_rest(text, remarks)
        return _header(cell_type, _attributes(rest, remarks), remarks)
    except HeaderError as error:
        raise HeaderError(str(error), cell_type, text) from error


def _header(cell_type: str, attributes: Mapping[str, Any], remarks: list[str]) -> Header:
    tags = _tags(attributes.get("tags", []), remarks)
    try:
        display = DisplayMetadata.of(attributes)
        graded = grading(cell_type, tags, attributes.get("nbgrader"))
    except ValueError as error:
        raise HeaderError(str(error)) from error
    return Header(
        type=cell_type,
        tags=tags,
        language=_language(attributes.get("lang")),
        slide_type=_slide_type(attributes.get("slideshow")),
        slide_id=_name(attributes, "slide_id"),
        for_slide=_name(attributes, "for_slide"),
        anchor=_name(attributes, "vo_anchor"),
        remarks=tuple(remarks),
        jupytext={
            key: value for key in _JUPYTEXT_KEYS if isinstance(value := attributes.get(key), str)
        },
        display=display,
        grading=graded,
        split=_is_split(attributes.get("cell_style")),
        others={key: value for key, value in attributes.items() if key not in _KNOWN_KEYS},
    )


def try_header(text: str) -> Header | HeaderError:
    """Parse a cell header like `parse_header`, but return the error."""
    try:
        return parse_header(text)
    except HeaderError as error:
        return error


def metadata_header(cell_type: str, metadata: Mapping[str, Any]) -> Header | HeaderError:
    """Return the header that corresponds to the metadata of a Jupyter cell."""
    try:
        return _header(cell_type, metadata, [])
    except HeaderError as error:
        return HeaderError(str(error), cell_type, str(metadata))


def _type_and_rest(text: str, remarks: list[str]) -> tuple[str, str]:
    if match := _TITLE_AND_TYPE.match(text):
        if not match[3]:
            remarks.append(f"missing `]` after `[{match[2]}`")
        return _TYPES.get(match[2], match[2]), text[match.end() :]
    match = _TITLE.match(text)
    rest = text[match.end() :] if match else text
    if match and (reason := _wrong_title(match[1].strip())):
        raise HeaderError(reason)
    if rest.startswith("["):
        raise HeaderError(f"unknown cell type `{rest.split()[0]}`")
    return "code", rest


def _wrong_title(title: str) -> str | None:
    """Return why a title is probably none, although jupytext reads it as one."""
    if title.casefold() in _TYPE_NAMES:
        return f"`{title}` is a title here; for the type of the cell write `[{title.lower()}]`"
    if match := _TAG_TITLE.fullmatch(title):
        tag = match[1].lower().removeprefix("speaker").lstrip(" -_")
        return f'`{title}` is a title here; for a tag write `tags=["{tag}"]`'
    match = _TAGS_TITLE.fullmatch(title)
    if match and (":" in title or hides(_NAME.findall(match[1]))):
        return (
            f'`{title}` is a title here; write tags as `tags=["slide"]`, a language as `lang="en"`'
        )
    return None


def _attributes(text: str, remarks: list[str]) -> Mapping[str, Any]:
    attributes, position = _json_attributes(text)
    while text[position:].strip():
        if match := _KEY.match(text, position):
            key = match[1]
            if match[2] != "=":
                remarks.append(f"spaces around the `=` of `{key}`")
            if key in attributes:
                raise HeaderError(f"`{key}` is given twice")
            attributes[key], position = _value(text, match.end(), key, remarks)
        elif match := _STRAY.match(text, position):
            if stray := match[0].strip():
                remarks.append(f"stray `{stray}`")
            position = match.end()
        else:
            raise HeaderError(f"unexpected text `{text[position:].strip()}`")
    return attributes


def _json_attributes(text: str) -> tuple[dict[str, Any], int]:
    """Parse attributes in the older syntax, a single JSON object; return them and its end."""
    start = len(text) - len(text.lstrip())
    if not text.startswith("{", start):
        return {}, 0
    try:
        return _JSON.raw_decode(text, start)
    except (ValueError, RecursionError) as error:
        raise HeaderError(f"`{text.strip()}` is not valid JSON") from error


def _value(text: str, start: int, key: str, remarks: list[str]) -> tuple[Any, int]:
    try:
        value, end = _JSON.raw_decode(text, start)
    except (ValueError, RecursionError):
        pass
    else:
        return value, end
    if match := _LOOSE_LIST.match(text, start):
        remarks.append(
            f"the list of `{key}` is not closed" if not match[2] else f"missing quotes in `{key}`"
        )
        return [item.strip("\"'") for item in re.findall(_ITEM, match[1] or "")], match.end()
    if match := _LOOSE_TEXT.match(text, start):
        remarks.append(f'the value of `{key}` needs quotes: `"`')
        return match[1] if match[1] is not None else match[2], match.end()
    raise HeaderError(f"invalid value of `{key}`")


def _tags(value: Any, remarks: list[str]) -> tuple[str, ...]:
    if isinstance(value, str):
        remarks.append("`tags` must be a list")
        value = value.split(",")
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise HeaderError("`tags` must be a list of strings")
    if invisible := next((tag for tag in value if not tag.strip().isprintable()), None):
        raise HeaderError(f"the tag {invisible!r} has characters that are not visible")
    return tuple(dict.fromkeys(tag.strip() for tag in value if tag.strip()))


def _language(value: Any) -> str | None:
    if value is None or (isinstance(value, str) and value.strip()):
        return value.strip() if value else None
    raise HeaderError("`lang` must be a language code")


def _name(attributes: Mapping[str, Any], key: str) -> str:
    return str(attributes.get(key) or "").strip()


def _slide_type(value: Any) -> str | None:
    if value is None:
        return None
    slide_type = value.get("slide_type") if isinstance(value, Mapping) else value
    if slide_type is None and any(text in _SLIDE_TYPES for text in value.values()):
        slide_type = "unknown"  # a mistyped key, which may be meant to hide the cell
    if slide_type in (None, "", "-") and isinstance(value, Mapping):
        return None
    if slide_type not in _SLIDE_TYPES or not isinstance(value, Mapping):
        allowed = ", ".join(_SLIDE_TYPES)
        raise HeaderError(f'`slideshow` must be like {{"slide_type": "slide"}}, with {allowed}')
    return str(slide_type)


def _is_split(value: Any) -> bool:
    """Whether a cell has half the width of a slide, as in RISE."""
    if value in (None, ""):
        return False
    if value not in _CELL_STYLES:
        raise HeaderError(f"`cell_style` must be one of {', '.join(_CELL_STYLES)}")
    return bool(value == "split")
