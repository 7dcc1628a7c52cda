"""Links of a deck to other decks: what each output has in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from attrs import evolve, frozen

from clm import Diagnostic, Place, Severity
from clm_plugin_notebook.decks.cells import Cell, PlaceOf
from clm_plugin_notebook.decks.link_texts import NewTarget, link_url, replace_links
from clm_plugin_notebook.decks.links import FoundLink, is_by_id, link_name
from clm_plugin_notebook.payload import LinkedFile, NotebookOutput

_NOT_PLANNED = LinkedFile(
    None,
    lost="everywhere",
    hint="write the link in the deck itself: what a template writes is not known in advance",
)


@frozen
class _Lost:
    """A link of the deck that leads nowhere in some outputs."""

    url: str
    place: Place
    hint: str


class CrossReferences:
    """Writes the links of a deck's outputs, and collects those that lead nowhere.

    `links` are those of the payload; `deck` returns the text of the deck, and `source` is its
    name in messages.
    """

    def __init__(
        self, links: Mapping[str, Mapping[str, LinkedFile]], source: str, deck: Callable[[], str]
    ) -> None:
        self._links = links
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
            if partly := [file.lost for file in files.values() if file.path is not None]:
                where = partly[0]
            message = f"the link {link.url} leads nowhere in {where}"
            yield Diagnostic(
                message, Severity.WARNING, link.place, hint=link.hint, excerpt=link.url
            )

    def _linked(self, cell: Cell, written: Cell, output: NotebookOutput, place_of: PlaceOf) -> Cell:
        # An audience may see a cell with text before it.
        above = cell.source.partition(written.source)[0].count("\n") if written.source else 0

        def change(link: FoundLink) -> NewTarget | None:
            file, fragment = self._file(link, output)
            if file is not None and file.lost:
                line = cell.source.count("\n", 0, link.start) + 1 - above
                place = self._with_column(place_of(written, line), link.url)
                lost = _Lost(link.url, place, file.hint)
                self._lost.setdefault(lost, {})[output.name] = file
            if file is None or file.path is None:
                return None
            return NewTarget(link_url(file.path, fragment), file.title)

        source = replace_links(cell.source, change)
        return cell if source == cell.source else evolve(cell, source=source)

    def _file(self, link: FoundLink, output: NotebookOutput) -> tuple[LinkedFile | None, str]:
        name = link_name(link.url)
        if name is None:
            return None, ""
        path, fragment = name
        file = self._links.get(output.name, {}).get(str(path))
        return file or (_NOT_PLANNED if is_by_id(path) else None), fragment

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
