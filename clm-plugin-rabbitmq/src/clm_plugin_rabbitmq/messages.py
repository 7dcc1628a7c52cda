"""Messages between builds and workers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractIncomingMessage
from attrs import evolve, field, frozen

from clm.backends.remote import ResolvedJob, job_fields, job_of
from clm_plugin_rabbitmq.bodies import Body, BodyError, decode, encode

LARGEST_BODY = 8 * 2**20
"""The largest body of a message, in bytes."""

_CONTENT_TYPE = "application/x-clm"
_LONGEST_ERROR = 2000  # characters; headers of a message must fit in a frame


@frozen(repr=False)
class JobMessage:
    """A job on its way to a worker.

    `token` names this submission of the job; its first result counts. `inputs` are the bytes of
    its inputs by digest, and `stored` are the sizes of those that are in the shared cache instead.
    `attempt` counts from 1.
    """

    token: str
    build_id: str
    reply_to: str
    job: ResolvedJob
    inputs: Mapping[str, bytes]
    attempt: int
    max_attempts: int
    use_cache: bool
    stored: Mapping[str, int] = field(factory=dict)

    def encoded(self) -> Message:
        """The message for the broker."""
        header = {
            "token": self.token,
            "job": job_fields(self.job),
            "max_attempts": self.max_attempts,
            "use_cache": self.use_cache,
            "stored": dict(self.stored),
        }
        return Message(
            encode(header, self.inputs),
            content_type=_CONTENT_TYPE,
            delivery_mode=DeliveryMode.PERSISTENT,
            message_id=self.token,
            correlation_id=self.job.correlation_id,
            reply_to=self.reply_to,
            type="job",
            headers={
                "build": self.build_id,
                "job_type": self.job.job_type,
                "source": self.job.source,
                "attempt": self.attempt,
            },
        )

    def dead(self, error: str) -> Message:
        """The message for the dead-letter exchange."""
        message = self.encoded()
        message.headers["error"] = error[:_LONGEST_ERROR]
        message.timestamp = datetime.now(UTC)
        return message

    def next_attempt(self) -> Self:
        """The message for another attempt."""
        return evolve(self, attempt=self.attempt + 1)

    @classmethod
    def decoded(cls, message: AbstractIncomingMessage) -> Self:
        """The job of a message; deliveries to workers that died count as attempts.

        Raises:
            BodyError: it is not a job.
        """
        body = decode(message.body)
        headers = message.headers
        try:
            job = job_of(body.header["job"])
            _check_texts(job)
            return cls(
                token=str(body.header["token"]),
                build_id=str(headers["build"]),
                reply_to=str(message.reply_to or ""),
                job=job,
                inputs=body.parts,
                attempt=_number(headers["attempt"]) + _number(headers.get("x-delivery-count", 0)),
                max_attempts=int(body.header["max_attempts"]),
                use_cache=bool(body.header["use_cache"]),
                stored=sizes_in(body),
            )
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise BodyError(f"not a job: {error}") from error


def reply(
    kind: str,
    token: str,
    worker: str,
    *,
    parts: Mapping[str, bytes] | None = None,
    correlation_id: str = "",
    durable: bool = False,
    **fields: Any,
) -> Message:
    """A message from a worker to a build.

    started   attempt: the worker has taken the job
    progress  fraction, text
    beat      cpu_seconds: the worker still runs the job
    held      the worker has returned its claim to the broker, and keeps it by beats
    result    diagnostics, metadata, digests, stored, seconds, started; parts: the outputs
              that are not stored in the shared cache
    failure   diagnostics, seconds, started
    tools     fingerprint, environment, payload_version; the token is the question's
    """
    return Message(
        encode({"token": token, "worker": worker, **fields}, parts),
        content_type=_CONTENT_TYPE,
        delivery_mode=DeliveryMode.PERSISTENT if durable else DeliveryMode.NOT_PERSISTENT,
        correlation_id=correlation_id,
        type=kind,
    )


def control(kind: str, **fields: Any) -> Message:
    """A message to all workers.

    cancel  tokens: end these jobs
    who     job_type, fingerprint, reply_to: answer `serves` or `refuses`
    tools   question, job_type, names, reply_to: answer `tools`
    """
    return Message(
        encode(fields),
        content_type=_CONTENT_TYPE,
        delivery_mode=DeliveryMode.NOT_PERSISTENT,
        type=kind,
    )


def opened(message: AbstractIncomingMessage) -> tuple[str, Body]:
    """Kind and body of a message.

    Raises:
        BodyError: it is not one of CLM.
    """
    return str(message.type), decode(message.body)


def sizes_in(body: Body) -> Mapping[str, int]:
    """The sizes of the parts that are in the shared cache.

    Raises:
        AttributeError, LookupError, TypeError: the body has none, or others than sizes.
    """
    return {str(name): _number(size) for name, size in body.header["stored"].items()}


def _check_texts(job: ResolvedJob) -> None:
    texts = [job.job_type, job.envelope, job.fingerprint, job.source, job.correlation_id]
    texts += [*job.outputs, *(text for item in job.inputs for text in (item.name, item.digest))]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a field of the job is no text")


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is not a number")
    return value
