"""Count of losses in builds whose jobs run elsewhere."""

from __future__ import annotations

from collections import Counter

from attrs import define, field


@define
class LossTally:
    """The losses and those survived, by victim and place; `expected` are the outputs.

    `longest_end` is the time in seconds until all was gone after the end of a killed builder.
    """

    injected: Counter[tuple[str, str]] = field(factory=Counter)
    survived: Counter[tuple[str, str]] = field(factory=Counter)
    expected: dict[str, bytes] = field(factory=dict)
    longest_end: float = 0.0

    def lines(self) -> list[str]:
        """The figures for each victim, if there are any."""
        if not self.injected:
            return []
        counts = [
            f"{place}, {victim}: {self.survived[victim, place]} of {number} survived"
            for (victim, place), number in sorted(self.injected.items(), key=lambda i: i[0][::-1])
        ]
        return [*counts, f"longest end after a killed builder: {self.longest_end:.1f} s"]
