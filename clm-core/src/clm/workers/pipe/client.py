"""Client of an engine: what the holder of a pipe does."""

from __future__ import annotations

import json
import queue as thread_queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Self, TypeGuard

from attrs import evolve, frozen

from clm.errors import ClmError, TransientJobError
from clm.hints import cause, shown
from clm.jobs.key import digest_bytes
from clm.jobs.resolved import ResolvedInput, ResolvedJob
from clm.jobs.result import StoredResult
from clm.jobs.structuring import canonical_json
from clm.jobs.tools import Tools, tools_in
from clm.jobs.work import JobProgress
from clm.jobs.worker import Progress, Waiting, no_progress
from clm.workers.doing import other_versions
from clm.workers.job_runner import (
    LARGEST_OUTPUTS,
    Failure,
    failure_of,
    input_changed,
    produced,
)
from clm.workers.memos import CachedMemos, JobCache, MemoStore
from clm.workers.packed import MALFORMED, read_end
from clm.workers.pipe.frames import Frame, FrameStream, StreamError
from clm.workers.pipe.messages import (
    PING_SECONDS,
    PROTOCOL,
    SILENCE_SECONDS,
    job_fields,
)
from clm.workers.pipe.streams import CommandStream, SocketStream, Stream

_CHECK_SECONDS = 0.1
_END_SECONDS = 5.0
_START_SECONDS = 180.0


class EngineLostError(TransientJobError):
    """The engine has ended, or does not answer."""


class EngineRefusedError(ClmError):
    """The engine cannot run jobs of this type."""


@frozen(repr=False)
class EngineUsage:
    """The CPU time in seconds and the memory in bytes that the engine has used, when last heard."""

    cpu_seconds: float = 0.0
    memory_bytes: int = 0


