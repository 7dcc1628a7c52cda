"""The jobs that need outputs of edited topics, such as those of a site, as they were planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from attrs import evolve, frozen

from clm.builder.output.record import OutputsRecord
from clm.builder.planning.replanning.consumers import consumers_of
from clm.builder.planning.replanning.kept_consumers import KeptConsumer
from clm.builder.planning.replanning.part import PlannedPart
from clm.builder.running.submission import JobPreparer
from clm.builder.running.waves import key_of
from clm.jobs.request import JobInput, JobRequest
from clm.jobs.result import StoredResult
from clm.plugins import PluginRegistry


@frozen(eq=False, repr=False)
class RecordedBuild:
    """What is recorded of the last build of a course below an output folder."""

    record: OutputsRecord
    course: str
    root: Path

    def inputs(self, jobs: Iterable[JobRequest]) -> dict[str, Mapping[str, str]]:
        """The digests of what the jobs were made from, by their ids and the names of inputs."""
        made = self.record.made_from(self.course, [job.id for job in jobs])
        return {job_id: job.inputs for job_id, job in made.items()}

    def has_key(self, job: JobRequest, key: str) -> bool:
        """Whether all outputs of the job are those of the result with this key."""
        paths = (str(path) for output in job.outputs for path in output.destinations)
        outputs = [self.record.output(self.root, path) for path in paths]
        return all(output is not None and output.key == key for output in outputs)


def with_consumers(
    part: PlannedPart, kept: Sequence[str] | None, recorded: RecordedBuild, plugins: PluginRegistry
) -> PlannedPart | None:
    """The part with the kept consumers of its jobs, and the results that these need of others.

    None if they are not kept, or not as they were when their outputs were made.

    Raises:
        errors in DAMAGE: the kept data is damaged.
        ClmError: its plugin cannot read it, or the record cannot be read.
    """
    if kept is None:
        return None
    loaded = {found.request.id: found for found in map(KeptConsumer.loaded, kept)}
    changed = {job.id for job in part.plan.jobs}
    requests = consumers_of((found.request for found in loaded.values()), changed)
    jobs = [loaded[request.id].with_payload(plugins.job_types) for request in requests]
    results = _results(jobs, recorded.inputs(jobs))
    preparer = JobPreparer(plugins)
    preparer.take_results(results)
    # The key is that of the outputs only if the request and all digests are those of their job.
    keys = [key_of(preparer.submittable(job)) for job in jobs]
    if not all(key and recorded.has_key(job, key) for job, key in zip(jobs, keys, strict=True)):
        return None
    own = changed | {job.id for job in jobs}
    others = {producer: result for producer, result in results.items() if producer not in own}
    return evolve(part, plan=evolve(part.plan, jobs=(*part.plan.jobs, *jobs)), results=others)


def _results(
    jobs: Sequence[JobRequest], inputs: Mapping[str, Mapping[str, str]]
) -> dict[str, StoredResult]:
    """The results that the jobs were made from, as far as they needed them."""
    outputs: dict[str, dict[str, str]] = {}
    for job in jobs:
        for item in job.inputs:
            if isinstance(item, JobInput):
                digest = inputs[job.id][item.name]
                outputs.setdefault(item.producer, {})[item.output] = digest
    return {producer: StoredResult("", found) for producer, found in outputs.items()}
