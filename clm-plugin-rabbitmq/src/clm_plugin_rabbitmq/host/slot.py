"""A slot: takes one job after the other from the broker, and has an engine run it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from aio_pika import Message
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import PublishError
from attrs import define, evolve, field, frozen

from clm import Diagnostic, Place
from clm.backends.remote import (
    Failure,
    HangDetector,
    ResolvedJob,
    StoredResult,
    dump_diagnostics,
    tools_in,
)
from clm_plugin_rabbitmq.bodies import BodyError
from clm_plugin_rabbitmq.host.engine import Engine, Outcome
from clm_plugin_rabbitmq.host.running import Running
from clm_plugin_rabbitmq.messages import JobMessage, reply
from clm_plugin_rabbitmq.topology import ANSWER_SECONDS, JobQueues, declare_dead, job_queues

log = logging.getLogger(__name__)

_PROGRESS_PAUSE = 0.1


@frozen
class SlotSettings:
    """Times in seconds.

    A running job is reported every `beat`. After `hold` its claim is returned to the broker, which
    would take it away for good, and kept by beats. An engine is ended after `idle`, `hung` (0:
    never) without CPU time, `job_limit` (0: never) in a job without a limit of its own, and
    `grace` after its job was cancelled.
    """

    beat: float = 5.0
    hold: float = 600.0
    idle: float = 60.0
    hung: float = 120.0
    grace: float = 5.0
    job_limit: float = 0.0


@define(eq=False)
class Slot:
    """One of the workers of a machine; `worker_id` is its name in reports.

    `dropped` are the tokens of cancelled jobs, of all slots. It runs in the loop that made it.
    """

    job_type: str
    fingerprint: str
    worker_id: str
    engine: Engine
    settings: SlotSettings
    dropped: Collection[str]
    keeps_engine: bool = False
    running: Running | None = field(default=None, init=False)
    _stopping: asyncio.Event = field(factory=asyncio.Event, init=False)
    _inbox: asyncio.Queue[AbstractIncomingMessage] = field(init=False)

    def stop(self) -> None:
        """Take no more jobs; `serve` returns once the current one has ended."""
        self._stopping.set()

    async def serve(self, connection: AbstractConnection) -> None:
        """Take and run jobs until the slot is stopped.

        Raises:
            LOST: the connection is lost; a running job goes on, and the next call ends it.
        """
        self._inbox = asyncio.Queue()
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.set_qos(prefetch_count=1)
        queues = await job_queues(channel, self.job_type, self.fingerprint)
        if self.running is not None:
            self.running.claim = None
            await self._finish(channel, self.running)
        while not self._stopping.is_set():
            message = await self._take(queues)
            if message is not None:
                await self._accept(channel, message)
        while not self._inbox.empty():
            await _hand_back(channel, self._inbox.get_nowait())
        await channel.close()

    # -- taking -----------------------------------------------------------------------------------

    async def _take(self, queues: JobQueues) -> AbstractIncomingMessage | None:
        """The next message, an urgent one first; None if there is none for now."""
        if not self._inbox.empty():
            return self._inbox.get_nowait()
        for queue in (queues.urgent, queues.other):
            message = await queue.get(fail=False, timeout=ANSWER_SECONDS)
            if message is not None:
                return message
        return await self._first_delivery(queues)

    async def _first_delivery(self, queues: JobQueues) -> AbstractIncomingMessage | None:
        """Wait for a message in any of the queues, with a consumer on each."""
        consumers = [
            (queue, await queue.consume(self._inbox.put, timeout=ANSWER_SECONDS))
            for queue in (queues.urgent, queues.other)
        ]
        arrived = asyncio.create_task(self._inbox.get())
        waits: list[asyncio.Task[Any]] = [arrived, asyncio.create_task(self._stopping.wait())]
        try:
            seconds = None if self.keeps_engine else self.settings.idle
            done, _ = await asyncio.wait(
                waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                await self.engine.stop_process()
                done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        for queue, tag in consumers:
            await queue.cancel(tag, timeout=ANSWER_SECONDS)
        return arrived.result() if arrived in done else None

    async def _accept(self, channel: AbstractChannel, message: AbstractIncomingMessage) -> None:
        """Run the job of a message, and give other ones that came meanwhile to other workers."""
        while not self._inbox.empty():
            await _hand_back(channel, self._inbox.get_nowait())
        try:
            job = JobMessage.decoded(message)
        except BodyError as error:
            log.error("%s", error)
            await message.reject(requeue=False)  # to the dead letters
            return
        if job.token in self.dropped:
            await message.ack()
            return
        running = Running(job, message.routing_key or "", message, asyncio.get_running_loop())
        refusal = self._refusal(job)
        if refusal is not None:
            await self._end(channel, running, Outcome(refusal))
            return
        # Before it is run: nobody may wait for it any longer.
        await self._tell(channel, running, "started", attempt=job.attempt)
        if running.cancelled.is_set():
            await running.acknowledge()
            return
        running.hangs = hangs = HangDetector(self.settings.hung, 3 * self.settings.beat)
        own = job.job.time_limit
        hangs.begin(self.settings.job_limit if own is None else own)
        running.outcome = self.engine.start(job, running.cancelled, running.progress, hangs.waiting)
        self.running = running
        await self._finish(channel, running)

    def _refusal(self, job: JobMessage) -> Failure | None:
        if tools_in(job.job.fingerprint) != self.fingerprint:
            message = (
                f"the worker {self.worker_id} has other versions: it has {self.fingerprint}, "
                f"but the job needs {job.job.fingerprint}"
            )
            hint = "install the same versions on both sides"
        elif job.attempt > job.max_attempts:
            message = f"{job.max_attempts} workers died while they ran this job"
            hint = "it needs too much memory, or crashes its tools; see the logs of the workers"
        else:
            return None
        diagnostic = Diagnostic(message, place=Place(job.job.source), hint=hint)
        return Failure((diagnostic,), is_transient=job.attempt > job.max_attempts)

    # -- running ----------------------------------------------------------------------------------

    async def _finish(self, channel: AbstractChannel, running: Running) -> None:
        """Report a running job until it ends, then its end."""
        reports = asyncio.create_task(self._report(channel, running))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            ends: set[asyncio.Future[Any]] = {running.outcome, reports, stopping}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if reports.done():
                reports.result()  # the connection is lost
            if not running.outcome.done():
                await self._return(running)
        finally:
            reports.cancel()
            stopping.cancel()
            with suppress(asyncio.CancelledError):
                await reports
        await self._end(channel, running, running.outcome.result())
        self.running = None

    async def _return(self, running: Running) -> None:
        """Give a job up that does not end before this machine stops serving."""
        await asyncio.wait({running.outcome}, timeout=self.settings.grace)
        if not running.outcome.done():
            running.is_returned = True
            running.cancel()
            self.engine.give_up("this machine stops serving")
            await asyncio.wait({running.outcome})

    async def _report(self, channel: AbstractChannel, running: Running) -> None:
        """Report progress and beats to the build, until cancelled."""
        next_beat = time.monotonic() + self.settings.beat
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(running.changed.wait(), next_beat - time.monotonic())
            running.changed.clear()
            progress = running.take_progress()
            if progress is not None:
                share, text = progress.fraction, progress.text
                await self._tell(channel, running, "progress", fraction=share, text=text)
                await asyncio.sleep(_PROGRESS_PAUSE)
            if time.monotonic() >= next_beat:
                next_beat = time.monotonic() + self.settings.beat
                await self._beat(channel, running)

    async def _beat(self, channel: AbstractChannel, running: Running) -> None:
        cpu_seconds = self.engine.cpu_seconds
        await self._tell(channel, running, "beat", cpu_seconds=cpu_seconds)
        now = time.monotonic()
        if running.claim is not None and now - running.began > self.settings.hold:
            await self._tell(channel, running, "held", durable=True)
            await running.acknowledge()
        if running.cancelled_at is not None and now - running.cancelled_at > self.settings.grace:
            self.engine.give_up("its job was cancelled")
        elif running.hangs is None:
            return
        elif running.hangs.is_hung(cpu_seconds):
            self.engine.give_up(
                f"the {self.job_type!r} job hung: it and the tools it started were idle for "
                f"{self.settings.hung:g} seconds"
            )
        elif running.hangs.is_overdue:
            running.failure = _overdue(running.job.job, running.hangs.time_limit)
            self.engine.give_up("its job has exceeded its time limit")

    async def _tell(
        self,
        channel: AbstractChannel,
        running: Running,
        kind: str,
        *,
        durable: bool = False,
        **fields: Any,
    ) -> None:
        """Send a report; if its build is gone, cancel the job."""
        job = running.job
        message = reply(
            kind,
            job.token,
            self.worker_id,
            durable=durable,
            correlation_id=job.job.correlation_id,
            **fields,
        )
        try:
            await channel.default_exchange.publish(message, job.reply_to)
        except PublishError:
            running.cancel()

    # -- ending -----------------------------------------------------------------------------------

    async def _end(self, channel: AbstractChannel, running: Running, outcome: Outcome) -> None:
        """Send the end of a job to its build, or the job to another worker; then release it."""
        if running.failure is not None and isinstance(outcome.result, Failure):
            outcome = evolve(outcome, result=running.failure)
        job, result = running.job, outcome.result
        if running.is_returned:
            await channel.default_exchange.publish(job.encoded(), running.queue)
        elif running.cancelled.is_set():
            pass  # nobody waits for it
        elif isinstance(result, Failure) and result.is_transient:
            await self._try_again(channel, running, outcome, result)
        else:
            await self._send(channel, job, self._ended(job, outcome))
        await running.acknowledge()

    async def _try_again(
        self, channel: AbstractChannel, running: Running, outcome: Outcome, failure: Failure
    ) -> None:
        job = running.job
        if job.attempt < job.max_attempts:
            log.warning("%s: attempt %d failed", job.job.source, job.attempt)
            await channel.default_exchange.publish(job.next_attempt().encoded(), running.queue)
            return
        await self._send(channel, job, self._ended(job, outcome))
        dead = await declare_dead(channel)
        await dead.publish(job.dead(str(failure.diagnostics[0])), "")

    async def _send(self, channel: AbstractChannel, job: JobMessage, message: Message) -> None:
        try:
            await channel.default_exchange.publish(message, job.reply_to)
        except PublishError:
            log.warning("%s: the build %s is gone", job.job.source, job.build_id)

    def _ended(self, job: JobMessage, outcome: Outcome) -> Message:
        result = outcome.result
        fields = {
            "diagnostics": dump_diagnostics(result.diagnostics),
            "seconds": outcome.seconds,
            "started": outcome.started,
        }
        if isinstance(result, StoredResult):
            fields |= {
                "metadata": dict(result.metadata),
                "digests": dict(result.outputs),
                "stored": dict(outcome.stored),
            }
        return reply(
            "result" if isinstance(result, StoredResult) else "failure",
            job.token,
            self.worker_id,
            parts=outcome.outputs if isinstance(result, StoredResult) else {},
            correlation_id=job.job.correlation_id,
            durable=True,
            **fields,
        )


def _overdue(job: ResolvedJob, limit: float) -> Failure:
    """The failure of a job that is not tried again, since it would take as long."""
    message = f"the {job.job_type!r} job took longer than {limit:g} seconds, so it was ended"
    hint = (
        "if it may take that long, raise the limit: CLM_JOB_LIMIT of the workers, or in the plugin "
        "(`time_limit` of its request)"
    )
    return Failure((Diagnostic(message, place=Place(job.source), hint=hint),))


async def _hand_back(channel: AbstractChannel, message: AbstractIncomingMessage) -> None:
    """Give a message to another worker, without counting as an attempt."""
    try:
        copy = JobMessage.decoded(message).encoded()
    except BodyError:
        await message.reject(requeue=False)
        return
    await channel.default_exchange.publish(copy, message.routing_key or "")
    await message.ack()
