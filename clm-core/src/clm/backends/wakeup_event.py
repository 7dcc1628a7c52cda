"""Wakeup event of the building process, set by wakeup datagrams and by its own threads."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any


class WakeupEvent(asyncio.DatagramProtocol):
    """An asyncio event that datagrams on loopback, or other threads, set."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.DatagramTransport | None = None
        self.address = ""

    @classmethod
    async def open(cls) -> WakeupEvent:
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.create_datagram_endpoint(cls, local_addr=("127.0.0.1", 0))
        protocol._transport = transport
        host, port = transport.get_extra_info("sockname")[:2]
        protocol.address = f"{host}:{port}"
        return protocol

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._event.set()

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
        if self._transport is not None:
            self._transport.close()
