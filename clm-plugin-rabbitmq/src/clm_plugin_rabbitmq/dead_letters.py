"""The jobs without attempts left, which the broker keeps for a week."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

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
    return asyncio.run(_read(Broker.of(options.get("broker"))))


async def _read(broker: Broker) -> list[DeadJob]:
    async with await broker.connect("dead jobs") as connection:
        channel = await connection.channel()
        queue = await declare_dead_letters(channel)
        jobs = []
        # What is not acknowledged is in its old place once the channel is closed.
        while (message := await queue.get(fail=False, timeout=ANSWER_SECONDS)) is not None:
            jobs.append(_job(message))
        return jobs


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
