"""What a build of a part of a course may use of builds of all of it.

A filter leaves a job with fewer outputs, so it is another job, with a key of its own. Where the
result of the whole job is known nothing is to be done again.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from attrs import evolve

from clm.builder.plan import BuildPlan
from clm.jobs.request import JobRequest, OutputSpec


def with_whole_jobs(plan: BuildPlan, whole: BuildPlan) -> BuildPlan:
    """The plan, which has a part of the outputs of `whole`, with the jobs that can stand for its
    own: they go to the same places."""
    by_id = {job.id: job for job in whole.jobs}
    found = {}
    for job in plan.jobs:
        stand_in = _stand_in(job, by_id.get(job.id))
        if stand_in is not None:
            found[job.id] = stand_in
    return evolve(plan, whole_jobs=found)


def _stand_in(job: JobRequest, whole: JobRequest | None) -> JobRequest | None:
    if whole is None or whole.job_type != job.job_type:
        return None
    names = {output.name for output in job.outputs}
    places = {place for output in job.outputs for place in output.destinations}
    outputs = tuple(_only(output, places) for output in whole.outputs)
    left = {place for output in outputs for place in output.destinations}
    if left != places or not names.issubset(output.name for output in outputs):
        return None
    return evolve(whole, outputs=outputs)


def _only(output: OutputSpec, places: set[PurePosixPath]) -> OutputSpec:
    return evolve(output, destinations=tuple(p for p in output.destinations if p in places))
