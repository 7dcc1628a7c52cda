"""Voiceover companions of a deck among the files of its topic.

`voiceover_a.py` belongs to `slides_a.py`, beside it or in a folder `voiceover`. A companion for
all languages may also belong to decks of one language, and the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from clm import ConversionError, FileInput, Place, PlanContext, SourceFile, language_of
from clm_plugin_notebook.languages import (
    COMPANION_FILES,
    COMPANION_FOLDERS,
    COMPANION_LIKE_FOLDERS,
    COMPANION_PREFIX,
    DECK_PREFIXES,
    ProgLang,
    by_suffix,
    deck_suffixes,
)
from clm_plugin_notebook.payload import COMPANIONS_FOLDER, DeckFile


def is_companion(name: str) -> bool:
    """Whether a file of a topic may be meant for voiceovers, by its path."""
    folded = name.casefold()
    if "voice" not in folded:
        return False  # soon, since planning asks it of all files
    path = PurePosixPath(folded)
    in_folder = not set(COMPANION_LIKE_FOLDERS).isdisjoint(path.parts[:-1])
    return in_folder or any(fnmatchcase(path.name, pattern) for pattern in COMPANION_FILES)


def companion_inputs(
    source: SourceFile, context: PlanContext, langs: Iterable[ProgLang]
) -> Iterator[FileInput]:
    """Yield the companions of a deck as inputs of its job.

    Raises:
        ConversionError: different companions of one name are beside the deck and in a folder.
    """
    suffixes = deck_suffixes(langs)
    found: dict[str, FileInput] = {}
    for file in context.topic_files:
        if not isinstance(file, FileInput) or not is_companion(file.name):
            continue
        path = PurePosixPath(file.name)
        if path.suffix in suffixes and _belongs(path, source, context):
            first = found.setdefault(path.name, file)
            if first is not file and first.digest == file.digest:
                continue  # a copy of the same texts
            if first is not file:
                raise ConversionError(
                    f"the deck has two voiceover files: {first.name} and {file.name}",
                    place=Place(source.course_path),
                    hint="remove one of them",
                )
            yield FileInput(f"{COMPANIONS_FOLDER}/{file.name}", file.path, file.digest)


def companion_file(
    item: FileInput,
    source: SourceFile,
    context: PlanContext,
    prog_lang: ProgLang,
    langs: Iterable[ProgLang],
) -> DeckFile:
    """Return the data that the deck's job needs to read an input that is a companion."""
    path = PurePosixPath(item.name).relative_to(COMPANIONS_FOLDER)
    topic = source.course_path.removesuffix(str(source.topic_path))
    own = by_suffix(path, langs) or prog_lang
    language = language_of(path, context.course_name)
    return DeckFile(item.name, f"{topic}{path}", language, own)


def _belongs(path: PurePosixPath, source: SourceFile, context: PlanContext) -> bool:
    deck = source.topic_path
    folders = (deck.parent, *(deck.parent / name for name in COMPANION_FOLDERS))
    if path.parent not in folders or not path.name.startswith(COMPANION_PREFIX):
        return False
    if not _is_same(path, deck, context):
        return False
    # A deck with the suffix of the companion comes first.
    others = (PurePosixPath(name) for name in context.claimed)
    rivals = (o for o in others if o.parent == deck.parent and _is_same(path, o, context))
    return path.suffix == deck.suffix or all(o.suffix != path.suffix for o in rivals)


def _is_same(companion: PurePosixPath, deck: PurePosixPath, context: PlanContext) -> bool:
    """Whether the names are those of one deck, in languages that have an output in common."""
    prefix = next((p for p in DECK_PREFIXES if deck.name.startswith(p)), None)
    if prefix is None:
        return False
    names = companion.stem.removeprefix(COMPANION_PREFIX), deck.stem.removeprefix(prefix)
    languages = [language_of(path, context.course_name) for path in (companion, deck)]
    if all(languages):
        return names[0] == names[1]
    plain = [
        name.removesuffix(f".{language}") if language else name
        for name, language in zip(names, languages, strict=True)
    ]
    return plain[0] == plain[1]
