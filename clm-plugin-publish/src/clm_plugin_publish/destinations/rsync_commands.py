"""Calls of rsync over ssh: with lists of arguments, a limit on every wait, and no questions."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from attrs import frozen

from clm import UsageError
from clm_plugin_publish.destinations.git_commands import end_group
from clm_plugin_publish.settings import DestinationError

MOST_SECONDS = 3600.0
_HINT = "install it: https://rsync.samba.org (Debian: apt install rsync; macOS: brew install rsync)"
_VERSION = re.compile(r"rsync\s+version v?(\d+)\.(\d+)")
_OLDEST = (3, 1)
# ssh asks nothing, and notices a dead connection. Everything else is the user's configuration.
_SSH = "ssh -oBatchMode=yes -oConnectTimeout=30 -oServerAliveInterval=15 -oServerAliveCountMax=4"
_LIMITS = ("--timeout=120", "--no-human-readable", "--8-bit-output", "--no-motd")
_HOST = re.compile(r"(?:[\w.][\w.-]*@)?(?:[A-Za-z0-9][\w.-]*|\[[0-9A-Fa-f:.]+\])", re.A)
# Nothing that a shell or a pattern of rsync takes for more than a letter.
_PATH = re.compile(r"[\w./~@%+,=-]+")
_LINE = re.compile(r"(\S{10})\s+([\d,.]+) (\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) (.*)", re.S)
_ESCAPED = re.compile(r"\\#([0-7]{3})")


@frozen
class Address:
    """A folder on another machine; `port` is 0 if ssh's configuration has it."""

    host: str
    path: str
    port: int = 0

    def at(self, path: str) -> str:
        """The argument for rsync for a path on the machine."""
        return f"{self.host}:{path}"

    @property
    def parent(self) -> str:
        """The folder that it is in."""
        above, slash, _ = self.path.rpartition("/")
        return (above or slash) if slash else "."

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path.rpartition("/")[2]


def address(remote: str) -> Address:
    """The address in `user@host:path` or `ssh://user@host:port/path`.

    Raises:
        DestinationError: it is neither, or has something that is more than a name.
    """
    host, port, path = _parts(remote)
    names = path.removeprefix("~/").split("/")[1 if path.startswith("/") else 0 :]
    bad = any(name in ("", ".", "..") or name.startswith(("-", "~")) for name in names)
    if not (_HOST.fullmatch(host) and _PATH.fullmatch(path)) or bad:
        raise DestinationError(
            f"{remote!r} is no address of a folder on another machine",
            "remote",
            hint="write user@host:path or ssh://user@host:port/path, with letters, digits and"
            " `._+,=@%-` in the names",
        )
    return Address(host, path.removeprefix("~/"), port)


def _parts(remote: str) -> tuple[str, int, str]:
    """The host with its user, the port, and the path."""
    if remote.startswith("ssh://"):
        found = re.fullmatch(r"ssh://([^/]*?)(?::(\d{1,5}))?(/.*)", remote, re.S)
        if found is None:
            return "", 0, ""
        path = found[3].rstrip("/")
        return found[1], int(found[2] or 0), path[1:] if path.startswith("/~/") else path
    found = re.fullmatch(r"([^/\[\]:]+|[^/\[\]:]*\[[^\]]*\]):(.*)", remote, re.S)
    return (found[1], 0, found[2].rstrip("/")) if found else ("", 0, "")


@frozen
class Listed:
    """A file, folder or link in a listing; `modified` is in seconds, `target` that of a link."""

    path: str
    kind: str
    size: int
    modified: int
    target: str = ""


class RsyncError(UsageError):
    """rsync failed; `code` is its exit code, and the message has what it printed."""

    def __init__(self, message: str, code: int, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code


def rsync(to: Address, *arguments: str) -> str:
    """Run rsync and return what it printed.

    Raises:
        UsageError: rsync is not installed, or is too old.
        RsyncError: it failed, or took too long.
    """
    port = (f"-oPort={to.port}",) if to.port else ()
    command = [_program(), *_LIMITS, f"--rsh={' '.join((_SSH, *port))}", *arguments]
    process = subprocess.Popen(
        command,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # ssh finds no terminal to ask on
    )
    try:
        out, err = process.communicate(timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired as error:
        end_group(process)
        raise RsyncError(f"rsync took longer than {MOST_SECONDS:g} s", -1) from error
    except BaseException:
        end_group(process)
        raise
    if process.returncode:
        said = err.decode("utf-8", "replace").strip()
        raise RsyncError(said or f"rsync ended with {process.returncode}", process.returncode)
    return out.decode("utf-8", "surrogateescape")


def listing_of(to: Address, path: str, *arguments: str) -> Iterator[Listed]:
    """List what is at a path on the machine."""
    out = rsync(to, "--list-only", *arguments, "--", to.at(path))
    for line in out.split("\n"):
        if found := _LINE.fullmatch(line):
            mode, size, time, name = found.groups()
            path, _, target = name.partition(" -> ") if mode[0] == "l" else (name, "", "")
            modified = datetime.strptime(time, "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC)
            count = int(size.replace(",", ""))
            yield Listed(_plain(path), mode[0], count, int(modified.timestamp()), _plain(target))


def _plain(name: str) -> str:
    """A name without the escapes of rsync's listings."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)), name)


def _program() -> str:
    from clm.programs import find_program  # also where no such destination is published to

    program = find_program(["rsync"])
    if program is None:
        raise UsageError("rsync was not found", hint=_HINT)
    _check_version(program)
    return str(program)


@cache
def _check_version(program: Path) -> None:
    done = subprocess.run(
        [str(program), "--version"], capture_output=True, text=True, timeout=60, check=False
    )
    found = _VERSION.search(done.stdout)
    if found is None or (int(found[1]), int(found[2])) < _OLDEST:
        first = (done.stdout.splitlines() or ["it names no version"])[0]
        raise UsageError(f"{program} is not rsync 3.1 or later: {first}", hint=_HINT)


def _environment() -> dict[str, str]:
    mine = ("RSYNC_RSH", "RSYNC_PROTECT_ARGS", "RSYNC_OLD_ARGS", "RSYNC_PARTIAL_DIR")
    environ = {k: v for k, v in os.environ.items() if k not in mine}
    # Times in listings are in the zone of this process.
    return {**environ, "TZ": "UTC0", "LC_ALL": "C", "SSH_ASKPASS_REQUIRE": "never"}
