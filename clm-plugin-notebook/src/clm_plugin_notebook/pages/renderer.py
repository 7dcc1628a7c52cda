"""Renderer of pages and slide shows."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, frozen
from jinja2 import Environment, Template, TemplateError
from markupsafe import Markup

from clm_plugin_notebook.additions import CLASSIC
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.text.markdown_syntax.footnotes import with_footnotes
from clm_plugin_notebook.decks.text.markdown_syntax.references import with_references
from clm_plugin_notebook.lazy_jupyter import clean_html
from clm_plugin_notebook.page_files import (
    LOOK_STYLE,
    PAGE,
    SLIDES,
    script_of,
    static_text,
    style_of,
)
from clm_plugin_notebook.pages.answers import Answers, runs
from clm_plugin_notebook.pages.html.drawings import is_drawing
from clm_plugin_notebook.pages.html.fragments import Fragment, Fragments
from clm_plugin_notebook.pages.html.markup import Tag, encoded, replace_images, with_ids
from clm_plugin_notebook.pages.labels import label
from clm_plugin_notebook.pages.layout.additions import NO_THEME, Badge, Theme
from clm_plugin_notebook.pages.layout.assets import (
    PLACE,
    early_scripts,
    late_scripts,
    linked_script,
    linked_styles,
    with_scripts,
)
from clm_plugin_notebook.pages.layout.paper import paper_css
from clm_plugin_notebook.pages.layout.site import bars, head_elements, up_links
from clm_plugin_notebook.pages.layout.templates import budgets_of, page_templates
from clm_plugin_notebook.pages.slides import BOX_LINES, shown_positions, slide_stacks, without_box
from clm_plugin_notebook.pages.web_page import PageCell, WebPage
from clm_plugin_notebook.payload import AS_WRITTEN, INLINED, SANITISED

_ORDER = ("jquery", "require", "mathjax", "mermaid", "reveal", "notes")
_REVEAL = {
    "width": 1280,
    "height": 720,
    "margin": 0.07,
    "center": False,
    "hash": True,
    "slideNumber": "c/t",
    "scrollActivationWidth": 600,
    "transition": "none",
    "pdfMaxPagesPerSlide": 1,
    "pdfSeparateFragments": False,
}

# Tags that pages show by a look of their own.
_ROLES = {"answer": "answer", "notes": "notes", "voiceover": "spoken", "workshop": "workshop"}

_TITLED = ("notes", "voiceover", "workshop")

_LABELS = {
    "de": {
        "source": "Code anzeigen",
        "outputs": "Ausgabe anzeigen",
        "cell": "Code und Ausgabe anzeigen",
        "text": "Text anzeigen",
    },
    "en": {
        "source": "Show code",
        "outputs": "Show output",
        "cell": "Show code and output",
        "text": "Show text",
    },
}


@frozen
class Rendered:
    """A rendered page, and the fragments of its Markdown cells, for checks."""

    html: bytes
    markdown: Sequence[tuple[Cell, Fragment]]


@frozen
class _Shown:
    """The data of a cell for the templates.

    `roles` stand for tags of CLM that have a look of their own. Readers open what `folded` names:
    `source`, `outputs`, or `cell` for both; empty for nothing.
    """

    id: str
    type: str
    tags: Sequence[str]
    roles: Sequence[str]
    count: int | None
    source: Markup | None
    outputs: Sequence[tuple[int | None, Markup]]
    folded: str = ""
    label: str = ""
    scrolled: bool = False
    title: str = ""
    badges: Sequence[Badge] = ()


class PageRenderer:
    """Renders pages. Reused for many pages, since it caches fragments.

    With `only_parts`, pages are to be checked, not read: they are rendered without the built-in
    templates, which refuse nothing, and their HTML is empty.
    """

    def __init__(self, *, only_parts: bool = False) -> None:
        self._only_parts = only_parts
        self._fragments = {
            html: Fragments(is_sanitised=html == SANITISED) for html in (AS_WRITTEN, SANITISED)
        }
        self._environments: dict[Theme, Environment] = {}

    def page(self, page: WebPage) -> Rendered:
        """Render a page with all cells, one below the other."""
        page = _with_definitions(page)
        builder = _PageBuilder(page, self._fragments[page.options.html])
        cells = [builder.shown(cell) for cell in page.cells]
        is_classic = page.theme.name == CLASSIC
        html = self._rendered(
            "page.html.j2",
            page.theme,
            cells=cells,
            runs=runs(cells, Answers.PLAIN if is_classic else page.answers),
            titled=not is_classic,
            code_lines=page.options.code_lines,
            in_bar=bool(page.site),
            room=page.answers is Answers.ROOM and not is_classic,
            answer_label=label(
                "answer" if page.answers is Answers.OPEN else "folded-answer", page.language
            ),
            styles=_styles(page, PAGE),
            **builder.common(
                PAGE,
                (),
                head_elements(page, builder.markdown),
                bars(page.site, page.brand.logo_html),
            ),
        )
        return Rendered(html, builder.markdown)

    def slides(self, page: WebPage) -> Rendered:
        """Render a slide show, without cells of the slide type `skip`."""
        page = _with_definitions(evolve(page, cells=[_without_box(cell) for cell in page.cells]))
        builder = _PageBuilder(page, self._fragments[page.options.html])
        stacks = slide_stacks([cell.cell for cell in page.cells])
        cells = {n: builder.shown(page.cells[n]) for n in shown_positions(stacks)}
        html = self._rendered(
            "slides.html.j2",
            page.theme,
            cells=cells,
            stacks=stacks,
            options=_REVEAL | page.options.reveal,
            overflow=page.options.overflow,
            footer=page.footer,
            front=page.site[0].front if page.site else "",
            styles=_styles(page, SLIDES),
            **builder.common(
                SLIDES, ("reveal", "notes") if page.speaker else ("reveal",), up_links(page.site)
            ),
        )
        return Rendered(html, builder.markdown)

    def _rendered(
        self, name: str, theme: Theme, /, assets: Sequence[bytes], **variables: Any
    ) -> bytes:
        if self._only_parts and not theme.templates:
            return b""
        # A theme's own templates may do anything with the assets.
        variables["assets"] = Markup(b"".join(assets).decode() if theme.templates else PLACE)
        try:
            template = self._template(name, theme)
            with budgets_of(template):
                html = template.render(variables)
        except TemplateError as error:
            raise theme.fault(name, error) from error
        return encoded(html) if theme.templates else with_scripts(encoded(html), assets)

    def _template(self, name: str, theme: Theme) -> Template:
        if theme not in self._environments:
            # A worker converts decks of few themes.
            self._environments = {NO_THEME: page_templates(NO_THEME), theme: page_templates(theme)}
        return self._environments[theme].get_template(name)


def _styles(page: WebPage, form: str) -> Markup:
    """Return the style that the page contains."""
    paper = paper_css(page.footer) if page.on_paper else ""
    badges = static_text("badges.css") * bool(page.badges)
    if page.shared:
        return Markup(paper + badges + page.theme.css * (LOOK_STYLE not in page.shared))
    own = style_of(form, classic=page.theme.name == CLASSIC)
    return Markup(own + paper + badges + page.brand.css + page.theme.css)


class _PageBuilder:
    """Renders the cells of one page, and collects the assets that they need."""

    def __init__(self, page: WebPage, fragments: Fragments) -> None:
        self._page = page
        self._fragments = fragments
        self._ids: set[str] = set()
        self._needs: set[str] = set()
        self.markdown: list[tuple[Cell, Fragment]] = []

    def shown(self, page_cell: PageCell) -> _Shown:
        cell = page_cell.cell
        source: Callable[[Cell], str] = {
            "code": self._code,
            "markdown": self._markdown,
        }.get(cell.type, lambda cell: clean_html(cell.source))
        run, view = page_cell.run, cell.view
        outputs = [(_number(output), self._output(output)) for output in run.outputs] if run else []
        removed = view.source_removed and cell.type == "code"
        folded = _folded(cell, bool(outputs))
        return _Shown(
            page_cell.id,
            cell.type,
            cell.jupyter_tags,
            sorted(_ROLES[tag] for tag in _ROLES.keys() & cell.tags),
            run.count if run else None,
            None if removed else Markup(source(cell)),
            outputs,
            folded,
            _LABELS.get(self._page.language, _LABELS["en"]).get(folded, ""),
            view.scrolled,
            self._title(cell),
            self._page.badges.get(cell.number, ()),
        )

    def _title(self, cell: Cell) -> str:
        titled = [_ROLES[tag] for tag in _TITLED if tag in cell.tags and cell.type == "markdown"]
        text = label(titled[0], self._page.language) if titled else ""
        # A heading such as `Exercise: lists` says it already.
        first = cell.source.lstrip("#* \n").casefold()
        return "" if first.startswith(text.casefold()) else text

    def common(
        self, form: str, needs: Sequence[str], head: Sequence[str] = (), top: Sequence[str] = ()
    ) -> Mapping[str, Any]:
        """Return the variables of both templates. Call it after all cells are rendered.

        `form` is that of the page, `head` are further elements of the head, `top` those at the top
        of the body.
        """
        names = sorted(self._needs.union(needs), key=_ORDER.index)
        late = list(late_scripts(names, self._page.script))
        early = early_scripts(names, self._page.script)
        own_script = linked_script(self._page.shared)
        own = script_of(form, classic=self._page.theme.name == CLASSIC)
        is_sanitised = self._page.options.html == SANITISED
        used = () if is_sanitised else self._page.libraries
        libraries = [f"<script>{script}</script>" for script in used]
        return {
            "title": self._page.title,
            "language": self._page.language,
            "theme": self._page.options.theme,
            "brand": self._page.brand,
            "sanitised": is_sanitised,
            "head": Markup("\n".join([*early, *linked_styles(self._page.shared), *head])),
            "libraries": Markup("\n".join([*top, *libraries])),
            "assets": [*late, *(b"\n" * bool(late) + e.encode() for e in own_script)],
            "script": Markup("" if self._page.shared else own),
        }

    def _code(self, cell: Cell) -> str:
        return self._fragments.code(cell.source, self._page.code_language)

    def _markdown(self, cell: Cell) -> str:
        made = self._fragments.markdown(cell.source, self._page.language)
        self.markdown.append((cell, made))
        self._needs |= made.needs
        html = replace_images(made.html, self._image)
        return with_ids(self._with_pictures(html), self._unique_id)

    def _with_pictures(self, html: str) -> str:
        pictures = self._page.pictures
        return pictures.without_data(html) if pictures else html

    def _output(self, output: Mapping[str, Any]) -> Markup:
        made = self._fragments.output(output, self._page.language)
        self._needs |= made.needs
        return Markup(self._with_pictures(made.html))

    def _image(self, tag: Tag) -> Mapping[str, str]:
        """Return the attributes of an image to add: an alternative text, and its data inline."""
        source = tag.value("src")
        changes = {}
        if "alt" not in tag.attributes:
            changes["alt"] = "" if source.startswith("data:") else Path(source).stem
        file = self._page.file(source)
        if file and file.suffix.lower() == ".svg" and is_drawing(file.read_bytes()):
            changes["class"] = f"{tag.value('class')} drawing".strip()
        if self._page.options.images == INLINED and file:
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            changes["src"] = f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"
        elif file and self._page.pictures and (url := self._page.pictures.url(file)):
            changes["src"] = url
        return changes

    def _unique_id(self, name: str) -> str:
        unique, number = name, 1
        while unique in self._ids:
            number += 1
            unique = f"{name}-{number}"
        self._ids.add(unique)
        return unique


def _folded(cell: Cell, has_outputs: bool) -> str:
    """Return the part of a cell that readers have to open."""
    view = cell.view
    source = view.source_hidden and not (view.source_removed and cell.type == "code")
    if cell.type != "code":
        return "text" if source else ""
    outputs = view.outputs_hidden and has_outputs
    if source and outputs:
        return "cell"
    return "source" if source else "outputs" if outputs else ""


def _with_definitions(page: WebPage) -> WebPage:
    """Return the page with each footnote in the cells that refer to it."""
    cells = list(page.cells)
    numbers = [number for number, cell in enumerate(cells) if cell.cell.type == "markdown"]
    texts = with_footnotes(with_references([cells[number].cell.source for number in numbers]))
    for number, text in zip(numbers, texts, strict=True):
        cell = cells[number]
        if text != cell.cell.source:
            cells[number] = evolve(cell, cell=evolve(cell.cell, source=text))
    return evolve(page, cells=cells)


def _without_box(cell: PageCell) -> PageCell:
    # The speaker view shows notes separately, so they need no box.
    if cell.cell.slide_type != "notes":
        return cell
    source = without_box(cell.cell.source)
    # The lines of the box come before those of the deck.
    line = cell.cell.source_line + (BOX_LINES if source != cell.cell.source else 0)
    return evolve(cell, cell=evolve(cell.cell, source=source, source_line=line))


def _number(output: Mapping[str, Any]) -> int | None:
    return output.get("execution_count") if output["output_type"] == "execute_result" else None
