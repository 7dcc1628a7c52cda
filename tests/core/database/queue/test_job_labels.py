"""Names of claimed jobs in logs."""

from __future__ import annotations

from clm.database.queue.rows import ClaimedJob


def claimed(number: int, correlation_id: str) -> ClaimedJob:
    """A job of the same source as the others."""
    rest = ("b", "r", correlation_id, "shout", "slides/a.shout", "", "", "", "", 1, 3)
    return ClaimedJob(number, 1, *rest)


def test_jobs_of_one_source_differ() -> None:
    names = {claimed(1, "c1").label, claimed(2, "c2").label, claimed(3, "").label}
    assert names == {f"job {name} (shout) of slides/a.shout" for name in ("c1", "c2", "3")}
