"""Preparation of planned jobs for submission to a backend."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import define, evolve, field

from clm.backends.backend import Backend
from clm.builder.running.waves import in_waves
from clm.errors import PLUGIN_FAULT, ClmError, Diagnostic, PayloadError, UnknownToolsError
from clm.event_loop import all_ended
from clm.hints import listing
from clm.jobs.envelope import dump_payload
from clm.jobs.plugin_faults import labelled
from clm.jobs.queued_inputs import PendingInput, QueuedInput
from clm.jobs.request import FileInput, Input, JobInput, JobRequest
from clm.jobs.resolved import ResolvedInput
from clm.jobs.result import StoredResult
from clm.jobs.submitted import SubmittedJob
from clm.jobs.tools import Tools
from clm.plugins import PluginRegistry
from clm.plugins.fingerprint import environment_of, tools_of


@define(eq=False, repr=False)
class JobPreparer:
    """Adds envelopes, fingerprints and the inputs that are known to requests.

    `results` has the known results by request id, `planned` all requests of the plan.
    """

    plugins: PluginRegistry
    results: dict[str, StoredResult] = field(factory=dict)
    planned: Sequence[JobRequest] = ()
    _outputs: dict[str, frozenset[str]] = field(factory=dict, init=False)
    _fingerprints: dict[tuple[str, tuple[str, ...]], str] = field(factory=dict, init=False)
    _tools: dict[str, Tools] = field(factory=dict, init=False)
    _refused: dict[str, ClmError] = field(factory=dict, init=False)
    _correlation_ids: dict[str, str] = field(factory=dict, init=False)

    @property
    def tools(self) -> Mapping[str, Tools]:
        """The tools by job type, with what jobs asked of their environment."""
        return self._tools

    def recall(self, backend: Backend, requests: Iterable[JobRequest]) -> set[str]:
        """Takes the tools that the backend knows; returns the job types it must be asked about."""
        unknown = set()
        for job_type, names in _names(requests).items():
            try:
                answer = backend.known_tools(job_type, sorted(names))
            except UnknownToolsError:
                unknown.add(job_type)
            except ClmError as error:
                self._refused[job_type] = error
            else:
                self._take(job_type, answer)
        return unknown

    async def learn(
        self,
        backend: Backend,
        requests: Iterable[JobRequest],
        jobs: Iterable[JobRequest],
        are_known: Callable[[Sequence[SubmittedJob]], bool],
    ) -> None:
        """Learns the tools where the jobs of these requests run.

        Workers elsewhere are asked only if there are `jobs` to run, as `are_known` says for some
        after the other; they may have other tools than those that are known.
        """
        unknown = self.recall(backend, requests)
        if unknown or ((self._tools or self._refused) and not self._all_known(jobs, are_known)):
            for known in (self.results, self._fingerprints, self._tools, self._refused):
                known.clear()
            await self.ask(backend, requests)

    def _all_known(
        self, jobs: Iterable[JobRequest], are_known: Callable[[Sequence[SubmittedJob]], bool]
    ) -> bool:
        try:
            waves = ([self.submittable(request) for request in wave] for wave in in_waves(jobs))
            return all(are_known(wave) for wave in waves)
        except ClmError:
            return False

    def _take(self, job_type: str, answer: Tools | None) -> None:
        if answer is not None:
            self._tools[job_type] = answer

    async def ask(self, backend: Backend, requests: Iterable[JobRequest]) -> None:
        """Asks the backend for the tools of these jobs, where it does not run them here."""
        names = _names(requests)
        asked = [backend.tools(job_type, sorted(found)) for job_type, found in names.items()]
        answers = await all_ended(asked)
        for job_type, answer in zip(names, answers, strict=True):
            if isinstance(answer, ClmError):
                self._refused[job_type] = answer
            elif isinstance(answer, Exception):
                raise answer
            else:
                self._take(job_type, answer)

    def announce(self, requests: Iterable[JobRequest]) -> None:
        """Registers the outputs of these requests as inputs for later ones."""
        for request in requests:
            self._outputs[request.id] = frozenset(output.name for output in request.outputs)

    def take_results(self, results: Mapping[str, StoredResult]) -> None:
        """Takes the results, by request id, of jobs that are not to be looked up."""
        self.results.update(results)
        for request_id, result in results.items():
            self._outputs[request_id] = frozenset(result.outputs)

    def check_inputs(self, request: JobRequest) -> None:
        """Checks that all jobs whose outputs it needs were announced.

        Raises:
            PayloadError: one was not, or has no such output."""
        for item in request.inputs:
            if not isinstance(item, JobInput):
                continue
            if item.output not in self._outputs.get(item.producer, ()):
                raise PayloadError(
                    f"it needs the output {item.output!r} of the job {item.producer!r}, "
                    f"which was not planned before it: {self._why_absent(item, request)}",
                    hint=PLUGIN_FAULT,
                )

    def _why_absent(self, item: JobInput, request: JobRequest) -> str:
        if item.producer == request.id:
            return "it is the job itself"
        producer = next((job for job in self.planned if job.id == item.producer), None)
        if producer is None:
            return "no job of the course has this id"
        if item.output not in {output.name for output in producer.outputs}:
            return f"its outputs are {listing([output.name for output in producer.outputs])}"
        made, used = (self.plugins.job_type(job.job_type) for job in (producer, request))
        return (
            f"its job type {made.name!r} ({self.plugins.plugin_of(made.name).label}) has "
            f"stage={made.stage}, which must be below stage={used.stage} of {used.name!r}; "
            f"set stage={used.stage - 1} in its JobType"
        )

    def submittable(self, request: JobRequest) -> SubmittedJob:
        """The job for a backend.

        Raises:
            PayloadError, UnknownJobTypeError, PluginError: its plugin made an invalid
                request, is missing or fails.
        """
        job_type = self.plugins.job_type(request.job_type)
        return SubmittedJob(
            request,
            dump_payload(job_type, request.payload, request.time_limit, request.environment),
            self._fingerprint(request),
            tuple(self._input(item) for item in request.inputs),
            self._correlation_ids.setdefault(request.id, uuid.uuid4().hex[:16]),
        )

    def faults(self, request: JobRequest, error: ClmError) -> tuple[Diagnostic, ...]:
        """The diagnostics of an error of `submittable`; a fault of the plugin names the plugin."""
        return labelled(error.diagnostics, self.plugins.plugin_of(request.job_type).label)

    def correlation_id(self, request_id: str) -> str:
        """The job's id in logs; empty for a job that was never prepared."""
        return self._correlation_ids.get(request_id, "")

    def known_inputs(self, job: SubmittedJob) -> list[ResolvedInput]:
        """The inputs whose digests are known now."""
        resolved = (self._resolved(item) for item in job.inputs)
        return [item for item in resolved if item is not None]

    def _fingerprint(self, request: JobRequest) -> str:
        asked = (request.job_type, request.environment)
        if asked not in self._fingerprints:
            tools = self._tools_of(request.job_type, request.environment)
            self._fingerprints[asked] = tools.fingerprint_for(request.environment)
        return self._fingerprints[asked]

    def _tools_of(self, job_type: str, names: Iterable[str]) -> Tools:
        if job_type in self._refused:
            raise self._refused[job_type]
        tools = self._tools.get(job_type) or tools_of(self.plugins, job_type)
        missing = [name for name in names if name not in tools.environment]
        if missing:
            found = environment_of(self.plugins, job_type, missing)
            tools = evolve(tools, environment={**tools.environment, **found})
        self._tools[job_type] = tools
        return tools

    def _input(self, item: Input) -> QueuedInput:
        if isinstance(item, FileInput):
            return ResolvedInput(item.name, item.digest, item.path)
        pending = PendingInput(item.name, item.producer, item.output)
        return self._resolved(pending) or pending

    def _resolved(self, item: QueuedInput) -> ResolvedInput | None:
        if isinstance(item, ResolvedInput):
            return item
        produced = self.results.get(item.producer)
        return ResolvedInput(item.name, produced.outputs[item.output]) if produced else None


def _names(requests: Iterable[JobRequest]) -> dict[str, set[str]]:
    """What the jobs of each type ask of their environment."""
    names: dict[str, set[str]] = {}
    for request in requests:
        names.setdefault(request.job_type, set()).update(request.environment)
    return names
