"""Program that runs IPython's kernel: a single one, or many by forking.

It is run by the kernels' interpreter, which may lack this package, so it imports nothing from it.

    python python_kernels.py run CONNECTION_FILE
    python python_kernels.py serve [MODULE...]

A worker of CLM's own interpreter forks its server instead, before it imports anything itself
(`fork_server`), and so has what the server has imported.

A server imports IPython's kernel and the modules once. It reads one JSON request per line from
standard input, and answers each with one line:

    {"do": "start", "connection_file", "environment", "folder", "log", "memory_mb", "processes"}
        -> {"pid": N}
    {"do": "end", "pid": N}     -> {"status": S}, null while the kernel runs
    {"do": "kill", "pid": N}    -> {"status": S}

At the end of its input it kills its kernels and exits.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import pathlib
import random
import signal
import sys
from typing import IO, Any, Dict, List, NamedTuple, Optional, Sequence, Set

# ruff: noqa: UP006, UP035, UP045  # the kernels' Python may be older than CLM's

# Variables that kernels do not get: outputs would depend on the terminal or the user of the worker.
OUTPUT_VARIABLES = frozenset(
    {
        *("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"),
        *("MPLBACKEND", "PYTHONSTARTUP"),
    }
)
# The same, but interpreters read them at their start.
INTERPRETER_VARIABLES = frozenset({"PYTHONINSPECT", "PYTHONWARNINGS", "PYTHONOPTIMIZE"})

_PR_SET_PDEATHSIG = 1

# Modules that a kernel imports itself; imported before forking to save time.
_MODULES = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger"),
    *("IPython.core.completerlib", "IPython.core.debugger", "IPython.core.logger"),
    *("IPython.core.oinspect", "IPython.extensions.storemagic", "IPython.utils.wildcard"),
    *("tornado.gen", "tornado.locks", "tornado.platform.asyncio", "tornado.queues"),
    *("psutil", "unicodedata", "encodings.idna", "encodings.latin_1"),
)


def serve(preloaded: List[str]) -> None:
    """Serve requests until the end of the input."""
    gc.disable()
    _import_kernel()
    _beside_this("offline_figures").install()
    for name in preloaded:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()
    exited: Dict[int, int] = {}
    running: Set[int] = set()
    try:
        for line in iter(sys.stdin.readline, ""):
            request = json.loads(line)
            if request["do"] == "start":
                answer = _start(request, running)
            else:
                answer = _status(request, running, exited)
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    finally:
        for pid in running:
            _kill(pid)


class ForkedServer(NamedTuple):
    """A server that this process has forked."""

    pid: int
    requests: IO[bytes]
    answers: IO[bytes]

    def close(self) -> None:
        """End the server and its kernels."""
        for end in (self.requests, self.answers):
            with contextlib.suppress(OSError):  # a request that a dead server did not get
                end.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


# That of this process, until a pool of kernels takes it: what called `fork_server` imports nothing
# of this package that could keep it.
_forked: List[ForkedServer] = []


def fork_server() -> None:
    """Fork a server from this process, which has imported nothing else and has one thread.

    Nothing happens if a server that is started as a program would differ from it.
    """
    strict = sys.flags.utf8_mode and not sys.flags.hash_randomization
    if not strict or any(name in os.environ for name in INTERPRETER_VARIABLES):
        return
    hidden = {name: os.environ.pop(name) for name in OUTPUT_VARIABLES if name in os.environ}
    gc.disable()
    _import_kernel()
    gc.freeze()  # so that the collector leaves the pages alone that both processes have
    os.environ.update(hidden)
    gc.enable()
    with contextlib.suppress(OSError):
        _forked.append(_fork())


def _fork() -> ForkedServer:
    (requests, to_server), (from_server, answers) = os.pipe(), os.pipe()
    ends = os.fdopen(to_server, "wb"), os.fdopen(from_server, "rb")
    try:
        pid = os.fork()
        if pid == 0:
            _become_server(requests, answers)
        return ForkedServer(pid, *ends)
    finally:
        os.close(requests)
        os.close(answers)


def take_server() -> Optional[ForkedServer]:
    """The server that this process has forked, once; None if it has none."""
    return _forked.pop() if _forked else None


def _become_server(requests: int, answers: int) -> None:
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for source, target in ((requests, 0), (answers, 1), (null, 2)):
            os.dup2(source, target)
        os.closerange(3, null + 1)
        for name in [name for name in sys.modules if name.startswith("clm")]:
            del sys.modules[name]  # as in a server that is started as a program
        sys.orig_argv = [sys.executable, __file__, "serve"]
        _show_command(sys.orig_argv)
        serve([])
    finally:
        os._exit(0)


def _show_command(command: Sequence[str]) -> None:
    """Make this process appear under a command, such as in `ps`, if there is space for it."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = pathlib.Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        start, end = int(fields[45]), int(fields[46])  # of the memory with the arguments
        text = b" ".join(map(os.fsencode, command)) + b"\0"
        if start > 0 and len(text) < end - start:
            ctypes.memmove(start, text, len(text))
            ctypes.memset(end - 1, 1, 1)  # not 0: the command is one text that ends before


