"""Wakeups of waiting processes: empty datagrams over loopback, sent after a commit.

A wakeup carries no data and may be lost or forged: the receiver checks the database, as it also
does periodically. A lost wakeup therefore only costs time.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Iterable

_HOST = "127.0.0.1"
_MAX_DRAINED = 1_000


class WakeupReceiver:
    """A loopback socket on which one thread waits for wakeups."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((_HOST, 0))
        self._socket.setblocking(False)
        self.address = f"{_HOST}:{self._socket.getsockname()[1]}"

    def wait(self, seconds: float) -> bool:
        """Waits for a wakeup, at most for `seconds`; returns whether there was one."""
        ready, _, _ = select.select([self._socket], [], [], seconds)
        if ready:
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
