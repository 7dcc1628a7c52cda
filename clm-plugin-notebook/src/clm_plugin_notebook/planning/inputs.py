"""Selection of the input files of a deck, and of those that its code sees.

Code may read any file of the topic, so all of them are inputs. Sources of other jobs and their
outputs are inputs only if the deck mentions them: otherwise every deck would depend on every
diagram and on every other deck of the topic.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from attrs import evolve

from clm import FileInput, Input, PlanContext, SourceFile, language_of
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.text.file_names import forms_of
from clm_plugin_notebook.payload import (
    GENERATED_FOLDER,
    TEMPLATES_FOLDER,
    TOPIC_FOLDER,
    RestrictedFile,
)
from clm_plugin_notebook.planning.companions import is_companion


def deck_inputs(source: SourceFile, context: PlanContext, text: str) -> Iterator[Input]:
    """Yield the inputs of the job for a deck with the given text."""
    yield FileInput(f"{TOPIC_FOLDER}/{source.topic_path}", source.path, source.digest)
    for file in context.topic_files:
        if is_companion(file.name) and not _mentions(text, _path(file.name).name):
            continue  # of no use for the code, and not for students
        if not isinstance(file, FileInput):
            if _mentions_stem(text, file.name):
                yield evolve(file, name=f"{GENERATED_FOLDER}/{file.name}")
        elif file.name not in context.claimed or _mentions_source(text, file.name, source):
            yield evolve(file, name=f"{TOPIC_FOLDER}/{file.name}")
    for file in context.templates:
        yield evolve(file, name=f"{TEMPLATES_FOLDER}/{file.name}")


def restricted_files(context: PlanContext) -> Iterator[RestrictedFile]:
    """Yield the files of the topic that some outputs do not get."""
    for file in context.topic_files:
        private = file.name in context.private_files
        if not private and file.name.count(".") < 2:
            continue  # soon, since planning asks it of all files
        language = language_of(PurePosixPath(file.name), context.course_name)
        if file.name not in context.claimed and (language or private):
            yield RestrictedFile(file.name, language, private)


def generated_for_code(names: Iterable[str], cells: Sequence[Cell]) -> Iterator[str]:
    """Yield the inputs among `names` that other jobs make and that the code mentions."""
    code = "\n".join(cell.source for cell in cells)
    for name in names:
        if name.startswith(f"{GENERATED_FOLDER}/") and _mentions_stem(code, name):
            yield name


def _mentions_stem(text: str, name: str) -> bool:
    # Only up to the first dot, since a template may add the language and the suffix.
    return _mentions(text, _path(name).name.partition(".")[0])


def _mentions_source(text: str, name: str, deck: SourceFile) -> bool:
    path = _path(name)
    is_like_deck = path.suffix == deck.topic_path.suffix
    return _mentions(text, path.stem if is_like_deck else path.name)


def _mentions(text: str, word: str) -> bool:
    return any(form in text for form in _forms(word))


# Every deck of a topic is searched for the names of all sources in it.
_path = lru_cache(maxsize=10_000)(PurePosixPath)


@lru_cache(maxsize=10_000)
def _forms(word: str) -> frozenset[str]:
    return frozenset({*forms_of(word), json.dumps(word)[1:-1]})
