"""Doing one job: inputs into a fresh folder, the converter, its outputs checked and kept.

All backends do their jobs through `JobRunner`, so a job gives the same wherever it runs.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from clm.database.cache.results import ResultsCache
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
from clm.jobs.key import cache_key
from clm.jobs.resolved import ResolvedInput, ResolvedJob
from clm.jobs.result import Result, StoredResult
from clm.jobs.structuring import canonical_json
from clm.jobs.worker import Job, Progress, Waiting, Worker, no_progress
from clm.plugins.fingerprint import provider_in
from clm.workers.folders import copy_and_digest, fresh_folder, path_inside

_MEMO = "memo"


@frozen
class Failure:
    """Why a job gave no result, and whether trying again may help."""

    diagnostics: tuple[Diagnostic, ...]
    may_pass: bool = False


@frozen
class JobRunner:
    """Runs jobs of one type.

    `work_folder` is where the jobs' folders are made. Without `use_cache` a result that is in
    the cache is neither used nor kept: the new one replaces it.
    """

    job_type: JobType
    worker: Worker
    cache: ResultsCache
    work_folder: Path
    use_cache: bool = True

    def run(
        self,
        resolved: ResolvedJob,
        is_cancelled: Callable[[], bool],
        waiting: Waiting = nullcontext,
        progress: Progress = no_progress,
    ) -> StoredResult | Failure:
        """Run the job unless its result is known; never raises for what the job causes."""
        try:
            return self._run(resolved, is_cancelled, waiting, progress)
        except Exception as error:
            return failure_of(error, resolved.source, provider_in(resolved.fingerprint))

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
        payload = load_payload(self.job_type, resolved.envelope)
        with fresh_folder(self.work_folder) as folder:
            for item in resolved.inputs:
                self._materialise(item, folder)
            job = self._job(resolved, folder, is_cancelled)
            job = evolve(job, waiting=waiting, progress=progress)
            result = self.worker.convert(payload, job)
            _refuse_half_done(is_cancelled)
            _refuse_no_result(result, resolved)
            _refuse_errors(result)
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
        key = cache_key(
            canonical_json([resolved.job_type, parts]),
            resolved.fingerprint,
            inputs={},
            outputs=[_MEMO],
        )
        stored = self.cache.check_cache(key) if self.use_cache else None
        if stored is None:
            data = compute()
            _refuse_half_done(is_cancelled)
            stored = self.cache.add_to_cache(
                key, resolved.job_type, {_MEMO: data}, replace=not self.use_cache
            )
        else:
            self.cache.mark_used(key)
        return self.cache.read_blob(stored.outputs[_MEMO])

    def _materialise(self, item: ResolvedInput, folder: Path) -> None:
        target = path_inside(folder, item.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if item.path is None:
            target.write_bytes(self.cache.read_blob(item.digest))
        elif _copied_digest(item.path, target) != item.digest:
            change = "changed" if item.path.exists() else "vanished"
            said = f"{item.name} has {change} since the build began"
            raise InputChangedError(said, hint="build again")


def _copied_digest(source: Path, target: Path) -> str | None:
    """The digest of what was copied; None where there is nothing to copy any more."""
    try:
        return copy_and_digest(source, target)
    except FileNotFoundError:
        if source.exists():
            raise
        return None


def _refuse_half_done(is_cancelled: Callable[[], bool]) -> None:
    # A converter that was cancelled may have stopped half-way: nothing of that may be kept.
    if is_cancelled():
        raise TransientJobError("the job was taken away while it was being done")


def _refuse_no_result(result: object, resolved: ResolvedJob) -> None:
    if not isinstance(result, Result):
        raise InvalidResultError(
            f"job type {resolved.job_type!r} gave a {type(result).__name__}, not a Result",
            hint=PLUGIN_FAULT,
        )


def _refuse_errors(result: Result) -> None:
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
        faults = [f"lacks {missing}"] * bool(missing) + [f"has undeclared {undeclared}"] * bool(
            undeclared
        )
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
            f"the output {name!r} is not a file of the job's folder", hint=PLUGIN_FAULT
        )
    return real.read_bytes()


def failure_of(error: Exception, source: str, provider: str = "") -> Failure:
    """What is said of a job of `source` that ended with this error of a converter of `provider`."""
    if isinstance(error, ClmError):
        may_pass = isinstance(error, (TransientJobError, DatabaseBusyError))
        return Failure(tuple(d.at(Place(source)) for d in error.diagnostics), may_pass)
    if isinstance(error, (OSError, MemoryError)):
        message = f"{type(error).__name__}: {error}"
        hint = "can the file be read, is the disk full, has memory run out?"
    else:
        message = f"the converter failed unexpectedly: {type(error).__name__}: {error}"
        message = f"{provider}: {message}" if provider else message
        hint = "this is a fault of the plugin; report it with --print-tracebacks"
    details = "".join(traceback.format_exception(error))
    return Failure((Diagnostic(message, place=Place(source), hint=hint, details=details),))
