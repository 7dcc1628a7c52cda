"""The submitted jobs of a build that have not ended."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import count

from attrs import define, field

from clm import Diagnostic
from clm.backends.api import EndedJob, JobStatus, SubmittedJob, Work
from clm.backends.remote import PendingInput, ResolvedInput, ResolvedJob, ResultsCache


@define(eq=False, repr=False)
class OpenJob:
    """A submitted job.

    `token` names this submission. `resolved` is set once all its inputs are known. `workers` are
    those that have started it; `held_by` is the one that has returned its claim to the broker, and
    was last heard at `heard_at`.
    """

    job: SubmittedJob
    token: str
    resolved: ResolvedJob | None = None
    is_published: bool = False
    attempt: int = 1
    workers: set[str] = field(factory=set)
    held_by: str | None = None
    heard_at: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def id(self) -> str:
        return self.job.request.id

    @property
    def is_urgent(self) -> bool:
        return self.job.request.priority > 0


class OpenJobs:
    """Keeps jobs until their inputs are known, then until they are published, then until they end.

    What is found in the cache, or cannot run, ends here: `next_ended_here` gives these ends.
    """

    def __init__(self, build_id: str, cache: ResultsCache, *, use_cache: bool) -> None:
        self._build_id = build_id
        self._cache = cache
        self._use_cache = use_cache
        self._numbers = count(1)
        self._open: dict[str, OpenJob] = {}  # by request id
        self._by_token: dict[str, OpenJob] = {}
        self._waiting: list[OpenJob] = []
        self._ready: list[tuple[int, int, OpenJob]] = []
        self._ended: dict[str, EndedJob] = {}
        self._ended_here: deque[EndedJob] = deque()
        self.published = 0

    def __bool__(self) -> bool:
        return bool(self._open) or bool(self._ended_here)

    def __iter__(self) -> Iterator[OpenJob]:
        return iter(self._open.values())

    def by_token(self, token: str) -> OpenJob | None:
        """The job of a submission that has not ended."""
        return self._by_token.get(token)

    def add(self, jobs: Iterable[SubmittedJob]) -> None:
        """Adds jobs, each after those that it needs."""
        for job in jobs:
            added = OpenJob(job, f"{self._build_id}-{next(self._numbers)}")
            self._open[added.id] = added
            self._by_token[added.token] = added
            self._waiting.append(added)
        self._release()

    def remove(self, request_id: str) -> OpenJob | None:
        """Removes a job that was cancelled; None if it has ended."""
        removed = self._forget(request_id)
        if removed is not None:
            self._waiting = [job for job in self._waiting if job is not removed]
        return removed

    def end(self, job: OpenJob, ended: EndedJob) -> None:
        """Notes how a job has ended, so that those which need it can run."""
        self._forget(job.id)
        self._ended[job.id] = ended
        self._release()

    def next_ended_here(self) -> EndedJob | None:
        """The next end of a job that no worker had to run, each once."""
        return self._ended_here.popleft() if self._ended_here else None

    def fail_here(self, job: OpenJob, *diagnostics: Diagnostic) -> None:
        """Ends a job that cannot be sent to a worker."""
        self._end_here(job, EndedJob(job.job.request, JobStatus.FAILED, None, diagnostics, Work()))
        self._release()

    def next_to_publish(self) -> OpenJob | None:
        """The next job for the workers, the most urgent first."""
        while self._ready:
            job = heapq.heappop(self._ready)[2]
            if self._by_token.get(job.token) is job and not job.is_published:
                return job
        return None

    def mark_published(self, job: OpenJob) -> None:
        """Notes that the broker has confirmed the job."""
        if not job.is_published and self._by_token.get(job.token) is job:
            job.is_published = True
            self.published += 1

    def publish_again(self, job: OpenJob) -> None:
        """Has a job published once more."""
        if job.is_published:
            job.is_published = False
            self.published -= 1
        job.held_by = None
        self._put(job)

    def _put(self, job: OpenJob) -> None:
        heapq.heappush(self._ready, (-job.job.request.priority, next(self._numbers), job))

    def _forget(self, request_id: str) -> OpenJob | None:
        job = self._open.pop(request_id, None)
        if job is not None:
            del self._by_token[job.token]
            self.published -= job.is_published
        return job

    def _release(self) -> None:
        """Resolves the jobs whose producers have ended."""
        while True:
            ready = [job for job in self._waiting if self._is_ready(job)]
            if not ready:
                return
            self._waiting = [job for job in self._waiting if job not in ready]
            for job in ready:
                self._resolve(job)

    def _is_ready(self, job: OpenJob) -> bool:
        return job.job.request.producers.isdisjoint(self._open)

    def _resolve(self, job: OpenJob) -> None:
        inputs: list[ResolvedInput] = []
        for item in job.job.inputs:
            if isinstance(item, PendingInput):
                produced = self._ended[item.producer].result
                if produced is None:
                    message = f"not run: it needs {item.producer}, which failed"
                    failed = Diagnostic(message, hint="fix that first")
                    end = EndedJob(job.job.request, JobStatus.FAILED, None, (failed,), Work())
                    self._end_here(job, end)
                    return
                item = ResolvedInput(item.name, produced.outputs[item.output])
            inputs.append(item)
        job.resolved = job.job.resolved(tuple(inputs))
        stored = self._cache.check_cache(job.resolved.key) if self._use_cache else None
        if stored is None:
            self._put(job)
            return
        self._cache.mark_used(stored.key)
        self._end_here(job, EndedJob(job.job.request, JobStatus.COMPLETED, stored, (), Work()))

    def _end_here(self, job: OpenJob, ended: EndedJob) -> None:
        self._forget(job.id)
        self._ended[job.id] = ended
        self._ended_here.append(ended)
