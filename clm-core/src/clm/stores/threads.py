"""Threads for requests to a store, which an unfinished request does not keep from ending."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any


class RequestThreads:
    """A few daemon threads: those of `concurrent.futures` would delay the end of the process."""

    def __init__(self, count: int) -> None:
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._count = count
        self._started = 0

    def submit(self, call: Callable[[], Any]) -> Future[Any]:
        """Calls it in one of the threads."""
        future: Future[Any] = Future()
        self._calls.put((future, call))
        if self._started < self._count:
            self._started += 1
            threading.Thread(target=self._run, name="clm-store", daemon=True).start()
        return future

    def close(self) -> None:
        """Ends the threads after the calls that were submitted."""
        for _ in range(self._started):
            self._calls.put(None)

    def _run(self) -> None:
        while (item := self._calls.get()) is not None:
            future, call = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = call()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
