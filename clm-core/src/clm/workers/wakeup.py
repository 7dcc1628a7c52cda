"""Wakeups of waiting processes: empty datagrams over loopback, sent after a commit.

A wakeup carries no data and may be lost or forged: the receiver checks the database, as it also
does periodically. A lost wakeup therefore only costs time. So does one that waits: a receiver takes
note of a limited number in a second, and of the rest of a flood nothing but the last few.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterable

_HOST = "127.0.0.1"
_MAX_DRAINED = 100
_PER_SECOND = 100.0
_AT_ONCE = 50  # that come together, before their number in a second counts
# One datagram that waits is enough. The system drops more, which costs this process nothing.
_BUFFER_BYTES = 4_096


class WakeupReceiver:
    """A loopback socket on which one thread waits for wakeups.

    It notes `per_second` wakeups, and now and then more for a short time. In a flood, `wait` also
    sleeps without looking at the socket, at most for the time of one wakeup.
    """

    def __init__(
        self,
        per_second: float = _PER_SECOND,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._seconds = 1 / per_second
        self._clock, self._sleep = clock, sleep
        self._paid_until = 0.0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self._socket.bind((_HOST, 0))
        self._socket.setblocking(False)
        self.address = f"{_HOST}:{self._socket.getsockname()[1]}"

    def wait(self, seconds: float) -> bool:
        """Waits for a wakeup, at most for `seconds`; returns whether there was one."""
        now = self._clock()
        early = self._paid_until - now - _AT_ONCE * self._seconds
        if early > 0:
            self._sleep(min(early, seconds))
            seconds -= early
        if seconds < 0:
            return False
        ready, _, _ = select.select([self._socket], [], [], seconds)
        if ready:
            self._paid_until = max(self._paid_until, self._clock()) + self._seconds
            self._drain()
        return bool(ready)

    def close(self) -> None:
        self._socket.close()

    def _drain(self) -> None:
        # Bounded, so that a flood of datagrams cannot block the receiver.
        for _ in range(_MAX_DRAINED):
            try:
                self._socket.recv(16)
            except BlockingIOError:
                return
            except OSError:
                continue  # Windows: an own send hit a closed port, or a forged datagram is too long


class WakeupSender:
    """Sends wakeups; never blocks and never fails."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # Otherwise the first datagram binds it to all addresses, where anybody may write to it.
        self._socket.bind((_HOST, 0))
        self._socket.setblocking(False)

    def send(self, addresses: Iterable[str]) -> None:
        for address in addresses:
            host, _, port = address.rpartition(":")
            if host != _HOST:
                continue  # not a wakeup address: nothing is sent beyond loopback
            try:
                self._socket.sendto(b"", (host, int(port)))
            except (OSError, ValueError, OverflowError):
                continue  # invalid or closed port, or full buffer: the receiver polls anyway

    def close(self) -> None:
        self._socket.close()
