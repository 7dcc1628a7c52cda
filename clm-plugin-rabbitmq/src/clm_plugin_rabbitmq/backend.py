"""The backend: connects to the broker for the first job."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence

from clm.backends.api import (
    BackendContext,
    CancelJobs,
    LocalOpsBackend,
    Operation,
    RunJobs,
    Tools,
    UnknownToolsError,
)
from clm.backends.remote import RememberedTools, last_key
from clm_plugin_rabbitmq.broker import Broker, BrokerError
from clm_plugin_rabbitmq.build.session import BuilderSession


class RabbitmqBackend(LocalOpsBackend):
    """Has jobs run by workers that are connected to the same broker.

    A build with jobs to run also asks what tools the workers have; without a broker it takes those
    of this machine.
    """

    def __init__(self, context: BackendContext) -> None:
        super().__init__(context)
        self._broker = Broker.of(context.options.get("broker"))
        self._session: BuilderSession | None = None
        self._asking = asyncio.Lock()
        self._remembered = RememberedTools(context.paths.folder / "tools.json")

    async def tools(self, job_type: str, names: Sequence[str]) -> Tools | None:
        """Those that the workers have; None without workers: then later ones must have the same."""
        async with self._asking:
            try:
                session = await self._opened()
            except BrokerError:
                return None  # an error of the build if it has jobs to run
            tools = await session.ask_tools(job_type, names)
        if tools is not None:
            self._remembered.keep(self._last_key(job_type), tools)
        return tools

    def known_tools(self, job_type: str, names: Sequence[str]) -> Tools | None:
        """Those that the workers at this broker had when they were last asked."""
        known = self._remembered.get(self._last_key(job_type), names)
        if known is None:
            raise UnknownToolsError(job_type)
        return known

    def _last_key(self, job_type: str) -> str:
        return last_key(job_type, f"amqp://{self._broker.place}", self.context.plugins)

    async def execute_operation(self, operation: Operation) -> None:
        """As for any backend.

        Raises:
            BrokerError: the broker cannot be reached.
        """
        match operation:
            case RunJobs(jobs):
                session = await self._opened()
                session.add(jobs)
            case CancelJobs(ids):
                if self._session is not None:
                    self._session.cancel(ids)
            case _:
                await super().execute_operation(operation)

    async def _opened(self) -> BuilderSession:
        if self._session is None:
            build_id = uuid.uuid4().hex[:12]
            self._session = await BuilderSession.open(self.context, self._broker, build_id)
        return self._session

    async def wait_for_completion(self) -> None:
        if self._session is not None:
            await self._session.wait_for_completion()

    async def shutdown(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()
