"""Event loop of a build, started when the build first needs one.

Most builds find nothing to do. They run without the event loop, whose import takes longer than
anything else that such a build does.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Coroutine, Generator, Iterable
from types import FrameType, coroutine
from typing import Any, Generic, TypeVar

from attrs import define

T = TypeVar("T")
_NEEDED = object()


def run(main: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine like `asyncio.run`, with an event loop from its first `event_loop()` on.

    Before that it may await `pause()`, and nothing else that waits.
    """
    steps = main.__await__()
    try:
        while next(steps) is not _NEEDED:
            pass
    except StopIteration as end:
        result: T = end.value
        return result
    import asyncio  # see the module

    return asyncio.run(noting_interrupts(_continue(steps)))


_interrupts: list[int] = []  # signals that came while the event loop runs


def is_interrupted() -> bool:
    """Whether Ctrl-C has come while the event loop runs, whose own handler only cancels its task
    at the next `await`."""
    return bool(_interrupts)


async def noting_interrupts(main: Coroutine[Any, Any, T]) -> T:
    """Runs the coroutine, which is all that the event loop does, for `is_interrupted`."""
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        return await main

    def note(number: int, frame: FrameType | None) -> None:
        _interrupts.append(number)
        handler(number, frame)

    _interrupts.clear()
    signal.signal(signal.SIGINT, note)
    try:
        return await main
    finally:
        signal.signal(signal.SIGINT, handler)
        _interrupts.clear()


@coroutine
def event_loop() -> Generator[object, None, None]:
    """Waits until an event loop runs; to be awaited before anything of `asyncio` is used."""
    if not _is_running():
        yield _NEEDED


@coroutine
def pause() -> Generator[None, None, None]:
    """Lets others run, as `asyncio.sleep(0)` does; here the coroutine can be cancelled."""
    yield


async def all_ended(coroutines: Iterable[Coroutine[Any, Any, T]]) -> list[T | Exception]:
    """The results of the coroutines, or the exceptions that they raise, in their order.

    They run concurrently from where they need the event loop; if none does, it is not started.
    """
    ends: dict[int, T | Exception] = {}
    waiting: dict[int, Generator[Any, Any, T]] = {}
    for number, item in enumerate(coroutines):
        steps = item.__await__()
        if _is_running() or _waits(steps, number, ends):
            waiting[number] = steps
    if waiting:
        await event_loop()
        import asyncio

        answers = await asyncio.gather(*map(_continue, waiting.values()), return_exceptions=True)
        for number, answer in zip(waiting, answers, strict=True):
            if not isinstance(answer, Exception) and isinstance(answer, BaseException):
                raise answer
            ends[number] = answer
    return [ends[number] for number in sorted(ends)]


def _waits(steps: Generator[Any, Any, T], number: int, ends: dict[int, T | Exception]) -> bool:
    """Whether the coroutine waits after its first step; else its end is put into `ends`."""
    try:
        next(steps)
    except StopIteration as end:
        ends[number] = end.value
    except Exception as error:
        ends[number] = error
    else:
        return True
    return False


async def _continue(steps: Generator[Any, Any, T]) -> T:
    return await _Steps(steps)


@define(eq=False, repr=False)
class _Steps(Generic[T]):
    """The steps of a coroutine that has already begun, to be awaited."""

    steps: Generator[Any, Any, T]

    def __await__(self) -> Generator[Any, Any, T]:
        return (yield from self.steps)


def _is_running() -> bool:
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None
