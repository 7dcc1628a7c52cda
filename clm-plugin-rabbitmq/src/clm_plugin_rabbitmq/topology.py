"""Queues and exchanges on the broker.

clm.<job type>.<digest of the fingerprint>.urgent, .other
                    jobs that wait for a worker
clm.build.<id>.<n>  what workers tell a build: starts, progress, results
clm.control         to all workers: cancellations and questions (fanout)
clm.dead            jobs without attempts left (headers); to the queue clm.dead-letters, and to
                    their builds
"""

from __future__ import annotations

from typing import Any

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractQueue
from attrs import frozen

from clm.backends.remote import digest_bytes

ANSWER_SECONDS = 8.0
"""After so long without an answer of the broker the connection counts as lost.

A broker that has just started may keep a request for a queue whose leader it does not know yet for
a minute, while it would answer another one at once.
"""

_CONTROL = "clm.control"
_DEAD = "clm.dead"
DEAD_LETTERS = "clm.dead-letters"

_DAY = 24 * 3600 * 1000  # in milliseconds, as the broker counts
# Workers count attempts themselves. This is for a job whose workers die before they can.
_DELIVERY_LIMIT = 20
_DEAD_BYTES = 256 * 10**6
_REPLIES_EXPIRE = 60_000


@frozen
class JobQueues:
    """The two queues of the jobs of one type and fingerprint."""

    urgent: AbstractQueue
    other: AbstractQueue


def queue_name(job_type: str, fingerprint: str, *, urgent: bool) -> str:
    """The name of a queue for jobs."""
    digest = digest_bytes(fingerprint.encode())[:16]
    return f"clm.{job_type}.{digest}.{'urgent' if urgent else 'other'}"


async def declare_job_queues(channel: AbstractChannel, job_type: str, fingerprint: str) -> None:
    """Creates the queues for jobs if necessary."""
    await declare_dead(channel)
    for urgent in (True, False):
        arguments: dict[str, Any] = {
            "x-queue-type": "quorum",
            "x-dead-letter-exchange": _DEAD,
            "x-delivery-limit": _DELIVERY_LIMIT,
            "x-expires": 7 * _DAY,
        }
        name = queue_name(job_type, fingerprint, urgent=urgent)
        await channel.declare_queue(name, durable=True, arguments=arguments, timeout=ANSWER_SECONDS)


async def job_queues(channel: AbstractChannel, job_type: str, fingerprint: str) -> JobQueues:
    """The queues for jobs, which exist."""
    names = [queue_name(job_type, fingerprint, urgent=urgent) for urgent in (True, False)]
    return JobQueues(*[await channel.get_queue(name, ensure=False) for name in names])


async def declare_control(channel: AbstractChannel) -> AbstractExchange:
    """The exchange that reaches all workers."""
    return await channel.declare_exchange(_CONTROL, ExchangeType.FANOUT, durable=True)


async def declare_dead(channel: AbstractChannel) -> AbstractExchange:
    """The exchange for jobs without attempts left, with its queue."""
    exchange = await channel.declare_exchange(_DEAD, ExchangeType.HEADERS, durable=True)
    queue = await declare_dead_letters(channel)
    await queue.bind(exchange, arguments={"x-match": "all"})
    return exchange


async def declare_dead_letters(channel: AbstractChannel) -> AbstractQueue:
    """The queue of jobs without attempts left.

    It is not a quorum queue, since reading one without consuming it counts as failed deliveries.
    """
    arguments: dict[str, Any] = {
        "x-message-ttl": 7 * _DAY,
        "x-max-length-bytes": _DEAD_BYTES,
    }
    return await channel.declare_queue(DEAD_LETTERS, durable=True, arguments=arguments)


def replies_name(build_id: str, generation: int) -> str:
    """The name of a build's queue."""
    return f"clm.build.{build_id}.{generation}"


async def declare_replies(channel: AbstractChannel, name: str, build_id: str) -> AbstractQueue:
    """A build's queue, which also gets the build's dead jobs.

    It survives a broker that is restarted, and is removed once no build has read it for a minute.
    """
    queue = await channel.declare_queue(
        name, durable=True, arguments={"x-expires": _REPLIES_EXPIRE}
    )
    dead = await declare_dead(channel)
    await queue.bind(dead, arguments={"x-match": "all", "build": build_id})
    return queue
