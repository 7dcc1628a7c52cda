"""A Docker engine of the tests' own, which they may kill and start again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from attrs import define, field

_START_SECONDS = 60.0
_END_SECONDS = 30.0
# With so much free memory the images are kept there: engines wait for the disk at every step.
_ENOUGH_MEMORY = 6 * 2**30


def missing_for_engine() -> str:
    """Why no engine can be started here; empty if one can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a Docker engine of the tests' own needs root on Linux"
    missing = [p for p in ("dockerd", "docker", "unshare", "dpkg") if not shutil.which(p)]
    return f"not installed: {', '.join(missing)}; see .ci/setup" if missing else ""


@define(eq=False)
class DockerEngine:
    """An engine; `environment` makes the docker command use it.

    `mounts` is a process that has the mounts of the engine, also while that does not run.
    """

    folder: Path
    mounts: subprocess.Popen[bytes]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def environment(self) -> Mapping[str, str]:
        return {"DOCKER_HOST": f"unix://{self.folder}/docker.sock", "DOCKER_BUILDKIT": "0"}

    def docker(self, *arguments: str, check: bool = True) -> str:
        """The standard output of a docker command."""
        completed = subprocess.run(
            ["docker", *arguments],
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and completed.returncode != 0:
            raise AssertionError(f"docker {' '.join(arguments)}: {completed.stderr}")
        return completed.stdout

    def containers(self) -> list[str]:
        """The ids of all containers, also of stopped ones."""
        return self.docker("ps", "--all", "--quiet").split()

    def processes(self) -> set[int]:
        """The ids of the processes in all containers."""
        found = set[int]()
        for place in (self.folder.name, f"pids/{self.folder.name}"):  # cgroups of version 2, 1
            for folder, _, files in os.walk(f"/sys/fs/cgroup/{place}"):  # it bears removed folders
                if "cgroup.procs" in files:
                    with suppress(OSError):  # the container has ended
                        found.update(map(int, Path(folder, "cgroup.procs").read_text().split()))
        return found

    @contextmanager
    def most_processes(self) -> Iterator[list[int]]:
        """At its end, the list has the greatest number of processes in containers that was seen."""
        most, ended = [0], threading.Event()

        def look() -> None:
            while not ended.wait(0.02):
                most[0] = max(most[0], len(self.processes()))

        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield most
        finally:
            ended.set()
            looking.join()

    def start(self) -> None:
        """Start the engine, and wait until it answers. The host's cgroups are used as they are,
        below one of the engine's own."""
        folder = self.folder
        options = [
            *(f"--data-root={folder}/data", f"--exec-root={folder}/exec"),
            *(f"--pidfile={folder}/dockerd.pid", f"--host=unix://{folder}/docker.sock"),
            *("--storage-driver=overlay2", "--bridge=none", "--iptables=false"),
            *("--ip6tables=false", "--exec-opt=native.cgroupdriver=cgroupfs"),
            f"--cgroup-parent=/{folder.name}",
        ]
        (folder / "dockerd.pid").unlink(missing_ok=True)
        with (folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["nsenter", f"--mount=/proc/{self.mounts.pid}/ns/mnt", "dockerd", *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_ready(self.process)

    def kill(self) -> None:
        """End the engine at once, as a crash does; its containers live on."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        # Its containerd follows a moment later; the next one must not find it half-dead.
        pid_file = self.folder / "exec" / "containerd" / "containerd.pid"
        with suppress(OSError, ValueError, psutil.NoSuchProcess):
            containerd = psutil.Process(int(pid_file.read_text()))
            containerd.kill()
            containerd.wait(_END_SECONDS)
        pid_file.unlink(missing_ok=True)

    def close(self) -> None:
        """End the engine and its containers, and remove all that it holds."""
        if self.process is not None:
            for container in self.docker("ps", "--quiet", check=False).split():
                self.docker("kill", container, check=False)
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_END_SECONDS)
            self.kill()
        assert self.mounts.stdin is not None
        self.mounts.stdin.close()
        self.mounts.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        for controller in Path("/sys/fs/cgroup").glob(f"*/{self.folder.name}"):
            with suppress(OSError):  # another one of the same hierarchy has removed it
                controller.rmdir()

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self.docker("version", "--format", "{{.Server.Version}}", check=False).strip():
            if process.poll() is not None or time.monotonic() > deadline:
                log = (self.folder / "log").read_text(errors="replace")
                raise AssertionError(f"the Docker engine does not start:\n{log[-3000:]}")
            time.sleep(0.1)  # nothing signals that it is ready


@contextmanager
def running_engine(*, limits: bool = True) -> Iterator[DockerEngine]:
    """An engine that runs until the end of the context.

    Without `limits` it sees an empty hierarchy of cgroups, and discards the limits of containers.
    """
    folder = Path(tempfile.mkdtemp(prefix="clm-docker-"))  # short, since sockets are in it
    (folder / "data").mkdir()
    steps = ["echo ready", "exec cat"]
    if psutil.virtual_memory().available > _ENOUGH_MEMORY:
        steps.insert(0, f"mount -t tmpfs tmpfs {folder}/data")
    if not limits:
        steps.insert(0, "umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup")
    mounts = subprocess.Popen(
        ["unshare", "-m", "--propagation", "private", "sh", "-c", " && ".join(steps)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    engine = DockerEngine(folder, mounts)
    try:
        assert mounts.stdout is not None
        assert mounts.stdout.readline() == b"ready\n"
        engine.start()
        yield engine
    finally:
        engine.close()
        mounts.stdout.close()
