"""The backend: connects to the broker for the first job."""

from __future__ import annotations

import uuid

from clm.backends.api import BackendContext, CancelJobs, LocalOpsBackend, Operation, RunJobs
from clm_plugin_rabbitmq.broker import Broker
from clm_plugin_rabbitmq.build.session import BuilderSession


class RabbitmqBackend(LocalOpsBackend):
    """Has jobs run by workers that are connected to the same broker.

    A build without jobs does not connect.
    """

    def __init__(self, context: BackendContext) -> None:
        super().__init__(context)
        self._broker = Broker.of(context.options.get("broker"))
        self._session: BuilderSession | None = None

    async def execute_operation(self, operation: Operation) -> None:
        """As for any backend.

        Raises:
            BrokerError: the broker cannot be reached.
        """
        match operation:
            case RunJobs(jobs):
                if self._session is None:
                    build_id = uuid.uuid4().hex[:12]
                    self._session = await BuilderSession.open(self.context, self._broker, build_id)
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
            await session.close()
