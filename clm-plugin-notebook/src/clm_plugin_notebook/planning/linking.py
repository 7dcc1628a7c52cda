"""Links of a deck's further files, and the targets of links as its job gets them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import evolve

from clm import FileInput, JobRequest, Link, LinkTarget, PlanContext, SourceFile
from clm_plugin_notebook.decks.text.links import file_names, text_links
from clm_plugin_notebook.decks.text_files import read_text
from clm_plugin_notebook.languages import ProgLang, deck_suffixes
from clm_plugin_notebook.payload import (
    LINKS_FOLDER,
    TEMPLATES_FOLDER,
    TOPIC_FOLDER,
    LinkedDeck,
    LinkedFile,
    NotebookPayload,
)

# It does not begin with `\b`: then the search would take three times as long.
_INCLUDED = re.compile(r"""(?:include|import|from|extends)\s+["']([^"'\n]+)["']""")


def links_of_files(
    files: Iterable[FileInput], langs: Iterable[ProgLang], context: PlanContext
) -> Iterator[Link]:
    """Yield the links in files whose cells are in the outputs of a deck, too."""
    linked = (deck_suffixes(langs), file_names(context.claimed))
    for file in files:
        yield from text_links(read_text(file.path, file.name), file.name, *linked)


def included_files(
    text: str, source: SourceFile, context: PlanContext, prog_lang: ProgLang
) -> Iterator[FileInput]:
    """Yield the templates of the course and the files of the topic that a deck includes."""
    if not _INCLUDED.search(text):
        return
    files = {f"{TEMPLATES_FOLDER}/{file.name}": file for file in context.templates}
    own = (file for file in context.topic_files if isinstance(file, FileInput))
    files |= {f"{TOPIC_FOLDER}/{file.name}": file for file in own}
    folder = posixpath.join(TOPIC_FOLDER, source.topic_path.parent.as_posix())
    folders = [f"{TEMPLATES_FOLDER}/{prog_lang.name}", TEMPLATES_FOLDER, folder]
    yield from _included(text, folders, files)


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
    if not links:
        return request
    to_headings = {str(link.path) for link in request.links if link.fragment}
    linked: dict[str, dict[str, LinkedDeck]] = {}
    inputs: dict[str, FileInput] = {}
    for path, target in (item for found in targets.values() for item in found.items()):
        deck = target.request
        if path in to_headings and deck and isinstance(deck.payload, NotebookPayload):
            for language, title in _titles(deck.payload).items():
                linked.setdefault(path, {}).setdefault(language, _linked_deck(deck, title))
            inputs |= {file.name: file for file in _files_of(deck)}
    payload = evolve(request.payload, links=links, linked=linked)
    return evolve(request, payload=payload, inputs=(*request.inputs, *inputs.values()))


def _file(target: LinkTarget) -> LinkedFile:
    lost = str(target.lost) if target.lost and target.hint else ""
    return LinkedFile(target.path, _title(target), lost, target.hint)


def _title(target: LinkTarget) -> str:
    payload = target.request.payload if target.request else None
    outputs = payload.outputs if isinstance(payload, NotebookPayload) else ()
    return next((output.title for output in outputs if output.name == target.output), "")


def _titles(payload: NotebookPayload) -> Mapping[str, str]:
    return {output.language: output.title for output in payload.outputs}


def _linked_deck(deck: JobRequest, title: str) -> LinkedDeck:
    payload: NotebookPayload = deck.payload
    return LinkedDeck(deck.source, payload.source, payload.prog_lang, payload.author, title)


def _files_of(deck: JobRequest) -> Iterator[FileInput]:
    """Yield the deck and the files that it includes, as inputs of a job that links to it."""
    files = {file.name: file for file in deck.inputs if isinstance(file, FileInput)}
    name = f"{TOPIC_FOLDER}/{deck.payload.source}"
    folder = posixpath.dirname(name)
    if name in files:
        text = read_text(files[name].path, name)
        for file in (files[name], *_included(text, [folder], files)):
            yield evolve(file, name=f"{LINKS_FOLDER}/{deck.source}/{file.name}")


def _included(
    text: str, folders: Sequence[str], files: Mapping[str, FileInput]
) -> Iterator[FileInput]:
    """Yield the files that a text includes by their paths in one of these folders, and so on."""
    seen: set[str] = set()
    names = _INCLUDED.findall(text)
    while names:
        name = names.pop()
        paths = (posixpath.normpath(posixpath.join(folder, name)) for folder in folders)
        path = next((path for path in paths if path in files), None)
        if path is not None and path not in seen:
            seen.add(path)
            yield files[path]
            names += _INCLUDED.findall(read_text(files[path].path, path))
