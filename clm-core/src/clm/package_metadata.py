"""Name and version of installed packages, from the header of their metadata.

To parse the whole metadata, with a package's description, takes longer than the rest of a build
in which nothing has changed.
"""

from __future__ import annotations

import re
from typing import Any

from importlib_metadata import PackageNotFoundError, distribution

__all__ = ["identity", "package_version"]

_IDENTITY = re.compile(r"^(Name|Version): *(\S.*?) *$", re.MULTILINE)


def identity(found: Any) -> tuple[str, str]:
    """Name and version of a distribution; `unknown` where its metadata have none."""
    try:
        text = found.read_text("METADATA") or found.read_text("PKG-INFO") or ""
    except (AttributeError, ValueError, OSError):  # none, not UTF-8, or not readable
        text = ""
    fields = dict(reversed(_IDENTITY.findall(text.partition("\n\n")[0])))
    return fields.get("Name", "unknown"), fields.get("Version", "unknown")


def package_version(name: str) -> str:
    """The version of a Python package, for a fingerprint; `missing` if it is not installed."""
    try:
        return identity(distribution(name))[1]
    except PackageNotFoundError:
        return "missing"
