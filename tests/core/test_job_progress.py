"""The progress of a job as one line of text."""

from __future__ import annotations

import pytest

from clm.jobs.work import JobProgress


@pytest.mark.parametrize(
    ("fraction", "text", "shown"),
    [
        (0.426, "drawing", "43% drawing"),
        (None, "drawing", "drawing"),
        (float("nan"), "drawing", "drawing"),
        (1, "", "100%"),
        (7.5, "", "100%"),
        (-3, "", "0%"),
        (float("inf"), "", "100%"),
        (0.5, " two\nlines\tof\r text ", "50% two lines of text"),
        (None, "", ""),
        (None, "drawing \udcfc", r"drawing \udcfc"),
    ],
)
def test_progress_becomes_one_line(fraction: float | None, text: str, shown: str) -> None:
    assert str(JobProgress.of(fraction, text)) == shown


def test_long_text_truncated() -> None:
    assert len(JobProgress.of(None, "x" * 10_000).text) == 200
