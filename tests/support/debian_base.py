"""Base images for tests: Debian packages that are installed on this machine, and its Python.

Installing packages anew takes minutes. What an image itself installs still comes from Debian.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path

from attrs import frozen
from docker_engine import DockerEngine

_STATUS = Path("/var/lib/dpkg/status")
_INFO = Path("/var/lib/dpkg/info")
_MIRROR = "http://deb.debian.org/debian"
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_FIRST = frozenset({"apt", "ca-certificates"})
# Made by the scripts of packages, not in their lists of files.
_MADE = (
    *("/etc/ca-certificates.conf", "/etc/fonts", "/etc/group", "/etc/ld.so.cache"),
    *("/etc/passwd", "/etc/shadow", "/etc/ssl/certs", "/usr/share/glib-2.0/schemas"),
    *("/usr/share/mime", "/var/lib/dpkg/info/format", "/var/log/apt"),
)
_LEFT_OUT_OF_DEBIAN = re.compile(r"/(usr/share/(doc|man|locale|info)|var/cache)/.")
# Parts of Python that no worker imports.
_LEFT_OUT = ("site-packages", "test", "config-3*", "__pycache__", "idlelib", "tkinter", "_tkinter*")


@frozen
class Package:
    """An installed Debian package; `needs` are alternatives, any of which will do."""

    name: str
    text: str
    is_essential: bool
    needs: tuple[tuple[str, ...], ...]
    provides: tuple[str, ...]
    architecture: str

    @classmethod
    def parse(cls, text: str) -> Package:
        """The package of a paragraph of dpkg's database."""
        facts = dict(re.findall(r"^([\w-]+): (.*)$", text, re.MULTILINE))
        wanted = ",".join(facts.get(key, "") for key in ("Pre-Depends", "Depends"))
        essential = facts.get("Essential") == "yes" or facts.get("Priority") == "required"
        return cls(
            facts["Package"],
            text,
            essential,
            tuple(tuple(_names(part, "|")) for part in wanted.split(",") if part.strip()),
            tuple(_names(facts.get("Provides", ""), ",")),
            facts.get("Architecture", ""),
        )

    def files(self) -> list[str]:
        names = (self.name, f"{self.name}:{self.architecture}")
        (found,) = [path for name in names if (path := _INFO / f"{name}.list").exists()]
        own = [str(path) for path in _INFO.glob(f"{found.stem.replace('[', '[[]')}.*")]
        return own + found.read_text().splitlines()


def import_base(engine: DockerEngine, name: str, packages: Iterable[str] = ()) -> str:
    """Make an image of the essential packages, and of these with all that they need.

    Packages that are not installed here are left out. Returns the image's name.
    """
    chosen = _closure(_installed(), _FIRST | set(packages))
    paths = {_real(path) for package in chosen.values() for path in package.files()}
    paths |= {path for made in _MADE for path in _below(Path(made))}
    paths |= {path for path in Path("/").iterdir() if path.is_symlink()}
    paths |= set(_alternatives(paths))
    kept = {path for path in paths if not _LEFT_OUT_OF_DEBIAN.match(str(path))}
    texts = {
        _STATUS: "".join(f"{package.text}\n\n" for package in chosen.values()),
        Path("/etc/apt/sources.list"): _sources(),
    }
    command = ["docker", "import", "-", name]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=os.environ | engine.environment,
    ) as importing:
        assert importing.stdin is not None
        _write_tar(importing.stdin, kept | set(_python_files()), texts)
    assert importing.returncode == 0
    return name


def _write_tar(file: io.BufferedIOBase, paths: set[Path], texts: Mapping[Path, str]) -> None:
    """Write this machine's files with these paths, other texts, and a link to this Python."""
    open_to_all = set(Path(sys.base_prefix).parents)  # it may be below root's home folder

    def readable(info: tarfile.TarInfo) -> tarfile.TarInfo:
        if Path("/", info.name) in open_to_all:
            info.mode |= 0o755
        return info

    with tarfile.open(fileobj=file, mode="w|") as tar:
        for path in sorted(paths - texts.keys()):
            if path.is_symlink() or path.exists():
                tar.add(path, str(path), recursive=False, filter=readable)
        for path, text in texts.items():
            info = tarfile.TarInfo(str(path))
            info.size, info.mode = len(text.encode()), 0o644
            tar.addfile(info, io.BytesIO(text.encode()))
        link = tarfile.TarInfo("/usr/local/bin/python3")
        if Path(link.name) not in paths:
            link.type, link.linkname = tarfile.SYMTYPE, str(_program())
            tar.addfile(link)


def _names(text: str, separator: str) -> Iterator[str]:
    for part in text.split(separator):
        if match := _NAME.match(part.strip()):
            yield match[0]


def _installed() -> dict[str, Package]:
    paragraphs = _STATUS.read_text().strip().split("\n\n")
    found = [Package.parse(text) for text in paragraphs if "\nStatus: install ok installed" in text]
    native = {package.architecture for package in found if package.name == "dpkg"}
    return {p.name: p for p in found if p.architecture in native | {"all"}}


def _closure(installed: Mapping[str, Package], first: set[str]) -> dict[str, Package]:
    """The essential packages and the first ones, with all that they need."""
    providers = {name: p.name for p in installed.values() for name in p.provides}
    open_names = [p.name for p in installed.values() if p.is_essential]
    open_names += [name for name in first if name in installed]
    found: dict[str, Package] = {}
    while open_names:
        package = installed[open_names.pop()]
        if package.name in found:
            continue
        found[package.name] = package
        for alternatives in package.needs:
            there = [n for n in alternatives if n in installed]
            there += [providers[n] for n in alternatives if n in providers]
            open_names += there[:1]
    return found


def _below(path: Path) -> Iterator[Path]:
    yield path
    if path.is_dir() and not path.is_symlink():
        yield from path.rglob("*")


def _alternatives(paths: set[Path]) -> Iterator[Path]:
    """The links to files among these that `update-alternatives` has made, such as `awk`."""
    for link in (*Path("/usr/bin").iterdir(), *Path("/usr/sbin").iterdir()):
        target = link.readlink() if link.is_symlink() else link
        if target.parent == Path("/etc/alternatives") and link.resolve() in paths:
            yield from (link, target)


def _real(name: str) -> Path:
    """The path without links in its folders: `/bin` is one."""
    path = Path(name)
    return path.parent.resolve() / path.name


def _sources() -> str:
    lines = Path("/etc/os-release").read_text().splitlines()
    facts = dict(line.split("=", 1) for line in lines if "=" in line)
    codename = facts["VERSION_CODENAME"].strip('"')
    sources = f"deb {_MIRROR} {codename} main\n"
    if codename != "sid":
        sources += f"deb {_MIRROR}-security {codename}-security main\n"
    return sources


def _program() -> Path:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return (Path(sys.base_prefix) / "bin" / version).resolve()


def _python_files() -> Iterator[Path]:
    """The files of this Python, and the libraries that it needs."""
    library = Path(sys.base_prefix) / "lib" / _program().name
    extensions = []
    for path in library.rglob("*"):
        parts = path.relative_to(library).parts
        if not any(fnmatch(part, pattern) for part in parts for pattern in _LEFT_OUT):
            yield path
            extensions += [path] * (path.suffix == ".so")
    yield _program()
    yield from _libraries([_program(), *extensions])


def _libraries(programs: list[Path]) -> list[Path]:
    """The libraries that programs load."""
    completed = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=False)
    words = completed.stdout.split()
    found = {_real(word) for word in words if word.startswith("/") and not word.endswith(":")}
    return sorted(found | {path.resolve() for path in found})
