"""Session of a build: its jobs, its connection to the broker, and their ends."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence
from typing import Self

from aio_pika.abc import AbstractIncomingMessage
from attrs import define, field

from clm import ClmError, Diagnostic, Place
from clm.backends.api import (
    BackendContext,
    BuildStalledError,
    EndedJob,
    JobProgress,
    SubmittedJob,
    Tools,
)
from clm.backends.remote import (
    Limits,
    ResultsCache,
    StallDetector,
    failure_of,
    keep_within,
    tools_of,
)
from clm.stores.api import SharedContents
from clm_plugin_rabbitmq.bodies import Body, BodyError
from clm_plugin_rabbitmq.broker import Broker
from clm_plugin_rabbitmq.build.link import Link
from clm_plugin_rabbitmq.build.open_jobs import OpenJob, OpenJobs
from clm_plugin_rabbitmq.build.results import dead_end, failed_end, outputs_of, result_end
from clm_plugin_rabbitmq.build.tools import ask_tools, chosen
from clm_plugin_rabbitmq.messages import control, opened

log = logging.getLogger(__name__)

_LONGEST_WAIT = 1.0
_WARN_AFTER = 5.0


@define(eq=False)
class BuilderSession:
    """Publishes jobs, and reports how they end."""

    context: BackendContext
    broker: Broker
    cache: ResultsCache
    shared: SharedContents
    jobs: OpenJobs
    link: Link
    _refusing: set[str] = field(factory=set, init=False)
    _serving: set[str] = field(factory=set, init=False)
    _waits_since: float = field(factory=time.monotonic, init=False)
    _has_warned: bool = field(default=False, init=False)
    _has_results: bool = field(default=False, init=False)
    _tools: dict[str, Tools] = field(factory=dict, init=False)
    _has_no_workers: bool = field(default=False, init=False)

    @classmethod
    async def open(cls, context: BackendContext, broker: Broker, build_id: str) -> Self:
        """Connects to the broker.

        Raises:
            BrokerError: it cannot be reached.
        """
        connection = await broker.connect(f"build {build_id}")
        cache = ResultsCache(context.paths.cache_db)
        jobs = OpenJobs(build_id, cache, use_cache=context.use_cache)
        shared = SharedContents(context.plugins)
        link = Link(broker, build_id, jobs, cache, shared, use_cache=context.use_cache)
        link.start(connection)
        return cls(context, broker, cache, shared, jobs, link)

    async def ask_tools(self, job_type: str, names: Sequence[str]) -> Tools | None:
        """The tools that the workers have; None if there are no workers.

        Called while no job is submitted; in later builds of a session, the first answer counts.
        """
        known = self._tools.get(job_type)
        if known is not None and set(names) <= set(known.environment):
            return known
        if self.jobs or self._has_no_workers:
            return None
        answers = await ask_tools(self.link, job_type, names)
        self._has_no_workers = not answers
        found = chosen(answers, tools_of(self.context.plugins, job_type, names))
        if found is not None:
            self._tools[job_type] = found
        return found

    def add(self, jobs: Iterable[SubmittedJob]) -> None:
        """Submits the jobs, each of which follows the jobs that it needs."""
        self.jobs.add(jobs)
        self.link.publish_soon()

    def cancel(self, ids: Iterable[str]) -> None:
        """Cancels the jobs of these requests; their ends are not reported."""
        removed = [self.jobs.remove(request_id) for request_id in ids]
        self._end_elsewhere(job for job in removed if job is not None)

    async def wait_for_completion(self) -> None:
        """Waits until every job has ended and its end has been reported.

        Raises:
            BuildStalledError: there was no progress within the stall limit.
        """
        stall_detector = StallDetector(self.context.stall_limit)
        self._waits_since = time.monotonic()
        wait = min(self.context.poll_interval, _LONGEST_WAIT)
        while self.jobs:
            moved = await self._report_ends_here()
            moved |= await self._take_one(wait if self.jobs and not moved else 0.0)
            self._claim_again()
            if not moved:
                self._warn_without_workers()
            cpu_seconds = sum(job.cpu_seconds for job in self.jobs)
            if stall_detector.is_stalled(moved, cpu_seconds):
                raise self._stalled()

    async def close(self) -> None:
        """Cancels what still runs, and releases all resources."""
        self._end_elsewhere(list(self.jobs))
        await self.link.close()
        self.shared.close()
        if self._has_results:
            keep_within(self.cache, Limits.of().cache_size)
        self.cache.close()

    def _end_elsewhere(self, jobs: Iterable[OpenJob]) -> None:
        tokens = [job.token for job in jobs if job.is_published]
        if tokens:
            self.link.tell_workers(control("cancel", tokens=tokens))

    # -- what workers say -------------------------------------------------------------------------

    async def _report_ends_here(self) -> bool:
        moved = False
        while (end := self.jobs.next_ended_here()) is not None:
            moved = True
            self.link.publish_soon()
            await self.context.observer.job_ended(end)
        return moved

    async def _take_one(self, seconds: float) -> bool:
        """Takes the next message; whether there was one that is news of a job."""
        message = await self.link.next_message(seconds)
        if message is None:
            return False
        try:
            kind, body = opened(message)
            return await self._take(kind, body, message)
        except BodyError as error:
            return await self._take_nonsense(message, error)
        finally:
            await self.link.acknowledge(message)

    async def _take(self, kind: str, body: Body, message: AbstractIncomingMessage) -> bool:
        worker = str(body.header.get("worker", ""))
        if kind in ("serves", "refuses"):
            (self._serving if kind == "serves" else self._refusing).add(worker)
            return False
        job = self.jobs.by_token(str(body.header.get("token", "")))
        if job is None:
            if kind == "started":  # cancelled, or done by another worker
                self.link.tell_workers(
                    control("cancel", tokens=[str(body.header.get("token", ""))])
                )
            return False
        job.heard_at = time.monotonic()
        if kind == "job":
            await self._end(job, dead_end(message.headers, job))
        elif kind == "started":
            job.workers.add(worker)
            job.attempt = max(job.attempt, int(body.number("attempt")))
            self._serving.add(worker)
            self.context.observer.job_started(job.job.request)
        elif kind == "progress":
            is_known = body.header.get("fraction") is not None
            fraction = body.number("fraction") if is_known else None
            progress = JobProgress.of(fraction, str(body.header.get("text", "")))
            self.context.observer.job_progressed(job.job.request, progress)
        elif kind == "beat":
            job.cpu_seconds = body.number("cpu_seconds")
            return False
        elif kind == "held":
            job.held_by = worker
        elif kind == "failure":
            await self._end(job, failed_end(body, job))
        elif kind == "result":
            await self._take_result(body, job)
        return True

    async def _take_result(self, body: Body, job: OpenJob) -> None:
        try:
            outputs = await asyncio.to_thread(outputs_of, body, self.shared)
        except ClmError as error:
            diagnostics = failure_of(error, job.job.request.source).diagnostics
            self.jobs.fail_here(job, *diagnostics)
            return
        if self.jobs.by_token(job.token) is not job:
            return  # it was cancelled meanwhile
        use_cache = self.context.use_cache
        await self._end(job, result_end(body, outputs, job, self.cache, use_cache=use_cache))
        self._has_results = True

    async def _take_nonsense(self, message: AbstractIncomingMessage, error: BodyError) -> bool:
        log.error("a message from a worker: %s", error)
        try:
            job = self.jobs.by_token(str(opened(message)[1].header["token"]))
        except (BodyError, LookupError):
            return False
        if job is None:
            return False
        diagnostic = Diagnostic(
            f"the answer of its worker is unusable: {error}", place=Place(job.job.request.source)
        )
        self.jobs.fail_here(job, diagnostic)
        return True

    async def _end(self, job: OpenJob, ended: EndedJob) -> None:
        self.jobs.end(job, ended)
        if len(job.workers) > 1:
            self._end_elsewhere([job])
        self.link.publish_soon()
        await self.context.observer.job_ended(ended)

    # -- what is missing --------------------------------------------------------------------------

    def _claim_again(self) -> None:
        """Has held jobs run again whose workers are no longer heard."""
        now = time.monotonic()
        if not self.link.is_connected_since(now - self.context.lease_seconds):
            return
        for job in list(self.jobs):
            if job.held_by and now - job.heard_at > self.context.lease_seconds:
                log.warning("%s: its worker is no longer heard", job.job.request.source)
                job.attempt += 1
                self.jobs.publish_again(job)
                self.link.publish_soon()

    def _warn_without_workers(self) -> None:
        if self._has_warned or self._serving or time.monotonic() - self._waits_since < _WARN_AFTER:
            return
        self._has_warned = True
        log.warning("%s", self._without_workers())

    def _without_workers(self) -> str:
        text = f"no worker takes the jobs; start some with {self._start_command()}"
        if self._refusing:
            text += f"; these have other versions: {', '.join(sorted(self._refusing))}"
        return text

    def _start_command(self) -> str:
        return f"`clm workers start --broker {self.broker.url.scheme}://{self.broker.place}`"

    def _stalled(self) -> BuildStalledError:
        hint = "a converter hangs: see the logs of the workers"
        if not self.link.is_connected:
            hint = f"the broker at {self.broker.place} cannot be reached"
        elif not self._serving:
            hint = self._without_workers()
        return BuildStalledError(
            f"no progress for {self.context.stall_limit:g} seconds",
            hint=f"{hint}; to wait longer, raise --stall-limit",
        )
