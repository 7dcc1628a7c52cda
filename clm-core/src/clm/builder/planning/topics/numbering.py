"""Numbers of the sources of a section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from attrs import define, field

from clm.errors import Diagnostic
from clm.jobs.languages import language_of, without_language


@define(eq=False, repr=False)
class Numbering:
    """Numbers sources from `first`; the files of one source in several languages share a number.

    So a source has the same number in all languages, and a file whose counterpart is missing
    still has a number of its own. `count` is that of the numbers so far.
    """

    first: int
    languages: tuple[str, ...]
    count: int = 0
    _shared: dict[tuple[PurePosixPath, int], int] = field(factory=dict)
    _seen: Counter[tuple[PurePosixPath, str]] = field(factory=Counter)

    def number(self, path: PurePosixPath) -> int:
        """The number of the next source."""
        language = language_of(path, self.languages)
        if not language:
            return self._next()
        # Names may differ in their suffixes: `x.de.py` and `x.en.md`.
        name = without_language(path, self.languages).with_suffix("")
        self._seen[name, language] += 1
        key = name, self._seen[name, language]
        if key not in self._shared:
            self._shared[key] = self._next()
        return self._shared[key]

    def _next(self) -> int:
        self.count += 1
        return self.first + self.count - 1


def repeats_whole(
    path: PurePosixPath, others: Iterable[PurePosixPath], languages: tuple[str, ...]
) -> Diagnostic | None:
    """The error of a source of one language beside a source of all languages with its name."""
    if not language_of(path, languages):
        return None
    name = without_language(path, languages).with_suffix("")
    whole = next((other for other in others if other.with_suffix("") == name), None)
    if whole is None:
        return None
    return Diagnostic(
        f"the file is for one language, and {whole.name!r} is for all languages",
        hint="remove one of the two, or rename it",
    )
