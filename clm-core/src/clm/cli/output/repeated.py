"""Messages that several files have in common, such as a fault of the spec in all decks."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve, frozen

from clm.errors import Diagnostic
from clm.hints import listing

_SHOWN = 3  # files


@frozen
class Repeated:
    """A message, and the further `files` to which the same applies as a whole."""

    diagnostic: Diagnostic
    files: tuple[str, ...] = ()

    @property
    def also(self) -> str | None:
        """A line with the further files."""
        return f"the same in {listing(self.files, _SHOWN)}" if self.files else None


def repeated(diagnostics: Iterable[Diagnostic], *, merge: bool = True) -> list[Repeated]:
    """The messages in their order; with `merge`, equal ones about whole files once."""
    found: dict[tuple[Diagnostic, bool], Repeated] = {}
    for diagnostic in diagnostics:
        place = diagnostic.place
        if not merge or place is None or place.line or place.cell:
            found.setdefault((diagnostic, False), Repeated(diagnostic))
            continue
        # Details, such as a traceback, name the file.
        key = evolve(diagnostic, place=None, details=None), True
        first = found.setdefault(key, Repeated(diagnostic))
        known = (first.diagnostic.place and first.diagnostic.place.file, *first.files)
        if place.file not in known:
            found[key] = evolve(first, files=(*first.files, place.file))
    return list(found.values())
