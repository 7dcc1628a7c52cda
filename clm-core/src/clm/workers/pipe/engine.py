"""Engine: runs jobs for the holder of a pipe, and opens no database.

It ends, with all tools that it has started, when the pipe ends or the holder is silent.
"""

from __future__ import annotations

import logging
import queue as thread_queue
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field

from clm import __version__
from clm.errors import ClmError
from clm.jobs.job_type import JobType
from clm.jobs.resolved import ResolvedJob
from clm.jobs.result import StoredResult
from clm.jobs.serialization import dump_diagnostics
from clm.jobs.worker import Worker
from clm.plugins import PluginRegistry
from clm.plugins.fingerprint import fingerprint_of
from clm.workers.converters import new_worker, start_worker
from clm.workers.folders import remove_tree
from clm.workers.job_runner import Failure, JobRunner, failure_of
from clm.workers.pipe.engine_cache import EngineCache
from clm.workers.pipe.frames import Frame, FrameStream, StreamError
from clm.workers.pipe.memos import HeldMemos
from clm.workers.pipe.messages import PROTOCOL, SILENCE_SECONDS, job_of
from clm.workers.process_tree import usage_of_tree

log = logging.getLogger(__name__)

_CHECK_SECONDS = 1.0
_DIGEST = re.compile(r"[0-9a-f]{64}")


@define
class Converter:
    """The converter of a job type, started once, and kept for later connections."""

    job_type: JobType
    fingerprint: str
    worker: Worker
    provider: str
    is_started: bool = False

    @classmethod
    def load(cls, job_type: str) -> Converter:
        """The installed converter.

        Raises:
            ClmError: it is not installed, or cannot be loaded.
        """
        plugins = PluginRegistry.load(for_builds=True)
        found = plugins.job_type(job_type)
        plugin, fingerprint = plugins.plugin_of(job_type), fingerprint_of(plugins, job_type)
        return cls(found, fingerprint, new_worker(found, plugin), plugin.label)

    def start(self) -> None:
        """Prepare it for the first job, once."""
        if not self.is_started:
            start_worker(self.worker, self.job_type.name, self.provider)
            self.is_started = True


