"""Plan of the sites: one for each folder of outputs in a language, of nothing but what is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from urllib.parse import quote

from attrs import frozen

from clm import CourseContext, JobRequest, OutputSpec, PlannedOutput, SourceFile
from clm_plugin_site.payload import (
    LanguageLink,
    OutputLink,
    SiteDeck,
    SitePayload,
    SiteSection,
    SiteSettings,
)

FRONT_PAGE, SEARCH_INDEX = "index.html", "search.js"
# The page that a deck opens, and that is searched: one kind only, so nothing is found twice.
_KINDS = ("completed", "speaker", "trainer", "code-along", "partial", "recording")
_PAGE = "html"


@frozen(order=True, repr=False)
class _Place:
    """A folder of outputs in a language; `public` if students may have all that is in it."""

    root: PurePosixPath
    language: str
    public: bool

    @property
    def tree(self) -> tuple[str, ...]:
        """What the folders of all languages of a tree have in common."""
        return self.root.parts[:-2]


def plan_course(sources: Sequence[SourceFile], context: CourseContext) -> Iterator[JobRequest]:
    """Plan the sites of the course, if its spec asks for them."""
    settings = context.settings if context.settings is not None else SiteSettings()
    if not settings.enabled:
        return
    places = _outputs_by_place(context.outputs)
    for place, outputs in places.items():
        sections = tuple(_sections(place, outputs, context))
        if not sections:
            continue
        pages = {deck.page for section in sections for deck in section.decks if deck.page}
        yield JobRequest(
            id=f"site:{place.root.as_posix()}",
            job_type="site",
            payload=SitePayload(
                title=_text(context.course_name, place.language),
                language=place.language,
                description=settings.description,
                author=context.author,
                organization=_text(context.organization, place.language),
                sections=sections,
                languages=tuple(_languages(place, places)),
            ),
            source=context.spec,
            inputs=tuple(out.input for out in outputs if out.path.as_posix() in pages),
            outputs=(
                OutputSpec(FRONT_PAGE, (place.root / FRONT_PAGE,)),
                OutputSpec(SEARCH_INDEX, (place.root / SEARCH_INDEX,)),
            ),
        )


def _outputs_by_place(outputs: Iterable[PlannedOutput]) -> dict[_Place, list[PlannedOutput]]:
    by_root: dict[tuple[PurePosixPath, str], list[PlannedOutput]] = {}
    for output in outputs:
        variant = output.variant
        if output.title and output.exported and variant.root.parts:
            by_root.setdefault((variant.root, variant.language), []).append(output)
    return {
        _Place(root, language, all(output.variant.public for output in found)): found
        for (root, language), found in by_root.items()
    }


def _sections(
    place: _Place, outputs: Sequence[PlannedOutput], context: CourseContext
) -> Iterator[SiteSection]:
    for section, names in context.sections.items():
        by_source: dict[str, list[PlannedOutput]] = {}
        for output in outputs:
            if output.section == section:
                by_source.setdefault(output.source, []).append(output)
        if by_source:
            decks = tuple(_deck(place, found) for found in by_source.values())
            yield SiteSection(_text(names, place.language), decks)


def _deck(place: _Place, outputs: Sequence[PlannedOutput]) -> SiteDeck:
    pages = [output for output in outputs if output.variant.format == _PAGE]
    page = min(pages, key=lambda output: _rank(output.variant.kind), default=None)
    links = tuple(
        OutputLink(out.variant.kind, out.variant.format, _url(place, out))
        for out in sorted(outputs, key=lambda out: _rank(out.variant.kind))
        if out is not page
    )
    title = (page or outputs[0]).title
    if page is None:
        return SiteDeck(title, links)
    return SiteDeck(title, links, page.path.as_posix(), _url(place, page))


def _rank(kind: str) -> int:
    return _KINDS.index(kind) if kind in _KINDS else len(_KINDS)


def _url(place: _Place, output: PlannedOutput) -> str:
    return quote(output.path.relative_to(place.root).as_posix())


def _languages(place: _Place, places: Iterable[_Place]) -> Iterator[LanguageLink]:
    for other in places:
        is_same = (other.tree, other.public) == (place.tree, place.public)
        if is_same and other.language != place.language:
            path = PurePosixPath("..", "..", *other.root.parts[-2:], FRONT_PAGE)
            yield LanguageLink(other.language, quote(path.as_posix()))


def _text(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")
