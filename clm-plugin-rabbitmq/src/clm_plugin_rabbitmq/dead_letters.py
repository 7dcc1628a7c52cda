"""The jobs without attempts left, which the broker keeps for a week."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping

from aio_pika.abc import AbstractIncomingMessage

from clm.backends.remote import DeadJob
from clm_plugin_rabbitmq.broker import Broker
from clm_plugin_rabbitmq.topology import ANSWER_SECONDS, declare_dead_letters

_NO_ERROR = "its workers died before they could run it"


def dead_jobs(options: Mapping[str, str]) -> list[DeadJob]:
    """The dead jobs; they stay there.

    Raises:
        UsageError, BrokerError: no broker is given, or it cannot be reached.
    """

    async def read() -> list[DeadJob]:
        return [_job(message) async for message in _messages(broker)]

    broker = Broker.of(options.get("broker"))
    return asyncio.run(read())


def discard(options: Mapping[str, str], ids: Collection[str]) -> set[str]:
    """Removes the dead jobs with these ids; returns the ids that were there.

    Raises:
        UsageError, BrokerError: no broker is given, or it cannot be reached.
    """

    async def remove() -> set[str]:
        found = set()
        async for message in _messages(broker):
            if (message.message_id or "") in ids:
                await message.ack()
                found.add(message.message_id or "")
        return found

    broker = Broker.of(options.get("broker"))
    return asyncio.run(remove())


async def _messages(broker: Broker) -> AsyncIterator[AbstractIncomingMessage]:
    """The dead jobs; those that are not acknowledged are in their old places afterwards."""
    async with await broker.connect("dead jobs") as connection:
        queue = await declare_dead_letters(await connection.channel())
        while (message := await queue.get(fail=False, timeout=ANSWER_SECONDS)) is not None:
            yield message


def _job(message: AbstractIncomingMessage) -> DeadJob:
    headers = message.headers
    attempt = headers.get("attempt")
    return DeadJob(
        id=message.message_id or "",
        job_type=str(headers.get("job_type", "")),
        source=str(headers.get("source", "")),
        build_id=str(headers.get("build", "")),
        correlation_id=message.correlation_id or "",
        attempts=attempt if isinstance(attempt, int) else 0,
        error=str(headers.get("error", _NO_ERROR)),
        died_at=message.timestamp.timestamp() if message.timestamp else 0.0,
    )
