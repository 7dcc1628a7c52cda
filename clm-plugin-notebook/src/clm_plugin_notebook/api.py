"""What other plugins register for decks and pages, by the hooks in `clm_plugin_notebook.hookspecs`.

Code is given as an import string `module:function`, since it runs in worker processes, together
with a fingerprint: a text that changes whenever the code gives other results. It is part of the
keys of jobs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

# In a module of their own, since each build needs them: they are part of payloads.
from clm_plugin_notebook.additions import CellTag, DeckKind

__all__ = [
    "CellTag",
    "CellTransform",
    "DeckKind",
    "DeckTemplates",
    "OutputInfo",
    "PageTheme",
    "PageTransform",
    "ShownCell",
]


@frozen(repr=False)
class DeckTemplates:
    """Filters, tests and macros for the templates in decks.

    `filters` and `tests` map names to import strings. `macros` is a folder of template files; a
    deck imports the file `x.j2` as `NAME/x.j2`.
    """

    name: str
    filters: Mapping[str, str] = field(factory=dict)
    tests: Mapping[str, str] = field(factory=dict)
    macros: Path | None = None
    fingerprint: str = ""


@frozen(repr=False)
class CellTransform:
    """A change of the cells of an output; `function` is an import string.

    The function takes a sequence of `ShownCell` and an `OutputInfo`, and returns the cells with
    other sources or tags, or without some of them. It gets only the cells that the output has,
    after everything that its readers must not see has been removed. The code that is run stays as
    it is in the deck. It must be pure: the same arguments give the same cells.
    """

    name: str
    function: str
    fingerprint: str


@frozen(repr=False)
class PageTransform:
    """A change of pages and slide shows; `function` is an import string.

    The function takes the HTML of a page and an `OutputInfo`, and returns HTML. It must be pure.
    """

    name: str
    function: str
    fingerprint: str


@frozen(repr=False)
class PageTheme:
    """The appearance of pages and slide shows: a folder of files, all optional.

    `theme.css` comes after the style sheets of pages. `page.html.j2` and `slides.html.j2` replace
    the templates; they may extend `base/page.html.j2` and `base/slides.html.j2` and fill their
    blocks `head`, `before` and `after`. In templates, `data_url("logo.svg")` is the URL of a file
    of the folder with its content.
    """

    name: str
    folder: Path


@frozen(repr=False)
class ShownCell:
    """A cell of an output, as its readers see it, for transforms.

    `number` identifies the cell; `type` is `code`, `markdown` or `raw`. `language` is None for a
    cell in all languages.
    """

    number: int
    type: str
    source: str
    tags: frozenset[str]
    language: str | None = None
    slide_type: str | None = None


@frozen(repr=False)
class OutputInfo:
    """The output that a transform changes; `public` tells whether students may see it."""

    language: str
    kind: str
    format: str
    title: str
    public: bool