def _import_kernel() -> None:
    # These kernels are never debugged, and the debugger needs as much memory as all the rest.
    if "ipykernel.debugger" in sys.modules:
        return
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    for name in _MODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    del sys.modules["debugpy"]


def _start(request: Dict[str, Any], running: Set[int]) -> Dict[str, Any]:
    if _threads() > 1:
        return {"error": "cannot fork: a preloaded module has started threads"}
    pid = os.fork()
    if pid == 0:
        _become_kernel(request)
    running.add(pid)
    return {"pid": pid}


def _status(request: Dict[str, Any], running: Set[int], exited: Dict[int, int]) -> Dict[str, Any]:
    pid = request["pid"]
    if pid in running:
        kill = request["do"] == "kill"
        if kill:
            _kill(pid)
        found, status = os.waitpid(pid, 0 if kill else os.WNOHANG)
        if found:
            running.discard(pid)
            exited[pid] = os.waitstatus_to_exitcode(status)
    return {"status": exited.get(pid)}


def _kill(pid: int) -> None:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            kill(pid, signal.SIGKILL)


def _threads() -> int:
    return sum(1 for _ in pathlib.Path("/proc/self/task").iterdir())


def _become_kernel(request: Dict[str, Any]) -> None:
    try:
        _prepare(request)
        run(request["connection_file"])
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        sys.stderr.flush()
        os._exit(1)


def _prepare(request: Dict[str, Any]) -> None:
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    null = os.open(os.devnull, os.O_RDWR)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for source, target in ((null, 0), (null, 1), (log, 2)):
        os.dup2(source, target)
    os.close(null)
    os.close(log)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    _limit(request["memory_mb"], request["processes"])
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
    gc.enable()


def _limit(memory_mb: int, processes: int) -> None:
    if memory_mb or processes:
        _beside_this("launcher").set_limits(memory_mb, processes)


def _beside_this(name: str) -> Any:
    """Return a module in the folder of this one, which decks cannot import."""
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
    try:
        module = importlib.import_module(name)
    finally:
        del sys.path[0]
    del sys.modules[name]
    return module


def run(connection_file: str) -> None:
    """Run a kernel until it is shut down."""
    _import_kernel()
    # Modules imported from now on may belong to a deck, whose folder is temporary.
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    from ipykernel.kernelapp import IPKernelApp

    options = ["--HistoryManager.enabled=False", "--log-level=ERROR"]
    sys.argv = ["ipykernel_launcher", "-f", connection_file, *options]
    IPKernelApp.launch_instance(argv=sys.argv[1:])


if __name__ == "__main__":
    # The modules in this folder must not be importable from decks.
    del sys.path[0]
    if sys.argv[1] == "serve":
        serve(sys.argv[2:])
    else:
        _beside_this("offline_figures").install()
        run(sys.argv[2])
