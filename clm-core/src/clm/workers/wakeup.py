"""Waking a waiting process: an empty datagram over loopback after a commit.

A nudge carries nothing and may be lost or forged: whoever is woken looks at the database, and
looks there now and then anyhow. So a lost nudge costs time only.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Iterable

_HOST = "127.0.0.1"
_DRAINED_AT_ONCE = 1_000


class WakeupReceiver:
    """A socket on loopback on which one thread waits to be woken."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((_HOST, 0))
        self._socket.setblocking(False)
        self.address = f"{_HOST}:{self._socket.getsockname()[1]}"

    def wait(self, seconds: float) -> bool:
        """Sleeps until a nudge or for `seconds`; says whether it was a nudge."""
        ready, _, _ = select.select([self._socket], [], [], seconds)
        if ready:
            self._drain()
        return bool(ready)

    def close(self) -> None:
        self._socket.close()

    def _drain(self) -> None:
        # Not for ever: whoever floods the socket is not to keep its owner from its work.
        for _ in range(_DRAINED_AT_ONCE):
            try:
                self._socket.recv(16)
            except BlockingIOError:
                return
            except OSError:
                continue  # Windows: a send of ours met a closed port, or a forged one is longer


class WakeupSender:
    """Sends nudges; never waits and never fails."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def send(self, addresses: Iterable[str]) -> None:
        for address in addresses:
            host, _, port = address.rpartition(":")
            if host != _HOST:
                continue  # not one of ours: nothing is sent beyond loopback
            try:
                self._socket.sendto(b"", (host, int(port)))
            except (OSError, ValueError, OverflowError):
                continue  # no port, its process is gone, or the buffer is full: the poll covers it

    def close(self) -> None:
        self._socket.close()
