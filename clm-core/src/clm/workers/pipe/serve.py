"""Serving of an engine on standard input and output, or at a Unix socket."""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn, cast

from clm.errors import UsageError
from clm.workers.doing import JobDoer
from clm.workers.folders import TemporaryFolder, sweep_temporary_folders
from clm.workers.packed import do_job
from clm.workers.pipe.engine import Engine
from clm.workers.pipe.frames import BUFFER_BYTES, FrameStream, buffered
from clm.workers.process_tree import MARKER, end_at_once, kill_tools, kill_tree
from clm.workers.worker.lifeline import take_stdin, watch
from clm.workers.worker.options import EXIT_ENGINE_LOST

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 1.0  # before a child that has failed is replaced
_END_SECONDS = 5.0


def serve_pipe() -> None:
    """Serve the process at the other end of standard input and output until it closes them.

    What a converter prints goes to standard error.
    """
    reader, writer = _taken_stdin(), _take_stdout()
    with _engine_process() as (worker_id, temporary):
        stream = FrameStream(reader, writer)
        engine = Engine(stream, lambda: _end(worker_id, temporary, EXIT_ENGINE_LOST))
        engine.serve()
        if engine.doer is not None:
            engine.doer.stop()


def serve_once() -> None:
    """Do the packed job on standard input, and write how it ended to standard output."""
    reader, writer = _taken_stdin(), _take_stdout()
    with _engine_process(), reader, writer:
        writer.write(do_job(reader.read()))


def serve_socket(path: Path) -> NoReturn:
    """Serve one holder after the other at a Unix socket, until the process is ended by a signal.

    The jobs run in a child process. It ends if it loses its holder during a job, since nothing
    else can end a converter, and the next one takes its place.

    Raises:
        UsageError: the socket cannot be created, or another process listens there.
        OSError: there is no folder for temporary files.
    """
    sweep_temporary_folders()
    listening = _listen(path)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _exit)
    child: subprocess.Popen[bytes] | None = None
    try:
        while True:
            child = _start_child(listening)
            if child.wait() != EXIT_ENGINE_LOST:
                time.sleep(_PAUSE_SECONDS)
    finally:
        path.unlink(missing_ok=True)
        if child is not None:
            _end_child(child)
        sweep_temporary_folders()  # that of a child that was killed


def _start_child(listening: socket.socket) -> subprocess.Popen[bytes]:
    number = listening.fileno()
    command = [sys.executable, "-P", "-m", "clm.workers.pipe.serve", str(number)]
    # Its standard input is its lifeline.
    return subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[number])


def _end_child(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None
    child.stdin.close()
    try:
        child.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        kill_tree(child.pid)
        child.wait()


def _serve_connections(number: int) -> NoReturn:
    """Serve the connections of a listening socket, given by its file descriptor."""
    with _engine_process() as (worker_id, temporary):
        watch(
            take_stdin(),
            on_stop=lambda: None,
            on_lost=lambda: _end(worker_id, temporary, 0),
        )
        listening = socket.socket(fileno=number)
        doer: JobDoer | None = None
        while True:
            connection, _ = listening.accept()
            reader, writer = buffered(connection)
            with connection, reader:
                stream = FrameStream(reader, writer)
                engine = Engine(stream, lambda: _end(worker_id, temporary, EXIT_ENGINE_LOST), doer)
                engine.serve()
                doer = engine.doer


def _listen(path: Path) -> socket.socket:
    if not hasattr(socket, "AF_UNIX"):
        raise UsageError("Unix sockets need Linux or macOS", hint="leave out `--socket`")
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as other:
        other.connect(str(path))
        raise UsageError(f"another worker listens at {path}", hint="choose another name")
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Between these two calls a socket refuses connections, so it gets its name afterwards. What
        # has the name was left behind by a process that was killed.
        if path.exists() and not path.is_socket():
            raise FileExistsError(errno.EEXIST, "there is a file with this name")
        aside = path.with_name(f"{path.name}~")
        aside.unlink(missing_ok=True)
        listening.bind(str(aside))
        listening.listen()
        aside.replace(path)
    except OSError as error:
        listening.close()
        raise UsageError(f"cannot listen at {path}: {error.strerror or error}") from error
    return listening


@contextlib.contextmanager
def _engine_process() -> Iterator[tuple[str, TemporaryFolder]]:
    """Prepares this process; yields the id by which its tools are found, and their folder."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    sweep_temporary_folders()
    worker_id = f"engine-{uuid.uuid4().hex[:8]}"
    os.environ[MARKER] = worker_id
    temporary = TemporaryFolder.make()
    os.environ.update(temporary.environment)
    tempfile.tempdir = None  # it is read again from the environment
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _exit)
    try:
        yield worker_id, temporary
    finally:
        kill_tools(worker_id)
        temporary.remove()


def _exit(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(0)


def _end(worker_id: str, temporary: TemporaryFolder, exit_code: int) -> None:
    kill_tools(worker_id)
    temporary.remove()
    end_at_once(worker_id, exit_code)


def _taken_stdin() -> io.BufferedReader:
    return io.BufferedReader(cast(io.RawIOBase, take_stdin()), BUFFER_BYTES)


def _take_stdout() -> io.BufferedIOBase:
    """This process's standard output, replaced by standard error for everything else."""
    raw = io.FileIO(os.dup(sys.stdout.fileno()), "wb")
    private = io.BufferedWriter(raw, BUFFER_BYTES)
    sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return private


def main() -> int:
    """The entry point of `python -m clm.workers.pipe.serve [SOCKET | FILE-DESCRIPTOR]`."""
    argument = sys.argv[1] if len(sys.argv) > 1 else ""
    if argument.isdecimal():
        _serve_connections(int(argument))
    if argument:
        serve_socket(Path(argument).absolute())
    serve_pipe()
    return 0


if __name__ == "__main__":
    sys.exit(main())
