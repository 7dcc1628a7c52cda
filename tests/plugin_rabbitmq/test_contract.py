"""The contract of backends, with a real broker and real workers."""

from __future__ import annotations

import pytest
from broker_workers import BrokerWorkers

from clm.testing.backends import BackendContract

pytestmark = pytest.mark.integration


class TestContract(BackendContract):
    factory = "clm_plugin_rabbitmq.backend:RabbitmqBackend"

    @pytest.fixture(autouse=True)
    def connected(self, echo_workers: BrokerWorkers, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CLM_BROKER", echo_workers.url)