@define(eq=False)
class Engine:
    """Serves one connection. `on_lost` is called, from another thread, when the holder is gone
    while a job runs; it must end this process.

    `converter` is that of an earlier connection.
    """

    stream: FrameStream
    on_lost: Callable[[], None]
    converter: Converter | None = None
    silence_seconds: float = SILENCE_SECONDS
    _jobs: thread_queue.SimpleQueue[Frame | None] = field(factory=thread_queue.SimpleQueue)
    _cancelled: threading.Event = field(factory=threading.Event)
    _current: int | None = None
    _is_busy: bool = False
    _ended: threading.Event = field(factory=threading.Event)
    _memos: HeldMemos = field(init=False)
    _spool: Path = field(init=False)

    def serve(self) -> None:
        """Serve the holder until it closes the stream; jobs run in this thread."""
        with _spool_folder() as self._spool:
            self._memos = HeldMemos(self.stream)
            self._is_busy = True
            for target in (self._read, self._watch_silence):
                threading.Thread(target=target, daemon=True).start()
            try:
                opening = self._jobs.get()
                if opening is not None:
                    self._open(opening)
            except OSError as error:
                log.warning("the holder is gone: %s", error)
            finally:
                self._ended.set()

    def _open(self, opening: Frame) -> None:
        try:
            converter = self._converter(opening)
        except ClmError as error:
            first = error.diagnostics[0]
            self.stream.write("refused", message=first.message, hint=first.hint)
            return
        self.stream.write(
            "ready", protocol=PROTOCOL, version=__version__, fingerprint=converter.fingerprint
        )
        cache = EngineCache(self._spool)
        runner = JobRunner(
            converter.job_type,
            converter.worker,
            cache,
            self._spool / "work",
            memos=self._memos,
            provider=converter.provider,
        )
        self._is_busy = False
        while (frame := self._jobs.get()) is not None:
            self._run(frame, runner, cache)

    def _converter(self, opening: Frame) -> Converter:
        job_type = str(opening.header["job_type"])
        if opening.header["protocol"] != PROTOCOL:
            raise ClmError(
                f"the worker speaks version {PROTOCOL} of the protocol, the build version "
                f"{opening.header['protocol']}",
                hint=f"install CLM {__version__} on both sides",
            )
        if self.converter is not None and self.converter.job_type.name != job_type:
            self.converter.worker.stop()
            self.converter = None
        if self.converter is None:
            self.converter = Converter.load(job_type)
        self.converter.start()
        return self.converter

    def _run(self, frame: Frame, runner: JobRunner, cache: EngineCache) -> None:
        job = job_of(frame.header)
        result = self._result(job, runner)
        for path in self._spool.glob("?" * 64):
            path.unlink()
        # Before the answer, which the next job may follow at once.
        job_id, self._current, self._is_busy = self._current, None, False
        diagnostics = dump_diagnostics(result.diagnostics)
        if isinstance(result, Failure):
            self.stream.write(
                "failure", id=job_id, diagnostics=diagnostics, is_transient=result.is_transient
            )
        else:
            for name, data in cache.outputs.items():
                self.stream.write("output", data, name=name)
            metadata = dict(result.metadata)
            self.stream.write("result", id=job_id, diagnostics=diagnostics, metadata=metadata)

    def _result(self, job: ResolvedJob, runner: JobRunner) -> StoredResult | Failure:
        try:
            return runner.run(job, self._cancelled.is_set, self._waiting, self._progress)
        except ClmError as error:
            return failure_of(error, job.source)

    @contextmanager
    def _waiting(self, seconds: float) -> Iterator[None]:
        self.stream.write("waiting", seconds=seconds)
        try:
            yield
        finally:
            self.stream.write("waiting", seconds=None)

    def _progress(self, fraction: float | None, text: str) -> None:
        self.stream.write("progress", fraction=fraction, text=text)

    def _read(self) -> None:
        """Read the holder's frames, in a thread of its own."""
        try:
            while (frame := self.stream.read()) is not None:
                self._take(frame)
        except (StreamError, OSError, ValueError) as error:
            log.warning("%s", error)
        self._lose()

    def _take(self, frame: Frame) -> None:
        if frame.kind == "input":
            self._store(frame)
        elif frame.kind == "job":
            self._cancelled.clear()
            self._current, self._is_busy = int(frame.header["id"]), True
            self._jobs.put(frame)
        elif frame.kind == "open":
            self._jobs.put(frame)
        elif frame.kind == "cancel" and frame.header["id"] == self._current:
            self._cancelled.set()
        elif frame.kind == "memo":
            self._memos.answer(frame)
        elif frame.kind == "ping":
            self._answer_ping()

    def _store(self, frame: Frame) -> None:
        digest = str(frame.header["digest"])
        if not _DIGEST.fullmatch(digest):
            raise StreamError("the stream has an invalid input")
        (self._spool / digest).write_bytes(frame.data)

    def _answer_ping(self) -> None:
        # Measuring looks at all processes, and an idle converter uses nothing.
        usage: dict[str, Any] = {"cpu_seconds": None, "memory_bytes": None}
        if self._is_busy:
            measured = usage_of_tree()
            usage = {
                # The time of this thread is not the converter's.
                "cpu_seconds": measured.cpu_seconds - time.thread_time(),
                "memory_bytes": measured.memory_bytes,
            }
        self.stream.write("pong", **usage)

    def _watch_silence(self) -> None:
        while not self._ended.wait(_CHECK_SECONDS):
            if time.monotonic() - self.stream.heard_at > self.silence_seconds:
                log.warning("nothing heard for %g seconds", self.silence_seconds)
                self._lose()
                return

    def _lose(self) -> None:
        """End an idle connection, or this process: nothing else can end a converter."""
        self._cancelled.set()
        if self._is_busy and not self._ended.is_set():
            self.on_lost()
        self._jobs.put(None)


@contextmanager
def _spool_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="jobs-"))
    try:
        yield folder
    finally:
        remove_tree(folder)
