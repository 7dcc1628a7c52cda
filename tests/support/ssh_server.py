"""A real ssh server on loopback, with keys of its own."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import pytest
from attrs import frozen

_SECONDS = 20.0


@frozen
class SshServer:
    """A running server; `client` is a folder with a program `ssh` that knows its keys."""

    port: int
    pid: int
    client: Path

    @property
    def address(self) -> str:
        return f"{getpass.getuser()}@127.0.0.1:{self.port}"


@contextmanager
def ssh_server(
    folder: Path, environment: Mapping[str, str] = MappingProxyType({})
) -> Iterator[SshServer]:
    """Run a server that accepts one key, and hands over the environment of this process, with
    these variables in addition."""
    program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None or shutil.which("ssh") is None:
        pytest.skip("no ssh server is installed (Debian: openssh-server)")
    for name in ("host", "user"):
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
    port = _free_port()
    config = folder / "sshd_config"
    config.write_text(_server_config(folder, port, environment), encoding="utf-8")
    # sshd needs its full path; the folder for its privilege separation may be missing.
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen([program, "-D", "-e", "-f", str(config)])
    try:
        _await_port(port, server)
        yield SshServer(port, server.pid, _client(folder, port))
    finally:
        server.terminate()
        server.wait(_SECONDS)


def _server_config(folder: Path, port: int, environment: Mapping[str, str]) -> str:
    (folder / "authorized").write_bytes((folder / "user.pub").read_bytes())
    passed = ("PATH", "PYTHONPATH", "CLM_LOAD_PLUGINS", "JAVA_HOME")
    values = {name: os.environ[name] for name in passed if name in os.environ} | environment
    variables = " ".join(f'{name}="{value}"' for name, value in values.items())
    return (
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nPidFile none\n"
        f"AuthorizedKeysFile {folder / 'authorized'}\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\nPermitRootLogin prohibit-password\n"
        "ClientAliveInterval 5\nClientAliveCountMax 3\n"
        f"SetEnv {variables}\n"
    )


def _client(folder: Path, port: int) -> Path:
    """A folder with the program `ssh`, which uses the key and trusts the server."""
    real = shutil.which("ssh")
    assert real is not None
    config = folder / "ssh_config"
    config.write_text(
        f"Host *\n  IdentityFile {folder / 'user'}\n  IdentitiesOnly yes\n"
        f"  UserKnownHostsFile {folder / 'known'}\n  StrictHostKeyChecking accept-new\n",
        encoding="utf-8",
    )
    programs = folder / "bin"
    programs.mkdir()
    ssh = programs / "ssh"
    ssh.write_text(f'#!/bin/sh\nexec {real} -F {config} "$@"\n', encoding="utf-8")
    ssh.chmod(0o755)
    return programs


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_port(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, "the ssh server has ended"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("the ssh server does not listen")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
