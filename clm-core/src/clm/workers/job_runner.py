"""Execution of one job: inputs in a fresh folder, the converter, outputs checked and cached.

All backends run their jobs through `JobRunner`, so a job's result does not depend on the backend.
"""

from __future__ import annotations

import logging
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from clm.errors import (
    PLUGIN_FAULT,
    ClmError,
    ConversionError,
    DatabaseBusyError,
    Diagnostic,
    InputChangedError,
    InvalidResultError,
    Place,
    Severity,
    TransientJobError,
)
from clm.hints import cause, shown
from clm.jobs.envelope import load_payload
from clm.jobs.job_type import JobType
from clm.jobs.plugin_faults import checked_diagnostics, diagnostics_of, fault, labelled
from clm.jobs.resolved import ResolvedInput, ResolvedJob
from clm.jobs.result import Result, StoredResult
from clm.jobs.structuring import canonical_json
from clm.jobs.tools import environment_in
from clm.jobs.undecodable import undecodable
from clm.jobs.worker import Job, Progress, Waiting, Worker, no_progress
from clm.machine_faults import machine_hint
from clm.plugins.time_limit import TookTooLongError
from clm.regular_files import read_regular
from clm.workers.converters import start_worker
from clm.workers.folders import copy_and_digest, fresh_folder, path_inside
from clm.workers.memos import CachedMemos, JobCache, MemoStore
from clm.workers.process_tree import TreeUsage, usage_of_tree


@frozen
class Failure:
    """The reason why a job has no result, and whether a retry may succeed."""

    diagnostics: tuple[Diagnostic, ...]
    is_transient: bool = False


log = logging.getLogger(__name__)

LARGEST_OUTPUTS = 2 << 30
"""The bytes of all outputs of a job, which are in memory together."""


