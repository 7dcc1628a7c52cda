"""The parts of nbconvert and jupytext that are used, imported without the rest of them.

nbconvert's packages import all exporters, a web server and three HTML parsers when one of
their modules is wanted, jupytext its extension of a server: together a fifth of a second and
fifteen megabytes in each worker.
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
def _in_place_of(modules: Mapping[str, ModuleType | None]) -> Iterator[None]:
    """Has these modules imported where those of their names are not there yet; None is none."""
    ours = {name: module for name, module in modules.items() if name not in sys.modules}
    sys.modules.update(cast("dict[str, ModuleType]", ours))
    try:
        yield
    finally:
        # Whoever imports them from now on gets them whole.
        for name in ours:
            del sys.modules[name]


def _bare(name: str) -> ModuleType:
    """A package whose modules can be imported, while its own code does not run."""
    spec = find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    return module_from_spec(spec)


def _later(name: str) -> ModuleType:
    """A module of functions, imported when one of them is called."""

    def function(attribute: str) -> Callable[..., Any]:
        return lambda *args, **named: getattr(import_module(name), attribute)(*args, **named)

    module = ModuleType(name)
    module.__getattr__ = function  # type: ignore[method-assign]
    return module


with (
    _in_place_of({"nbconvert": _bare("nbconvert"), "bs4": _later("bs4")}),
    _in_place_of({f"nbconvert.{n}": _bare(f"nbconvert.{n}") for n in ("filters", "preprocessors")}),
    _in_place_of({"nbconvert.filters.strings": _later("nbconvert.filters.strings")}),
):
    from nbconvert.filters.ansi import ansi2html, strip_ansi
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
    from nbconvert.filters.strings import clean_html
    from nbconvert.preprocessors.highlightmagics import HighlightMagicsPreprocessor

# jupytext itself does without them where there is no server.
with _in_place_of({"jupytext.sync_contentsmanager": None, "jupytext.async_contentsmanager": None}):
    import jupytext

__all__ = [
    "HighlightMagicsPreprocessor",
    "IPythonRenderer",
    "MarkdownWithMath",
    "ansi2html",
    "clean_html",
    "jupytext",
    "strip_ansi",
]
