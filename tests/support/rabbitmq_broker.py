"""A real RabbitMQ server in a folder of its own, with its own ports and port mapper."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil
from attrs import define, field

USER, PASSWORD = "guest", "guest"
_START_SECONDS = 120.0
_END_SECONDS = 30.0
_POLL = 0.05


def server_script() -> Path:
    """The server's own script: the one on PATH changes to another user.

    Raises:
        FileNotFoundError: RabbitMQ is not installed.
    """
    found = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    if found:
        return found[-1]
    raise FileNotFoundError("no RabbitMQ server: run `sh .ci/setup dev`")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@define(eq=False)
class RabbitmqBroker:
    """A broker that tests start, kill and start again; its queues are kept in `folder`."""

    folder: Path
    configuration: str = ""
    port: int = field(factory=free_port)
    host: str = "127.0.0.1"
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _distribution_port: int = field(factory=free_port, init=False)
    _mapper_port: int = field(factory=free_port, init=False)

    @property
    def url(self) -> str:
        return f"amqp://{USER}:{PASSWORD}@{self.host}:{self.port}/"

    def start(self) -> None:
        """Start the server, and wait until it accepts connections."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "rabbitmq.conf").write_text(
            f"log.console = false\nlog.file.level = warning\n{self.configuration}"
        )
        (self.folder / "enabled_plugins").write_text("[].\n")
        with (self.folder / "output.log").open("ab") as output:
            self.process = subprocess.Popen(
                [str(server_script())],
                env=os.environ | self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._accepts():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "output.log").read_text(errors="replace"))
            time.sleep(_POLL)

    def kill(self) -> None:
        """End the server at once, as a crash of its machine does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End the server in order."""
        self._end(signal.SIGTERM)

    def close(self) -> None:
        """End the server and all that it has started."""
        if self.process is not None:
            self.kill()
        for mapper in self._mappers():
            mapper.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def control(self, *arguments: str) -> str:
        """The output of `rabbitmqctl` for this server."""
        script = server_script().with_name("rabbitmqctl")
        command = [str(script), "--quiet", *arguments]
        done = subprocess.run(
            command, env=os.environ | self._environment(), capture_output=True, check=True
        )
        return done.stdout.decode()

    def _environment(self) -> dict[str, str]:
        folder = str(self.folder)
        return {
            "HOME": folder,
            "RABBITMQ_NODENAME": f"clm{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": self.host,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            # The default of all cores is too much for a test.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none +sbwtdcpu none",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._mapper_port),
        }

    def _accepts(self) -> bool:
        try:
            with socket.create_connection((self.host, self.port), timeout=1) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                return bool(connection.recv(1))
        except OSError:
            return False

    def _end(self, number: signal.Signals) -> None:
        process, self.process = self.process, None
        assert process is not None
        children = psutil.Process(process.pid).children()
        servers = [child for child in children if child.name().startswith("beam")]
        for server in servers:
            server.send_signal(number)
        if number == signal.SIGKILL:
            process.kill()
        process.wait(_END_SECONDS)
        psutil.wait_procs(servers, _END_SECONDS)

    def _mappers(self) -> list[psutil.Process]:
        """The port mapper of this server, which outlives it."""
        found = []
        for process in psutil.process_iter(["name"]):
            try:
                if process.info["name"] == "epmd" and process.environ().get("ERL_EPMD_PORT") == str(
                    self._mapper_port
                ):
                    found.append(process)
            except psutil.Error:
                continue
        return found
