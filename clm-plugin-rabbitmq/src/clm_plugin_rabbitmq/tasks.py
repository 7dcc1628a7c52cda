"""Running several coroutines until the first of them ends."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from aio_pika.abc import AbstractChannel, AbstractConnection


async def until_first(*coroutines: Coroutine[Any, Any, object]) -> None:
    """Run all until one has ended, then cancel the others; raises what that one has raised."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def until_closed(closeable: AbstractConnection | AbstractChannel) -> None:
    """Wait until the connection or channel is closed.

    Raises:
        ConnectionError: always, when it is.
    """
    closed: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def close(_: object, reason: BaseException | None) -> None:
        if not closed.done():
            closed.set_result(_text(reason))

    closeable.close_callbacks.add(close)
    if closeable.is_closed:
        close(closeable, None)
    raise ConnectionError(await closed)


def _text(reason: BaseException | None) -> str:
    if reason is None or isinstance(reason, asyncio.CancelledError):
        return "the connection was closed"
    return str(reason) or type(reason).__name__
