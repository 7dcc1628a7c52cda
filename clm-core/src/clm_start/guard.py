"""Guard of the calls of plugins: a small process that ends a program which a plugin holds on to.

Python code that takes too long is ended in the program itself, by a signal. Native code that never
returns to Python, or fills the memory, can only be ended from outside. So the program forks once,
while it is small. The guard sleeps but while plugins are called; it then looks ten times a second
at what both processes share: the number of the current call, its limits and what it is.
"""

from __future__ import annotations

import _thread
import mmap
import os
import signal
import struct
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

# Number, seconds and bytes of the call, bytes in use before its block, blocks, length of its text.
_HEAD = struct.Struct("<QdQQQH")
_SIZE = 4096
_LOOK_SECONDS = 0.1
_LONGEST_STEP = 1.0  # a longer one means that the processes themselves were stopped
_INTERRUPT_SECONDS = 1.5
_EXIT_SECONDS = 2.0  # a process ends in less, unless the machine is very busy
_SHORT_SECONDS = 0.01
_ENDED = ("Z", "")  # not yet waited for by its parent, or gone
_MORE, _LATER = 1.5, 2.0  # the program's own limits end a call before these
_BEGIN = b"\0"


class Calls:
    """The current call of a plugin, as its guard sees it.

    They belong to the thread that begins the outermost block; those of other threads do not count.
    """

    def __init__(self, shared: mmap.mmap, pipe: int) -> None:
        self._shared, self._pipe = shared, pipe
        self._thread = self._number = 0
        self._calls: list[tuple[int, float, bytes]] = []
        self._blocks: list[tuple[float, int, int]] = []

    def begin(self, seconds: float, memory: int) -> None:
        """Begins a block with calls that may take so long, and so many bytes of memory."""
        if not self._blocks:
            self._thread = _thread.get_ident()
        if self._is_own():
            # The guard may look for the first time when the first call has taken much already.
            used = _state_of(os.getpid())[1] if sys.platform == "linux" else 0
            self._blocks.append((seconds, memory, used))
            self._write(0, seconds, b"")
            with suppress(OSError):  # many signals are unread, or the guard has been killed
                os.write(self._pipe, _BEGIN)

    def end(self) -> None:
        """Ends the block."""
        if self._is_own() and self._blocks:
            self._blocks.pop()
            self._write_last()
            if not self._blocks:
                self._thread = 0

    def enter(self, what: bytes, seconds: float = 0.0) -> None:
        """Begins a call, by default with the limits of the block."""
        if self._is_own() and self._blocks:
            self._number += 1
            limit = seconds or self._blocks[-1][0]
            self._calls.append((self._number, limit, what[: _SIZE - _HEAD.size]))
            self._write_last()

    def leave(self) -> None:
        """Ends the call."""
        if self._is_own() and self._calls:
            self._calls.pop()
            self._write_last()

    def _is_own(self) -> bool:
        return self._thread == _thread.get_ident()

    def _write_last(self) -> None:
        self._write(*self._calls[-1] if self._calls else (0, 0.0, b""))

    def _write(self, number: int, seconds: float, what: bytes) -> None:
        # The number comes last, so that the guard never counts an old call as the new one.
        _, memory, used = self._blocks[-1] if self._blocks else (0, 0, 0)
        head = _HEAD.pack(0, seconds, memory, used, len(self._blocks), len(what))
        self._shared[: len(head) + len(what)] = head + what
        self._shared[:8] = number.to_bytes(8, "little")


calls: Calls | None = None  # None without a guard


def start() -> None:
    """Starts the guard of this process; without one if the system cannot start a process."""
    global calls
    if not hasattr(os, "fork"):
        return
    shared = mmap.mmap(-1, _SIZE)
    read, write = os.pipe()
    ends_by_hangup = _exit_on_hangup()
    try:
        child = os.fork()
    except OSError:
        os.close(read)
        os.close(write)
        return
    if child == 0:
        try:
            os.close(write)
            _Guard(shared, read, ends_by_hangup).watch()
        finally:
            os._exit(0)
    os.close(read)
    os.set_blocking(write, False)
    # The handler in C writes the number of a signal also while native code runs.
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    calls = Calls(shared, write)


def _exit_on_hangup() -> bool:
    """Makes SIGHUP end this process at once with exit code 1, also while native code runs.

    A process that is killed has no exit code of its own, and a handler in Python would wait for
    the native code. `_exit` as the handler gets the number of the signal, which is 1. Where SIGHUP
    is ignored, as under nohup, it stays so, and this returns false.
    """
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_DFL:
        return False
    try:
        import ctypes  # some builds of Python have none
    except ImportError:
        return False
    library = ctypes.CDLL(None)
    library.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
    library.signal.restype = ctypes.c_void_p
    library.signal(signal.SIGHUP, ctypes.cast(library._exit, ctypes.c_void_p))
    return True


