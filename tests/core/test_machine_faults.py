"""Hints about faults of the machine."""

from __future__ import annotations

import errno
import os

import pytest

from clm.machine_faults import machine_hint, machine_hint_in


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (OSError(errno.EMFILE, "Too many open files"), "ulimit -n"),
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), "ulimit -u"),
        (RuntimeError("can't start new thread"), "ulimit -u"),
        (MemoryError(), "--jobs"),
        (OSError(errno.ENOSPC, "No space left on device"), "room"),
    ],
)
def test_fault_has_hint(error: Exception, word: str) -> None:
    assert word in (machine_hint(error) or "")


def test_other_errors_have_none() -> None:
    for error in (FileNotFoundError(errno.ENOENT, "x"), RuntimeError("x"), ValueError("x")):
        assert machine_hint(error) is None


def test_hint_of_program_output() -> None:
    output = f"Traceback\nMemoryError\nOSError: {os.strerror(errno.EMFILE)}\n"
    assert "ulimit -n" in (machine_hint_in(output) or "")
    assert machine_hint_in("ImportError: no module") is None
