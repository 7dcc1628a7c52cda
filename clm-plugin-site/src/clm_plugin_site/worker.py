"""Converter: makes the front page, the search index and small pages of a course in one language."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from mimetypes import guess_type
from posixpath import relpath
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from clm import CourseTheme, Job, Result, Worker, tokens_css
from clm_plugin_site.navigation import dump
from clm_plugin_site.page_text import PageText, page_text
from clm_plugin_site.payload import FrontPage, OutputLink, Pages, SiteDeck, SitePayload
from clm_plugin_site.planning import FRONT_PAGE, NAVIGATION, NOT_FOUND, SEARCH_INDEX, SITEMAP, STYLE
from clm_plugin_site.static_files import static_text
from clm_plugin_site.words import format_name, kind_name, language_name, words_for

_SUMMARY = 160
_PLAIN = "completed"
_FORMATS = ("html", "slides", "pdf", "notebook", "code")


class SiteWorker(Worker):
    """Makes sites. Everything in one is from the payload and from the pages that are its inputs."""

    def start(self) -> None:
        """Prepare the templates."""
        self._templates = Environment(
            loader=FunctionLoader(static_text),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        self._templates.filters["language_name"] = language_name

    def convert(self, payload: SitePayload, job: Job) -> Result:
        """Return the files of the job."""
        made: dict[str, str] = {}
        if payload.front is not None:
            made |= self._front(payload.front, job)
        if payload.pages is not None:
            made |= self._pages(payload.pages, job)
        return Result({name: text.encode() for name, text in made.items()})

    def _front(self, front: FrontPage, job: Job) -> dict[str, str]:
        decks = [deck for section in front.sections for deck in section.decks if deck.page]
        texts = {deck.page: _text_of(deck.page, job) for deck in decks}
        common = _common([text.packages for text in texts.values() if text.packages])
        page = self._render(
            "front.html.j2",
            front.language,
            front=front,
            tokens=Markup(_tokens(front.theme, job)),
            logos=_logos(front.theme, job),
            footer=Markup(front.theme.footer_html(front.language)),
            summaries={page: _summary(text) for page, text in texts.items()},
            common=common,
            packages={
                page: [name for name in text.packages if name not in common]
                for page, text in texts.items()
            },
            rows=lambda deck: list(_rows(deck, front.language)),
        )
        index = _search_index([(deck, texts[deck.page]) for deck in decks])
        return {FRONT_PAGE: page, SEARCH_INDEX: index}

    def _pages(self, pages: Pages, job: Job) -> dict[str, str]:
        made = {path: static_text(name) for path, name in pages.shared.items()}
        made[NAVIGATION] = f"siteCourse={pages.navigation};\n"
        for path, (target, title) in pages.addresses.items():
            url = quote(relpath(target, path.rpartition("/")[0]))
            absolute = pages.address + quote(target) if pages.address else ""
            made[path] = self._render(
                "go.html.j2",
                pages.language,
                title=title,
                url=url,
                canonical=absolute or url,
            )
        made[NOT_FOUND] = self._render(
            "404.html.j2",
            pages.language,
            pages=pages,
            front=pages.address + FRONT_PAGE,
            styles=Markup(_tokens(pages.theme, job) + static_text(STYLE)),
        )
        if pages.address:
            urls = [FRONT_PAGE, *pages.listed]
            addresses = {pages.address + quote(url): pages.alternates.get(url, {}) for url in urls}
            made[SITEMAP] = self._render("sitemap.xml.j2", pages.language, addresses=addresses)
        return made

    def _render(self, template: str, language: str, **variables: object) -> str:
        words = words_for(language)
        page = self._templates.get_template(template)
        return page.render(words=words, language=language, **variables)


def _tokens(theme: CourseTheme, job: Job) -> str:
    return tokens_css() + theme.css(lambda name: _data_url(name, job))


def _logos(theme: CourseTheme, job: Job) -> list[tuple[str, str]]:
    """The logo's classes and URL, or those of the one for light pages and the one for dark ones."""
    if not theme.logo_dark:
        return [("", _data_url(theme.logo, job))] if theme.logo else []
    pair = (("for-light", theme.logo or theme.logo_dark), ("for-dark", theme.logo_dark))
    return [(name, _data_url(file, job)) for name, file in pair]


def _data_url(name: str, job: Job) -> str:
    kind = guess_type(name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{b64encode((job.folder / name).read_bytes()).decode()}"


def _rows(deck: SiteDeck, language: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The links to outputs of a deck: first those of the kind of its page, then the others."""
    kinds = dict.fromkeys((deck.kind or _PLAIN, *(link.kind for link in deck.links)))
    for at, kind in enumerate(kinds):
        links = sorted((link for link in deck.links if link.kind == kind), key=_format_rank)
        if links:
            found = [(format_name(link.format, language), link.url) for link in links]
            yield kind_name(kind, language) if at else "", found


def _format_rank(link: OutputLink) -> int:
    return _FORMATS.index(link.format) if link.format in _FORMATS else len(_FORMATS)


def _text_of(page: str, job: Job) -> PageText:
    """The text of an input; that of a page which has not changed is not read again."""

    def read() -> bytes:
        return page_text((job.folder / page).read_text(encoding="utf-8")).to_bytes()

    digest = job.input_digests.get(page)
    return PageText.from_bytes(job.memo({"page": digest}, read) if digest else read())


def _common(packages: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The interpreter if all decks were run with the same one: it is first in each list."""
    return packages[0][:1] if len({names[0] for names in packages}) == 1 else ()


def _search_index(decks: list[tuple[SiteDeck, PageText]]) -> str:
    """A classic script, since pages that are opened as files may load nothing else."""
    data = {
        "pages": [[deck.url, deck.title] for deck, _ in decks],
        "parts": [
            [number, part.id, part.heading, part.text]
            for number, (_, text) in enumerate(decks)
            for part in text.parts
        ],
    }
    return f"siteIndex={dump(data)};\n"


def _summary(text: PageText) -> str:
    summary = text.first_paragraph
    if len(summary) <= _SUMMARY:
        return summary
    return summary[:_SUMMARY].rsplit(" ", 1)[0].rstrip(".,;: ") + " …"
