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
from clm.workers.doing import JobDoer
from clm.workers.folders import remove_tree
from clm.workers.packed import write_end
from clm.workers.pipe.frames import Frame, FrameStream, StreamError
from clm.workers.pipe.leftovers import Leftovers
from clm.workers.pipe.memos import HeldMemos
from clm.workers.pipe.messages import PROTOCOL, SILENCE_SECONDS, job_of
from clm.workers.process_tree import usage_of_tree

log = logging.getLogger(__name__)

_CHECK_SECONDS = 1.0
_DIGEST = re.compile(r"[0-9a-f]{64}")


@define(eq=False)
class Engine:
    """Serves one connection. `on_lost` is called, from another thread, when the holder is gone
    while a job runs; it must end this process.

    `doer` is that of an earlier connection.
    """

    stream: FrameStream
    on_lost: Callable[[], None]
    doer: JobDoer | None = None
    silence_seconds: float = SILENCE_SECONDS
    _jobs: thread_queue.SimpleQueue[Frame | None] = field(factory=thread_queue.SimpleQueue)
    _cancelled: threading.Event = field(factory=threading.Event)
    _current: int | None = None
    _is_busy: bool = False
    _ended: threading.Event = field(factory=threading.Event)
    _memos: HeldMemos = field(init=False)
    _spool: Path = field(init=False)
    _leftovers: Leftovers | None = None

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
            doer = self._opened_doer(opening)
        except ClmError as error:
            first = error.diagnostics[0]
            self.stream.write("refused", message=first.message, hint=first.hint)
            return
        self.stream.write(
            "ready",
            protocol=PROTOCOL,
            version=__version__,
            fingerprint=doer.fingerprint,
            payload_version=doer.job_type.payload_version,
        )
        self._leftovers = Leftovers.in_container()
        self._is_busy = False
        while (frame := self._jobs.get()) is not None:
            if frame.kind == "survey":
                self._survey(frame, doer)
            else:
                self._run(frame, doer)

    def _opened_doer(self, opening: Frame) -> JobDoer:
        job_type = str(opening.header["job_type"])
        if opening.header["protocol"] != PROTOCOL:
            raise ClmError(
                f"the worker speaks version {PROTOCOL} of the protocol, the build version "
                f"{opening.header['protocol']}",
                hint=f"install CLM {__version__} on both sides",
            )
        if self.doer is not None and self.doer.job_type.name != job_type:
            self.doer.stop()
            self.doer = None
        if self.doer is None:
            self.doer = JobDoer.load(job_type)
        self.doer.look_again()
        if opening.header["starts"]:
            self.doer.start()
        return self.doer

    def _survey(self, frame: Frame, doer: JobDoer) -> None:
        try:
            tools = doer.tools(list(map(str, frame.header["names"])))
        except ClmError as error:
            first = error.diagnostics[0]
            self.stream.write("refused", message=first.message, hint=first.hint)
        else:
            self.stream.write("surveyed", environment=dict(tools.environment))

    def _run(self, frame: Frame, doer: JobDoer) -> None:
        done = doer.do(
            job_of(frame.header),
            self._spool,
            is_cancelled=self._cancelled.is_set,
            waiting=self._waiting,
            progress=self._progress,
            memos=self._memos,
        )
        for path in self._spool.glob("?" * 64):
            path.unlink()
        worn = self._leftovers is not None and self._leftovers.remove()
        # Before the answer, which the next job may follow at once.
        job_id, self._current, self._is_busy = self._current, None, False
        write_end(self.stream, done, id=job_id, worn=worn)

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
        elif frame.kind in ("open", "survey"):
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
