"""The folders of outputs in a language, with the sections and decks that each of them has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from attrs import evolve, frozen

from clm import CourseContext, PlannedCopy, PlannedOutput, language_of

# The page that a deck opens, and that is searched: one kind only, so nothing is found twice.
_KINDS = ("completed", "speaker", "trainer", "code-along", "partial", "recording")
PAGE = "html"
# Files with which readers work; others, such as pictures, are for the pages.
_DATA = frozenset({".csv", ".db", ".json", ".ods", ".parquet", ".sqlite", ".tsv", ".txt", ".xlsx"}
                  | {".xml", ".yaml", ".yml", ".zip"})  # fmt: skip


@frozen(order=True, repr=False)
class Place:
    """A folder of outputs in a language; `public` if students may have all that is in it."""

    root: PurePosixPath
    language: str
    public: bool

    @property
    def tree(self) -> tuple[str, ...]:
        """What the folders of all languages of a tree have in common."""
        return self.root.parts[:-2]

    def has_same_tree(self, other: Place) -> bool:
        """Whether both are languages of one tree, for the same readers."""
        return (self.tree, self.public) == (other.tree, other.public)


@frozen(repr=False)
class Deck:
    """A deck with its outputs in one place, those that readers look for first at the beginning.

    `key` is the same in all languages. `topic` is the id of its topic, `name` that of its file.
    `files` are those of the topic with data, beside the page.
    """

    key: tuple[str, str]
    topic: str
    name: str
    outputs: tuple[PlannedOutput, ...]
    files: tuple[PlannedCopy, ...] = ()

    @property
    def id(self) -> str:
        """What stays when the title, number or section of the deck changes."""
        return f"{self.topic}/{self.name}"

    @property
    def page(self) -> PlannedOutput | None:
        """The page that the deck opens."""
        return next((out for out in self.outputs if out.variant.format == PAGE), None)

    @property
    def title(self) -> str:
        return (self.page or self.outputs[0]).title


@frozen(repr=False)
class Section:
    """A section with its decks in their order."""

    name: str
    decks: tuple[Deck, ...]


@frozen(repr=False)
class Tree:
    """The sections of a place that have decks."""

    place: Place
    sections: tuple[Section, ...]

    @property
    def decks(self) -> Iterator[Deck]:
        return (deck for section in self.sections for deck in section.decks)

    def path_of(self, output: PlannedOutput) -> str:
        """The path of an output below the root."""
        return path_below(output)


def path_below(output: PlannedOutput | PlannedCopy) -> str:
    """The path of an output or file below the root of its variant."""
    # Texts, since a large course has tens of thousands of outputs.
    return str(output.path)[len(str(output.variant.root)) + 1 :]


def trees_of(context: CourseContext) -> list[Tree]:
    """One tree for each folder of outputs in a language, of nothing but what is there."""
    by_root: dict[tuple[PurePosixPath, str], list[PlannedOutput]] = {}
    for output in context.outputs:
        variant = output.variant
        if output.title and variant.root.parts:
            by_root.setdefault((variant.root, variant.language), []).append(output)
    files: dict[tuple[str, str], list[PlannedCopy]] = {}
    for copy in context.copies(_DATA):
        files.setdefault((copy.section, copy.topic), []).append(copy)
    trees = []
    for (root, language), found in by_root.items():
        place = Place(root, language, all(output.variant.public for output in found))
        listed = [output for output in found if output.exported]
        trees.append(Tree(place, tuple(_sections(place, listed, context, files))))
    return trees


def _sections(
    place: Place,
    outputs: Sequence[PlannedOutput],
    context: CourseContext,
    files: Mapping[tuple[str, str], Sequence[PlannedCopy]],
) -> Iterator[Section]:
    by_section: dict[str, dict[str, list[PlannedOutput]]] = {}
    for output in outputs:
        by_source = by_section.setdefault(output.section, {})
        by_source.setdefault(output.source, []).append(output)
    for section, names in context.sections.items():
        found = by_section.get(section)
        if found:
            decks = tuple(_deck(outputs, context, files) for outputs in found.values())
            yield Section(text_in(names, place.language), decks)


def _deck(
    outputs: Sequence[PlannedOutput],
    context: CourseContext,
    files: Mapping[tuple[str, str], Sequence[PlannedCopy]],
) -> Deck:
    first = outputs[0]
    source = _without_language(first.source, tuple(context.course_name))
    ordered = sorted(outputs, key=lambda output: _rank(output.variant.kind))
    deck = Deck((first.section, source), first.topic, PurePosixPath(source).stem, tuple(ordered))
    found = files.get((first.section, first.topic), ())
    if deck.page is None or not found:
        return deck
    beside = f"{deck.page.path.parent}/"
    return evolve(deck, files=tuple(copy for copy in found if str(copy.path).startswith(beside)))


@lru_cache(maxsize=4096)
def _without_language(source: str, languages: tuple[str, ...]) -> str:
    path = PurePosixPath(source)
    language = language_of(path, languages)
    stem = path.stem.removesuffix(f".{language}") if language else path.stem
    return str(path.with_name(stem + path.suffix))


def _rank(kind: str) -> int:
    return _KINDS.index(kind) if kind in _KINDS else len(_KINDS)


def text_in(texts: Mapping[str, str], language: str) -> str:
    """The text in a language, or in the first one that there is."""
    return texts.get(language) or next(iter(texts.values()), "")
