"""The processes of a browser: its start with a pair of pipes, and its end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import psutil
from attrs import frozen

from clm.browser.errors import BrowserGoneError
from clm.workers.process_tree import descendants, kill_all

# A browser reads commands from descriptor 3 and writes answers to 4. Popen cannot assign these
# numbers, so this small program does, and then executes the browser.
_PLACE_PIPES = (
    "import os, sys\n"
    "from fcntl import F_DUPFD, fcntl\n"
    "commands, answers = (fcntl(int(end), F_DUPFD, 10) for end in sys.argv[1:3])\n"
    "os.dup2(commands, 3)\n"
    "os.dup2(answers, 4)\n"
    "os.execv(sys.argv[3], sys.argv[3:])\n"
)


@frozen(eq=False)
class BrowserProcess:
    """A running browser, with the pipe for commands to it and the pipe for its answers."""

    popen: subprocess.Popen[bytes]
    commands: BinaryIO
    answers: BinaryIO

    def close(self, grace_seconds: float) -> None:
        """End the browser: close its pipe, wait `grace_seconds`, then kill what still runs."""
        processes = self._processes()
        with suppress(OSError):
            self.commands.close()
        try:
            self.popen.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            processes += self._processes()  # including those that it has started since
        kill_all(processes)
        self.popen.wait()

    def kill(self) -> None:
        """Kill the browser at once."""
        self.close(grace_seconds=0.0)

    def dead_processes(self) -> set[int]:
        """Ids of processes that the browser started and that have ended without its notice."""
        try:
            children = psutil.Process(self.popen.pid).children()
            return {child.pid for child in children if _is_zombie(child)}
        except psutil.Error:
            return set()

    def _processes(self) -> list[psutil.Process]:
        # After it is reaped, its process id may be reused.
        if self.popen.poll() is not None:
            return []
        try:
            process = psutil.Process(self.popen.pid)
        except psutil.Error:
            return []
        return [process, *descendants(process)]


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def start(
    command: Sequence[str], log: Path, environ: Mapping[str, str] | None = None
) -> BrowserProcess:
    """Start a browser; its output is appended to the file `log`.

    `environ` is its environment, by default that of this process.

    Raises:
        BrowserGoneError: the browser cannot be started.
    """
    read_commands, write_commands = os.pipe()
    read_answers, write_answers = os.pipe()
    try:
        with log.open("ab") as output:
            process = _popen(command, read_commands, write_answers, output, environ)
    except OSError as error:
        os.close(write_commands)
        os.close(read_answers)
        raise BrowserGoneError(f"{command[0]} cannot be started: {error.strerror}") from error
    finally:
        os.close(read_commands)
        os.close(write_answers)
    return BrowserProcess(
        process, os.fdopen(write_commands, "wb"), os.fdopen(read_answers, "rb", buffering=0)
    )


def _popen(
    command: Sequence[str],
    commands: int,
    answers: int,
    output: BinaryIO,
    environ: Mapping[str, str] | None,
) -> subprocess.Popen[bytes]:
    if sys.platform == "win32":
        import msvcrt

        handles = [msvcrt.get_osfhandle(end) for end in (commands, answers)]
        for handle in handles:
            os.set_handle_inheritable(handle, True)
        startup = subprocess.STARTUPINFO(lpAttributeList={"handle_list": handles})
        pipes = f"--remote-debugging-io-pipes={handles[0]},{handles[1]}"
        return subprocess.Popen(
            [*command, pipes],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            startupinfo=startup,
            env=environ,
        )
    launcher = [sys.executable, "-I", "-S", "-c", _PLACE_PIPES, str(commands), str(answers)]
    return subprocess.Popen(
        [*launcher, *command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=(commands, answers),
        env=environ,
    )
