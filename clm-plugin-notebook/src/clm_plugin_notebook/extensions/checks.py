"""Checks of what other plugins register; an error is that of the plugin that registers it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from clm_plugin_notebook.additions import CLASSIC
from clm_plugin_notebook.api import (
    CellTag,
    CellTransform,
    DeckKind,
    DeckTemplates,
    PageTheme,
    PageTransform,
)
from clm_plugin_notebook.audiences import KINDS
from clm_plugin_notebook.decks.cells import JUPYTER_TAGS, KNOWN_TAGS
from clm_plugin_notebook.decks.hiding.hiding_tags import meant_as

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_FUNCTION_NAME = re.compile(r"[A-Za-z_]\w*")
_IMPORT_STRING = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


def check(hook: str, value: Any) -> None:
    """Check the result of a hook.

    Raises:
        TypeError, ValueError: it is not what the hook asks for.
    """
    kind, check_item = _CHECKS[hook]
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"{hook} returns {type(value).__name__}, not a list")
    names = set()
    for item in value:
        if not isinstance(item, kind):
            raise TypeError(f"{hook} returns {item!r}, which is not a {kind.__name__}")
        if not isinstance(item.name, str) or not _NAME.fullmatch(item.name):
            raise ValueError(
                f"{hook}: invalid name {item.name!r}; use lower-case letters, digits and single '-'"
            )
        if item.name in names:
            raise ValueError(f"{hook} returns the name {item.name!r} twice")
        names.add(item.name)
        check_item(item)


def _check_tag(tag: CellTag) -> None:
    where = f"tag {tag.name!r}"
    if tag.name in KNOWN_TAGS | JUPYTER_TAGS:
        raise ValueError(f"{where}: CLM has a tag of this name; choose another one")
    if similar := meant_as(tag.name):
        # Authors would write it for a tag that hides cells, and the other way round.
        raise ValueError(f"{where} is too similar to {similar!r}; choose another name")
    _check_texts(f"{where}: badge", tag.badge)
    _check_names(f"{where}: kinds", tag.kinds)
    if type(tag.private) is not bool:
        raise TypeError(f"{where}: private is {tag.private!r}, not True or False")


def _check_kind(kind: DeckKind) -> None:
    if kind.name in KINDS:
        raise ValueError(f"kind {kind.name!r}: CLM has a kind of this name; choose another one")
    _check_names(f"kind {kind.name!r}: removed", kind.removed)
    if type(kind.blanking) is not bool or type(kind.results) is not bool:
        raise TypeError(f"kind {kind.name!r}: blanking and results must be True or False")


def _check_templates(templates: DeckTemplates) -> None:
    where = f"templates {templates.name!r}"
    for what, functions in (("filters", templates.filters), ("tests", templates.tests)):
        _check_texts(f"{where}: {what}", functions)
        for name, function in functions.items():
            if not _FUNCTION_NAME.fullmatch(name):
                raise ValueError(f"{where}: {what} have the name {name!r}, not an identifier")
            _check_import_string(f"{where}: {name!r}", function)
    if templates.filters or templates.tests:
        _check_fingerprint(where, templates.fingerprint)
    if templates.macros is not None:
        _check_folder(f"{where}: macros", templates.macros)


def _check_transform(transform: CellTransform | PageTransform) -> None:
    _check_import_string(f"transform {transform.name!r}: function", transform.function)
    _check_fingerprint(f"transform {transform.name!r}", transform.fingerprint)


def _check_theme(theme: PageTheme) -> None:
    if theme.name == CLASSIC:
        raise ValueError(f"theme {theme.name!r}: CLM has a theme of this name; choose another one")
    _check_folder(f"theme {theme.name!r}: folder", theme.folder)


def _check_texts(what: str, value: Any) -> None:
    texts = [*value, *value.values()] if isinstance(value, Mapping) else [None]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError(f"{what} is {value!r}, not a mapping of texts to texts")


def _check_names(what: str, value: Any) -> None:
    is_tuple = isinstance(value, tuple) and all(isinstance(name, str) and name for name in value)
    if not is_tuple:
        raise TypeError(f"{what} is {value!r}, not a tuple of names")


def _check_import_string(what: str, value: Any) -> None:
    if not isinstance(value, str) or not _IMPORT_STRING.fullmatch(value):
        raise ValueError(f"{what} is {value!r}, not of the form 'module:function'")


def _check_fingerprint(where: str, value: Any) -> None:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where}: the fingerprint is {value!r}, not a text with its version")


def _check_folder(what: str, value: Any) -> None:
    if not isinstance(value, Path) or not value.is_dir():
        raise ValueError(f"{what} is {value!r}, not the path of a folder")


_CHECKS: Mapping[str, tuple[type[Any], Callable[[Any], None]]] = {
    "clm_notebook_tags": (CellTag, _check_tag),
    "clm_notebook_kinds": (DeckKind, _check_kind),
    "clm_notebook_templates": (DeckTemplates, _check_templates),
    "clm_notebook_cell_transforms": (CellTransform, _check_transform),
    "clm_notebook_page_transforms": (PageTransform, _check_transform),
    "clm_notebook_themes": (PageTheme, _check_theme),
}
