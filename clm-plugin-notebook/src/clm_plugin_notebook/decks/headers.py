"""The headers of cells: `%% [markdown] lang="de" tags=["slide"]`.

Authors mistype headers, and a mistyped one decides who sees the cell. So what can only be
meant in one way is read with a warning, and everything else is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

_TITLE_AND_TYPE = re.compile(r"\s*([^\[\]{}=\"']*?)\s*\[\s*(markdown|md|raw|code)\s*(\]|(?=\s))")
_TITLE = re.compile(r"\s*((?:(?![\w.-]+\s*=)[^\s\[\]{}=\"']+\s*)*)")
_KEY = re.compile(r"\s*([A-Za-z_][\w.-]*)(\s*=\s*)")
_LOOSE_TEXT = re.compile(r"'([^']*)'|([\w-]+)")
_ITEM = r"""(?:"[^"]*"|'[^']*'|[\w-]+)"""
_LOOSE_LIST = re.compile(rf"\[\s*({_ITEM}(?:\s*,\s*{_ITEM})*)?\s*,?\s*(\]|(?=\s*$))")
_NAME = re.compile(r"[\w-]+")
_STRAY = re.compile(r"[\s\],;]+")
_TYPES = {"md": "markdown"}


class HeaderError(Exception):
    """The header cannot be read; the text says why.

    `cell_type` is what the cell is taken for.
    """

    def __init__(self, why: str, cell_type: str = "code") -> None:
        super().__init__(why)
        self.cell_type = cell_type


@frozen
class Header:
    """What a cell's header says; `remarks` are the mistakes that were read over."""

    type: str = "code"
    tags: tuple[str, ...] = ()
    language: str | None = None
    slide_type: str | None = None
    slide_id: str = ""
    remarks: tuple[str, ...] = field(default=())


def parse_header(text: str) -> Header:
    """Read the header of a cell, from behind its `%%`.

    Raises:
        HeaderError: it is ambiguous or unreadable.
    """
    remarks: list[str] = []
    cell_type, rest = _type_and_rest(text, remarks)
    try:
        return _header(cell_type, _attributes(rest, remarks), remarks)
    except HeaderError as error:
        raise HeaderError(str(error), cell_type) from error


def _header(cell_type: str, attributes: Mapping[str, Any], remarks: list[str]) -> Header:
    slideshow = attributes.get("slideshow")
    return Header(
        type=cell_type,
        tags=_tags(attributes.get("tags", []), remarks),
        language=_language(attributes.get("lang")),
        slide_type=_slide_type(slideshow),
        slide_id=str(attributes.get("slide_id", "")),
        remarks=tuple(remarks),
    )


def try_header(text: str) -> Header | HeaderError:
    """The header, or what is wrong with it."""
    try:
        return parse_header(text)
    except HeaderError as error:
        return error


def metadata_header(cell_type: str, metadata: Mapping[str, Any]) -> Header | HeaderError:
    """The header that the metadata of a Jupyter cell makes up."""
    try:
        return _header(cell_type, metadata, [])
    except HeaderError as error:
        return HeaderError(str(error), cell_type)


def _type_and_rest(text: str, remarks: list[str]) -> tuple[str, str]:
    if match := _TITLE_AND_TYPE.match(text):
        if not match[3]:
            remarks.append(f"`]` is missing behind `[{match[2]}`")
        return _TYPES.get(match[2], match[2]), text[match.end() :]
    match = _TITLE.match(text)
    rest = text[match.end() :] if match else text
    if rest.startswith("["):
        raise HeaderError(f"`{rest.split()[0]}` is not a type of cell")
    return "code", rest


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
            raise HeaderError(f"`{text[position:].strip()}` cannot be read")
    return attributes


def _json_attributes(text: str) -> tuple[dict[str, Any], int]:
    """The attributes of the older syntax, in which they are one JSON object, and its end."""
    start = len(text) - len(text.lstrip())
    if not text.startswith("{", start):
        return {}, 0
    try:
        return json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError) as error:
        raise HeaderError(f"`{text.strip()}` is not JSON") from error


def _value(text: str, start: int, key: str, remarks: list[str]) -> tuple[Any, int]:
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        pass
    else:
        return value, end
    if match := _LOOSE_LIST.match(text, start):
        remarks.append(
            f"the list of `{key}` is not closed"
            if not match[2]
            else f"quotes are missing in `{key}`"
        )
        return _NAME.findall(match[1] or ""), match.end()
    if match := _LOOSE_TEXT.match(text, start):
        remarks.append(f'the value of `{key}` needs quotes: `"`')
        return match[1] if match[1] is not None else match[2], match.end()
    raise HeaderError(f"the value of `{key}` cannot be read")


def _tags(value: Any, remarks: list[str]) -> tuple[str, ...]:
    if isinstance(value, str):
        remarks.append("`tags` needs a list")
        value = value.split(",")
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise HeaderError("`tags` is not a list of texts")
    return tuple(dict.fromkeys(tag.strip() for tag in value if tag.strip()))


def _language(value: Any) -> str | None:
    if value is None or (isinstance(value, str) and value.strip()):
        return value.strip() if value else None
    raise HeaderError("`lang` is not a language")


def _slide_type(value: Any) -> str | None:
    slide_type = value.get("slide_type") if isinstance(value, dict) else None
    return slide_type if isinstance(slide_type, str) and slide_type not in ("", "-") else None
