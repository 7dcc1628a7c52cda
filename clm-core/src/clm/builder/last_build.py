"""Record of the last build in the `.clm` folder, for `clm report`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs
from attrs import evolve, field, frozen

from clm import __version__
from clm.backends.paths import ClmPaths
from clm.builder.options import BuildOptions
from clm.builder.report import BuildReport, JobReport, Outcome, OutputPlace
from clm.errors import Diagnostic, Severity, UsageError
from clm.jobs.structuring import strict_converter

FILE_NAME = "last-build.json"
RECORD_VERSION = 1
_END_OF_TIME = 2.0**33


@frozen(repr=False)
class LastBuild:
    """The outcome of a build.

    `began` is in seconds since the epoch. `stopped_by` has the errors that ended the build early;
    it is empty if the user did. `written` are the outputs that the build wrote, as plain data.
    """

    spec: str
    began: float
    seconds: float
    ok: bool
    interrupted: bool
    jobs: tuple[JobReport, ...]
    problems: tuple[Diagnostic, ...]
    files_written: int = 0
    files_unchanged: int = 0
    files_removed: int = 0
    stopped_by: tuple[Diagnostic, ...] = ()
    outputs: tuple[OutputPlace, ...] = ()
    earlier_failures: tuple[JobReport, ...] = ()
    written: tuple[Mapping[str, Any], ...] = ()
    clm: str = __version__
    version: int = field(default=RECORD_VERSION)

    @classmethod
    def of(
        cls, spec: Path, began: float, report: BuildReport, stopped_by: Iterable[Diagnostic] = ()
    ) -> LastBuild:
        """The record of a build from its start time and its report."""
        reasons = tuple(stopped_by)
        return cls(
            spec=str(spec),
            began=began,
            seconds=report.seconds,
            ok=report.ok and not reasons,
            interrupted=report.interrupted,
            jobs=tuple(report.jobs),
            problems=tuple(report.problems),
            files_written=report.files_written,
            files_unchanged=report.files_unchanged,
            files_removed=report.files_removed,
            stopped_by=reasons,
            outputs=report.outputs,
            earlier_failures=report.earlier_failures,
            written=tuple(output.as_data() for output in report.written()),
        )

    def count(self, outcome: Outcome) -> int:
        return sum(job.outcome is outcome for job in self.jobs)


def keep_record(
    options: BuildOptions,
    began: float,
    report: BuildReport,
    stopped_by: Iterable[Diagnostic] = (),
) -> None:
    """Record a build that has ended; a failure to write the record becomes a problem of the report.

    Without the folder, which the build may have failed to create, nothing is recorded.
    """
    folder = ClmPaths.of(options.spec_path, options.db_path).folder
    if not folder.is_dir():
        return
    build = LastBuild.of(options.spec_path, began, report, stopped_by)
    try:
        save_last_build(folder, build)
    except OSError as error:
        message = f"cannot write the record of this build to {folder}: {error.strerror}"
        report.problems.append(Diagnostic(message, Severity.WARNING))


def save_last_build(folder: Path, build: LastBuild) -> None:
    """Replace the record in the folder, atomically.

    Raises:
        OSError: it cannot be written.
    """
    path = folder / FILE_NAME
    temporary = path.with_name(f"{FILE_NAME}.{os.getpid()}.tmp")
    try:
        temporary.write_text(json.dumps(_plain_data(build)))
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _plain_data(build: LastBuild) -> dict[str, Any]:
    # A build may write tens of thousands of outputs, which are plain data already.
    return {**attrs.asdict(evolve(build, written=())), "written": build.written}


def load_last_build(folder: Path) -> LastBuild:
    """The record in the folder.

    Raises:
        UsageError: there is none, or this version cannot read it.
    """
    path = folder / FILE_NAME
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        hint = "`clm build` creates one"
        raise UsageError(f"no record of a build in {folder}", hint=hint) from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}", hint="build again") from error
    if not isinstance(data, dict) or data.get("version") != RECORD_VERSION:
        hint = "build again with this version"
        raise UsageError(f"{path} was written by another version of CLM", hint=hint)
    try:
        written = tuple(data.pop("written", ()))
        build = evolve(strict_converter().structure(data, LastBuild), written=written)
        _check_times(build)
        return build
    except Exception as error:  # a converter may raise anything
        raise UsageError(f"{path} is damaged", hint="build again") from error


def _check_times(build: LastBuild) -> None:
    times = (build.began, build.seconds, *(t for j in build.jobs for t in (j.started, j.seconds)))
    if not all(0 <= time < _END_OF_TIME for time in times):
        raise ValueError("invalid time")
