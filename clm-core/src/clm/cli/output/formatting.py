"""Formatting of sizes, times, rates and paths."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

_UNITS = ("B", "kB", "MB", "GB", "TB")
_MAX_LENGTH = 100  # characters of an error in a table


def size(number: int) -> str:
    """Format a number of bytes, such as `1.5 MB`."""
    value = float(number)
    for unit in _UNITS:
        if value < 1000 or unit == _UNITS[-1]:
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def duration(seconds: float) -> str:
    """Format a time span, such as `4.2 s`, `31 s`, `12 min 3 s`, `2.5 h` or `3.1 d`."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{seconds / 3600:.1f} h" if seconds < 86400 else f"{seconds / 86400:.1f} d"


def ago(moment: float | None) -> str:
    """Format the time since a moment (seconds since the epoch); None is `-`."""
    return "-" if moment is None else f"{duration(time.time() - moment)} ago"


def day(moment: float | None) -> str:
    """Format a moment (seconds since the epoch) in local time; None is `-`."""
    if moment is None:
        return "-"
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M")


def shown_path(path: Path) -> str:
    """Return the path relative to the current folder if it is inside, else the absolute path."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def rate(hits: int, misses: int) -> str:
    """Format the share of hits in per cent, or `-` without any requests."""
    return f"{100 * hits / (hits + misses):.0f} %" if hits + misses else "-"


def first_message(error: str | None) -> str:
    """Return the first of a job's diagnostics with its line, shortened for a table."""
    return first_of(diagnostics(error))


def first_of(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return the first of some diagnostics, given as JSON data, as `first_message` does."""
    if not messages:
        return ""
    place = messages[0].get("place") or {}
    line = f"line {place['line']}: " if place.get("line") else ""
    text = f"{line}{messages[0].get('message', '')}"
    return text if len(text) <= _MAX_LENGTH else f"{text[: _MAX_LENGTH - 3]}..."


def diagnostics(error: str | None) -> list[dict[str, Any]]:
    """Return a job's diagnostics as JSON data."""
    found = json.loads(error) if error else []
    return found if isinstance(found, list) else []
