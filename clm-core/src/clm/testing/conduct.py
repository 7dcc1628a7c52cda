"""What a converter does beside returning outputs: writes, network, environment, processes.

Only Python code in this process is seen, by its audit events; of the programs that a converter
starts, what they leave behind in the home, current and temporary folders, and whether they end.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from attrs import define, field, frozen

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Audit events of changes of files, with the positions of the changed paths in their arguments, and
# of the folders that relative paths start from.
_CHANGES: Mapping[str, Mapping[int, int | None]] = {
    "os.mkdir": {0: 2},
    "os.remove": {0: 1},
    "os.rename": {0: 2, 1: 3},
    "os.rmdir": {0: 1},
    "os.link": {1: 3},
    "os.symlink": {1: 2},
    "os.truncate": {0: None},
    "os.chmod": {0: 2},
    "os.utime": {0: 3},
}
_LOCAL = ("localhost", "127.0.0.1", "::1", "")
_END_SECONDS = 3.0


@define
class Conduct:
    """What converters did while they were `watched`; each list has one text for each finding.

    They may write to the folders `allowed` and to what is below them.
    """

    allowed: Sequence[Path]
    written: list[str] = field(factory=list)
    connected: list[str] = field(factory=list)
    changed: list[str] = field(factory=list)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch the code in the `with` block, in all threads."""
        _install()
        before = _state()
        _ACTIVE.append(self)
        try:
            yield
        finally:
            _ACTIVE.remove(self)
            self.changed += [name for name, value in _state().items() if value != before.get(name)]

    def see(self, event: str, arguments: Sequence[Any]) -> None:
        """Note an audit event."""
        if event == "open" and _is_write(*arguments[1:3]):
            self._see_path(arguments[0])
        for position, folder in _CHANGES.get(event, {}).items():
            open_folder = arguments[folder] if folder is not None else None
            if open_folder in (-1, None):
                self._see_path(arguments[position])  # else it is in a folder that is open
        if event == "socket.connect":
            address = arguments[1]
            host = address[0] if isinstance(address, tuple) else ""
            if host not in _LOCAL:
                self.connected.append(str(host))
        if event == "socket.getaddrinfo" and _host(arguments[0]) not in _LOCAL:
            self.connected.append(_host(arguments[0]))

    def _see_path(self, path: Any) -> None:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return  # an open file
        place = Path(os.path.realpath(os.fsdecode(path)))
        is_cache = "__pycache__" in place.parts or place.is_relative_to("/dev")
        if not is_cache and not any(place.is_relative_to(folder) for folder in self.allowed):
            self.written.append(str(place))


@frozen
class ObservedConduct:
    """The conduct of converters, the files that they left, and the processes that did not end."""

    seen: Conduct
    left: tuple[str, ...]
    processes: tuple[str, ...]


def ended_processes(before: Sequence[psutil.Process]) -> list[str]:
    """End the child processes of this process that are not in `before`; return their commands.

    Processes that are about to end get some time for it.
    """
    own = psutil.Process().children(recursive=True)
    leaked = [process for process in own if process not in before]
    _, alive = psutil.wait_procs(leaked, timeout=_END_SECONDS)
    commands = [_command(process) for process in alive]
    for process in alive:
        with _ignoring_ended():
            process.kill()
    psutil.wait_procs(alive, timeout=_END_SECONDS)
    return commands


_ACTIVE: list[Conduct] = []
_INSTALLED: list[bool] = []
_SEEING = threading.local()


def _install() -> None:
    if not _INSTALLED:
        _INSTALLED.append(True)  # an audit hook cannot be removed
        sys.addaudithook(_on_event)


def _on_event(event: str, arguments: tuple[Any, ...]) -> None:
    if not _ACTIVE or getattr(_SEEING, "on", False):
        return
    _SEEING.on = True  # to look at a path raises events, too
    try:
        for conduct in list(_ACTIVE):
            conduct.see(event, arguments)
    finally:
        _SEEING.on = False


def _is_write(mode: Any, flags: Any) -> bool:
    if isinstance(mode, str):
        return any(sign in mode for sign in "wax+")
    return isinstance(flags, int) and bool(flags & _WRITING)


def _host(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value or "")


def _state() -> dict[str, object]:
    """The state of this process that later conversions would see."""
    mask = os.umask(0)
    os.umask(mask)
    variables = {f"the variable {name}": value for name, value in os.environ.items()}
    return {
        "the current folder": os.getcwd(),  # noqa: PTH109  # as text, also if it was removed
        "the import path": list(sys.path),
        "the umask": mask,
        "the names of variables": sorted(os.environ),
        **variables,
    }


def _command(process: psutil.Process) -> str:
    with _ignoring_ended():
        return " ".join(process.cmdline())
    return f"process {process.pid}"


@contextmanager
def _ignoring_ended() -> Iterator[None]:
    try:
        yield
    except psutil.Error:
        return
