"""Builds whose jobs are done by commands that get them as bytes: the contract of backends."""

from __future__ import annotations

from typing import ClassVar

import pytest
from clm_program import CLM

from clm.backends.api import SendingRunner, ThreadedBackend, command_sender
from clm.testing.backends import BackendContract

pytestmark = pytest.mark.integration


class CommandBackend(ThreadedBackend):
    """Starts a process for each job."""

    def new_runner(self) -> SendingRunner:
        return SendingRunner(self.context, command_sender((*CLM, "workers", "serve", "--once")))


class TestCommands(BackendContract):
    factory: ClassVar[str] = f"{__name__}:CommandBackend"
    reports_progress: ClassVar[bool] = False
