"""The connection of a build to the broker, which is renewed when it is lost."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from aio_pika import Message
from aio_pika.abc import (
    AbstractChannel,
    AbstractConnection,
    AbstractExchange,
    AbstractIncomingMessage,
    AbstractQueue,
)
from aio_pika.exceptions import ChannelNotFoundEntity, PublishError
from attrs import define, field

from clm import ClmError
from clm.backends.remote import ResultsCache, failure_of, input_content, tools_in
from clm.stores.api import SharedContents
from clm_plugin_rabbitmq.broker import LOST, Broker, BrokerError
from clm_plugin_rabbitmq.build.open_jobs import OpenJob, OpenJobs
from clm_plugin_rabbitmq.large_parts import put_large
from clm_plugin_rabbitmq.messages import JobMessage, control
from clm_plugin_rabbitmq.tasks import until_closed, until_first
from clm_plugin_rabbitmq.topology import (
    declare_control,
    declare_job_queues,
    declare_replies,
    queue_name,
    replies_name,
)

log = logging.getLogger(__name__)

_PREFETCH = 16  # answers, of at most 8 MB each
_WINDOW = 1000  # published jobs that have not ended
_AT_ONCE = 32  # jobs that are published together
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
_CLOSE_SECONDS = 2.0
_CONFIRM_SECONDS = 30.0  # of a batch


@define(eq=False)
class Link:
    """Publishes the ready ones of `jobs`, and receives messages from workers."""

    broker: Broker
    build_id: str
    jobs: OpenJobs
    cache: ResultsCache
    shared: SharedContents
    use_cache: bool
    _connected_at: float | None = field(default=None, init=False)
    _connected_before: bool = field(default=False, init=False)
    _generation: int = field(default=1, init=False)
    _wake: asyncio.Event = field(factory=asyncio.Event, init=False)
    _received: deque[AbstractIncomingMessage] = field(factory=deque, init=False)
    _arrived: asyncio.Event = field(factory=asyncio.Event, init=False)
    _notices: deque[Message] = field(factory=deque, init=False)
    _questions: deque[Callable[[str], Message]] = field(factory=deque, init=False)
    _task: asyncio.Task[None] | None = field(default=None, init=False)
    _closing: bool = field(default=False, init=False)

    def start(self, connection: AbstractConnection) -> None:
        """Begins to publish and to receive, in a task of its own."""
        self._task = asyncio.create_task(self._run(connection))

    @property
    def is_connected(self) -> bool:
        return self._connected_at is not None

    def is_connected_since(self, moment: float) -> bool:
        """Whether it has been connected all the time since then, on the monotonic clock."""
        return self._connected_at is not None and self._connected_at <= moment

    def publish_soon(self) -> None:
        """Publishes the jobs that are ready."""
        self._wake.set()

    def tell_workers(self, message: Message) -> None:
        """Sends a message to all workers, as far as they are connected."""
        self._notices.append(message)
        self._wake.set()

    def ask_workers(self, question: Callable[[str], Message]) -> None:
        """Sends a question to all workers; it is given the queue for the answers."""
        self._questions.append(question)
        self._wake.set()

    async def next_message(self, seconds: float) -> AbstractIncomingMessage | None:
        """The next message from a worker; None if there is none within `seconds`.

        Raises:
            ClmError: the link has failed for good.
        """
        if not self._received and seconds:
            self._arrived.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), seconds)
        if self._task is not None and self._task.done():
            self._task.result()
        return self._received.popleft() if self._received else None

    async def acknowledge(self, message: AbstractIncomingMessage) -> None:
        """Releases a message at the broker."""
        with suppress(*LOST):  # it is sent again, and then is no news
            await message.ack()

    async def close(self) -> None:
        """Sends what is left to say, removes the build's queue and closes the connection."""
        self._closing = True
        self._wake.set()
        task, self._task = self._task, None
        if task is None:
            return
        await asyncio.wait({task}, timeout=_CLOSE_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    # -- the connection ---------------------------------------------------------------------------

    async def _run(self, connection: AbstractConnection) -> None:
        while True:
            try:
                await until_first(self._serve(connection), until_closed(connection))
                return
            except LOST as error:
                if self._closing:
                    return
                log.warning("connection to the broker lost: %s", str(error) or type(error).__name__)
            finally:
                self._connected_at = None
                self._arrived.set()
                await _close(connection)
            connection = await self._connect_again()
            log.warning("connected to the broker at %s again", self.broker.place)

    async def _connect_again(self) -> AbstractConnection:
        pause = _FIRST_PAUSE
        while True:
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            with suppress(BrokerError):
                return await self.broker.connect(f"build {self.build_id}")

    async def _serve(self, connection: AbstractConnection) -> None:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.set_qos(prefetch_count=_PREFETCH)
        replies = await self._replies(connection, channel)
        self._received.clear()  # the broker sends them again
        await replies.consume(self._receive)
        self._connected_at = time.monotonic()
        publisher = _Publisher(self, channel, await declare_control(channel), replies.name)
        self._wake.set()
        while not self._closing:
            await self._wake.wait()
            self._wake.clear()
            await publisher.publish()
        await publisher.publish_notices()
        await replies.delete(if_unused=False, if_empty=False)

    async def _replies(
        self, connection: AbstractConnection, channel: AbstractChannel
    ) -> AbstractQueue:
        """The build's queue; if the broker has lost it, another one, for all jobs again."""
        name = replies_name(self.build_id, self._generation)
        if self._connected_before and not await _exists(connection, name):
            self._generation += 1
            name = replies_name(self.build_id, self._generation)
            for job in list(self.jobs):
                if job.is_published:
                    self.jobs.publish_again(job)
        self._connected_before = True
        return await declare_replies(channel, name, self.build_id)

    async def _receive(self, message: AbstractIncomingMessage) -> None:
        self._received.append(message)
        self._arrived.set()


@define(eq=False)
class _Publisher:
    """Publishes over one connection."""

    link: Link
    channel: AbstractChannel
    control: AbstractExchange
    reply_to: str
    _declared: set[tuple[str, str]] = field(factory=set, init=False)

    async def publish(self) -> None:
        """Publishes all that is ready, up to the limit of published jobs."""
        await self.publish_notices()
        jobs = self.link.jobs
        while jobs.published < _WINDOW:
            batch: list[OpenJob] = []
            while len(batch) < _AT_ONCE and (job := jobs.next_to_publish()) is not None:
                batch.append(job)
            if not batch:
                return
            try:
                await self._publish_all(batch)
            except BaseException:
                for job in batch:
                    if not job.is_published and jobs.by_token(job.token) is job:
                        jobs.publish_again(job)
                raise

    async def publish_notices(self) -> None:
        while self.link._questions:
            self.link._notices.append(self.link._questions.popleft()(self.reply_to))
        while self.link._notices:
            notice = self.link._notices[0]
            with suppress(PublishError):  # there are no workers
                await self.control.publish(notice, "")
            self.link._notices.popleft()

    async def _publish_all(self, batch: list[OpenJob]) -> None:
        for job in batch:
            await self._declare(job.job.request.job_type, tools_in(job.job.fingerprint))
        ends = await asyncio.gather(*map(self._publish, batch), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end

    async def _declare(self, job_type: str, fingerprint: str) -> None:
        if (job_type, fingerprint) in self._declared:
            return
        await declare_job_queues(self.channel, job_type, fingerprint)
        self._declared.add((job_type, fingerprint))
        question = control(
            "who", job_type=job_type, fingerprint=fingerprint, reply_to=self.reply_to
        )
        with suppress(PublishError):  # there are no workers
            await self.control.publish(question, "")

    async def _publish(self, job: OpenJob) -> None:
        message = await self._message(job)
        if message is None:
            self.link._arrived.set()
            return
        request = job.job.request
        name = queue_name(request.job_type, tools_in(job.job.fingerprint), urgent=job.is_urgent)
        await self.channel.default_exchange.publish(message, name, timeout=_CONFIRM_SECONDS)
        self.link.jobs.mark_published(job)

    async def _message(self, job: OpenJob) -> Message | None:
        """The message of a job; None if it cannot be made, and the job has failed."""
        assert job.resolved is not None  # it is ready
        source = job.job.request.source
        try:
            inputs = {
                item.digest: input_content(item, self.link.cache) for item in job.resolved.inputs
            }
            digests = {digest: digest for digest in inputs}
            kept, stored = await asyncio.to_thread(
                put_large, inputs, digests, self.link.shared, "its inputs"
            )
        except (ClmError, OSError, KeyError) as error:
            self.link.jobs.fail_here(job, *failure_of(error, source).diagnostics)
            return None
        return JobMessage(
            job.token,
            self.link.build_id,
            self.reply_to,
            job.resolved,
            kept,
            job.attempt,
            job.job.request.max_attempts,
            self.link.use_cache,
            stored,
        ).encoded()


async def _exists(connection: AbstractConnection, name: str) -> bool:
    channel = await connection.channel()
    try:
        await channel.declare_queue(name, passive=True)
    except ChannelNotFoundEntity:
        return False
    await channel.close()
    return True


async def _close(connection: AbstractConnection) -> None:
    with suppress(*LOST):
        await asyncio.wait_for(connection.close(), _CLOSE_SECONDS)
