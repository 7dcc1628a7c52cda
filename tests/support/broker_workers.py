"""Worker processes that serve a broker, as `clm workers start --broker` starts them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from attrs import define, field
from clm_program import CLM

_START_SECONDS = 60.0
_END_SECONDS = 30.0
_POLL = 0.02


@define(eq=False)
class BrokerWorkers:
    """Workers of one machine; `environment` is added to that of the tests."""

    url: str
    log: Path
    environment: Mapping[str, str] = field(factory=dict)
    arguments: tuple[str, ...] = ("--jobs", "2")
    program: tuple[str, ...] = CLM
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start them, and wait until they are connected."""
        before = self.text().count("connected to the broker")
        command = [*self.program, "workers", "start"]
        command += ["--backend", "rabbitmq", *self.arguments]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                env=os.environ | {"CLM_BROKER": self.url} | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.await_text("connected to the broker", before + 1)

    def await_text(self, text: str, times: int = 1) -> None:
        """Wait until the log has the text so many times."""
        deadline = time.monotonic() + _START_SECONDS
        while self.text().count(text) < times:
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{text!r} is not in:\n{self.text()}")
            time.sleep(_POLL)

    def text(self) -> str:
        """The log."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def kill(self) -> None:
        """End them at once, as a crash of their machine does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End them in order."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.send_signal(number)
            process.wait(_END_SECONDS)
