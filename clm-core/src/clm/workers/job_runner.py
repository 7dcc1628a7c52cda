"""Execution of one job: inputs in a fresh folder, the converter, outputs checked and cached.

All backends run their jobs through `JobRunner`, so a job's result does not depend on the backend.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
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
from clm.jobs.envelope import load_payload
from clm.jobs.job_type import JobType
from clm.jobs.resolved import ResolvedInput, ResolvedJob
from clm.jobs.result import Result, StoredResult
from clm.jobs.structuring import canonical_json
from clm.jobs.worker import Job, Progress, Waiting, Worker, no_progress
from clm.workers.folders import copy_and_digest, fresh_folder, path_inside
from clm.workers.memos import CachedMemos, JobCache, MemoStore
from clm.workers.process_tree import TreeUsage, usage_of_tree


@frozen
class Failure:
    """The reason why a job has no result, and whether a retry may succeed."""

    diagnostics: tuple[Diagnostic, ...]
    is_transient: bool = False


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
            result = self.worker.convert(payload, job)
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

    def _job(self, resolved: ResolvedJob, folder: Path, is_cancelled: Callable[[], bool]) -> Job:
        return Job(
            folder=folder,
            source=resolved.source,
            outputs=resolved.outputs,
            correlation_id=resolved.correlation_id,
            is_cancelled=is_cancelled,
            input_digests={item.name: item.digest for item in resolved.inputs},
            memo=partial(self._memo, resolved, is_cancelled),
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
        self.worker.start()

    def stop(self) -> None:
        """Releases the converter's tools."""
        self.worker.stop()

    def usage(self) -> TreeUsage:
        """The CPU time and memory of the converter and its tools."""
        return usage_of_tree()

    def _materialise(self, item: ResolvedInput, folder: Path) -> None:
        target = path_inside(folder, item.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if item.path is None:
            target.write_bytes(self.cache.read_blob(item.digest))
        elif _copied_digest(item.path, target) != item.digest:
            raise input_changed(item)


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
    if not isinstance(result, Result):
        raise InvalidResultError(
            f"job type {resolved.job_type!r} returned a {type(result).__name__}, not a Result",
            hint=PLUGIN_FAULT,
        )


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
    return {name: _bytes(name, value, folder) for name, value in result.outputs.items()}


def _bytes(name: str, value: bytes | Path, folder: Path) -> bytes:
    if isinstance(value, bytes):
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
    return real.read_bytes()


def failure_of(error: Exception, source: str, provider: str = "") -> Failure:
    """The failure of a job of `source` whose converter, of `provider`, raised the error."""
    if isinstance(error, ClmError):
        is_transient = isinstance(error, (TransientJobError, DatabaseBusyError))
        return Failure(tuple(d.at(Place(source)) for d in error.diagnostics), is_transient)
    if isinstance(error, (OSError, MemoryError)):
        message = f"{type(error).__name__}: {error}"
        hint = "check that the file is readable and that disk and memory are not full"
    else:
        message = f"the converter failed unexpectedly: {type(error).__name__}: {error}"
        message = f"{provider}: {message}" if provider else message
        hint = "this is a fault of the plugin; report it with the output of --print-tracebacks"
    details = "".join(traceback.format_exception(error))
    return Failure((Diagnostic(message, place=Place(source), hint=hint, details=details),))
