"""A Docker engine of the tests' own in a temporary folder, and a base image for it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import frozen

BASE = "clm-base:tests"
_START_SECONDS = 60.0
_MIRROR = "http://deb.debian.org/debian"
# Parts of Python that no worker imports.
_LEFT_OUT = ("site-packages", "test", "config-3*", "__pycache__", "idlelib", "tkinter", "_tkinter*")
_LEFT_OUT_OF_DEBIAN = (
    *("var/lib/apt/lists", "var/cache/apt", "var/log"),
    *("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info"),
)


def missing_for_engine() -> str:
    """Why no engine can be started here; empty if one can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a Docker engine of the tests' own needs root on Linux"
    missing = [p for p in ("dockerd", "docker", "unshare", "debootstrap") if not shutil.which(p)]
    return f"not installed: {', '.join(missing)}; see .ci/setup" if missing else ""


@frozen
class DockerEngine:
    """A running engine; `environment` makes the docker command use it."""

    folder: Path
    process: subprocess.Popen[bytes]

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


@contextmanager
def running_engine(*, limits: bool = True) -> Iterator[DockerEngine]:
    """An engine; at the end it is stopped, and all that it holds is removed.

    The host's cgroups are used as they are, below one of the engine's own. Without `limits` it
    sees an empty hierarchy instead, and discards the limits of containers.
    """
    folder = Path(tempfile.mkdtemp(prefix="clm-docker-"))  # short, since sockets are in it
    options = [
        *(f"--data-root={folder}/data", f"--exec-root={folder}/exec"),
        *(f"--pidfile={folder}/dockerd.pid", f"--host=unix://{folder}/docker.sock"),
        *("--storage-driver=overlay2", "--bridge=none", "--iptables=false", "--ip6tables=false"),
        *("--exec-opt=native.cgroupdriver=cgroupfs", f"--cgroup-parent=/{folder.name}"),
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["unshare", "-m", "--propagation", "private", *_program(limits), *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    engine = DockerEngine(folder, process)
    try:
        _wait_until_ready(engine)
        yield engine
    finally:
        _stop(engine)


def _program(limits: bool) -> list[str]:
    if limits:
        return ["dockerd"]
    other = "umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup"
    return ["sh", "-c", f'{other}; exec dockerd "$@"', "dockerd"]


def _wait_until_ready(engine: DockerEngine) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not engine.docker("version", "--format", "{{.Server.Version}}", check=False).strip():
        if engine.process.poll() is not None or time.monotonic() > deadline:
            log = (engine.folder / "log").read_text(errors="replace")
            raise AssertionError(f"the Docker engine does not start:\n{log[-3000:]}")
        time.sleep(0.1)  # nothing signals that it is ready


def _stop(engine: DockerEngine) -> None:
    if engine.process.poll() is None:
        for container in engine.docker("ps", "--quiet", check=False).split():
            engine.docker("kill", container, check=False)
        engine.process.send_signal(signal.SIGTERM)
        try:
            engine.process.wait(30)
        except subprocess.TimeoutExpired:
            engine.process.kill()
            engine.process.wait()
    shutil.rmtree(engine.folder, ignore_errors=True)
    for controller in Path("/sys/fs/cgroup").glob(f"*/{engine.folder.name}"):
        with suppress(OSError):  # another one of the same hierarchy has removed it
            controller.rmdir()


def import_base(engine: DockerEngine) -> str:
    """The name of a base image with Debian and this Python, made on this machine."""
    root = engine.folder / "root"
    codename = _codename()
    _run("debootstrap", "--variant=minbase", "--include=ca-certificates", codename, root, _MIRROR)
    _copy_python(root)
    for name in _LEFT_OUT_OF_DEBIAN:
        shutil.rmtree(root / name)
    (root / "var/log/apt").mkdir(parents=True)
    sources = f"deb {_MIRROR} {codename} main\n"
    if codename != "sid":
        sources += f"deb {_MIRROR}-security {codename}-security main\n"
    (root / "etc/apt/sources.list").write_text(sources)
    tar = engine.folder / "root.tar"
    _run("tar", "--directory", root, "--create", "--file", tar, ".")
    shutil.rmtree(root)
    engine.docker("import", str(tar), BASE)
    tar.unlink()
    return BASE


def _codename() -> str:
    lines = Path("/etc/os-release").read_text().splitlines()
    facts = dict(line.split("=", 1) for line in lines if "=" in line)
    return facts["VERSION_CODENAME"].strip('"')


def _copy_python(root: Path) -> None:
    """Copies this Python to its own path, with the libraries that it needs."""
    prefix = Path(sys.base_prefix)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    library, program = prefix / "lib" / version, prefix / "bin" / version
    ignore = shutil.ignore_patterns(*_LEFT_OUT)
    shutil.copytree(library, root / library.relative_to("/"), symlinks=True, ignore=ignore)
    extensions = list((library / "lib-dynload").glob("[!_]*.so"))
    extensions += [p for p in (library / "lib-dynload").glob("_*.so") if "tkinter" not in p.name]
    for path in (program.resolve(), *_libraries([program, *extensions])):
        target = root / path.relative_to("/")
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
    for parent in list((root / prefix.relative_to("/")).parents)[:-1]:
        if parent != root and parent.is_relative_to(root):
            parent.chmod(0o755)  # root's home folder, where it is below that one
    local = root / "usr/local/bin/python3"
    local.unlink(missing_ok=True)
    local.symlink_to(program.resolve())
    _run("ldconfig", "-r", root)


def _libraries(programs: list[Path]) -> list[Path]:
    """The libraries that programs load."""
    completed = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=False)
    words = completed.stdout.split()
    return sorted({Path(w) for w in words if w.startswith("/") and not w.endswith(":")})


def _run(*command: str | Path) -> None:
    completed = subprocess.run([*command], capture_output=True, text=True, check=False)
    if completed.returncode != 0:
        raise AssertionError(f"{command}: {completed.stdout[-2000:]}{completed.stderr[-2000:]}")
