"""Limits of builds and workers, and the texts that set them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from clm.errors import UsageError

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
# No number is so long that Python cannot convert it.
_NUMBER = r"(\d{1,15}(?:\.\d{1,15})?)"
_SIZE = re.compile(rf"{_NUMBER}\s*([kmgt]?)i?b?", re.IGNORECASE | re.ASCII)
_AGE_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_LONGEST_AGE = 3e9  # a century: more is no other limit, and too long for a wait
_AGE = re.compile(rf"{_NUMBER}\s*([smhdw])", re.IGNORECASE | re.ASCII)
_COUNT = re.compile(r"\d{1,15}", re.ASCII)


@frozen(repr=False)
class Limits:
    """Limits for all builds on a machine; the environment variable `CLM_<NAME>` sets each.

    Attributes:
        kept_builds: number of finished builds that stay in the queue with their jobs.
        cache_size: bytes of results in the cache; the least recently used are evicted first.
        worker_jobs: number of jobs after which a worker is recycled; 0 for never.
        worker_memory: bytes of memory above which a worker is recycled; 0 for never.
        hung_after: seconds without activity after which a job is ended as hung; 0 for never.
        job_limit: seconds after which a job is ended that has no limit of its own; 0 for never.
    """

    kept_builds: int = 10
    cache_size: int = 2 * 10**9
    worker_jobs: int = 1000
    worker_memory: int = 2 * 10**9
    hung_after: float = 120.0
    job_limit: float = 3600.0

    @classmethod
    def of(cls, environ: Mapping[str, str] | None = None) -> Limits:
        """The limits from `environ`, by default the environment of the process.

        Raises:
            UsageError: a variable has an invalid value.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for name, parse in _PARSERS.items():
            variable = f"CLM_{name.upper()}"
            if text := environ.get(variable):
                values[name] = parse(text, variable)
        return cls(**values)


def parse_size(text: str, what: str = "size") -> int:
    """The number of bytes in a text such as `500MB` or `2 GB`.

    Raises:
        UsageError: the size is invalid; the message names `what`.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{what}: invalid size: {text!r}", hint="for example 500MB or 2GB")
    return int(float(match[1]) * _UNITS[match[2].lower()])


def parse_age(text: str, what: str = "age") -> float:
    """The number of seconds in a text such as `12h` or `30d`.

    Raises:
        UsageError: the age is invalid; the message names `what`.
    """
    match = _AGE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{what}: invalid age: {text!r}", hint="for example 12h, 30d or 8w")
    return min(float(match[1]) * _AGE_UNITS[match[2].lower()], _LONGEST_AGE)


def _parse_count(text: str, what: str) -> int:
    if not _COUNT.fullmatch(text.strip()):
        raise UsageError(f"{what}: invalid number: {text!r}", hint="for example 10")
    return int(text)


_PARSERS: dict[str, Callable[[str, str], float]] = {
    "kept_builds": _parse_count,
    "cache_size": parse_size,
    "worker_jobs": _parse_count,
    "worker_memory": parse_size,
    "hung_after": parse_age,
    "job_limit": parse_age,
}