class EngineClient:
    """A connection to an engine for jobs of one type; runs one job at a time.

    A context manager. `on_lost` is called, from another thread, when the engine is lost. `is_worn`
    tells, after a job, that the engine should be replaced: what jobs have left there could make
    others fail.
    """

    def __init__(
        self,
        stream: Stream,
        job_type: str,
        *,
        silence_seconds: float = SILENCE_SECONDS,
        start_seconds: float = _START_SECONDS,
        on_lost: Callable[[EngineLostError], None] | None = None,
        starts: bool = True,
    ) -> None:
        """Open the stream and wait until the engine is ready.

        Without `starts` the converter is only started by the first job.

        Raises:
            OSError: the stream cannot be opened.
            EngineLostError: the engine has ended, or is not ready within `start_seconds`.
            EngineRefusedError: it has no such converter, or speaks another protocol.
        """
        self._open = stream.open()
        self._stream = FrameStream(self._open.reader, self._open.writer)
        self._silence_seconds = silence_seconds
        self._on_lost = on_lost
        self._frames: thread_queue.SimpleQueue[Frame] = thread_queue.SimpleQueue()
        self._closed = threading.Event()
        self._lost: EngineLostError | None = None
        self._last_id = 0
        self.usage = EngineUsage()
        self.tools = Tools("")
        self.is_worn = False
        self._reading = threading.Thread(target=self._read, name="engine", daemon=True)
        self._reading.start()
        threading.Thread(target=self._ping, name="engine ping", daemon=True).start()
        try:
            self._send("open", protocol=PROTOCOL, job_type=job_type, starts=starts)
            self.tools = self._ready(start_seconds)
        except BaseException:
            self.close()
            raise

    @classmethod
    def start(cls, command: Sequence[str], job_type: str) -> EngineClient:
        """Start an engine by a command, such as `clm workers serve`."""
        return cls(CommandStream(tuple(command)), job_type)

    @classmethod
    def connect(cls, path: Path, job_type: str) -> EngineClient:
        """Connect to an engine that listens at a Unix socket."""
        return cls(SocketStream(path), job_type)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; a job that runs there is given up. May be called repeatedly."""
        if not self._closed.is_set():
            self._closed.set()
            self._open.close()
            if threading.current_thread() is not self._reading:
                self._reading.join(_END_SECONDS)
            self._open.reader.close()

    def give_up(self, reason: str) -> None:
        """Count the engine as lost, from any thread; a running job raises EngineLostError."""
        self._lose(reason)

    def run(
        self,
        job: ResolvedJob,
        cache: JobCache,
        is_cancelled: Callable[[], bool] = lambda: False,
        waiting: Waiting = nullcontext,
        progress: Progress = no_progress,
        *,
        use_cache: bool = True,
    ) -> StoredResult | Failure:
        """Run a job whose result is not cached, and add the result to the cache.

        Without `use_cache` memos are not used, and they and the result replace cached ones.

        Raises:
            EngineLostError: the engine was lost; the job may be run elsewhere.
            OSError, InputChangedError: an input cannot be read.
        """
        if tools_in(job.fingerprint) != self.tools.fingerprint:
            return failure_of(other_versions(job, self.tools.fingerprint), job.source)
        self._last_id += 1
        for digest, item in {item.digest: item for item in job.inputs}.items():
            data = input_content(item, cache)
            with self._losing():
                self._stream.put("input", data, digest=digest)
        self._send("job", id=self._last_id, **job_fields(job))
        memos = CachedMemos(cache, job, use_cache)
        try:
            outputs, end = self._until_end(job, memos, is_cancelled, waiting, progress)
            self.is_worn = end.header.get("worn") is True
            result = read_end(end, outputs, job)
        except MALFORMED as error:
            raise EngineLostError(f"the worker behind the pipe sent nonsense: {error}") from error
        if isinstance(result, Failure):
            return result
        diagnostics, metadata = result
        return cache.add_to_cache(
            job.key, job.job_type, outputs, diagnostics, metadata, replace=not use_cache
        )

    def _until_end(
        self,
        job: ResolvedJob,
        memos: MemoStore,
        is_cancelled: Callable[[], bool],
        waiting: Waiting,
        progress: Progress,
    ) -> tuple[Mapping[str, bytes], Frame]:
        """The outputs of the job, and the frame that ends it."""
        outputs: dict[str, bytes] = {}
        is_told = False
        with ExitStack() as waits:
            while True:
                if is_cancelled() and not is_told:
                    self._send("cancel", id=self._last_id)
                    is_told = True
                frame = self._next()
                if frame is None:
                    continue
                if frame.kind == "output":
                    _add_output(frame, outputs, job)
                elif frame.kind == "progress":
                    told = JobProgress.of(frame.header["fraction"], frame.header["text"])
                    progress(told.fraction, told.text)
                elif frame.kind == "waiting":
                    waits.close()
                    seconds = frame.header["seconds"]
                    if seconds is not None:
                        waits.enter_context(waiting(float(seconds)))
                elif frame.kind == "recall":
                    self._recall(memos, canonical_parts(frame.header["parts"]))
                elif frame.kind == "remember":
                    memos.remember(canonical_parts(frame.header["parts"]), frame.data)
                elif frame.header.get("id") == self._last_id:
                    return outputs, frame

    def _recall(self, memos: MemoStore, parts: str) -> None:
        data = memos.recall(parts)
        self._send("memo", data or b"", found=data is not None)

    def survey(self, names: Sequence[str]) -> Tools:
        """The tools there, with these names of the environment.

        Raises:
            EngineLostError: the engine has ended.
            EngineRefusedError: the job type cannot say.
        """
        if names:
            self._send("survey", names=list(names))
            frame = self._answer(_START_SECONDS)
            found = frame.header.get("environment")
            if frame.kind != "surveyed" or not _is_environment(found, names):
                raise _refused(frame)
            self.tools = evolve(self.tools, environment=found)
        return self.tools

    def _answer(self, seconds: float) -> Frame:
        deadline = time.monotonic() + seconds
        while (frame := self._next()) is None:
            if time.monotonic() > deadline:
                raise EngineLostError(f"the worker was not ready within {seconds:g} seconds")
        return frame

    def _ready(self, seconds: float) -> Tools:
        frame = self._answer(seconds)
        header = frame.header
        fingerprint, version = header.get("fingerprint"), header.get("payload_version")
        is_same = frame.kind == "ready" and header.get("protocol") == PROTOCOL
        if is_same and isinstance(fingerprint, str) and isinstance(version, int):
            return Tools(fingerprint, payload_version=version)
        raise _refused(frame)

    def _next(self) -> Frame | None:
        """The next frame for the job; None if there is none yet.

        Raises:
            EngineLostError: no more will arrive.
        """
        try:
            return self._frames.get(timeout=_CHECK_SECONDS)
        except thread_queue.Empty:
            if self._lost is not None and self._frames.empty():
                raise self._lost from None
            return None

    def _send(self, kind: str, data: bytes = b"", **header: object) -> None:
        with self._losing():
            self._stream.write(kind, data, **header)

    @contextmanager
    def _losing(self) -> Iterator[None]:
        """Raises what is raised when a frame cannot be sent."""
        try:
            yield
        except (OSError, ValueError) as error:
            self._lose(self._open.end())
            assert self._lost is not None
            raise self._lost from error

    def _read(self) -> None:
        try:
            while (frame := self._stream.read()) is not None:
                if frame.kind == "pong":
                    self._take_pong(frame)
                else:
                    self._frames.put(frame)
        except (StreamError, OSError, *MALFORMED) as error:
            self._lose(cause(error))
            return
        if not self._closed.is_set():
            self._lose(self._open.end())

    def _take_pong(self, frame: Frame) -> None:
        cpu_seconds, memory = frame.header["cpu_seconds"], frame.header["memory_bytes"]
        if cpu_seconds is not None and memory is not None:
            self.usage = EngineUsage(float(cpu_seconds), int(memory))

    def _ping(self) -> None:
        while not self._closed.wait(PING_SECONDS):
            if time.monotonic() - self._stream.heard_at > self._silence_seconds:
                self._lose(f"it has not answered for {self._silence_seconds:g} seconds")
                return
            try:
                self._stream.write("ping")
            except (OSError, ValueError):
                return  # the reading thread sees the end, too

    def _lose(self, reason: str) -> None:
        if self._closed.is_set() or self._lost is not None:
            return
        self._lost = EngineLostError(f"the worker behind the pipe is lost: {reason}")
        if self._on_lost is not None:
            self._on_lost(self._lost)


def canonical_parts(text: object) -> str:
    """The parts of a memo from the engine, as canonical JSON.

    Raises:
        TypeError, ValueError: it is something else.
    """
    if not isinstance(text, str):
        raise TypeError("the parts of a memo are not a text")
    return canonical_json(json.loads(text))


def input_content(item: ResolvedInput, cache: JobCache) -> bytes:
    """The bytes of an input.

    Raises:
        InputChangedError: its file no longer has the digest, or the cache no longer has its bytes.
    """
    if item.path is None:
        return produced(item, cache)
    try:
        data = item.path.read_bytes()
    except FileNotFoundError:
        data = None
    if data is None or digest_bytes(data) != item.digest:
        raise input_changed(item)
    return data


def _refused(frame: Frame) -> EngineRefusedError:
    message = frame.header.get("message") or "the worker speaks another version of the protocol"
    hint = frame.header.get("hint") or "install the same version of CLM on both sides"
    return EngineRefusedError(str(message), hint=str(hint))


def _add_output(frame: Frame, outputs: dict[str, bytes], job: ResolvedJob) -> None:
    """Add the output in a frame.

    Raises:
        ValueError: it is none of the job's, or too large with the others.
    """
    name = str(frame.header["name"])
    if name not in job.outputs or name in outputs:
        raise ValueError(f"the output {shown(name)} is not expected")
    if sum(map(len, outputs.values())) + len(frame.data) > LARGEST_OUTPUTS:
        raise ValueError(f"the outputs have more than {LARGEST_OUTPUTS / 2**30:g} GiB together")
    outputs[name] = frame.data


def _is_environment(found: object, names: Sequence[str]) -> TypeGuard[dict[str, str]]:
    # Strangers' code may have run there before.
    if not isinstance(found, dict) or set(found) != set(names):
        return False
    return all(isinstance(value, str) for value in found.values())
