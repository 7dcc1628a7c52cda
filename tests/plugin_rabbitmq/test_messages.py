"""Messages with jobs: what is none is refused, since it would end the workers of a machine."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aio_pika.abc import AbstractIncomingMessage

from clm_plugin_rabbitmq.bodies import BodyError, encode
from clm_plugin_rabbitmq.messages import JobMessage

JOB = {
    "job_type": "echo",
    "envelope": "{}",
    "fingerprint": "1",
    "inputs": [["a", "0" * 64]],
    "outputs": ["out"],
    "source": "a.txt",
    "correlation_id": "c",
}
HEADER = {"token": "t", "job": JOB, "max_attempts": 3, "use_cache": True, "stored": {}}


def received(header: Any, **headers: Any) -> AbstractIncomingMessage:
    """A message as the broker delivers it, with these headers."""
    all_headers = {"build": "b", "attempt": 1, **headers}
    message = SimpleNamespace(body=encode(header), headers=all_headers, reply_to="r")
    return cast(AbstractIncomingMessage, message)


def test_job_is_read() -> None:
    job = JobMessage.decoded(received(HEADER, **{"x-delivery-count": 1}))
    assert (job.token, job.attempt, job.job.outputs) == ("t", 2, ("out",))


@pytest.mark.parametrize(
    "changed",
    [
        {"job": None},
        {"job": []},
        {"stored": []},
        {"stored": {"a": "1"}},
        {"max_attempts": None},
        *({"job": {**JOB, name: None}} for name in JOB),
        *({"job": {**JOB, name: 7}} for name in JOB),
        {"job": {**JOB, "inputs": [["a", 1]]}},
        {"job": {**JOB, "outputs": [1]}},
    ],
)
def test_other_message_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(BodyError):
        JobMessage.decoded(received({**HEADER, **changed}))


@pytest.mark.parametrize("headers", [{"attempt": None}, {"attempt": "1"}, {"x-delivery-count": ""}])
def test_wrong_headers_refused(headers: dict[str, Any]) -> None:
    with pytest.raises(BodyError):
        JobMessage.decoded(received(HEADER, **headers))
