"""Runner of jobs behind a pipe, for the worker process that holds the pipe."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext

from attrs import define, field

from clm.errors import ClmError
from clm.jobs.resolved import ResolvedJob
from clm.jobs.result import StoredResult
from clm.jobs.worker import Progress, Waiting, no_progress
from clm.workers.job_runner import Failure, failure_of
from clm.workers.memos import JobCache
from clm.workers.pipe.client import EngineClient, EngineLostError, EngineRefusedError
from clm.workers.pipe.streams import Stream
from clm.workers.process_tree import TreeUsage, usage_of_tree


@define(eq=False)
class RemoteRunner:
    """Runs jobs of one type at the other end of a stream; has the members of `JobRunner`.

    `on_lost` is called, from any thread, when the engine is lost; it must end this process: the
    pool then gives the job to another worker.
    """

    stream: Stream
    job_type: str
    cache: JobCache
    on_lost: Callable[[str], None]
    use_cache: bool = True
    provider: str = ""
    _client: EngineClient | None = field(default=None, init=False)

    def start(self) -> None:
        """Connects to the engine, and waits until its converter has started.

        Raises:
            EngineRefusedError, EngineLostError: it does not start.
        """
        try:
            self._client = self._connected()
        except (EngineLostError, EngineRefusedError) as error:
            self.on_lost(error.message)
            raise

    def _connected(self) -> EngineClient:
        try:
            return EngineClient(self.stream, self.job_type, on_lost=self._lose)
        except OSError as error:
            raise EngineLostError(f"the worker cannot be reached: {error}") from error

    def stop(self) -> None:
        """Closes the stream, which ends the engine or makes it free for others."""
        if self._client is not None:
            self._client.close()

    @property
    def is_worn(self) -> bool:
        """Whether the engine should be replaced before the next job."""
        return self._client is not None and self._client.is_worn

    def usage(self) -> TreeUsage:
        """The usage of this process and of the engine."""
        own = usage_of_tree()
        if self._client is None:
            return own
        there = self._client.usage
        return TreeUsage(
            own.cpu_seconds + there.cpu_seconds,
            own.memory_bytes + there.memory_bytes,
            own.is_stopped,
        )

    def run(
        self,
        resolved: ResolvedJob,
        is_cancelled: Callable[[], bool],
        waiting: Waiting = nullcontext,
        progress: Progress = no_progress,
    ) -> StoredResult | Failure:
        """Runs the job unless its result is cached; errors of the job are returned, not raised."""
        assert self._client is not None
        try:
            stored = self.cache.check_cache(resolved.key) if self.use_cache else None
            if stored is not None:
                self.cache.mark_used(resolved.key)
                return stored
            return self._client.run(
                resolved, self.cache, is_cancelled, waiting, progress, use_cache=self.use_cache
            )
        except EngineLostError as error:
            # The reading thread ends this process: it must not claim another job.
            self._lose(error)
            threading.Event().wait()
            raise
        except (ClmError, OSError, KeyError) as error:
            return failure_of(error, resolved.source)

    def _lose(self, error: EngineLostError) -> None:
        self.on_lost(error.message)
