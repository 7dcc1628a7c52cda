"""Memos of an engine, which its holder keeps."""

from __future__ import annotations

import threading

from clm.errors import TransientJobError
from clm.workers.pipe.frames import Frame, FrameStream

_ANSWER_SECONDS = 60.0


class HeldMemos:
    """Memos of the current job that the holder keeps; for any thread of the job."""

    def __init__(self, stream: FrameStream) -> None:
        self._stream = stream
        self._asking = threading.Lock()
        self._answered = threading.Event()
        self._answer: Frame | None = None

    def recall(self, parts: str) -> bytes | None:
        """The memo; None if there is none.

        Raises:
            TransientJobError: the holder does not answer.
        """
        with self._asking:
            self._answered.clear()
            self._stream.write("recall", parts=parts)
            if not self._answered.wait(_ANSWER_SECONDS):
                raise TransientJobError("the holder of the worker's pipe does not answer")
            answer, self._answer = self._answer, None
        return answer.data if answer is not None and answer.header["found"] else None

    def remember(self, parts: str, data: bytes) -> bytes:
        """Give a new memo to the holder."""
        self._stream.write("remember", data, parts=parts)
        return data

    def answer(self, frame: Frame) -> None:
        """Take the holder's answer, from the thread that reads."""
        self._answer = frame
        self._answered.set()
