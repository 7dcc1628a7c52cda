"""Files of an author that are no course yet: which are decks, and which belong to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from attrs import field, frozen

from clm.course.files import CourseFile, Walk
from clm.course.notes import Notes
from clm.course.paths.stored_names import normal
from clm.errors import ClmError, Diagnostic, Severity, UsageError
from clm.hints import listing
from clm.regular_files import read_regular
from clm.starters import ExistingDeck

Adopt = Callable[[str, bytes], ExistingDeck | None]

_MOST_FILES = 5000
_MOST_DECK_BYTES = 20_000_000
# Files of a project, which are not for the readers of a course.
_PROJECT = re.compile(
    r"readme.*|licen[cs]e.*|changelog.*|contributing.*|requirements.*\.txt|environment\.ya?ml"
    r"|pyproject\.toml|setup\.(py|cfg)|poetry\.lock|uv\.lock|package(-lock)?\.json|makefile"
    r"|dockerfile.*|_(config|toc|quarto)\.ya?ml|mkdocs\.yml|myst\.yml|conf\.py|runtime\.txt"
    r"|postbuild|apt\.txt",
    re.IGNORECASE,
)
# Folders with the results of other programs.
_MADE = ("_build", "_site", "_book", "_freeze")
# Names of what students must not get, as words of a file's or folder's name.
_PRIVATE = re.compile(
    r"(^|[^a-z])(solutions?|sols?|answers?|instructors?|teachers?|trainers?|speakers?|private"
    r"|hidden|exams?|grading|(muster)?l(ö|oe)sung(en|s[a-z]+)?|lsg|klausur(en)?|lehrer"
    r"|dozent(en)?)($|[^a-z])",
    re.IGNORECASE,
)
_NEXT_WORD = re.compile(r"(?<=[a-zäöü])(?=[A-ZÄÖÜ])")  # `exam|Solution`


@frozen
class FoundDeck:
    """A deck: its files, each with its name in the topic; `private` by its name."""

    files: tuple[tuple[CourseFile, ExistingDeck], ...]
    private: bool

    @property
    def stem(self) -> str:
        """The name without what only files have."""
        return self.files[0][1].stem


@frozen
class FoundFolder:
    """A folder with decks, in their natural order; `assets` are the other files that they may use.

    `path` is relative to the material, and so are the paths of assets, each with its path in the
    topics of the folder. Those of the `whole` subfolders are all files there.
    """

    path: PurePosixPath
    decks: tuple[FoundDeck, ...]
    assets: Mapping[PurePosixPath, PurePosixPath] = field(factory=dict)
    whole: frozenset[str] = frozenset()


@frozen
class Material:
    """The folders with decks in their natural order, and what is not used, by reason."""

    folders: tuple[FoundFolder, ...]
    unused: Mapping[str, tuple[str, ...]]
    notes: tuple[Diagnostic, ...] = ()


def find_material(folder: Path, adopts: Iterable[Adopt]) -> Material:
    """Find the decks below a folder, which is only read.

    Raises:
        UsageError: it cannot be read, has too many files, or no decks.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder")
    notes = Notes()
    all_files = Walk(folder, notes).folder(folder)
    files = [file for file in all_files if not _is_hidden(file.topic_path)]
    if len(files) > _MOST_FILES:
        hint = f"choose the folder with the decks of a course; it may have {_MOST_FILES} files"
        raise UsageError(f"the folder {folder} contains {len(files)} files", hint=hint)
    unused: dict[str, list[str]] = {}
    for problem in notes.problems:
        place = problem.place.file if problem.place else ""
        unused.setdefault(problem.message, []).append(place)
    decks, others = _sorted_out(files, tuple(adopts), unused)
    if not decks:
        why = [f"{listing(names, 3)}: {reason}" for reason, names in unused.items()]
        hint = "decks are texts with a title or cells, of any format that a plugin reads"
        raise UsageError(f"no decks were found in {folder}", hint="; ".join([hint, *why[:3]]))
    assets = _assets(others, set(decks), unused)
    paths = [file.topic_path for file in all_files]
    by_reason = {reason: tuple(names) for reason, names in unused.items()}
    return Material(_folders(decks, assets, paths), by_reason, tuple(notes.warnings))


