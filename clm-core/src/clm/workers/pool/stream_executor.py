"""Executors whose workers run their jobs at the other end of a stream."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable

from attrs import evolve

from clm.workers.pipe.streams import Stream
from clm.workers.pool.executor import DirectWorkerExecutor, WorkerHandle
from clm.workers.worker.options import WorkerOptions


class StreamWorkerExecutor(DirectWorkerExecutor):
    """Starts a process of this machine for each worker, which holds the worker's stream.

    That process alone uses the databases. When it ends, however it ends, the stream ends, and
    with it the engine at its other end.
    """

    @abstractmethod
    def stream(self, job_type: str, worker_id: str) -> Stream:
        """The stream of a new worker.

        Raises:
            ClmError: there can be no worker for this job type; its jobs fail with this error.
        """

    def ended(self, worker_id: str) -> None:
        """Removes what the worker may have left behind elsewhere; called once it has ended."""

    def start(self, options: WorkerOptions, plugin: str) -> WorkerHandle:
        stream = self.stream(options.job_type, options.worker_id)
        options = evolve(options, stream=json.dumps(stream.to_data()))
        try:
            handle = super().start(options, plugin)
        except OSError:
            self.ended(options.worker_id)
            raise
        return _StreamHandle(handle, self.ended)


class _StreamHandle(WorkerHandle):
    """The handle on the holder of a stream."""

    def __init__(self, handle: WorkerHandle, ended: Callable[[str], None]) -> None:
        self.worker_id = handle.worker_id
        self.job_type = handle.job_type
        self._handle = handle
        self._ended = ended

    def wait(self) -> int:
        return self._handle.wait()

    def request_stop(self) -> None:
        self._handle.request_stop()

    def kill(self) -> None:
        self._handle.kill()

    def stderr_tail(self) -> str:
        return self._handle.stderr_tail()

    def rotate_log(self) -> None:
        self._handle.rotate_log()

    def clean_up(self) -> None:
        self._handle.clean_up()
        self._ended(self.worker_id)
