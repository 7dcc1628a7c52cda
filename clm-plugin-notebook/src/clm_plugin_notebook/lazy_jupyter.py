"""Imports from nbconvert and jupytext without their unused parts.

Importing a module of nbconvert imports all exporters, a web server and three HTML parsers;
importing jupytext, its server extension: together a fifth of a second and fifteen megabytes in
each worker.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any, cast


@contextmanager
def _substituted(modules: Mapping[str, ModuleType | None]) -> Iterator[None]:
    """Install modules in `sys.modules` unless already imported; None makes an import fail."""
    ours = {name: module for name, module in modules.items() if name not in sys.modules}
    sys.modules.update(cast("dict[str, ModuleType]", ours))
    try:
        yield
    finally:
        # Later imports elsewhere get the complete modules.
        for name in ours:
            del sys.modules[name]


def _bare_package(name: str) -> ModuleType:
    """Return a package whose modules can be imported but whose own code is not run."""
    spec = find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    return module_from_spec(spec)


def _lazy_module(name: str) -> ModuleType:
    """Return a stand-in for a module of functions, imported when one of them is called."""

    def function(attribute: str) -> Callable[..., Any]:
        return lambda *args, **named: getattr(import_module(name), attribute)(*args, **named)

    module = ModuleType(name)
    module.__getattr__ = function  # type: ignore[method-assign]
    return module


with (
    _substituted({"nbconvert": _bare_package("nbconvert"), "bs4": _lazy_module("bs4")}),
    _substituted(
        {f"nbconvert.{n}": _bare_package(f"nbconvert.{n}") for n in ("filters", "preprocessors")}
    ),
    _substituted({"nbconvert.filters.strings": _lazy_module("nbconvert.filters.strings")}),
):
    from nbconvert.filters.ansi import ansi2html, strip_ansi
    from nbconvert.filters.strings import clean_html
    from nbconvert.preprocessors.highlightmagics import HighlightMagicsPreprocessor

# jupytext works without them if no server is installed.
with _substituted({"jupytext.sync_contentsmanager": None, "jupytext.async_contentsmanager": None}):
    import jupytext

__all__ = [
    "HighlightMagicsPreprocessor",
    "ansi2html",
    "clean_html",
    "jupytext",
    "strip_ansi",
]
