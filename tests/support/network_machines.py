"""Machines on one: each has a network, a file system, processes and a name of its own.

They need root on Linux. A machine sees this machine's programs and CLM's sources, which it cannot
write, but neither its home folder nor its temporary files.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

_REPOSITORY = Path(__file__).parents[2]
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/var/cache/fontconfig")
# Arguments: the new root, the machine's name, the folders that it sees, `--`, and a command.
_ENTER = """
set -eu
root=$1; name=$2; shift 2
hostname "$name"
mount -t tmpfs -o mode=755 none "$root"
while [ "$1" != -- ]; do
    mkdir -p "$root$1"
    mount --bind "$1" "$root$1"
    mount -o remount,bind,ro "$root$1"
    shift
done
shift
mkdir -p "$root/proc" "$root/dev" "$root/home" "$root/run"
mkdir -p -m 1777 "$root/tmp"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
exec env HOME=/home chroot "$root" "$@"
"""


def missing_for_machines() -> str:
    """Why there can be no machines here; empty if there can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "machines with networks of their own need root on Linux"
    missing = [program for program in ("ip", "unshare") if not shutil.which(program)]
    return f"not installed: {', '.join(missing)}; see .ci/setup" if missing else ""


@frozen
class Machine:
    """A machine of a network."""

    name: str
    namespace: str
    root: Path

    def command(self, *command: str) -> tuple[str, ...]:
        """The command that runs a command there, in a new file system.

        All its processes end when this one is killed.
        """
        return (
            *("ip", "netns", "exec", self.namespace),
            *("unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child"),
            *("sh", "-c", _ENTER, "sh", str(self.root), self.name, *_visible(), "--", *command),
        )


@frozen
class Network:
    """Machines, and this machine's address for them."""

    address: str
    machines: tuple[Machine, ...]


@contextmanager
def network(folder: Path, count: int) -> Iterator[Network]:
    """A network of so many machines, which lasts until the end of the block."""
    number = os.getpid()
    bridge, subnet = f"clm{number}", f"198.18.{number % 256}"  # addresses for tests
    machines = []
    _ip("link", "add", bridge, "type", "bridge")
    try:
        _ip("address", "add", f"{subnet}.1/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        for index in range(count):
            root = folder / f"root-{index}"
            root.mkdir()
            machine = Machine(f"machine{index}", f"clm{number}-{index}", root)
            machines.append(machine)
            _connect(machine.namespace, f"c{number}x{index}", bridge, f"{subnet}.{index + 2}/24")
        yield Network(f"{subnet}.1", tuple(machines))
    finally:
        for machine in machines:
            _ip("netns", "delete", machine.namespace)
        _ip("link", "delete", bridge)


def _connect(namespace: str, link: str, bridge: str, address: str) -> None:
    _ip("netns", "add", namespace)
    _ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", namespace)
    _ip("link", "set", link, "master", bridge, "up")
    _ip("-netns", namespace, "address", "add", address, "dev", "eth0")
    _ip("-netns", namespace, "link", "set", "eth0", "up")
    _ip("-netns", namespace, "link", "set", "lo", "up")


def _visible() -> list[str]:
    """The folders of this machine that the others see: programs, and this environment."""
    folders = [*_SYSTEM, sys.base_prefix, sys.prefix, str(_REPOSITORY)]
    return [f for f in folders if Path(f).is_dir() and not _is_below(f, folders)]


def _is_below(folder: str, folders: list[str]) -> bool:
    return any(Path(folder) != Path(f) and Path(folder).is_relative_to(f) for f in folders)


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"ip {' '.join(arguments)}: {done.stderr}")
