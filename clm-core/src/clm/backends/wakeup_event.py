"""Wakeup event of the building process, set by wakeup datagrams and by its own threads."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

from clm.workers.wakeup import WakeupReceiver, WakeupSender

_LONG_SECONDS = 3600.0


class WakeupEvent:
    """An asyncio event that datagrams on loopback, or other threads, set.

    A thread receives the datagrams, so that a flood of them does not keep the event loop busy.
    """

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._receiver = WakeupReceiver()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._receive, name="wakeups", daemon=True)
        self.address = self._receiver.address
        self._thread.start()

    def _receive(self) -> None:
        while not self._closed.is_set():
            if self._receiver.wait(_LONG_SECONDS):
                self.from_thread()

    def from_thread(self) -> None:
        """Wakes the waiting task from any thread."""
        with suppress(RuntimeError):  # the loop is closed: no task is waiting
            self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, seconds: float) -> None:
        """Waits for a wakeup, at most for `seconds`."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return
        self._event.clear()

    def close(self) -> None:
        """Ends the thread; call it once."""
        self._closed.set()
        sender = WakeupSender()
        sender.send([self.address])
        sender.close()
        self._thread.join()
        self._receiver.close()
