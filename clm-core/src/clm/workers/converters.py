"""Making and starting of plugins' converters, whose errors name the plugin."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from clm.errors import ClmError, WorkerError
from clm.hints import shown
from clm.jobs.job_type import JobType
from clm.jobs.plugin_faults import fault
from clm.jobs.worker import Worker
from clm.plugins import LoadedPlugin
from clm.workers.import_string import load

_T = TypeVar("_T")


def new_worker(job_type: JobType, plugin: LoadedPlugin) -> Worker:
    """A new converter of the plugin's job type, not yet started.

    Raises:
        PluginLoadError, WorkerError: it cannot be imported or made.
    """
    cls = load(job_type.worker, plugin=plugin.name)

    def made() -> Worker:
        worker = cls()
        if not isinstance(worker, Worker):
            raise TypeError(f"{job_type.worker} makes {shown(worker)}, which is not a Worker")
        return worker

    return _guarded(made, f"the worker of job type {job_type.name!r} cannot be made", plugin.label)


def start_worker(worker: Worker, job_type: str, plugin: str) -> None:
    """Starts a converter of the plugin with this label.

    Raises:
        ClmError: the converter has raised it, or another error, which this one names.
    """
    _guarded(worker.start, f"the worker of job type {job_type!r} cannot be started", plugin)


def _guarded(call: Callable[[], _T], what: str, plugin: str) -> _T:
    try:
        return call()
    except (KeyboardInterrupt, ClmError):
        raise
    except BaseException as error:  # also SystemExit, and panics of extension modules
        found = fault(error, what, plugin)
        raise WorkerError(found.message, hint=found.hint, details=found.details) from error
