"""Workers on another machine, through the system's `ssh`."""

from __future__ import annotations

import shlex
from functools import partial
from urllib.parse import unquote, urlsplit

from clm.errors import UsageError
from clm.workers.pipe.streams import CommandStream, Stream
from clm.workers.pool.executor import ExecutorContext
from clm.workers.pool.remembered_tools import last_key
from clm.workers.pool.stream_executor import StreamWorkerExecutor

_HINT = "for example ssh://me@example.org:2222/opt/clm/bin/python"
# A frozen or unplugged machine is noticed after 15 seconds.
_OPTIONS = (
    *("-T", "-o", "BatchMode=yes", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"),
    *("-o", "ConnectTimeout=15", "-o", "ForwardX11=no", "-o", "ForwardAgent=no"),
)


class SshWorkerExecutor(StreamWorkerExecutor):
    """Starts engines by `ssh`; the address is `[user@]host[:port][/path/to/python]`.

    Without a path, the program `python3` there must have CLM and the plugins, in the same
    versions as here. `ssh` must not ask for anything: use keys and a known host. Its own
    configuration file applies.
    """

    name = "ssh"

    def __init__(self, context: ExecutorContext) -> None:
        place = f"ssh://{context.address}"
        super().__init__(
            context.log_folder, partial(last_key, place=place, plugins=context.plugins)
        )
        self._command = ssh_command(context.address)

    def stream(self, job_type: str, worker_id: str) -> Stream:
        return CommandStream(self._command)


def ssh_command(address: str) -> tuple[str, ...]:
    """The command that starts an engine at an address.

    Raises:
        UsageError: the address is invalid.
    """
    try:
        parts = urlsplit(f"ssh://{address}")
        port = parts.port
    except ValueError as error:
        raise UsageError(f"invalid address: ssh://{address}: {error}", hint=_HINT) from error
    host, user = parts.hostname or "", unquote(parts.username or "")
    # A name that begins with a hyphen would be an option of ssh.
    if not host or parts.password or any(name.startswith("-") for name in (host, user)):
        raise UsageError(f"invalid address: ssh://{address}", hint=_HINT)
    target = f"{user}@{host}" if user else host
    python = unquote(parts.path) if parts.path not in ("", "/") else "python3"
    remote = shlex.join([python, "-P", "-m", "clm.workers.pipe.serve"])
    ports = ("-p", str(port)) if port else ()
    return ("ssh", *_OPTIONS, *ports, "--", target, remote)
