"""Order in which the jobs of a plan are looked up, and their results in the shared cache."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from clm.builder.report import Action
from clm.database.cache.results import ResultsCache
from clm.jobs.request import JobRequest
from clm.jobs.resolved import ResolvedInput
from clm.jobs.result import StoredResult
from clm.jobs.submitted import SubmittedJob

if TYPE_CHECKING:
    from clm.stores.opening import LazySharedCache

# A job with its key, if that is known, and its result, if it is cached.
LookedUp = tuple[SubmittedJob, str | None, StoredResult | None]


def in_parts(jobs: Sequence[JobRequest], first: Collection[str]) -> list[list[JobRequest]]:
    """The jobs with these ids and those that they need, then the others; the order is kept."""
    early: set[str] = set()
    for job in reversed(jobs):  # each follows those that it needs
        if job.id in early or job.id in first:
            early |= {job.id, *job.producers}
    parts = ([j for j in jobs if j.id in early], [j for j in jobs if j.id not in early])
    return [part for part in parts if part]


def in_waves(jobs: Iterable[JobRequest]) -> Iterator[list[JobRequest]]:
    """The jobs in their order, in groups without dependencies within a group."""
    wave: dict[str, JobRequest] = {}
    for job in jobs:
        if not job.producers.isdisjoint(wave):
            yield list(wave.values())
            wave = {}
        wave[job.id] = job
    if wave:
        yield list(wave.values())


def key_of(job: SubmittedJob) -> str | None:
    known = tuple(item for item in job.inputs if isinstance(item, ResolvedInput))
    return job.resolved(known).key if len(known) == len(job.inputs) else None


async def results_shared(
    shared: LazySharedCache,
    cache: ResultsCache,
    looked_up: Sequence[LookedUp],
    action: Callable[[JobRequest, str | None, StoredResult | None], Action],
) -> list[LookedUp]:
    """The same jobs, with results from the shared cache for those that would be run.

    The results are in `cache` afterwards.
    """
    missing = [
        (job.request, key)
        for job, key, result in looked_up
        if key and action(job.request, key, result) is Action.BUILD
    ]
    if not missing:
        return list(looked_up)
    from clm.stores.shared import Wanted  # loads what builds without a change do not need

    found = await shared.fetch(
        [
            Wanted(key, request.job_type, tuple(output.name for output in request.outputs))
            for request, key in missing
        ],
        cache,
    )
    return [(job, key, result or found.get(key or "")) for job, key, result in looked_up]
