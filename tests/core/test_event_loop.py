"""Event loop that starts when it is first needed."""

from __future__ import annotations

import asyncio
import signal

import pytest

from clm.event_loop import all_ended, event_loop, is_interrupted, pause, run


def test_coroutine_without_loop_returns() -> None:
    async def main() -> str:
        await pause()
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return "done"

    assert run(main()) == "done"


def test_loop_runs_once_needed() -> None:
    async def deep() -> str:
        await pause()
        await event_loop()
        await event_loop()
        return await asyncio.wait_for(asyncio.sleep(0, "slept"), 10)

    async def main() -> str:
        return await deep()

    assert run(main()) == "slept"


@pytest.mark.parametrize("needed", [False, True])
def test_exception_passes(needed: bool) -> None:
    async def main() -> None:
        if needed:
            await event_loop()
        raise KeyError("x")

    with pytest.raises(KeyError):
        run(main())


def test_asyncio_loop_is_used() -> None:
    async def main() -> str:
        await event_loop()
        await pause()
        return "done"

    assert asyncio.run(main()) == "done"


async def _value(number: int, *, needs_loop: bool, met: asyncio.Event) -> int:
    await pause()
    if needs_loop:
        await event_loop()
        if number:
            await asyncio.wait_for(met.wait(), 10)
        met.set()
    if number == 3:
        raise ValueError(number)
    return number


@pytest.mark.parametrize("needing", [(), (0, 2), (1, 0, 2, 3)])
@pytest.mark.parametrize("runner", [run, asyncio.run])
def test_all_results_in_order(needing: tuple[int, ...], runner: object) -> None:
    async def main() -> list[int | Exception]:
        met = asyncio.Event()
        if not needing:
            met.set()
        return await all_ended([_value(n, needs_loop=n in needing, met=met) for n in range(4)])

    assert callable(runner)
    *values, error = runner(main())
    assert values == [0, 1, 2]
    assert isinstance(error, ValueError)


def test_ended_coroutines_need_no_loop() -> None:
    async def one() -> int:
        return 1

    async def main() -> list[int | Exception]:
        ends = await all_ended([one(), one()])
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return ends

    assert run(main()) == [1, 1]


def test_interrupt_known_at_once() -> None:
    async def main() -> None:
        await event_loop()
        assert not is_interrupted()
        signal.raise_signal(signal.SIGINT)
        assert is_interrupted()
        await asyncio.sleep(1_000)

    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        run(main())
    assert not is_interrupted()
    assert signal.getsignal(signal.SIGINT) is handler
