"""The workers of a machine, over one connection that is renewed when it is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import PublishError
from attrs import define, field

from clm import ClmError
from clm.backends.remote import Tools
from clm_plugin_rabbitmq.bodies import Body, BodyError
from clm_plugin_rabbitmq.broker import LOST, Broker, BrokerError
from clm_plugin_rabbitmq.host.slot import Slot
from clm_plugin_rabbitmq.messages import opened, reply
from clm_plugin_rabbitmq.tasks import until_closed, until_first
from clm_plugin_rabbitmq.topology import declare_control, declare_job_queues

log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0  # seconds between attempts to connect again
_KEPT_TOKENS = 10_000
_STOP_SECONDS = 1.0  # for slots without a job


class Dropped:
    """The tokens of the jobs that were cancelled last."""

    def __init__(self) -> None:
        self._tokens: dict[str, None] = {}

    def add(self, tokens: Iterable[str]) -> None:
        self._tokens |= dict.fromkeys(tokens)
        while len(self._tokens) > _KEPT_TOKENS:
            del self._tokens[next(iter(self._tokens))]

    def __contains__(self, token: object) -> bool:
        return token in self._tokens

    def __iter__(self) -> Iterator[str]:
        return iter(self._tokens)

    def __len__(self) -> int:
        return len(self._tokens)


@define(eq=False)
class WorkerHost:
    """Serves `fingerprints`, by job type, with the slots; `tools` are those on this machine."""

    broker: Broker
    name: str
    fingerprints: Mapping[str, str]
    slots: tuple[Slot, ...]
    dropped: Dropped
    tools: Callable[[str, Sequence[str]], Tools]
    _stopping: asyncio.Event = field(factory=asyncio.Event, init=False)

    async def run(self) -> None:
        """Serve until stopped; a lost connection is made again.

        Raises:
            BrokerError: the broker cannot be reached at the start.
        """
        connection = await self.broker.connect(f"workers {self.name}")
        log.info("connected to the broker at %s", self.broker.place)
        while True:
            try:
                await until_first(self._serve(connection), until_closed(connection))
                return
            except LOST as error:
                log.warning("connection to the broker lost: %s", str(error) or type(error).__name__)
            finally:
                await _close(connection)
            again = await self._connect_again()
            if again is None:
                return
            connection = again
            log.info("connected to the broker at %s again", self.broker.place)

    def stop(self) -> None:
        """End the slots; they give back the jobs that do not end soon."""
        self._stopping.set()
        for slot in self.slots:
            slot.stop()

    async def _serve(self, connection: AbstractConnection) -> None:
        channel = await connection.channel()
        for job_type, fingerprint in self.fingerprints.items():
            await declare_job_queues(channel, job_type, fingerprint)
        await channel.close()
        control = asyncio.create_task(self._listen(connection))
        slots = [asyncio.create_task(slot.serve(connection)) for slot in self.slots]
        try:
            await control
            await self._until_ended(slots)
        finally:
            for task in (control, *slots):
                task.cancel()
            await asyncio.gather(control, *slots, return_exceptions=True)

    async def _until_ended(self, slots: list[asyncio.Task[None]]) -> None:
        """Wait for the slots, which end when they are stopped."""
        ends: asyncio.Future[Any] = asyncio.gather(*slots)
        stopping = asyncio.create_task(self._stopping.wait())
        waits: list[asyncio.Future[Any]] = [ends, stopping]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not ends.done():
            await asyncio.wait(slots, timeout=_STOP_SECONDS)
            for slot, task in zip(self.slots, slots, strict=True):
                if slot.running is None:
                    task.cancel()  # the broker does not answer
            await asyncio.wait(slots)
        if not self._stopping.is_set():
            ends.result()
        await asyncio.gather(ends, return_exceptions=True)

    async def _connect_again(self) -> AbstractConnection | None:
        """Another connection; None if the workers were stopped."""
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            try:
                return await self.broker.connect(f"workers {self.name}")
            except BrokerError as error:
                log.warning("%s", error.message)
        return None

    # -- messages to all workers ------------------------------------------------------------------

    async def _listen(self, connection: AbstractConnection) -> None:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        queue = await channel.declare_queue(exclusive=True, auto_delete=True)
        await queue.bind(await declare_control(channel))

        async def take(message: AbstractIncomingMessage) -> None:
            try:
                kind, body = opened(message)
                if kind == "cancel":
                    self._cancel(frozenset(map(str, body.header["tokens"])))
                elif kind == "tools":
                    await self._say_tools(channel, body)
                elif kind == "who":
                    for text, worker in self._answers(body):
                        answer = reply(text, "", worker, **body.header)
                        await channel.default_exchange.publish(answer, str(body.header["reply_to"]))
            except (BodyError, LookupError, TypeError) as error:
                log.error("a message to all workers: %s", error)
            except PublishError:
                pass  # the build is gone

        await queue.consume(take, no_ack=True)

    def _cancel(self, tokens: frozenset[str]) -> None:
        self.dropped.add(tokens)
        for slot in self.slots:
            if slot.running is not None and slot.running.job.token in tokens:
                slot.running.cancel()

    async def _say_tools(self, channel: AbstractChannel, body: Body) -> None:
        job_type, names = str(body.header["job_type"]), list(map(str, body.header["names"]))
        if job_type not in self.fingerprints:
            return
        try:
            tools = await asyncio.to_thread(self.tools, job_type, names)
        except ClmError as error:
            log.error("%s", error)
            return
        answer = reply(
            "tools",
            str(body.header["question"]),
            self.name,
            fingerprint=tools.fingerprint,
            environment=dict(tools.environment),
            payload_version=tools.payload_version,
        )
        await channel.default_exchange.publish(answer, str(body.header["reply_to"]))

    def _answers(self, body: Body) -> list[tuple[str, str]]:
        own = self.fingerprints.get(str(body.header["job_type"]))
        if own is None:
            return []
        if own == body.header["fingerprint"]:
            return [("serves", self.name)]
        return [("refuses", f"{self.name} ({own})")]


async def _close(connection: AbstractConnection) -> None:
    try:
        await asyncio.wait_for(connection.close(), 2.0)
    except LOST:
        return  # it was lost
