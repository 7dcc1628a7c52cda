"""Record of the last build in the `.clm` folder, for `clm report`."""

from __future__ import annotations

import json
import os
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
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
_LINES = 1000
_CHUNK_BYTES = 1 << 14
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
        some_written = False

        def chunks() -> Iterator[bytes]:
            nonlocal some_written
            rest, separator = map(json.dumps, outputs), b""
            yield b"["
            while lines := list(islice(rest, _LINES)):
                chunk = ",\n".join(lines).encode()
                some_written = some_written or _WRITTEN in chunk
                yield separator + chunk
                separator = b",\n"
            yield b"]"

        packed = _packed(chunks())
        return cls(state, some_written, packed)

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
        if former is not None:
            written = [output.as_data() for output in report.written()]
            former = _replaced(former, state, written)
    elif state and report.changed_nothing:
        former = _former_list(folder, state)
        former = _replaced(former, state, ()) if former and former.some_written else former
    if former is not None:
        return former
    return _Listed.of((output.as_data() for output in report.delivered()), state)


def _former_list(folder: Path, state: str) -> _Listed | None:
    try:
        content = read_regular(folder / FILE_NAME)
    except OSError:
        return None
    for some_written in (False, True):
        listed = _Listed(state, some_written, b"")
        at = content.find(listed.head)
        if at >= 0 and content.endswith(_END):
            return evolve(listed, packed=content[at + len(listed.head) : -len(_END)])
    return None


def _replaced(former: _Listed, state: str, written: Iterable[Mapping[str, Any]]) -> _Listed | None:
    """The former list with these outputs in the place of those with their paths.

    The others are not written. None if the list is damaged, or lacks one of the outputs.
    """
    lines = {
        f'{{"path": {json.dumps(output["path"])}, '.encode(): json.dumps(output).encode()
        for output in written
    }
    some_written = bool(lines)

    def chunks() -> Iterator[bytes]:
        for former_chunk in _unpacked(former.packed):
            chunk = former_chunk
            if former.some_written:
                chunk = chunk.replace(_WRITTEN, _NOT_WRITTEN)
            for start in [start for start in lines if start in chunk]:
                begin = chunk.find(start)
                end = chunk.find(b"}", chunk.find(b'"public": ', begin)) + 1  # its last field
                chunk = chunk[:begin] + lines.pop(start) + chunk[end:]
            yield chunk

    try:
        packed = _packed(chunks())
    except ValueError:
        return None
    return None if lines else _Listed(state, some_written, packed)


def _packed(chunks: Iterable[bytes]) -> bytes:
    packer = zlib.compressobj(_LEVEL)
    parts = [packer.compress(chunk) for chunk in chunks]
    return b64encode(b"".join([*parts, packer.flush()]))


def _unpacked(packed: bytes | str) -> Iterator[bytes]:
    """The list in chunks of whole lines: the whole of it would be most of a build's memory."""
    unpacker, given, rest = zlib.decompressobj(), b64decode(packed, validate=True), b""
    try:
        for at in range(0, len(given), _CHUNK_BYTES):
            chunk = unpacker.decompress(given[at : at + _CHUNK_BYTES])
            lines, separator, rest = (rest + chunk).rpartition(b"\n")
            yield lines + separator
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not unpacker.eof:
        raise ValueError("the list of outputs is cut off")
    yield rest


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
        delivered = tuple(json.loads(b"".join(_unpacked(data.pop("delivered")))))
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
