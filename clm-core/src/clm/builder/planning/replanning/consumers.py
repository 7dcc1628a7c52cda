"""Jobs that need outputs of other topics, such as those of a site: their plan stays the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from clm.jobs.request import JobRequest
from clm.jobs.result import StoredResult


def consumers_of(jobs: Iterable[JobRequest], changed: Collection[str]) -> list[JobRequest]:
    """Those of the jobs that need outputs of the jobs with the ids `changed`, or of each other.

    Each of the jobs follows those that it needs.
    """
    ids, found = set(changed), []
    for job in jobs:
        if job.id not in changed and not ids.isdisjoint(job.producers):
            ids.add(job.id)
            found.append(job)
    return found


def needed_results(
    jobs: Sequence[JobRequest], results: Mapping[str, StoredResult]
) -> dict[str, StoredResult] | None:
    """The results of other jobs that these jobs need; None if one is not known."""
    needed = {producer for job in jobs for producer in job.producers} - {job.id for job in jobs}
    return {job_id: results[job_id] for job_id in needed} if needed <= results.keys() else None
