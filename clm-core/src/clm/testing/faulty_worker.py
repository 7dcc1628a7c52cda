"""Worker with injected faults, around the plugin's own worker."""

from __future__ import annotations

import os
import signal
import time
from typing import Any, NoReturn

from clm.errors import TransientJobError
from clm.jobs.result import Result
from clm.jobs.worker import Job, Worker
from clm.testing.faults import Fault, Faults
from clm.workers.import_string import resolve

_PAUSE = 0.01


class FaultyWorker(Worker):
    """Converts with the plugin's own worker, except for the injected faults."""

    def __init__(self) -> None:
        self._faults = Faults.injected()
        self._worker: Worker = resolve(self._faults.worker)()

    def start(self) -> None:
        self._worker.start()

    def convert(self, payload: Any, job: Job) -> Result:
        fault = self._faults.next()
        if fault is Fault.CRASH_BEFORE:
            die()
        if fault is Fault.RAISE:
            raise ZeroDivisionError("an injected fault")
        if fault is Fault.TRANSIENT:
            raise TransientJobError("an injected transient fault")
        while fault is Fault.HANG and not job.is_cancelled():
            time.sleep(_PAUSE)
        result = self._worker.convert(payload, job)
        if fault is Fault.CRASH_AFTER:
            die()
        return Result({}) if fault is Fault.NO_OUTPUTS else result

    def stop(self) -> None:
        self._worker.stop()


def die() -> NoReturn:
    """End this process at once, as if it were killed."""
    if os.name == "posix":
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(137)