class _Guard:
    """What the guard does."""

    def __init__(self, shared: mmap.mmap, pipe: int, ends_by_hangup: bool) -> None:
        self._shared, self._pipe, self._ends_by_hangup = shared, pipe, ends_by_hangup
        self._program = os.getppid()
        self._number, self._lasted, self._memory = 0, 0.0, 0
        self._before = 0  # bytes of memory at the last look in these blocks
        self._interrupted = -1.0  # seconds since Ctrl-C in this call

    def watch(self) -> None:
        import select  # only the guard needs it

        _become_background()
        now = time.monotonic()
        while True:
            blocks = _HEAD.unpack_from(self._shared)[4]
            ready, _, _ = select.select([self._pipe], [], [], _LOOK_SECONDS if blocks else None)
            if ready and not self._read():
                return
            before, now = now, time.monotonic()
            if blocks:
                self._look(min(now - before, _LONGEST_STEP))

    def _read(self) -> bool:
        """Reads what the program has sent; false at its end."""
        data = os.read(self._pipe, 1024)
        if _BEGIN in data:
            self._before = 0
        if signal.SIGINT in data:
            self._interrupted = 0.0
        number = _HEAD.unpack_from(self._shared)[0]
        if not data and number:
            self._say("clm was killed, or has crashed, while this was running:")
        return bool(data)

    def _look(self, step: float) -> None:
        number, seconds, memory, at_first, _, _ = _HEAD.unpack_from(self._shared)
        state, used = _state_of(self._program)
        if number != self._number:
            # What the call has taken since the last look, or since its block began, is its own.
            self._number, self._lasted = number, 0.0
            self._memory = self._before or at_first or used
        self._before = used
        if not number:
            self._interrupted = -1.0
            return
        if state == "T":
            return  # stopped by the user
        self._lasted += step
        if self._interrupted >= 0:
            self._interrupted += step
        if self._interrupted > _INTERRUPT_SECONDS:
            self._end("interrupted; clm was killed, since this did not end:", "")
        elif self._lasted > seconds * _MORE + _LATER:
            self._end(
                f"clm was killed, since this took longer than {seconds:g} s:",
                "give it more time with CLM_PLUGIN_SECONDS, or report it to its authors",
            )
        elif memory and used - self._memory > memory:
            self._end(
                f"clm was killed, since this took more than {memory / 1e9:.2g} GB of memory:",
                "give it more with CLM_PLUGIN_MEMORY, or report it to its authors",
            )

    def _end(self, message: str, hint: str) -> None:
        import psutil  # as above

        program = psutil.Process(self._program)
        own = os.getpid()
        started = [p for p in program.children(recursive=True) if p.pid != own]
        self._end_program(program)
        for process in started:
            try:
                process.kill()
            except psutil.Error:
                continue  # it has ended
        self._say(message, hint)
        os._exit(0)

    def _end_program(self, program: psutil.Process) -> None:
        deadline = time.monotonic() + (_EXIT_SECONDS if self._ends_by_hangup else 0.0)
        if self._ends_by_hangup:
            program.send_signal(signal.SIGHUP)
        while _state_of(self._program)[0] not in _ENDED:
            if time.monotonic() >= deadline:
                program.kill()  # the native code has its own handlers, or blocks signals
                return
            time.sleep(_SHORT_SECONDS)

    def _say(self, message: str, hint: str = "") -> None:
        length = _HEAD.unpack_from(self._shared)[5]
        what = self._shared[_HEAD.size : _HEAD.size + length].decode(errors="replace")
        text = f"error: {message} {what}\n" + (f"  hint: {hint}\n" if hint else "")
        os.write(2, text.encode(errors="replace"))


def _become_background() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)  # it ends with the program
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.chdir("/")
    try:
        with open("/proc/self/comm", "wb") as file:  # noqa: PTH123
            file.write(b"clm-guard")
    except OSError:
        return  # a name for `ps`, only on Linux


def _state_of(pid: int) -> tuple[str, int]:
    """The state of a process and its memory in bytes: `T` is stopped, `Z` has ended, "" is gone."""
    if sys.platform != "linux":
        return _state_elsewhere(pid)
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return "", 0
    return fields[0].decode(), int(fields[21]) * mmap.PAGESIZE


def _state_elsewhere(pid: int) -> tuple[str, int]:
    import psutil  # takes longer than everything else here

    try:
        process = psutil.Process(pid)
        state = {psutil.STATUS_STOPPED: "T", psutil.STATUS_ZOMBIE: "Z"}.get(process.status(), "R")
        return state, 0 if state == "Z" else int(process.memory_info().rss)
    except psutil.Error:
        return "", 0
