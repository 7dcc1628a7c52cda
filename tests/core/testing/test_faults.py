"""Injected faults: each conversion has its own, also if several start at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from clm.testing.faults import Fault, Faults

COUNT = 16


def test_each_fault_occurs_once(tmp_path: Path) -> None:
    kinds = (*[Fault.RAISE] * 5, *[Fault.TRANSIENT] * 6)
    faults = Faults("echo", "plugin", "worker", kinds, tmp_path / "log")
    together = Barrier(COUNT)

    def convert(_: int) -> Fault:
        together.wait()
        return faults.next()

    with ThreadPoolExecutor(COUNT) as threads:
        found = list(threads.map(convert, range(COUNT)))
    assert (found.count(Fault.RAISE), found.count(Fault.TRANSIENT)) == (5, 6)
    assert found.count(Fault.NONE) == COUNT - len(kinds)
    assert faults.conversions == COUNT
