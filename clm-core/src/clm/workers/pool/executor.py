"""Executors, which start workers; here as processes of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from clm.database.sqlite.processes import is_stopped
from clm.errors import UnknownToolsError
from clm.jobs.tools import Tools
from clm.passed_environment import passed_environment
from clm.plugins import PluginRegistry
from clm.plugins.discovery import LOCAL
from clm.workers.folders import TemporaryFolder
from clm.workers.log_files import rotate
from clm.workers.process_tree import MARKER, kill_tree
from clm.workers.worker.lifeline import STOP
from clm.workers.worker.options import WorkerOptions
from clm_start import preloading

_TAIL_BYTES = 2_000
_MODULE = "clm.workers.worker.process"


class WorkerHandle(ABC):
    """A handle on a started worker."""

    worker_id: str
    job_type: str

    @abstractmethod
    def wait(self) -> int:
        """Blocks until the worker has ended; returns its exit code, negative for a signal."""

    @abstractmethod
    def request_stop(self) -> None:
        """Requests that the worker finish or return its job, and end."""

    @abstractmethod
    def kill(self) -> None:
        """Kills the worker and its descendants. Does nothing if it has ended."""

    def is_stopped(self) -> bool:
        """Whether the worker is stopped by a signal, so that it does nothing by itself."""
        return False

    @abstractmethod
    def stderr_tail(self) -> str:
        """The end of the worker's log."""

    @abstractmethod
    def rotate_log(self) -> None:
        """Rotates the log if it has grown large."""

    @abstractmethod
    def clean_up(self) -> None:
        """Removes the temporary files of the worker and its tools, which must all have ended."""


@frozen(repr=False)
class ExecutorContext:
    """What an executor may use: the plugins, the text after `://` in its name (`ssh://host`), the
    folder for the logs of workers, and the settings of its plugin."""

    plugins: PluginRegistry
    address: str
    log_folder: Path
    settings: Any = None


class WorkerExecutor(ABC):
    """A way to start workers."""

    name: str

    def capacity(self, job_type: str) -> int | None:
        """The largest number of workers of a job type; None if there is no limit."""
        return None

    def tools(self, job_type: str, names: Sequence[str]) -> Tools | None:
        """The tools that the workers of a job type have, with these names of the environment.

        None if they run in this environment of this machine. May be called in any thread.

        Raises:
            ClmError: no worker of this job type can be started.
        """
        return None

    def known_tools(self, job_type: str, names: Sequence[str]) -> Tools | None:
        """What `tools` would return, without starting or connecting to a worker.

        Raises:
            UnknownToolsError: a worker must be asked.
            ClmError: no worker of this job type can be started.
        """
        if type(self).tools is WorkerExecutor.tools:
            return None
        raise UnknownToolsError(job_type)

    def is_away(self, job_type: str) -> bool:
        """Whether no worker can be started for now, since what runs them is itself starting again.

        Then workers that have ended do not count as failures, and none is started.
        """
        return False

    @abstractmethod
    def start(self, options: WorkerOptions, plugin: str) -> WorkerHandle:
        """Starts a worker that loads only the plugin `plugin`.

        Raises:
            OSError: the system cannot start it.
            ClmError: no worker of this job type can be started.
        """


class DirectWorkerExecutor(WorkerExecutor):
    """Starts workers as processes of this machine and this Python; each has its own log file."""

    name = "direct"

    def __init__(self, log_folder: Path) -> None:
        self._log_folder = log_folder

    def start(self, options: WorkerOptions, plugin: str) -> WorkerHandle:
        self._log_folder.mkdir(parents=True, exist_ok=True)
        log_path = self._log_folder / f"{options.worker_id}.log"
        options = evolve(options, log_path=str(log_path), executor=self.name)
        temporary = TemporaryFolder.make()
        try:
            process = _start_process(options, log_path, temporary, plugin)
        except OSError:
            temporary.remove()
            raise
        return _ProcessHandle(process, options, log_path, temporary)


def _start_process(
    options: WorkerOptions, log_path: Path, temporary: TemporaryFolder, plugin: str
) -> subprocess.Popen[bytes]:
    # Where jobs run elsewhere, the process only starts ssh or the like, which needs its variables.
    inherited = dict(os.environ) if options.stream else passed_environment(plugin=plugin)
    environment = inherited | {
        **temporary.environment,
        MARKER: options.worker_id,
        # Other jobs may use what the plugins of the course add to them.
        "CLM_LOAD_PLUGINS": f"{plugin},{LOCAL}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    # -P: a json.py in the current folder must not shadow the standard library's.
    command = [sys.executable, "-P", "-m", _MODULE, options.to_json()]
    if options.preload and _may_preload(options):
        environment |= {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
        command = [sys.executable, preloading.__file__, options.preload, *command[-2:]]
    with log_path.open("ab") as log:
        return subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,  # Ctrl-C reaches only the builder, which stops its workers
        )


def _may_preload(options: WorkerOptions) -> bool:
    # UTF-8 mode must not change how names of files are encoded.
    is_utf8 = sys.getfilesystemencoding() == "utf-8"
    return sys.platform == "linux" and is_utf8 and not options.stream


class _ProcessHandle(WorkerHandle):
    def __init__(
        self,
        process: subprocess.Popen[bytes],
        options: WorkerOptions,
        log_path: Path,
        temporary: TemporaryFolder,
    ) -> None:
        self.worker_id = options.worker_id
        self.job_type = options.job_type
        self.pid = process.pid
        assert process.stdin is not None
        self._process = process
        self._lifeline = process.stdin
        self._log_path = log_path
        self._temporary = temporary

    def wait(self) -> int:
        exit_code = self._process.wait()
        self._lifeline.close()
        return exit_code

    def request_stop(self) -> None:
        with suppress(OSError, ValueError):  # it has already ended
            self._lifeline.write(STOP)

    def kill(self) -> None:
        if self._process.poll() is None:
            kill_tree(self.pid)

    def is_stopped(self) -> bool:
        return is_stopped(self.pid)

    def rotate_log(self) -> None:
        rotate(self._log_path)

    def clean_up(self) -> None:
        self._temporary.remove()

    def stderr_tail(self) -> str:
        try:
            with self._log_path.open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
                return log.read().decode(errors="replace").strip()
        except OSError:
            return ""
