"""Channels to kernels on which no message is missed."""

from __future__ import annotations

import time
from queue import Empty
from typing import Any

from jupyter_client.channels import AsyncZMQSocketChannel

_POLL_SECONDS = 0.25


class PolledChannel(AsyncZMQSocketChannel):
    """A channel that looks for messages several times a second while it waits for them.

    ZeroMQ tells asyncio of new messages once, and each use of the socket takes the news. Sessions
    send through a second object for the same socket, of which asyncio knows nothing: a reply that
    arrives in that moment, such as while an output widget is updated, would otherwise be found
    when the timeout ends.
    """

    async def get_msg(  # type: ignore[override]  # as in the class that it extends
        self, timeout: float | None = None
    ) -> dict[str, Any]:
        """Return the next message.

        Raises:
            Empty: none has arrived within `timeout` seconds; with None, it waits for ever.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not await self.socket.poll(1000 * _seconds_until(deadline)):
            if deadline is not None and time.monotonic() >= deadline:
                raise Empty
        message: dict[str, Any] = await self._recv()
        return message


def _seconds_until(deadline: float | None) -> float:
    if deadline is None:
        return _POLL_SECONDS
    return max(0.0, min(_POLL_SECONDS, deadline - time.monotonic()))
