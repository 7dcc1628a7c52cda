"""Count of injected faults, and of what the builds have done about them."""

from __future__ import annotations

from collections import Counter

from attrs import define, field

FINDINGS = ("incomplete files", "lost", "differing", "left over")


@define
class Tally:
    """Injected and survived faults, what the others did, and the longest delay in seconds.

    A delay is the time from the fault to the end of its build.
    """

    injected: int = 0
    survived: int = 0
    rounds: int = 0
    hits: Counter[str] = field(factory=Counter)
    faults: Counter[str] = field(factory=Counter)
    longest: float = 0.0
    longest_of: str = ""

    def hit(self, fault: str, seconds: float, round_number: int) -> None:
        """Counts a fault of a round whose build has ended after that time."""
        self.injected += 1
        self.hits[fault] += 1
        if seconds > self.longest:
            self.longest, self.longest_of = seconds, f"{fault}, round {round_number}"

    def lines(self) -> list[str]:
        """The figures, if there are any."""
        if not self.injected:
            return []
        text = f"faults injected: {self.injected}, survived: {self.survived}"
        if not self.rounds:
            return [text]
        found = ", ".join(f"{name}: {self.faults[name]}" for name in FINDINGS)
        hits = ", ".join(f"{name} {number}" for name, number in sorted(self.hits.items()))
        delay = f"longest delay: {self.longest:.1f} s ({self.longest_of})"
        return [f"rounds: {self.rounds}, {text}", found, f"hits: {hits}", delay]
