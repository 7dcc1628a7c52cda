"""Files with what was found out about this machine; they may be lost or damaged."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from clm.regular_files import read_regular


def cache_folder() -> Path:
    """The user's folder for such files."""
    if sys.platform == "linux":
        # As platformdirs has it, whose import takes longer than a reader needs for the file.
        chosen = os.environ.get("XDG_CACHE_HOME", "").strip()
        return (Path(os.path.expanduser(chosen)) if chosen else home_folder() / ".cache") / "clm"  # noqa: PTH111
    import platformdirs

    return platformdirs.user_cache_path("clm", appauthor=False)


def home_folder() -> Path:
    """The user's folder; a place that cannot have files if the account has none."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(os.devnull)


def read_json(file: Path) -> dict[str, Any]:
    """The mapping in a file; empty if there is none."""
    try:
        data = json.loads(read_regular(file))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def write_json(file: Path, data: Mapping[str, Any]) -> None:
    """Replaces a file; does nothing if that is impossible."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                json.dump(data, stream)
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
