"""Links of a deck to other decks: what each output has in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from attrs import evolve, field, frozen

from clm import Diagnostic, Place, Severity, nearest
from clm_plugin_notebook.decks.cells import Cell, PlaceOf
from clm_plugin_notebook.decks.text.link_texts import NewTarget, link_url, replace_links
from clm_plugin_notebook.decks.text.links import FoundLink, is_by_id, link_name
from clm_plugin_notebook.linked_headings import LinkedHeadings
from clm_plugin_notebook.payload import LinkedFile, NotebookOutput

_NOT_PLANNED = LinkedFile(
    None,
    lost="everywhere",
    hint="write the link in the deck itself: what a template writes is not known in advance",
)

_WITHOUT_ANCHORS = ("code", "pdf")


@frozen
class _Lost:
    """A link of the deck with a fault in some outputs."""

    url: str
    place: Place
    fault: str
    hint: str = field(eq=False)  # that of the first output


class CrossReferences:
    """Writes the links of a deck's outputs, and collects those that lead nowhere.

    `links` are those of the payload, `headings` finds the headings of other decks. `deck` returns
    the text of the deck, and `source` is its name in messages.
    """

    def __init__(
        self,
        links: Mapping[str, Mapping[str, LinkedFile]],
        headings: LinkedHeadings,
        source: str,
        deck: Callable[[], str],
    ) -> None:
        self._links = links
        self._headings = headings
        self._source = source
        self._deck = deck
        self._lost: dict[_Lost, dict[str, LinkedFile]] = {}

    def linked(
        self,
        cells: Iterable[Cell],
        written: Mapping[int, Cell],
        output: NotebookOutput,
        place_of: PlaceOf,
    ) -> tuple[Cell, ...]:
        """Return the cells of an output with its links.

        `written` are the cells by number as they are in the deck.
        """
        return tuple(
            self._linked(cell, written[cell.number], output, place_of)
            if cell.type == "markdown"
            else cell
            for cell in cells
        )

    def warnings(self, outputs: Sequence[NotebookOutput]) -> Iterator[Diagnostic]:
        """Yield a warning for each link that leads nowhere; `outputs` are all of the deck."""
        for link, files in self._lost.items():
            where = _audiences([output for output in outputs if output.name in files], outputs)
            if partly := [file.lost for file in files.values() if file.path and file.lost]:
                where = partly[0]
            message = f"the link {link.url} {link.fault} in {where}"
            yield Diagnostic(
                message, Severity.WARNING, link.place, hint=link.hint, excerpt=link.url
            )

    def _linked(self, cell: Cell, written: Cell, output: NotebookOutput, place_of: PlaceOf) -> Cell:
        # An audience may see a cell with text before it.
        start = cell.source.find(written.source)
        above = cell.source.count("\n", 0, max(start, 0))

        def change(link: FoundLink) -> NewTarget | None:
            if (name := link_name(link.url)) is None:
                return None
            path, fragment = str(name[0]), name[1]
            file = self._links.get(output.name, {}).get(path)
            file = file or (_NOT_PLANNED if is_by_id(name[0]) else None)
            if file is None:
                return None

            def report(fault: str, hint: str) -> None:
                line = cell.source.count("\n", 0, link.start) + 1 - above
                place = self._with_column(place_of(written, line), link.url)
                self._lost.setdefault(_Lost(link.url, place, fault, hint), {})[output.name] = file

            if file.lost:
                report("leads nowhere", file.hint)
            if file.path is None:
                return None
            anchor = self._anchor(path, fragment, output, report)
            return NewTarget(link_url(file.path, anchor), file.title)

        source = replace_links(cell.source, change)
        return cell if source == cell.source else evolve(cell, source=source)

    def _anchor(
        self,
        path: str,
        fragment: str,
        output: NotebookOutput,
        report: Callable[[str, str], None],
    ) -> str:
        if not fragment or output.format in _WITHOUT_ANCHORS:
            return ""
        heading = self._headings.find(path, fragment, output)
        if heading.anchor is None:
            report("leads to no heading", nearest(fragment, heading.known))
        anchor = heading.anchor or ""
        # reveal.js looks for the id after decoding what the browser has not decoded.
        return anchor.replace("%", "%25") if output.format == "slides" else anchor

    @cached_property
    def _lines(self) -> Sequence[str]:
        return self._deck().split("\n")

    def _with_column(self, place: Place, url: str) -> Place:
        line = place.line or 0
        is_known = place.file == self._source and 0 < line <= len(self._lines)
        column = self._lines[line - 1].find(url) + 1 if is_known else 0
        return evolve(place, column=column) if column else place


def _audiences(lost: Sequence[NotebookOutput], outputs: Sequence[NotebookOutput]) -> str:
    """Return the languages, formats and, if they differ, kinds: `de html, en pdf (speaker)`."""
    if len(lost) == len(outputs):
        return "all outputs"
    names = []
    for language, format_ in dict.fromkeys((output.language, output.format) for output in lost):
        kinds, all_kinds = (
            dict.fromkeys(o.kind for o in of if (o.language, o.format) == (language, format_))
            for of in (lost, outputs)
        )
        only = f" ({', '.join(kinds)})" if kinds.keys() != all_kinds.keys() else ""
        names.append(f"{language} {format_}{only}")
    return ", ".join(names)
