"""Data of a tree for the navigation of its pages, which they load as a script."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field

from clm import PlannedOutput
from clm_plugin_site.trees import PAGE, Deck, Tree, path_below
from clm_plugin_site.words import format_label, words_for


def navigation(
    tree: Tree, title: str, others: Sequence[Tree], fronts: Mapping[str, tuple[str, str]]
) -> str:
    """The data as JSON. `others` are the trees of other languages, `fronts` their front pages.

    Paths are relative to the root of the tree, and not quoted. An output is the number of its
    variant, that of its folder, and its name; of a name like the one before it, only the suffix.
    """
    tables = _Tables(tree)
    by_language = {other.place.language: {d.key: d for d in other.decks} for other in others}
    above = {
        other.place.language: f"../../{'/'.join(other.place.root.parts[-2:])}/" for other in others
    }
    sections = [
        [
            section.name,
            [
                [
                    deck.title,
                    tables.outputs(deck),
                    _others(tables, deck, by_language, above),
                    deck.id,
                ]
                for deck in section.decks
            ],
        ]
        for section in tree.sections
    ]
    return dump(
        {
            "title": title,
            "language": tree.place.language,
            "words": dict(words_for(tree.place.language)),
            "languages": [[code, *front] for code, front in fronts.items()],
            "variants": list(tables.variants.values()),
            "folders": list(tables.folders),
            "sections": sections,
        }
    )


def dump(data: Any) -> str:
    """JSON that is safe in a script: text of a course must not end it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@define(eq=False)
class _Tables:
    """The variants and folders of the outputs of a tree, each with its number."""

    tree: Tree
    variants: dict[tuple[str, str], list[str]] = field(factory=dict)
    folders: dict[str, int] = field(factory=dict)
    _numbers: dict[tuple[str, str], int] = field(factory=dict)

    def outputs(self, deck: Deck, above: str = "", formats: tuple[str, ...] = ()) -> list[Any]:
        """The outputs of a deck; `above` leads from the tree to that of the deck."""
        found: list[Any] = []
        last = ""
        for output in deck.outputs:
            if not formats or output.variant.format in formats:
                folder, _, name = f"{above}{path_below(output)}".rpartition("/")
                stem, dot, suffix = name.rpartition(".")
                number = self.folders.setdefault(folder or ".", len(self.folders))
                short = dot + suffix if stem == last else name
                found.append([self._variant(output), number, short])
                last = stem
        return found

    def _variant(self, output: PlannedOutput) -> int:
        variant = output.variant
        key = variant.kind, variant.format
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers)
            label = format_label(*key, self.tree.place.language)
            self.variants[key] = [*key, label]
        return self._numbers[key]


def _others(
    tables: _Tables,
    deck: Deck,
    by_language: Mapping[str, Mapping[tuple[str, str], Deck]],
    above: Mapping[str, str],
) -> dict[str, Any]:
    found = {}
    for language, decks in by_language.items():
        other = decks.get(deck.key)
        if other is not None and other.page is not None:
            found[language] = tables.outputs(other, above[language], (PAGE,))
    return found
