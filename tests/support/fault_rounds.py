"""Random faults, several to a round: what is hit, how, and at which moment."""

from __future__ import annotations

import random
from enum import StrEnum
from itertools import product

from attrs import evolve, frozen
from real_course import DECK_AND_DRAWIO, DECK_AND_PLANTUML, DECKS, EVERYTHING, Content


class Target(StrEnum):
    """A process, a disk or the clock."""

    BUILDER = "builder"
    WORKER = "worker"
    KERNEL = "kernel"
    KERNEL_SERVER = "kernel server"
    POOL_MANAGER = "pool manager"
    JAVA = "java"
    BROWSER = "browser"
    OUTPUTS = "disk of outputs"
    DATABASES = "disk of databases"
    TEMPORARY = "temporary disk"
    CLOCK = "clock"

    @property
    def is_disk(self) -> bool:
        return self in (Target.OUTPUTS, Target.DATABASES, Target.TEMPORARY)


class Blow(StrEnum):
    """A signal, or what happens to a disk or the clock.

    A stopped process is continued after its lease has expired, a disk that is full for a moment
    after some seconds. The clock jumps of all Python processes.
    """

    KILL = "SIGKILL"
    TERM = "SIGTERM"
    STOP = "SIGSTOP"
    FULL = "full"
    FULL_FOR_MOMENT = "full for a moment"
    DAY_BACK = "a day back"
    YEAR_ON = "a year on"


Combination = tuple[Target, Blow]

_SIGNALS = (Blow.KILL, Blow.TERM, Blow.STOP)
_PARTS = (
    Target.WORKER, Target.KERNEL, Target.KERNEL_SERVER, Target.POOL_MANAGER, Target.JAVA,
    Target.BROWSER,
)  # fmt: skip
_DISKS = [target for target in Target if target.is_disk]
# A job has three attempts, so two faults of a round may cost it one.
_COSTING: list[Combination] = list(product(_PARTS, _SIGNALS))
_FREE: list[Combination] = [
    (Target.CLOCK, Blow.DAY_BACK), (Target.CLOCK, Blow.YEAR_ON), (Target.BUILDER, Blow.STOP),
]  # fmt: skip
# After these the build may end without success.
_ENDING: list[Combination] = [
    (Target.BUILDER, Blow.KILL), (Target.BUILDER, Blow.TERM),
    *product(_DISKS, (Blow.FULL, Blow.FULL_FOR_MOMENT)),
]  # fmt: skip
# Approximate lifetimes of the targets in such a build, in seconds.
_LIFETIMES = {Target.KERNEL: 0.5, Target.KERNEL_SERVER: 2.0, Target.JAVA: 2.0, Target.BROWSER: 2.0}
_USUAL_LIFETIME = 3.0

CONTENTS = {
    Target.KERNEL: DECKS,
    Target.KERNEL_SERVER: DECKS,
    Target.POOL_MANAGER: DECKS,
    Target.JAVA: DECK_AND_PLANTUML,
    Target.BROWSER: DECK_AND_DRAWIO,
}


@frozen
class Fault:
    """A fault; its `delay` in seconds begins when its target is there."""

    target: Target
    blow: Blow
    delay: float

    def __str__(self) -> str:
        return f"{self.target} {self.blow}"

    @property
    def may_end_build(self) -> bool:
        return (self.target, self.blow) in _ENDING


@frozen
class Round:
    """The faults of one build."""

    number: int
    faults: tuple[Fault, ...]

    @classmethod
    def of(cls, seed: int, number: int) -> Round:
        """The round with this number: all combinations in turn, at random moments."""
        chance = random.Random(f"{seed} {number}")
        chosen = [
            _dealt(_COSTING, seed, 2 * number),
            _dealt(_COSTING, seed, 2 * number + 1),
            _dealt(_FREE, seed, number),
        ]
        faults = [Fault(*one, chance.random() * _lifetime(one[0])) for one in chosen]
        last = _dealt(_ENDING, seed, number)
        # Late, as it often leaves nothing to be hit.
        faults.append(Fault(*last, (0.5 + chance.random()) * _lifetime(last[0])))
        return cls(number, tuple(faults))

    def hastened(self, factor: float) -> Round:
        """The round with its faults so many times earlier."""
        faults = (evolve(fault, delay=fault.delay / factor) for fault in self.faults)
        return evolve(self, faults=tuple(faults))

    def __str__(self) -> str:
        return f"{self.number}-{','.join(map(str, self.faults))}"

    @property
    def targets(self) -> set[Target]:
        return {fault.target for fault in self.faults}

    @property
    def has_stop(self) -> bool:
        return any(fault.blow is Blow.STOP for fault in self.faults)

    @property
    def content(self) -> Content:
        """The smallest content that has all that is to be hit."""
        if self.targets >= {Target.JAVA, Target.BROWSER}:
            return EVERYTHING
        tools = self.targets & {Target.JAVA, Target.BROWSER}
        return CONTENTS[tools.pop()] if tools else DECKS


def _dealt(cards: list[Combination], seed: int, number: int) -> Combination:
    """The card with that number; all are dealt before one is dealt again."""
    deal, place = divmod(number, len(cards))
    return random.Random(f"{seed} {deal}").sample(cards, len(cards))[place]


def _lifetime(target: Target) -> float:
    return _LIFETIMES.get(target, _USUAL_LIFETIME)
