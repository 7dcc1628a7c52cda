"""Choice of the executors of a build."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field

from clm.errors import ClmError, UsageError
from clm.jobs.tools import Tools
from clm.plugins import PluginRegistry
from clm.workers.import_string import load
from clm.workers.pool.executor import (
    DirectWorkerExecutor,
    ExecutorContext,
    WorkerExecutor,
    WorkerHandle,
)
from clm.workers.worker.options import WorkerOptions

DIRECT = "direct"
_HINT = "for example `docker`, `ssh://example.org`, or only for one job type: `notes=docker`"


def direct_executor(context: ExecutorContext) -> WorkerExecutor:
    """The executor of processes of this machine."""
    if context.address:
        raise UsageError("the executor `direct` takes no address")
    return DirectWorkerExecutor(context.log_folder)


def executors_by_job_type(texts: Iterable[str], plugins: PluginRegistry) -> Mapping[str, str]:
    """The texts `NAME[://ADDRESS]` by job type, from texts `[JOB-TYPE=]NAME[://ADDRESS]`.

    The one without a job type is that of all others, under an empty name.

    Raises:
        UsageError: a text is invalid, or a second one is for the same job type.
        UnknownExecutorError, UnknownJobTypeError, PluginConflictError: no such name is installed.
    """
    found: dict[str, str] = {}
    for text in texts:
        head, _, _ = text.partition("://")
        job_type, is_given, _ = head.partition("=")
        job_type, executor = (job_type, text.partition("=")[2]) if is_given else ("", text)
        if is_given:
            plugins.job_type(job_type)
        plugins.executor(executor.partition("://")[0])
        if job_type in found:
            what = f"the job type {job_type!r}" if job_type else "all job types"
            raise UsageError(f"two executors for {what}: {found[job_type]}, {executor}", hint=_HINT)
        found[job_type] = executor
    return found


@define(eq=False, repr=False)
class ChosenExecutors(WorkerExecutor):
    """Starts each worker by the executor that is chosen for its job type.

    `chosen` is from `executors_by_job_type`; `settings` returns those of a plugin.
    """

    plugins: PluginRegistry
    log_folder: Path
    chosen: Mapping[str, str] = field(factory=dict)
    settings: Callable[[str], Any] = lambda plugin: None
    name: str = ""
    _executors: dict[str, WorkerExecutor] = field(factory=dict, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def capacity(self, job_type: str) -> int | None:
        return self._of(job_type).capacity(job_type)

    def is_away(self, job_type: str) -> bool:
        return self._of(job_type).is_away(job_type)

    def start(self, options: WorkerOptions, plugin: str) -> WorkerHandle:
        return self._of(options.job_type).start(options, plugin)

    def tools(self, job_type: str, names: Sequence[str]) -> Tools | None:
        return self._checked(job_type, self._of(job_type).tools(job_type, names))

    def known_tools(self, job_type: str, names: Sequence[str]) -> Tools | None:
        return self._checked(job_type, self._of(job_type).known_tools(job_type, names))

    def _checked(self, job_type: str, tools: Tools | None) -> Tools | None:
        own = self.plugins.job_type(job_type).payload_version
        if tools is not None and tools.payload_version < own:
            raise ClmError(
                f"the workers of {job_type!r} at {self._text(job_type)} have an older plugin: it "
                f"reads payloads up to version {tools.payload_version}, this build's have {own}",
                hint="install the same version of the plugin there, or build its image again",
            )
        return tools

    def _text(self, job_type: str) -> str:
        return self.chosen.get(job_type) or self.chosen.get("", DIRECT)

    def _of(self, job_type: str) -> WorkerExecutor:
        with self._lock:
            return self._found(self._text(job_type))

    def _found(self, text: str) -> WorkerExecutor:
        if text not in self._executors:
            name, _, address = text.partition("://")
            found = self.plugins.executor(name)
            owner = self.plugins.plugin_of_executor(name)
            context = ExecutorContext(
                self.plugins, address, self.log_folder, self.settings(owner.name)
            )
            self._executors[text] = load(found.factory, plugin=owner.name)(context)
        return self._executors[text]
