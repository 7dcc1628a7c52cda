"""Executors whose workers run their jobs at the other end of a stream."""

from __future__ import annotations

import json
import logging
import time
import uuid
from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import evolve

from clm.errors import ClmError, UnknownToolsError
from clm.jobs.tools import Tools
from clm.workers.pipe.client import EngineClient, EngineLostError
from clm.workers.pipe.streams import Stream
from clm.workers.pool.executor import DirectWorkerExecutor, WorkerHandle
from clm.workers.pool.remembered_tools import RememberedTools
from clm.workers.worker.options import WorkerOptions

log = logging.getLogger(__name__)

_SURVEYS = 3
_PAUSE_SECONDS = 0.5


class StreamWorkerExecutor(DirectWorkerExecutor):
    """Starts a process of this machine for each worker, which holds the worker's stream.

    That process alone uses the databases. When it ends, however it ends, the stream ends, and
    with it the engine at its other end.
    """

    def __init__(self, log_folder: Path, last_key: Callable[[str], str] = str) -> None:
        """`last_key` returns what the last answer of a job type's workers is remembered by."""
        super().__init__(log_folder)
        self._last_key = last_key
        self._known: dict[str, Tools] = {}
        self._remembered = RememberedTools(log_folder.parent / "tools.json")

    @abstractmethod
    def stream(self, job_type: str, worker_id: str) -> Stream:
        """The stream of a new worker.

        Raises:
            ClmError: there can be no worker for this job type; its jobs fail with this error.
        """

    def identity(self, job_type: str) -> str:
        """What the tools of a job type are remembered by; empty if each build must ask for them.

        It must change whenever they may be others, as the id of an image does.

        Raises:
            ClmError: there can be no worker for this job type.
        """
        return ""

    def tools(self, job_type: str, names: Sequence[str]) -> Tools | None:
        known = self._known.get(job_type)
        if known is None or not set(names) <= set(known.environment):
            self._known[job_type] = self._found_tools(job_type, names)
        return self._known[job_type]

    def known_tools(self, job_type: str, names: Sequence[str]) -> Tools | None:
        identity = self.identity(job_type)
        key = f"{job_type} {identity}" if identity else self._last_key(job_type)
        known = self._remembered.get(key, names)
        if known is None:
            raise UnknownToolsError(job_type)
        return known

    def _found_tools(self, job_type: str, names: Sequence[str]) -> Tools:
        identity = self.identity(job_type)
        key = f"{job_type} {identity}" if identity else ""
        known = self._remembered.get(key, names)
        if known is not None:
            return known
        tools = self._surveyed(job_type, names)
        self._remembered.keep(key or self._last_key(job_type), tools)
        return tools

    def _surveyed(self, job_type: str, names: Sequence[str]) -> Tools:
        """The tools as a worker tells them; one that is lost meanwhile has others after it."""
        for _ in range(_SURVEYS - 1):
            try:
                return self._survey(job_type, names)
            except EngineLostError as error:
                log.info("the survey of %s was lost: %s", job_type, error.message)
            while self.is_away(job_type):
                time.sleep(_PAUSE_SECONDS)
        return self._survey(job_type, names)

    def _survey(self, job_type: str, names: Sequence[str]) -> Tools:
        worker_id = f"survey-{uuid.uuid4().hex[:8]}"
        try:
            stream = self.stream(job_type, worker_id)
            with EngineClient(stream, job_type, starts=False) as client:
                return client.survey(names)
        except OSError as error:
            raise ClmError(f"the worker cannot be reached: {error}") from error
        finally:
            self.ended(worker_id)

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
