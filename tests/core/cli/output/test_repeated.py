"""Messages that several files have in common."""

from __future__ import annotations

import pytest
from attrs import evolve

from clm.cli.output.repeated import repeated
from clm.errors import Diagnostic, Place, Severity

FAULT = Diagnostic("no such extension", hint="install it")


def at(*files: str) -> list[Diagnostic]:
    return [FAULT.at(Place(file)) for file in files]


def test_same_message_shown_once() -> None:
    (item,) = repeated(at("a.py", "b.py", "b.py", "c.py"))
    assert item.diagnostic.place == Place("a.py")
    assert item.also == "the same in b.py, c.py"


def test_many_files_counted() -> None:
    (item,) = repeated(at("a", "b", "c", "d", "e", "f"))
    assert item.also == "the same in b, c, d and 2 more"


@pytest.mark.parametrize(
    "other",
    [
        evolve(FAULT, hint="remove it", place=Place("b.py")),
        evolve(FAULT, severity=Severity.WARNING, place=Place("b.py")),
        evolve(FAULT, place=Place("b.py", 3)),
        evolve(FAULT, place=Place("b.py", cell="cell 2")),
        FAULT,
    ],
)
def test_other_message_shown(other: Diagnostic) -> None:
    shown = repeated([*at("a.py"), other])
    assert [item.diagnostic for item in shown] == [*at("a.py"), other]
    assert [item.also for item in shown] == [None, None]


def test_all_shown_without_merging() -> None:
    assert len(repeated(at("a.py", "b.py"), merge=False)) == 2
