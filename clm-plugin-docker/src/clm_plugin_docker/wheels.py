"""Wheels for an image: of this CLM and its plugins, and of what they need, for its Python."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import distribution, distributions
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from attrs import frozen

from clm import ClmError, UsageError
from clm_plugin_docker.engine import ContainerEngine, ContainerError

# The oldest glibc that wheels are made for.
_OLDEST_GLIBC = 5
_PROBE = (
    "import json, platform, sys; print(json.dumps([platform.python_version(), "
    "platform.machine(), platform.libc_ver()[1]]))"
)


class WheelError(ClmError):
    """A wheel cannot be made or downloaded."""


@frozen(repr=False)
class ImagePython:
    """The Python of a base image; `glibc` is the minor version of its C library 2.x."""

    version: str
    machine: str
    glibc: int

    @classmethod
    def of(cls, engine: ContainerEngine, base: str) -> ImagePython:
        """The Python in an image; it is pulled if it is not there.

        Raises:
            ContainerError: the image cannot be run, or has no Python.
            UsageError: its Python cannot be used.
        """
        command = ("run", "--rm", "--network", "none", "--entrypoint", "python3", base)
        text = engine.ask(*command, "-c", _PROBE, seconds=None)
        try:
            version, machine, glibc = json.loads(text)
        except (ValueError, TypeError) as error:
            raise ContainerError(
                f"the Python in the base image {base!r} answers nonsense: {text[:200]!r}",
                hint="use an image whose `python3` prints nothing of its own",
            ) from error
        own = sys.version_info[:2]
        if tuple(map(int, version.split(".")[:2])) != own:
            raise UsageError(
                f"the base image {base!r} has Python {version}, but CLM runs with "
                f"{own[0]}.{own[1]}",
                hint=f"use a base image with Python {own[0]}.{own[1]}",
            )
        if not glibc.startswith("2."):
            raise UsageError(
                f"the base image {base!r} is not of a Linux with glibc",
                hint="use one of Debian or Ubuntu",
            )
        return cls(version, machine, int(glibc.split(".")[1]))

    @property
    def platforms(self) -> tuple[str, ...]:
        """The names of the platforms whose wheels it can use, the newest first."""
        newer = (f"manylinux_2_{n}" for n in range(self.glibc, _OLDEST_GLIBC - 1, -1))
        names = (*newer, "manylinux2014", "manylinux2010", "manylinux1", "linux")
        return tuple(f"{name}_{self.machine}" for name in names)


def collect_wheels(
    own: Iterable[str],
    others: Sequence[str],
    python: ImagePython,
    folder: Path,
    offline: Path | None = None,
) -> None:
    """Put wheels into the folder: of the distributions `own`, and of `others` and all they need.

    What is installed here from a checkout is built from it, and what is installed from a wheel that
    is still there is taken from it; everything else gets the version that
    is installed here. With `offline`, wheels are taken from this folder only.

    Raises:
        WheelError: a wheel cannot be made or found.
    """
    if find_spec("pip") is None:
        raise WheelError(
            "pip is not installed, which collects the packages of an image",
            hint=f"{sys.executable} -m ensurepip",
        )
    wanted = []
    for name in own:
        place = _place(name)
        if place is None:
            wanted.append(f"{name}=={distribution(name).version}")
        elif place.is_dir():
            wanted.append(str(_built(place, folder, offline)))
        else:
            wanted.append(str(place))
    constraints = folder.parent / "constraints.txt"
    constraints.write_text("".join(f"{line}\n" for line in _installed()), encoding="utf-8")
    source = ("--no-index",) if offline else ()
    places = (folder, offline) if offline else (folder,)
    _pip(
        "download",
        *("--dest", str(folder), "--only-binary", ":all:", "--constraint", str(constraints)),
        *("--implementation", "cp", "--python-version", python.version),
        *(f"--platform={name}" for name in python.platforms),
        *source,
        *(f"--find-links={place}" for place in places),
        *wanted,
        *others,
    )


def _installed() -> list[str]:
    """The versions of everything that is installed here from an index."""
    found = {d.name: d.version for d in distributions() if d.read_text("direct_url.json") is None}
    return sorted(f"{name}=={version}" for name, version in found.items() if name)


def _place(name: str) -> Path | None:
    """The folder or wheel from which a distribution is installed; None if it came from an index."""
    text = distribution(name).read_text("direct_url.json")
    url = json.loads(text)["url"] if text else ""
    path = Path(url2pathname(urlsplit(url).path)) if url.startswith("file:") else None
    is_there = path is not None and (path.is_dir() or (path.suffix == ".whl" and path.is_file()))
    return path if is_there else None


def _built(checkout: Path, folder: Path, offline: Path | None) -> Path:
    before = set(folder.glob("*.whl"))
    # The build tool of this environment, where there is one: the index may be out of reach.
    isolation = ("--no-build-isolation",) if offline or find_spec("hatchling") else ()
    _pip("wheel", "--no-deps", *isolation, "--wheel-dir", str(folder), str(checkout))
    return (set(folder.glob("*.whl")) - before).pop()


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    completed = subprocess.run(command, capture_output=True, text=True, check=False)
    if completed.returncode != 0:
        lines = (completed.stderr or completed.stdout).strip().splitlines()
        errors = [line for line in lines if line.startswith("ERROR")] or lines[-1:]
        raise WheelError(
            f"pip cannot collect the packages of the image: {' / '.join(errors)}",
            hint="give a folder with all wheels: --wheels FOLDER",
            details="\n".join(lines),
        )
