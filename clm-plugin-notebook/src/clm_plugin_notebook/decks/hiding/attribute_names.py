"""Attributes of cells whose names may be misspellings of those that hide a cell."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from clm_plugin_notebook.decks.hiding.edits import is_one_edit
from clm_plugin_notebook.decks.hiding.hiding_tags import HIDING_TAGS, meant_as

_SIMILAR = 0.7  # of SequenceMatcher; `tag` and `lagn` are, `target` is not
_OTHER_NAMES = {
    "tags": ("audience", "celltags", "class", "keywords", "labels", "role", "visibility"),
    "lang": ("language", "sprache"),
}
_YES = ("true", "yes", "1", "on")


def misnamed(attributes: Mapping[str, Any], languages: Collection[str]) -> Iterator[str]:
    """Yield why attributes that CLM does not know may be meant to hide their cell.

    `languages` are those that a deck may name.
    """
    for key, value in _flat(attributes):
        name = "".join(re.findall(r"[^\W\d_]+", key.casefold()))
        texts = tuple(_texts(value))
        hiding = next((tag for text in texts if (tag := _hiding(text))), None)
        is_rest_of_name = isinstance(value, list) and name in "tags"  # of `ta gs=["notes"]`
        if hiding and (is_rest_of_name or _may_be(name, "tags")):
            yield f"`{key}` hides nothing but may be meant as `tags`"
        elif hiding == "notes" and ("slide" in name or "show" in name):
            yield f'`{key}` hides nothing but may be meant as `slideshow={{"slide_type": "notes"}}`'
        elif name in HIDING_TAGS and str(value).casefold() in _YES:
            yield f'`{key}` hides nothing but may be meant as `tags=["{name}"]`'
        elif value is False and is_one_edit(name, "include") and name != "include":
            yield f"`{key}` hides nothing but may be meant as `include=FALSE`"
        elif key == "include" and is_one_edit(str(value).casefold(), "false"):
            if value is not False:
                yield "`include` must be TRUE or FALSE"
        elif _may_be(name, "lang") and any(_is_language(text, languages) for text in texts):
            yield f"`{key}` does nothing but may be meant as `lang`"


def _flat(attributes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The attributes and those within them, such as `metadata={"tags": ["notes"]}`."""
    for key, value in attributes.items():
        yield str(key), value  # in YAML, any value may be a key
        if isinstance(value, Mapping):
            yield from _flat(value)


def _hiding(text: str) -> str | None:
    return text if text in HIDING_TAGS else meant_as(text)


def _may_be(name: str, meant: str) -> bool:
    from difflib import SequenceMatcher  # only needed for unknown names

    similar = SequenceMatcher(None, name, meant).ratio() >= _SIMILAR
    return similar or name in _OTHER_NAMES[meant]


def _is_language(text: str, languages: Collection[str]) -> bool:
    return text.strip().casefold() in {language.casefold() for language in languages}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
