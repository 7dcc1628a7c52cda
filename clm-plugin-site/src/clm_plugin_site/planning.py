"""Plan of the sites: one for each folder of outputs in a language, of nothing but what is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from urllib.parse import quote

from attrs import frozen

from clm import ConversionError, CourseContext, Input, JobRequest, OutputSpec, PageLinks, SourceFile
from clm import Place as SourcePlace
from clm_plugin_site.addresses import (
    absolute_root,
    check_address,
    check_redirects,
    stable_addresses,
)
from clm_plugin_site.navigation import navigation
from clm_plugin_site.payload import (
    FrontPage,
    LanguageLink,
    OutputLink,
    Pages,
    SiteDeck,
    SitePayload,
    SiteSection,
    SiteSettings,
)
from clm_plugin_site.static_files import shared_path
from clm_plugin_site.trees import Deck, Place, Tree, path_below, text_in, trees_of
from clm_plugin_site.words import language_name

FRONT_PAGE, SEARCH_INDEX, NAVIGATION = "index.html", "search.js", "pages.js"
NOT_FOUND, SITEMAP = "404.html", "sitemap.xml"
STYLE, SCRIPT = "site.css", "site.js"


def page_links(settings: SiteSettings) -> PageLinks | None:
    """What pages link to, if the course has a site."""
    if not settings.enabled:
        return None
    address, folder = settings.address.rstrip("/"), settings.published.strip("/")
    style, script = (shared_path(STYLE),), (shared_path(SCRIPT),)
    return PageLinks(FRONT_PAGE, style, script, address=address, published=folder)


def plan_course(sources: Sequence[SourceFile], context: CourseContext) -> Iterator[JobRequest]:
    """Plan the sites of the course, if its spec asks for them."""
    settings = context.settings if context.settings is not None else SiteSettings()
    if not settings.enabled:
        return
    trees = trees_of(context)
    check_address(settings, trees, context.spec)
    _check_descriptions(settings, context)
    check_redirects(settings.redirects, (out.topic for out in context.outputs), context.spec)
    for tree in trees:
        site = _Site(tree, tuple(o for o in trees if _is_translation(o, tree)), context, settings)
        yield site.front_request()
        yield site.pages_request()


def _check_descriptions(settings: SiteSettings, context: CourseContext) -> None:
    """Check that each description is in a language of the course."""
    for language in settings.descriptions:
        if language not in context.course_name:
            message = f"`descriptions` has one in {language!r}, but the course has no such language"
            hint = f"its languages: {', '.join(context.course_name)}"
            raise ConversionError(message, place=SourcePlace(context.spec), hint=hint)


def _is_translation(other: Tree, tree: Tree) -> bool:
    same = other.place.has_same_tree(tree.place)
    return same and other.place.language != tree.place.language


@frozen(eq=False, repr=False)
class _Site:
    """The jobs of one tree; `others` are those of the same tree in other languages."""

    tree: Tree
    others: tuple[Tree, ...]
    context: CourseContext
    settings: SiteSettings

    @property
    def place(self) -> Place:
        return self.tree.place

    @property
    def title(self) -> str:
        return text_in(self.context.course_name, self.place.language)

    @property
    def _description(self) -> str:
        own = self.settings.descriptions.get(self.place.language)
        return own or self.settings.description

    def front_request(self) -> JobRequest:
        """The job of the front page and the search index."""
        pages = [deck.page for deck in self.tree.decks if deck.page]
        front = FrontPage(
            title=self.title,
            language=self.place.language,
            description=self._description,
            author=self.context.author,
            organization=text_in(self.context.organization, self.place.language),
            public=self.place.public,
            sections=tuple(self._sections()),
            style=shared_path(STYLE),
            script=shared_path(SCRIPT),
            languages=tuple(self._languages()),
            address=absolute_root(self.settings, self.place),
            theme=self.context.theme,
        )
        inputs: tuple[Input, ...] = (
            *(page.input for page in pages),
            *self.context.theme_files,
        )
        payload = SitePayload(front=front)
        return self._request("site", payload, (FRONT_PAGE, SEARCH_INDEX), inputs)

    def pages_request(self) -> JobRequest:
        """The job of what pages share; it runs no longer than others, since it reads none."""
        address = absolute_root(self.settings, self.place)
        spec = self.context.spec
        addresses = stable_addresses(self.tree, self.settings.redirects, spec)
        fronts = {
            link.language: (language_name(link.language), link.url) for link in self._languages()
        }
        shared = {shared_path(name): name for name in (STYLE, SCRIPT)}
        pages = Pages(
            title=self.title,
            language=self.place.language,
            navigation=navigation(self.tree, self.title, self.others, fronts),
            shared=shared,
            addresses=dict(addresses),
            listed=tuple(
                self.tree.path_of(deck.page) for deck in self.tree.decks if address and deck.page
            ),
            alternates=dict(self._alternates()) if address else {},
            address=address,
            theme=self.context.theme,
        )
        names = (NAVIGATION, NOT_FOUND, *shared, *addresses, *((SITEMAP,) if address else ()))
        payload = SitePayload(pages=pages)
        return self._request("site-pages", payload, names, self.context.theme_files)

    def _request(
        self,
        name: str,
        payload: SitePayload,
        outputs: tuple[str, ...],
        inputs: tuple[Input, ...] = (),
    ) -> JobRequest:
        root = self.place.root
        return JobRequest(
            id=f"{name}:{root.as_posix()}",
            job_type="site",
            payload=payload,
            source=self.context.spec,
            inputs=inputs,
            outputs=tuple(OutputSpec(output, (root / output,)) for output in outputs),
        )

    def _sections(self) -> Iterator[SiteSection]:
        for section in self.tree.sections:
            yield SiteSection(section.name, tuple(map(self._deck, section.decks)))

    def _deck(self, deck: Deck) -> SiteDeck:
        page = deck.page
        links = tuple(
            OutputLink(out.variant.kind, out.variant.format, quote(self.tree.path_of(out)))
            for out in deck.outputs
            if out is not page
        )
        if page is None:
            return SiteDeck(deck.title, links)
        files = {copy.path.name: quote(path_below(copy)) for copy in deck.files}
        url, kind = quote(self.tree.path_of(page)), page.variant.kind
        return SiteDeck(deck.title, links, page.path.as_posix(), url, kind, files, deck.id)

    def _alternates(self) -> Iterator[tuple[str, dict[str, str]]]:
        """The published pages of this tree with their addresses in several languages."""
        trees = (self.tree, *self.others)
        roots = [
            (tree, root) for tree in trees if (root := absolute_root(self.settings, tree.place))
        ]
        by_key: dict[tuple[str, str], dict[str, str]] = {}
        for tree, root in roots if len(roots) > 1 else ():
            for deck in tree.decks:
                if deck.page:
                    address = root + quote(tree.path_of(deck.page))
                    by_key.setdefault(deck.key, {})[tree.place.language] = address
        for deck in self.tree.decks:
            found = by_key.get(deck.key, {})
            if deck.page and len(found) > 1:
                yield self.tree.path_of(deck.page), found

    def _languages(self) -> Iterator[LanguageLink]:
        for other in self.others:
            place = other.place
            path = PurePosixPath("..", "..", *place.root.parts[-2:], FRONT_PAGE)
            absolute = absolute_root(self.settings, place)
            address = absolute + FRONT_PAGE if absolute else ""
            yield LanguageLink(place.language, quote(path.as_posix()), address)
