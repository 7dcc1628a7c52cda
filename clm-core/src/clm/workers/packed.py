"""Jobs and their ends as bytes, for processes that share nothing but these.

They consist of the frames of a stream: the inputs and the job, or the outputs and the end.
"""

from __future__ import annotations

import io
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cattrs import BaseValidationError

from clm.errors import ClmError, Diagnostic, TransientJobError
from clm.hints import cause
from clm.jobs.key import digest_bytes
from clm.jobs.resolved import ResolvedInput, ResolvedJob
from clm.jobs.result import StoredResult
from clm.jobs.serialization import dump_diagnostics, load_diagnostics
from clm.jobs.structuring import canonical_json
from clm.workers.doing import DoneJob, JobDoer
from clm.workers.job_runner import Failure, failure_of
from clm.workers.pipe.frames import Frame, FrameStream, StreamError
from clm.workers.pipe.messages import PROTOCOL, job_fields, job_of

MALFORMED = (
    *(ArithmeticError, AttributeError, BaseValidationError, LookupError, RecursionError),
    *(TypeError, ValueError),
)
"""What is raised for frames with wrong fields: strangers' code may run there and send anything."""

_doing = threading.Lock()
_doers: dict[str, JobDoer] = {}  # converters are kept for later jobs of the process


def pack_job(job: ResolvedJob, content: Callable[[ResolvedInput], bytes]) -> bytes:
    """A job with its inputs, whose bytes `content` returns."""
    packed = io.BytesIO()
    stream = FrameStream(io.BytesIO(), packed)
    for digest, item in {item.digest: item for item in job.inputs}.items():
        stream.put("input", content(item), digest=digest)
    stream.write("job", protocol=PROTOCOL, **job_fields(job))
    return packed.getvalue()


def do_job(packed: bytes) -> bytes:
    """Do a packed job in this process, one at a time, and return how it ended, for `unpack_end`.

    It needs CLM and the job's plugin, in the versions of the build, and nothing else. Errors of
    the job are part of the answer. The converter is kept for later jobs.

    Raises:
        StreamError: the bytes are not those of a packed job.
    """
    frames = list(_frames(packed))
    inputs, last = frames[:-1], frames[-1] if frames else Frame("nothing", {})
    if last.kind != "job" or last.header.get("protocol") != PROTOCOL:
        raise StreamError("this is not a job, or of another version of CLM")
    try:
        job = job_of(last.header)
    except MALFORMED as error:
        raise StreamError(f"this is not a job: {cause(error)}") from error
    with _doing, tempfile.TemporaryDirectory(prefix="job-") as name:
        folder = Path(name)
        for frame in inputs:
            # Named by what it is, whatever the frame says.
            (folder / digest_bytes(frame.data)).write_bytes(frame.data)
        return _packed_end(_done(job, folder))


def unpack_end(packed: bytes, job: ResolvedJob) -> DoneJob:
    """How a job ended, from what `do_job` returned.

    Raises:
        TransientJobError: the bytes are something else; the job may be done elsewhere.
    """
    try:
        *outputs, last = _frames(packed)
        found = {str(frame.header["name"]): frame.data for frame in outputs}
        end = read_end(last, found, job)
    except MALFORMED as error:
        raise TransientJobError(f"the process for the job sent nonsense: {error}") from error
    if isinstance(end, Failure):
        return DoneJob(end)
    digests = {name: digest_bytes(data) for name, data in found.items()}
    return DoneJob(StoredResult(job.key, digests, *end), found)


def read_end(
    frame: Frame, outputs: Mapping[str, bytes], job: ResolvedJob
) -> Failure | tuple[tuple[Diagnostic, ...], Mapping[str, Any]]:
    """The failure, or the diagnostics and metadata, of the job that the frame ends.

    Raises:
        One of MALFORMED: it does not end this job, with these outputs.
    """
    diagnostics = load_diagnostics(frame.header["diagnostics"])
    if frame.kind == "failure":
        return Failure(diagnostics, bool(frame.header["is_transient"]))
    if frame.kind != "result" or set(outputs) != set(job.outputs):
        raise ValueError("the outputs are not those of the job")
    metadata = dict(frame.header["metadata"])
    canonical_json(metadata).encode()  # as the cache will have them
    return diagnostics, metadata


def _done(job: ResolvedJob, folder: Path) -> DoneJob:
    try:
        if job.job_type not in _doers:
            _doers[job.job_type] = JobDoer.load(job.job_type)
        _doers[job.job_type].look_again()
    except ClmError as error:
        return DoneJob(failure_of(error, job.source))
    return _doers[job.job_type].do(job, folder)


def _packed_end(done: DoneJob) -> bytes:
    packed = io.BytesIO()
    write_end(FrameStream(io.BytesIO(), packed), done)
    return packed.getvalue()


def write_end(stream: FrameStream, done: DoneJob, **header: Any) -> None:
    """Write the frames of the outputs and the end of a job, the last one with this header."""
    result = done.result
    header |= {"diagnostics": dump_diagnostics(result.diagnostics)}
    if isinstance(result, Failure):
        stream.write("failure", is_transient=result.is_transient, **header)
        return
    for name, data in done.outputs.items():
        stream.put("output", data, name=name)
    stream.write("result", metadata=dict(result.metadata), **header)


def _frames(packed: bytes) -> Iterator[Frame]:
    stream = FrameStream(io.BytesIO(packed), io.BytesIO())
    while (frame := stream.read()) is not None:
        yield frame
