"""The base class of converters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from attrs import field, frozen

from clm.jobs.result import Result

Memo = Callable[[Any, Callable[[], bytes]], bytes]
Progress = Callable[[float | None, str], None]
Waiting = Callable[[float], AbstractContextManager[Any]]


def compute_always(parts: Any, compute: Callable[[], bytes]) -> bytes:
    """The memo that remembers nothing."""
    return compute()


def no_progress(fraction: float | None, text: str) -> None:
    """The progress of a job that nobody watches."""


@frozen
class Job:
    """What a converter sees of the job at hand.

    `folder` is fresh and holds the inputs under their names; it is the converter's to use and
    is removed afterwards. `outputs` are the names that the result must have. `is_cancelled`
    may be asked at any time by a converter that can stop half-way. `input_digests` has the
    SHA-256 of every input by name.

    `memo(parts, compute)` gives the bytes of a part of the job that other jobs, or this one
    after an edit, may share: those that `compute` gave for equal `parts` before, also in an
    earlier build, else those that it gives now. `parts` is plain data that holds everything
    which the bytes depend on; the job type and its fingerprint are added.

    A job that uses no processor for two minutes, nor do the tools that it has started, is taken
    for hung, and is ended. `with job.waiting(seconds):` says that inside it waits for something
    else, and for how long at most.

    `progress(fraction, text)` tells those who watch the build how far the job is: from 0 to 1,
    or None where nobody knows, and a few words. It may be called often and from any thread.
    """

    folder: Path
    source: str
    outputs: tuple[str, ...]
    correlation_id: str
    is_cancelled: Callable[[], bool]
    input_digests: Mapping[str, str] = field(factory=dict)
    memo: Memo = compute_always
    waiting: Waiting = nullcontext
    progress: Progress = no_progress


class Worker(ABC):
    """A converter: turns a payload and the inputs in a folder into outputs.

    A worker process makes one instance, calls `start` once, `convert` for one job after the
    other, and `stop` at its end. `convert` depends on nothing but its arguments and leaves
    nothing outside the job's folder. Expensive tools are kept between jobs in attributes.
    """

    def start(self) -> None:  # noqa: B027  # a hook that most converters leave empty
        """Make ready for the first job: import what is heavy, start the tool."""

    @abstractmethod
    def convert(self, payload: Any, job: Job) -> Result:
        """Do one job.

        Raises:
            ConversionError: the author's mistake, with its place; not tried again.
            TransientJobError: may pass next time; tried again.
        """

    def stop(self) -> None:  # noqa: B027
        """Release the tools. Not called when the process is killed."""
