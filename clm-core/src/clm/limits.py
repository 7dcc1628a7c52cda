"""What CLM keeps at most, and how that is set."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from clm.errors import UsageError

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?", re.IGNORECASE)
_AGE_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_AGE = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])", re.IGNORECASE)


@frozen
class Limits:
    """Limits that hold for all builds of a machine; each has a variable `CLM_<NAME>`.

    Attributes:
        kept_builds: so many ended builds stay in the queue with their jobs.
        cache_size: bytes of results in the cache; the least recently used go first.
        worker_jobs: a worker is replaced after so many jobs; 0 for never.
        worker_memory: a worker is replaced when it holds more bytes than that; 0 for never.
        hung_after: seconds after which a job that does nothing at all is ended; 0 for never.
    """

    kept_builds: int = 10
    cache_size: int = 2 * 10**9
    worker_jobs: int = 1000
    worker_memory: int = 2 * 10**9
    hung_after: float = 120.0

    @classmethod
    def of(cls, environ: Mapping[str, str] | None = None) -> Limits:
        """The limits as the environment sets them.

        Raises:
            UsageError: a variable has no meaning.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for name, parse in _PARSERS.items():
            variable = f"CLM_{name.upper()}"
            if text := environ.get(variable):
                values[name] = parse(text, variable)
        return cls(**values)


def parse_size(text: str, what: str = "size") -> int:
    """Bytes, from a text such as `500MB` or `2 GB`.

    Raises:
        UsageError: it is no size; the message names `what`.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{what}: {text!r} is no size", hint="for example 500MB or 2GB")
    return int(float(match[1]) * _UNITS[match[2].lower()])


def parse_age(text: str, what: str = "age") -> float:
    """Seconds, from a text such as `12h` or `30d`.

    Raises:
        UsageError: it is no age; the message names `what`.
    """
    match = _AGE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{what}: {text!r} is no age", hint="for example 12h, 30d or 8w")
    return float(match[1]) * _AGE_UNITS[match[2].lower()]


def _parse_count(text: str, what: str) -> int:
    if not text.strip().isdecimal():
        raise UsageError(f"{what}: {text!r} is no number", hint="for example 10")
    return int(text)


_PARSERS: dict[str, Callable[[str, str], float]] = {
    "kept_builds": _parse_count,
    "cache_size": parse_size,
    "worker_jobs": _parse_count,
    "worker_memory": parse_size,
    "hung_after": parse_age,
}
