"""The base class of converters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic

from attrs import field, frozen

from clm.field_repr import field_repr
from clm.jobs.result import Result

if TYPE_CHECKING:
    # With a default: a converter may be a `Worker` without a parameter.
    from typing_extensions import TypeVar

    PayloadT = TypeVar("PayloadT", default=Any)
else:
    from typing import TypeVar

    PayloadT = TypeVar("PayloadT")

Memo = Callable[[Any, Callable[[], bytes]], bytes]
Progress = Callable[[float | None, str], None]
Waiting = Callable[[float], AbstractContextManager[Any]]


def compute_always(parts: Any, compute: Callable[[], bytes]) -> bytes:
    """The memo that stores nothing."""
    return compute()


def no_progress(fraction: float | None, text: str) -> None:
    """The progress callback that ignores all reports."""


@frozen(repr=False)
class Job:
    """The current job, as its converter sees it.

    `folder` is a new folder with the inputs under their names; the converter may write to it,
    and it is removed afterwards. `outputs` are the names that the result must have. A converter
    that can stop early may call `is_cancelled` at any time. `input_digests` has the SHA-256 of
    every input by name, `environment` the versions or digests of what the request's `environment`
    names, without their arguments.

    `memo(parts, compute)` returns the bytes of a part of the job that other jobs, or this job
    after an edit, may share: the cached bytes that `compute` returned for equal `parts`, perhaps
    in an earlier build, else the bytes that it returns now. `parts` is plain data that includes
    everything that the bytes depend on; the job type and its fingerprint are added, and what the
    bytes depend on of `environment` is not.

    A job that uses no CPU time for two minutes, and whose child processes use none, is ended as
    hung. `with job.waiting(seconds):` marks a block that waits for something else, for at most
    that time.

    `progress(fraction, text)` reports the progress of the job to the user: from 0 to 1, or None
    if unknown, and a few words. It may be called often and from any thread.
    """

    __repr__ = field_repr

    folder: Path
    source: str
    outputs: tuple[str, ...]
    correlation_id: str
    is_cancelled: Callable[[], bool]
    input_digests: Mapping[str, str] = field(factory=dict)
    memo: Memo = compute_always
    waiting: Waiting = nullcontext
    progress: Progress = no_progress
    environment: Mapping[str, str] = field(factory=dict)


class Worker(ABC, Generic[PayloadT]):
    """A converter: turns a payload and the inputs in a folder into outputs.

    Its parameter is the class of its payloads: `class Converter(Worker[Payload])`.

    A worker process creates one instance, calls `start` once, `convert` for one job after the
    other, and `stop` at its end. `convert` must depend on nothing but its arguments and leave
    nothing outside the job's folder. Keep expensive tools between jobs in attributes.
    """

    def start(self) -> None:  # a hook that most converters leave empty
        """Prepare for the first job: import heavy modules, start the tool."""

    @abstractmethod
    def convert(self, payload: PayloadT, job: Job) -> Result:
        """Run one job.

        Raises:
            ConversionError: a mistake in the source, with its place; not retried.
            TransientJobError: a failure that may not recur; retried.
        """

    def stop(self) -> None:
        """Release the tools. Not called when the process is killed."""
