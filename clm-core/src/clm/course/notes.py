"""Problems and warnings from reading a spec."""

from __future__ import annotations

from attrs import define, field

from clm.errors import Diagnostic, Place, Severity

# With this many problems nobody reads the hints, and finding the nearest names is slow.
_MANY = 100


@define(eq=False, repr=False)
class Notes:
    """Collects problems and warnings; reading continues after each.

    `left_out` are errors about single files, without which a course can be built.
    """

    problems: list[Diagnostic] = field(factory=list)
    warnings: list[Diagnostic] = field(factory=list)
    left_out: list[Diagnostic] = field(factory=list)
    _unused: set[str] = field(factory=set, init=False)

    @property
    def are_many(self) -> bool:
        """Whether there are so many problems that further hints would take too long."""
        return len(self.problems) >= _MANY

    def problem(
        self,
        message: str,
        place: Place | None,
        *,
        excerpt: str | None = None,
        hint: str | None = None,
        details: str | None = None,
    ) -> None:
        self.problems.append(
            Diagnostic(message, place=place, excerpt=excerpt, hint=hint, details=details)
        )

    def warning(
        self,
        message: str,
        place: Place | None,
        *,
        excerpt: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.warnings.append(Diagnostic(message, Severity.WARNING, place, hint, excerpt))

    def leave_out(self, message: str, place: Place, *, hint: str) -> None:
        self.left_out.append(Diagnostic(message, place=place, hint=hint))

    def unused(self, key: str, reason: str, place: Place) -> None:
        """Warn once that a key is known but has no effect, and of what follows from that."""
        if key not in self._unused:
            self._unused.add(key)
            self.warning(f"{key!r} has no effect: {reason}", place, excerpt=key)


def by_position(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sort diagnostics by their position in the file."""
    return tuple(sorted(diagnostics, key=_position))


def _position(diagnostic: Diagnostic) -> tuple[str, int, int]:
    place = diagnostic.place
    return (place.file, place.line or 0, place.column or 0) if place else ("", 0, 0)
