"""Default backend: runs jobs in worker processes of this machine through an SQLite queue."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from clm.backends.backend import BackendContext, CancelJobs, Operation, RunJobs
from clm.backends.local_ops import LocalOpsBackend
from clm.event_loop import event_loop
from clm.jobs.tools import Tools
from clm.limits import Limits

if TYPE_CHECKING:
    from clm.backends.queue_session import QueueSession
    from clm.workers.pool.executors import ChosenExecutors


class SqliteBackend(LocalOpsBackend):
    """Submits jobs to the queue, manages the worker pools and collects finished jobs.

    A build without jobs opens no database and starts no process.
    """

    starts_event_loop = True

    def __init__(self, context: BackendContext) -> None:
        super().__init__(context)
        self.build_id = uuid.uuid4().hex[:12]
        self._limits = Limits.of()
        self._session: QueueSession | None = None
        self._executors: ChosenExecutors | None = None

    async def tools(self, job_type: str, names: Sequence[str]) -> Tools | None:
        if not self.context.executors():
            return None
        await event_loop()
        import asyncio  # as below

        return await asyncio.to_thread(self._chosen().tools, job_type, names)

    def known_tools(self, job_type: str, names: Sequence[str]) -> Tools | None:
        if not self.context.executors():
            return None
        return self._chosen().known_tools(job_type, names)

    async def execute_operation(self, operation: Operation) -> None:
        match operation:
            case RunJobs(jobs):
                if self._session is None:
                    self._session = await self._open()
                self._session.add(jobs)
            case CancelJobs(ids):
                if self._session is not None:
                    self._session.cancel(ids)
            case _:
                await super().execute_operation(operation)

    async def wait_for_completion(self) -> None:
        if self._session is not None:
            await self._session.wait_for_completion()

    async def shutdown(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    async def _open(self) -> QueueSession:
        await event_loop()
        # Imported here, since a build in which nothing has changed does not need it.
        from clm.backends.queue_session import QueueSession

        return await QueueSession.open(self.context, self.build_id, self._limits, self._chosen())

    def _chosen(self) -> ChosenExecutors:
        if self._executors is None:
            from clm.workers.pool.executors import ChosenExecutors  # as above

            context = self.context
            self._executors = ChosenExecutors(
                context.plugins, context.paths.logs, context.executors(), context.settings
            )
        return self._executors
