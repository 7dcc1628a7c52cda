"""Name and version of installed packages, from the head of their metadata.

Whole metadata, with a package's description, take longer to read than the rest of a build in which
nothing has changed.
"""

from __future__ import annotations

import re
from typing import Any

from importlib_metadata import PackageNotFoundError, distribution

__all__ = ["identity", "package_version"]

_IDENTITY = re.compile(r"^(Name|Version): *(\S.*?) *$", re.MULTILINE)


def identity(found: Any) -> tuple[str, str]:
    """Name and version of a distribution; `unknown` where its metadata do not say."""
    try:
        text = found.read_text("METADATA") or found.read_text("PKG-INFO") or ""
    except (AttributeError, ValueError, OSError):  # none, not UTF-8, or not readable
        text = ""
    said = dict(reversed(_IDENTITY.findall(text.partition("\n\n")[0])))
    return said.get("Name", "unknown"), said.get("Version", "unknown")


def package_version(name: str) -> str:
    """The version of an installed Python package, for a fingerprint; `missing` without one."""
    try:
        return identity(distribution(name))[1]
    except PackageNotFoundError:
        return "missing"
