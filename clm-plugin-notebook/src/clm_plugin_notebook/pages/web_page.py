"""Pages and slide shows to render."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.text.links import local_file
from clm_plugin_notebook.kernels.results import CellRun
from clm_plugin_notebook.pages.answers import Answers
from clm_plugin_notebook.pages.layout.additions import NO_THEME, Badge, Theme
from clm_plugin_notebook.pages.layout.brand import NO_BRAND, Brand
from clm_plugin_notebook.pages.pictures import OutputPictures
from clm_plugin_notebook.payload import PageOptions, SiteLinks


@frozen
class PageCell:
    """A cell of a page, with its result if it has been run."""

    cell: Cell
    id: str
    run: CellRun | None = None


@frozen
class WebPage:
    """A page or slide show.

    `code_language` is the name of the Pygments lexer for code. `topic` is the folder of the files
    that the page shows, without those in `absent`. With `speaker`, a slide show has a speaker
    view. `badges` are those of cells by their numbers. Slides show the texts of `footer`, and so
    does a page `on_paper`. `site` are the links to the site of the course. `shared` has the URLs
    of files that pages share; those that it lacks are in the page, and so are the pictures of
    results without `pictures`. `packages` are those that the code uses, for the site.
    """

    title: str
    language: str
    code_language: str
    cells: Sequence[PageCell]
    topic: Path
    options: PageOptions
    speaker: bool = False
    libraries: Sequence[str] = ()
    absent: frozenset[str] = frozenset()
    theme: Theme = NO_THEME
    badges: Mapping[int, Sequence[Badge]] = field(factory=dict)
    brand: Brand = NO_BRAND
    footer: Sequence[str] = ()
    on_paper: bool = False
    answers: Answers = Answers.PLAIN
    site: Sequence[SiteLinks] = ()
    shared: Mapping[str, str] = field(factory=dict)
    pictures: OutputPictures | None = None
    packages: Sequence[str] = ()

    def script(self, name: str) -> str:
        """Return the URL of a script; empty if it is in the page."""
        folder = self.options.asset_url.rstrip("/")
        return f"{folder}/{name}.js" if self.options.asset_url else self.shared.get(name, "")

    def file(self, url: str) -> Path | None:
        """Return the file that the page may show for a URL."""
        file = local_file(self.topic, url)
        if file is None:
            return None
        name = file.resolve().relative_to(self.topic.resolve()).as_posix()
        return None if name in self.absent else file
