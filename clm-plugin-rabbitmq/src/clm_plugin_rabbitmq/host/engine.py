"""The engine of a slot: a process that converts, and the thread that talks to it."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from pathlib import Path

from attrs import field, frozen

from clm import ClmError, TransientJobError
from clm.backends.remote import (
    Failure,
    Progress,
    StoredResult,
    Waiting,
    failure_of,
)
from clm.stores.api import SharedContents, StoreError
from clm.workers.api import EngineClient, EngineLostError
from clm_plugin_rabbitmq.host.job_cache import HostJobCache, MemoFile
from clm_plugin_rabbitmq.large_parts import get_large, put_large
from clm_plugin_rabbitmq.messages import JobMessage

# -P: a json.py in the current folder must not shadow the standard library's.
_COMMAND = (sys.executable, "-P", "-m", "clm.workers.pipe.serve")


@frozen(repr=False)
class Outcome:
    """How a job has ended here: its result with the bytes of the outputs, or a failure.

    `stored` are the sizes of the outputs that are in the shared cache instead.
    """

    result: StoredResult | Failure
    outputs: Mapping[str, bytes] = field(factory=dict)
    stored: Mapping[str, int] = field(factory=dict)
    seconds: float = 0.0
    started: float = 0.0


class Engine:
    """Runs jobs of one type, one at a time; its process is started for the first one."""

    def __init__(self, job_type: str, memos: Path, shared: SharedContents) -> None:
        self._job_type = job_type
        self._shared = shared
        self._memos = MemoFile(memos)
        self._client: EngineClient | None = None
        # One thread, since the database of the memos belongs to one.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"engine {job_type}")

    def start(
        self,
        job: JobMessage,
        cancelled: threading.Event,
        progress: Progress,
        waiting: Waiting = nullcontext,
    ) -> asyncio.Future[Outcome]:
        """Start a job; `progress` is called from another thread."""
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(
            self._thread, self._run, job, cancelled.is_set, progress, waiting
        )

    @property
    def cpu_seconds(self) -> float:
        """The CPU time that the process and its tools have used, when last heard."""
        client = self._client
        return client.usage.cpu_seconds if client is not None else 0.0

    def give_up(self, reason: str) -> None:
        """End the process with its tools, from any thread; its job fails for this reason."""
        client = self._client
        if client is not None:
            client.give_up(reason)

    async def stop_process(self) -> None:
        """End the process; the next job starts another one."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close_client)

    def close(self) -> None:
        """End the process and the thread; a running job must have been given up."""
        with suppress(RuntimeError):
            self._thread.submit(self._close)
        self._thread.shutdown(wait=True)

    def _run(
        self,
        job: JobMessage,
        is_cancelled: Callable[[], bool],
        progress: Progress,
        waiting: Waiting,
    ) -> Outcome:
        started, clock = time.time(), time.monotonic()
        result: StoredResult | Failure
        outputs: Mapping[str, bytes] = {}
        stored: Mapping[str, int] = {}
        try:
            cache = HostJobCache(job.job.key, self._inputs(job), self._memos.opened())
            client = self._connected()
            result = client.run(
                job.job, cache, is_cancelled, waiting, progress, use_cache=job.use_cache
            )
            if isinstance(result, StoredResult):
                outputs, stored = put_large(
                    cache.outputs, result.outputs, self._shared, "its outputs"
                )
        except EngineLostError as error:
            self._close_client()
            result = failure_of(error, job.job.source)
        except (ClmError, OSError, KeyError) as error:
            result = failure_of(error, job.job.source)
        return Outcome(result, outputs, stored, time.monotonic() - clock, started)

    def _inputs(self, job: JobMessage) -> Mapping[str, bytes]:
        digests = {digest: digest for digest in job.stored}
        try:
            return {**job.inputs, **get_large(job.stored, digests, self._shared, "its inputs")}
        except StoreError as error:
            raise TransientJobError(error.message) from error  # another worker may reach it

    def _connected(self) -> EngineClient:
        if self._client is None:
            self._client = EngineClient.start(_COMMAND, self._job_type)
        return self._client

    def _close_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _close(self) -> None:
        self._close_client()
        self._memos.close()