class _RaisedByConverterError(Exception):
    """The converter has raised `error`."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


def _refuse_none(fingerprint: str) -> None:
    """Accepts every job."""


@frozen
class JobRunner:
    """Runs jobs of one type.

    The jobs' folders are created in `work_folder`. Without `use_cache` a cached result is not
    used, and is replaced by the new one. `memos` are kept in `cache` by default. `provider` is the
    plugin's distribution with its version. `refuse` raises a ClmError for a job, by its
    fingerprint, that must not be run.
    """

    job_type: JobType
    worker: Worker
    cache: JobCache
    work_folder: Path
    use_cache: bool = True
    memos: MemoStore | None = None
    provider: str = ""
    refuse: Callable[[str], None] = _refuse_none

    def run(
        self,
        resolved: ResolvedJob,
        is_cancelled: Callable[[], bool],
        waiting: Waiting = nullcontext,
        progress: Progress = no_progress,
    ) -> StoredResult | Failure:
        """Runs the job unless its result is cached; errors of the job are returned, not raised."""
        try:
            return self._run(resolved, is_cancelled, waiting, progress)
        except _RaisedByConverterError as raised:
            return converter_failure(raised.error, resolved.source, self.provider)
        except Exception as error:
            return failure_of(error, resolved.source, self.provider)

    def _run(
        self,
        resolved: ResolvedJob,
        is_cancelled: Callable[[], bool],
        waiting: Waiting,
        progress: Progress,
    ) -> StoredResult:
        stored = self.cache.check_cache(resolved.key) if self.use_cache else None
        if stored is not None:
            self.cache.mark_used(resolved.key)
            return stored
        self.refuse(resolved.fingerprint)
        payload = load_payload(self.job_type, resolved.envelope)
        with fresh_folder(self.work_folder) as folder:
            for item in resolved.inputs:
                self._materialise(item, folder)
            job = self._job(resolved, folder, is_cancelled)
            job = evolve(job, waiting=waiting, progress=progress)
            result = self._convert(payload, job, resolved.inputs)
            _reject_if_cancelled(is_cancelled)
            _reject_other_types(result, resolved)
            _reject_errors(result)
            outputs = _checked_outputs(result, resolved, folder)
        return self.cache.add_to_cache(
            resolved.key,
            resolved.job_type,
            outputs,
            result.diagnostics,
            result.metadata,
            replace=not self.use_cache,
        )

    def _convert(self, payload: Any, job: Job, inputs: Sequence[ResolvedInput]) -> Result:
        try:
            return self.worker.convert(payload, job)
        except (KeyboardInterrupt, TookTooLongError):
            raise
        except UnicodeDecodeError as error:
            files = ((item.name, job.folder / item.name) for item in inputs)
            raise undecodable(error, files, job.source) or _RaisedByConverterError(error) from error
        except FileNotFoundError as error:
            _note_undeclared(error, job.folder)
            raise _RaisedByConverterError(error) from error
        except BaseException as error:  # also SystemExit, and panics of extension modules
            _refuse_removed_folders(job.folder)
            raise _RaisedByConverterError(error) from error

    def _job(self, resolved: ResolvedJob, folder: Path, is_cancelled: Callable[[], bool]) -> Job:
        return Job(
            folder=folder,
            source=resolved.source,
            outputs=resolved.outputs,
            correlation_id=resolved.correlation_id,
            is_cancelled=is_cancelled,
            input_digests={item.name: item.digest for item in resolved.inputs},
            memo=partial(self._memo, resolved, is_cancelled),
            environment=environment_in(resolved.fingerprint),
        )

    def _memo(
        self,
        resolved: ResolvedJob,
        is_cancelled: Callable[[], bool],
        parts: Any,
        compute: Callable[[], bytes],
    ) -> bytes:
        memos = self._memos(resolved)
        text = canonical_json(parts)
        data = memos.recall(text)
        if data is None:
            data = compute()
            _reject_if_cancelled(is_cancelled)
            data = memos.remember(text, data)
        return data

    def _memos(self, resolved: ResolvedJob) -> MemoStore:
        return self.memos or CachedMemos(self.cache, resolved, self.use_cache)

    def start(self) -> None:
        """Prepares the converter for the first job."""
        start_worker(self.worker, self.job_type.name, self.provider)

    def stop(self) -> None:
        """Releases the converter's tools."""
        try:
            self.worker.stop()
        except (Exception, SystemExit):
            # Its jobs are done, and their results are valid.
            log.exception("%s: the worker of %r failed to stop", self.provider, self.job_type.name)

    @property
    def is_worn(self) -> bool:
        """Whether the converter should be replaced before the next job: only in containers."""
        return False

    def usage(self) -> TreeUsage:
        """The CPU time and memory of the converter and its tools."""
        return usage_of_tree()

    def _materialise(self, item: ResolvedInput, folder: Path) -> None:
        target = path_inside(folder, item.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if item.path is None:
            target.write_bytes(produced(item, self.cache))
        elif _copied_digest(item.path, target) != item.digest:
            raise input_changed(item)


def _note_undeclared(error: FileNotFoundError, folder: Path) -> None:
    """Says in the error that a converter has no other files than the inputs of its job."""
    if not isinstance(error.filename, (str, Path)):
        return
    path = Path(error.filename)
    inside = path.is_relative_to(folder)
    # A relative path without a suffix is probably a program.
    if inside or (path.suffix and not path.is_absolute()):
        name = path.relative_to(folder).as_posix() if inside else path.as_posix()
        error.add_note(
            f"the folder of the job has only the inputs that `plan` declares: if {name!r} is a "
            "file of the course, add it to `inputs` of the JobRequest"
        )


def produced(item: ResolvedInput, cache: JobCache) -> bytes:
    """The bytes of an input that another job has made.

    Raises:
        InputChangedError: the cache no longer has them.
    """
    try:
        return cache.read_blob(item.digest)
    except KeyError as error:
        raise input_changed(item) from error


def input_changed(item: ResolvedInput) -> InputChangedError:
    """The error for an input whose file is no longer what the job was planned with."""
    change = "has changed" if item.path and item.path.exists() else "was removed"
    message = f"{item.name} {change} since the build began"
    return InputChangedError(message, hint="build again")


def _copied_digest(source: Path, target: Path) -> str | None:
    """Copies a file and returns its digest; None if the source no longer exists."""
    try:
        return copy_and_digest(source, target)
    except FileNotFoundError:
        if source.exists():
            raise
        return None


def _reject_if_cancelled(is_cancelled: Callable[[], bool]) -> None:
    # A cancelled converter may have stopped half-way: its result must not be cached.
    if is_cancelled():
        raise TransientJobError("the job was cancelled or reassigned while it was running")


def _reject_other_types(result: object, resolved: ResolvedJob) -> None:
    where = f"job type {resolved.job_type!r}"
    if not isinstance(result, Result):
        raise InvalidResultError(
            f"{where} returned a {type(result).__name__}, not a Result", hint=PLUGIN_FAULT
        )
    for name, kind in (("outputs", Mapping), ("diagnostics", Sequence), ("metadata", Mapping)):
        value = getattr(result, name)
        if not isinstance(value, kind) or isinstance(value, str):
            message = f"{where} returned {name} {shown(value)}, which is no {kind.__name__}"
            raise InvalidResultError(message, hint=PLUGIN_FAULT)
    try:
        checked_diagnostics(result.diagnostics)
        canonical_json(dict(result.metadata)).encode()
    except (TypeError, ValueError) as error:
        message = f"{where} returned an invalid Result: {error}"
        raise InvalidResultError(message, hint=PLUGIN_FAULT) from error
    if not all(isinstance(name, str) for name in result.outputs):
        message = f"{where} returned an output whose name is not a str"
        raise InvalidResultError(message, hint=PLUGIN_FAULT)


def _reject_errors(result: Result) -> None:
    errors = [d for d in result.diagnostics if d.severity is Severity.ERROR]
    if errors:
        first, *others = errors
        raise ConversionError(
            first.message,
            place=first.place,
            hint=first.hint,
            excerpt=first.excerpt,
            details=first.details,
            also=(*others, *(d for d in result.diagnostics if d not in errors)),
        )


def _checked_outputs(result: Result, resolved: ResolvedJob, folder: Path) -> Mapping[str, bytes]:
    missing = sorted(set(resolved.outputs) - set(result.outputs))
    undeclared = sorted(set(result.outputs) - set(resolved.outputs))
    if missing or undeclared:
        faults = [f"lacks the outputs {missing}"] * bool(missing)
        faults += [f"has undeclared outputs {undeclared}"] * bool(undeclared)
        raise InvalidResultError(
            f"the result of job type {resolved.job_type!r} {' and '.join(faults)}",
            hint=PLUGIN_FAULT,
        )
    outputs: dict[str, bytes] = {}
    room = LARGEST_OUTPUTS
    for name, value in result.outputs.items():
        outputs[name] = _bytes(name, value, folder, room)
        room -= len(outputs[name])
    return outputs


def _bytes(name: str, value: bytes | Path, folder: Path, room: int) -> bytes:
    if isinstance(value, bytes):
        if len(value) > room:
            raise _too_large(name)
        return value
    if not isinstance(value, Path):
        raise InvalidResultError(
            f"the output {name!r} is a {type(value).__name__}, neither bytes nor a Path",
            hint=PLUGIN_FAULT,
        )
    real = (folder / value).resolve()
    if not real.is_relative_to(folder.resolve()) or not real.is_file():
        raise InvalidResultError(
            f"the output {name!r} is not a file in the job's folder", hint=PLUGIN_FAULT
        )
    if real.stat().st_size > room:
        raise _too_large(name)
    return read_regular(real)


def _too_large(name: str) -> ConversionError:
    gigabytes = LARGEST_OUTPUTS / 2**30
    return ConversionError(
        f"the outputs of the job have more than {gigabytes:g} GiB together, up to {name!r}",
        hint="divide the source, or let it print, draw and embed less",
    )


def _refuse_removed_folders(folder: Path) -> None:
    """Raises an error if a folder that a failed converter needed has been removed meanwhile."""
    temporary = Path(tempfile.gettempdir())
    for path, what in ((folder, "the folder of the job"), (temporary, "the temporary folder")):
        if not path.is_dir():
            path.mkdir(parents=True, exist_ok=True)  # for the next attempt
            raise TransientJobError(
                f"{what} was removed while the job ran: {path}",
                hint="build again, and leave its folder alone meanwhile",
            )


def failure_of(error: Exception, source: str, provider: str = "") -> Failure:
    """The failure of a job of `source`, whose converter is of the plugin `provider`."""
    if isinstance(error, ClmError):
        is_transient = isinstance(error, (TransientJobError, DatabaseBusyError))
        found = labelled(error.diagnostics, provider)
        return Failure(tuple(d.at(Place(source)) for d in found), is_transient)
    if isinstance(error, (OSError, MemoryError)):
        details = "".join(traceback.format_exception(error))
        hint = machine_hint(error) or "check that the file is readable"
        return Failure((Diagnostic(cause(error), place=Place(source), hint=hint, details=details),))
    return converter_failure(error, source, provider)


def converter_failure(error: BaseException, source: str, provider: str = "") -> Failure:
    """The failure of a job of `source` whose converter, of `provider`, has raised the error."""
    if isinstance(error, ClmError):
        try:
            found = labelled(diagnostics_of(error), provider)
        except Exception as wrong:
            error = wrong
        else:
            is_transient = isinstance(error, (TransientJobError, DatabaseBusyError))
            return Failure(tuple(d.at(Place(source)) for d in found), is_transient)
    diagnostic = fault(error, "the converter failed unexpectedly", provider)
    return Failure((diagnostic.at(Place(source)),))
