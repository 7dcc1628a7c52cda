"""Becomes IPython's kernel: once, or by forking many times.

Run by the kernels' interpreter, which need not have this package, so it imports nothing of it.

    python python_kernels.py run CONNECTION_FILE
    python python_kernels.py serve [MODULE...]

A server imports IPython's kernel, and the modules, once. It reads one request a line from
standard input, as JSON, and answers each with one line:

    {"do": "start", "connection_file", "environment", "folder", "log", "memory_mb", "processes"}
        -> {"pid": N}
    {"do": "end", "pid": N}     -> {"status": S}, null while the kernel lives
    {"do": "kill", "pid": N}    -> {"status": S}

At the end of its input it kills its kernels and ends.
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
from typing import Any, Dict, List, Set

# ruff: noqa: UP006, UP035  # the kernels' Python may be older than CLM's

_PR_SET_PDEATHSIG = 1

# Everything that a kernel imports on its own, so that forks need not.
_MODULES = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger"),
    *("IPython.core.completerlib", "IPython.core.debugger", "IPython.core.logger"),
    *("IPython.core.oinspect", "IPython.extensions.storemagic", "IPython.utils.wildcard"),
    *("tornado.gen", "tornado.locks", "tornado.platform.asyncio", "tornado.queues"),
    *("psutil", "unicodedata", "encodings.idna", "encodings.latin_1"),
)


def serve(preloaded: List[str]) -> None:
    """Serves requests until the input ends."""
    gc.disable()
    _import_kernel()
    for name in preloaded:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()
    ended: Dict[int, int] = {}
    living: Set[int] = set()
    try:
        for line in iter(sys.stdin.readline, ""):
            request = json.loads(line)
            if request["do"] == "start":
                answer = _start(request, living)
            else:
                answer = _end(request, living, ended)
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    finally:
        for pid in living:
            _kill(pid)


def _import_kernel() -> None:
    # Nobody debugs these kernels, and the debugger takes as much memory as all the rest.
    if "ipykernel.debugger" in sys.modules:
        return
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    for name in _MODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    del sys.modules["debugpy"]


def _start(request: Dict[str, Any], living: Set[int]) -> Dict[str, Any]:
    if _threads() > 1:
        return {"error": "a module that was preloaded has started threads"}
    pid = os.fork()
    if pid == 0:
        _become_kernel(request)
    living.add(pid)
    return {"pid": pid}


def _end(request: Dict[str, Any], living: Set[int], ended: Dict[int, int]) -> Dict[str, Any]:
    pid = request["pid"]
    if pid in living:
        kill = request["do"] == "kill"
        if kill:
            _kill(pid)
        found, status = os.waitpid(pid, 0 if kill else os.WNOHANG)
        if found:
            living.discard(pid)
            ended[pid] = os.waitstatus_to_exitcode(status)
    return {"status": ended.get(pid)}


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
        sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
        try:
            launcher = importlib.import_module("launcher")
        finally:
            del sys.path[0]
        del sys.modules["launcher"]
        launcher.set_limits(memory_mb, processes)


def run(connection_file: str) -> None:
    """Is a kernel until it is told to end."""
    _import_kernel()
    # What was imported until now is installed; modules of decks lie in folders that vanish.
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    from ipykernel.kernelapp import IPKernelApp

    options = ["--HistoryManager.enabled=False", "--log-level=ERROR"]
    sys.argv = ["ipykernel_launcher", "-f", connection_file, *options]
    IPKernelApp.launch_instance(argv=sys.argv[1:])


if __name__ == "__main__":
    # Decks are not to find the modules beside this one.
    del sys.path[0]
    if sys.argv[1] == "serve":
        serve(sys.argv[2:])
    else:
        run(sys.argv[2])
