"""Sanitising of CSS: no requests, nothing outside the picture's frame."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import tinycss2  # type: ignore[import-untyped]


def names(text: str) -> frozenset[str]:
    """The names in a text, separated by white space."""
    return frozenset(text.split())


# Styles without any of these, as most are, need not be parsed.
_SUSPICIOUS = re.compile(
    r"\\|@|<|url|src|image|cross-fade|element|fixed|sticky|binding|behav|expr", re.I
)
_FETCHING = names(
    "url src image image-set -webkit-image-set cross-fade -webkit-cross-fade element "
    "-moz-element expression"
)
_INNER = re.compile(r"#|data:(?:image|font)/|data:application/(?:x-)?font", re.I)
_BINDINGS = frozenset({"behavior", "-moz-binding"})


@lru_cache(maxsize=4096)
def harmless_declarations(style: str) -> str:
    """The declarations of a `style` attribute that are harmless."""
    if not _SUSPICIOUS.search(style):
        return style
    kept = [
        declaration
        for declaration in tinycss2.parse_blocks_contents(
            style, skip_comments=True, skip_whitespace=True
        )
        if declaration.type == "declaration" and _is_harmless(declaration)
    ]
    return " ".join(f"{declaration.serialize()};" for declaration in kept)


def harmless_stylesheet(sheet: str) -> str:
    """The rules of a `style` element that are harmless."""
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    return "\n".join(rule.serialize() for rule in rules if _is_harmless_rule(rule))


def is_harmless_value(value: str) -> bool:
    """Whether the value of an attribute that CSS also knows, such as `fill`, fetches nothing."""
    if not _SUSPICIOUS.search(value):
        return True
    return not any(map(_fetches, _flat(tinycss2.parse_component_value_list(value))))


def _is_harmless(declaration: Any) -> bool:
    if declaration.lower_name in _BINDINGS:
        return False
    tokens = list(_flat(declaration.value))
    if declaration.lower_name == "position" and any(
        token.type == "ident" and token.lower_value in ("fixed", "sticky") for token in tokens
    ):
        return False
    return not any(map(_fetches, tokens))


def _is_harmless_rule(rule: Any) -> bool:
    if rule.type not in ("qualified-rule", "at-rule") or rule.content is None:
        return False
    tokens = list(_flat(rule.content))
    names = {token.lower_value for token in tokens if token.type == "ident"}
    return not (names & {"fixed", "sticky"} or names & _BINDINGS or any(map(_fetches, tokens)))


def _fetches(token: Any) -> bool:
    if token.type == "url":
        return not _INNER.match(token.value.strip())
    if token.type == "function" and token.lower_name == "url":
        texts = [t.value for t in token.arguments if t.type == "string"]
        return not (len(texts) == 1 and _INNER.match(texts[0].strip()))
    if token.type in ("error", "at-keyword"):
        return True
    return token.type == "function" and token.lower_name in _FETCHING


def _flat(tokens: Iterable[Any]) -> Iterator[Any]:
    for token in tokens:
        yield token
        yield from _flat(getattr(token, "arguments", None) or getattr(token, "content", None) or ())