def natural(text: str) -> list[tuple[int, int, str]]:
    """A key that sorts texts with numbers as people do: `2` before `10`."""
    parts = re.findall(r"\d+|\D+", text.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def _sorted_out(
    files: Iterable[CourseFile], adopts: tuple[Adopt, ...], unused: dict[str, list[str]]
) -> tuple[dict[PurePosixPath, list[tuple[CourseFile, ExistingDeck]]], list[CourseFile]]:
    """The decks by folder, and the other files."""
    decks: dict[PurePosixPath, list[tuple[CourseFile, ExistingDeck]]] = {}
    others = []
    for file in files:
        name = file.topic_path.name
        try:
            deck = None if _PROJECT.fullmatch(name) else _adopted(file, adopts)
        except ClmError as error:
            reason = error.diagnostics[0]
            hint = f"; {reason.hint}" if reason.hint else ""
            unused.setdefault(f"{reason.message}{hint}", []).append(str(file.topic_path))
            continue
        if deck is not None:
            decks.setdefault(file.topic_path.parent, []).append((file, deck))
        elif _PROJECT.fullmatch(name):
            unused.setdefault("files of a project, not of a course", []).append(
                str(file.topic_path)
            )
        else:
            others.append(file)
    return decks, others


def _adopted(file: CourseFile, adopts: tuple[Adopt, ...]) -> ExistingDeck | None:
    try:
        if file.path.stat().st_size > _MOST_DECK_BYTES:
            return None
        content = read_regular(file.path)
    except OSError as error:
        raise ClmError(f"cannot be read: {error.strerror}") from error
    found = (adopt(file.topic_path.name, content) for adopt in adopts)
    return next((deck for deck in found if deck is not None), None)


def _assets(
    others: Iterable[CourseFile], folders: set[PurePosixPath], unused: dict[str, list[str]]
) -> dict[PurePosixPath, list[CourseFile]]:
    """Files that are no decks, by the nearest folder around them that has some."""
    assets: dict[PurePosixPath, list[CourseFile]] = {}
    for file in others:
        owner = next((f for f in file.topic_path.parents if f in folders), None)
        if _is_private(file.topic_path):
            reason = "not for students, by their names"
        elif owner is None:
            reason = "in no folder with decks, nor below one"
        else:
            assets.setdefault(owner, []).append(file)
            continue
        unused.setdefault(reason, []).append(str(file.topic_path))
    return assets


def _folders(
    decks: Mapping[PurePosixPath, list[tuple[CourseFile, ExistingDeck]]],
    assets: Mapping[PurePosixPath, list[CourseFile]],
    paths: Sequence[PurePosixPath],
) -> tuple[FoundFolder, ...]:
    found = []
    for path in sorted(decks, key=lambda path: [natural(part) for part in path.parts]):
        by_stem: dict[str, list[tuple[CourseFile, ExistingDeck]]] = {}
        for item in decks[path]:
            by_stem.setdefault(item[1].stem, []).append(item)
        topics = (
            FoundDeck(tuple(files), any(_is_private(file.topic_path) for file, _ in files))
            for _, files in sorted(by_stem.items(), key=lambda pair: natural(pair[0]))
        )
        own = {f.topic_path: f.topic_path.relative_to(path) for f in assets.get(path, [])}
        found.append(FoundFolder(path, tuple(topics), own, _whole(path, own, paths)))
    return tuple(found)


def _whole(
    folder: PurePosixPath, assets: Collection[PurePosixPath], paths: Iterable[PurePosixPath]
) -> frozenset[str]:
    """The subfolders of a folder in which all files are among the assets."""
    below = [path for path in paths if path.is_relative_to(folder)]
    depth = len(folder.parts)
    inner = {path.parts[depth] for path in below if len(path.parts) > depth + 1}
    mixed = {path.parts[depth] for path in below if path not in assets}
    return frozenset(inner - mixed)


def _is_hidden(path: PurePosixPath) -> bool:
    return any(part.startswith(".") or part in _MADE for part in path.parts)


def _is_private(path: PurePosixPath) -> bool:
    return any(_PRIVATE.search(_NEXT_WORD.sub(" ", normal(part))) for part in path.parts)


def in_words(unused: Mapping[str, tuple[str, ...]]) -> Iterator[Diagnostic]:
    """A warning for each reason for which files are not used."""
    for reason, names in unused.items():
        yield Diagnostic(f"not used: {listing(list(names), 5)} ({reason})", Severity.WARNING)
