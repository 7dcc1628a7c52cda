"""Links of a deck's further files, and the targets of links as its job gets them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve

from clm import FileInput, JobRequest, Link, LinkTarget
from clm_plugin_notebook.decks.links import text_links
from clm_plugin_notebook.decks.text_files import read_text
from clm_plugin_notebook.languages import ProgLang, deck_suffixes
from clm_plugin_notebook.payload import LinkedFile, NotebookPayload


def links_of_files(files: Iterable[FileInput], langs: Iterable[ProgLang]) -> Iterator[Link]:
    """Yield the links in files whose cells are in the outputs of a deck, too."""
    suffixes = deck_suffixes(langs)
    for file in files:
        yield from text_links(read_text(file.path, file.name), file.name, suffixes)


def resolve_links(
    request: JobRequest, targets: Mapping[str, Mapping[str, LinkTarget]]
) -> JobRequest:
    """Return the request with what its links lead to, unless they are right as written."""
    by_output = {
        output: {
            path: _file(target)
            for path, target in sorted(found.items())
            if target.path != path or target.lost
        }
        for output, found in targets.items()
    }
    links = {output: files for output, files in by_output.items() if files}
    return evolve(request, payload=evolve(request.payload, links=links)) if links else request


def _file(target: LinkTarget) -> LinkedFile:
    lost = str(target.lost) if target.lost and target.hint else ""
    return LinkedFile(target.path, _title(target), lost, target.hint)


def _title(target: LinkTarget) -> str:
    payload = target.request.payload if target.request else None
    outputs = payload.outputs if isinstance(payload, NotebookPayload) else ()
    return next((output.title for output in outputs if output.name == target.output), "")
