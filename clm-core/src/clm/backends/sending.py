"""Runs of jobs in processes that get them as bytes."""

from __future__ import annotations

import math
import subprocess
import time
from collections.abc import Callable, Sequence
from tempfile import TemporaryFile
from typing import IO

from clm.backends.backend import BackendContext
from clm.backends.job_runners import BackendRunner
from clm.errors import TransientJobError
from clm.jobs.resolved import ResolvedJob
from clm.jobs.result import StoredResult
from clm.jobs.worker import Progress
from clm.workers.job_runner import Failure
from clm.workers.packed import pack_job, unpack_end
from clm.workers.pipe.client import input_content

_CHECK_SECONDS = 0.1

# Takes a packed job, and whether it is cancelled; returns what `do_job` returned for it.
Send = Callable[[bytes, Callable[[], bool]], bytes]


class SendingRunner(BackendRunner):
    """Runs each job in a process that gets it as bytes: of a batch system, for example.

    `send` takes the bytes, and a function that says whether the job is cancelled, or has exceeded
    its time limit; it should then end the job and raise a `TransientJobError`. It has
    `clm.workers.api.do_job` called with the bytes in some process, and returns what that returned.
    If it raises an OSError or a `TransientJobError`, the job is retried.

    The progress of a running job is not reported, as bytes come back once, at its end; where there
    is a stream, a `StreamRunner` reports it.
    """

    def __init__(self, context: BackendContext, send: Send) -> None:
        super().__init__(context)
        self._send = send

    def do(
        self, job: ResolvedJob, is_cancelled: Callable[[], bool], progress: Progress
    ) -> StoredResult | Failure:
        packed = pack_job(job, lambda item: input_content(item, self.cache))
        deadline = time.monotonic() + (self.limit_of(job) or math.inf)
        try:
            answer = self._send(packed, lambda: is_cancelled() or time.monotonic() > deadline)
        except OSError as error:
            raise TransientJobError(f"the job could not be sent: {error}") from error
        except TransientJobError:
            if time.monotonic() > deadline:
                return self.overdue(job)
            raise
        if is_cancelled():
            raise TransientJobError("the job was cancelled")
        done = unpack_end(answer, job)
        if isinstance(done.result, Failure):
            return done.result
        stored, replace = done.result, not self.context.use_cache
        return self.cache.add_to_cache(
            job.key,
            job.job_type,
            done.outputs,
            stored.diagnostics,
            stored.metadata,
            replace=replace,
        )


def command_sender(command: Sequence[str]) -> Send:
    """A `send` for a `SendingRunner`: each job is done by a command, such as one of a batch system.

    The command is program and arguments; no shell runs it. It ends in `clm workers serve --once`,
    there or elsewhere, gets the job on standard input, and is killed when the job is cancelled.
    """

    def send(packed: bytes, is_cancelled: Callable[[], bool]) -> bytes:
        # A file, since `communicate` loses the rest of its input when its time ends.
        with (
            TemporaryFile() as given,
            subprocess.Popen(
                tuple(command), stdin=_filled(given, packed), stdout=subprocess.PIPE
            ) as process,
        ):
            while True:
                try:
                    answer, _ = process.communicate(timeout=_CHECK_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    if is_cancelled():
                        process.kill()
                        raise TransientJobError("the job was cancelled") from None
        if process.returncode:
            raise TransientJobError(f"{command[0]} has ended with exit code {process.returncode}")
        return bytes(answer)

    return send


def _filled(file: IO[bytes], content: bytes) -> IO[bytes]:
    file.write(content)
    file.seek(0)
    return file
