"""Record of the last build in the `.clm` folder, for `clm report`."""

from __future__ import annotations

import json
import os
import zlib
from base64 import b64decode, b64encode
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
from clm.regular_files import read_regular

FILE_NAME = "last-build.json"
RECORD_VERSION = 3
_END_OF_TIME = 2.0**33
# No text of the list contains these, since JSON escapes quotation marks.
_WRITTEN, _NOT_WRITTEN = b'"written": true', b'"written": false'
_END = b'"}'
_LEVEL = 1  # a tenth of the size already; higher levels take several times as long


@frozen(repr=False)
class LastBuild:
    """The outcome of a build.

    `began` is in seconds since the epoch. `stopped_by` has the errors that ended the build early;
    it is empty if the user did. `delivered` are the outputs that are up to date, as plain data;
    if the build was ended early, there are none.
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
    delivered: tuple[Mapping[str, Any], ...] = ()
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
        )

    @property
    def written(self) -> tuple[Mapping[str, Any], ...]:
        """The outputs that the build wrote."""
        return tuple(output for output in self.delivered if output["written"])

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
        _save(folder, build, _listed(folder, report))
    except OSError as error:
        message = f"cannot write the record of this build to {folder}: {error.strerror}"
        report.problems.append(Diagnostic(message, Severity.WARNING))


@frozen(repr=False)
class _Listed:
    """The list of the outputs, compressed: that of a large course has tens of megabytes."""

    state: str
    some_written: bool
    packed: bytes

    @classmethod
    def of(cls, outputs: Iterable[Mapping[str, Any]], state: str = "") -> _Listed:
        lines = ",\n".join(map(json.dumps, outputs))
        text = f"[{lines}]".encode()
        return cls(state, _WRITTEN in text, _packed(text))

    @property
    def head(self) -> bytes:
        """What precedes the list in the record."""
        some = json.dumps(self.some_written)
        # A line break is in no text of the record, since JSON escapes it.
        return f'\n"state": "{self.state}",\n"some_written": {some},\n"delivered": "'.encode()


def _listed(folder: Path, report: BuildReport) -> _Listed:
    """The list of the outputs.

    A build that changed nothing has the list of the build before: making it takes a tenth of the
    time of such a build.
    """
    state = report.state() if report.is_complete else ""
    former = None
    if state and report.follows:
        former = _former_list(folder, report.follows)
        written = [output.as_data() for output in report.written()]
        former = _replaced(former, state, written) if former is not None else None
    elif state and report.changed_nothing:
        former = _former_list(folder, state)
    if former is not None:
        return former
    return _Listed.of((output.as_data() for output in report.delivered()), state)


def _former_list(folder: Path, state: str) -> _Listed | None:
    try:
        content = read_regular(folder / FILE_NAME)
        for some_written in (False, True):
            head = _Listed(state, some_written, b"").head
            at = content.find(head)
            if at >= 0 and content.endswith(_END):
                packed = content[at + len(head) : -len(_END)]
                if some_written:
                    packed = _packed(_unpacked(packed).replace(_WRITTEN, _NOT_WRITTEN))
                return _Listed(state, False, packed)
    except (OSError, ValueError):
        return None
    return None


def _replaced(former: _Listed, state: str, written: Iterable[Mapping[str, Any]]) -> _Listed | None:
    """The former list with these outputs in the place of those with their paths."""
    text, lines = _unpacked(former.packed), list[tuple[int, int, bytes]]()
    for output in written:
        begin = text.find(f'{{"path": {json.dumps(output["path"])}, '.encode())
        if begin < 0:
            return None
        end = text.find(b"}", text.find(b'"public": ', begin)) + 1  # the last of its fields
        lines.append((begin, end, json.dumps(output).encode()))
    parts, at = [], 0
    for begin, end, line in sorted(lines):
        parts += [text[at:begin], line]
        at = end
    return _Listed(state, bool(lines), _packed(b"".join([*parts, text[at:]])))


def _packed(text: bytes) -> bytes:
    return b64encode(zlib.compress(text, _LEVEL))


def _unpacked(packed: bytes | str) -> bytes:
    try:
        return zlib.decompress(b64decode(packed, validate=True))
    except zlib.error as error:
        raise ValueError(str(error)) from error


def save_last_build(folder: Path, build: LastBuild) -> None:
    """Replace the record in the folder, atomically.

    Raises:
        OSError: it cannot be written.
    """
    _save(folder, build, _Listed.of(build.delivered))


def _save(folder: Path, build: LastBuild, listed: _Listed) -> None:
    path = folder / FILE_NAME
    temporary = path.with_name(f"{FILE_NAME}.{os.getpid()}.tmp")
    data = attrs.asdict(evolve(build, delivered=()))
    del data["delivered"]
    text = json.dumps(data).removesuffix("}")
    try:
        with temporary.open("wb") as file:
            file.writelines([f"{text},".encode(), listed.head, listed.packed, _END])
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def load_last_build(folder: Path) -> LastBuild:
    """The record in the folder.

    Raises:
        UsageError: there is none, or this version cannot read it.
    """
    path = folder / FILE_NAME
    try:
        data = json.loads(read_regular(path))
    except FileNotFoundError as error:
        hint = "`clm build` creates one"
        raise UsageError(f"no record of a build in {folder}", hint=hint) from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}", hint="build again") from error
    if not isinstance(data, dict) or data.get("version") != RECORD_VERSION:
        hint = "build again with this version"
        raise UsageError(f"{path} was written by another version of CLM", hint=hint)
    try:
        delivered = tuple(json.loads(_unpacked(data.pop("delivered"))))
        del data["state"], data["some_written"]
        from clm.jobs.structuring import strict_converter  # only readers need it

        build = evolve(strict_converter().structure(data, LastBuild), delivered=delivered)
        _check_times(build)
        return build
    except Exception as error:  # a converter may raise anything
        raise UsageError(f"{path} is damaged", hint="build again") from error


def _check_times(build: LastBuild) -> None:
    times = (build.began, build.seconds, *(t for j in build.jobs for t in (j.started, j.seconds)))
    if not all(0 <= time < _END_OF_TIME for time in times):
        raise ValueError("invalid time")
