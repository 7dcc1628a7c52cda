"""Settings of the shared cache, from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from attrs import frozen

from clm.errors import UsageError
from clm.limits import parse_age

URL_VARIABLE = "CLM_SHARED_CACHE"
MODE_VARIABLE = "CLM_SHARED_CACHE_MODE"
WAIT_VARIABLE = "CLM_SHARED_CACHE_WAIT"
_MODES = {"read-write": True, "read-only": False}
_WAIT_SECONDS = 30.0


@frozen(repr=False)
class SharedCacheSettings:
    """Where the shared cache is, whether results are written to it, and how many seconds the end
    of a build waits for that."""

    url: str
    writes: bool = True
    wait_seconds: float = _WAIT_SECONDS

    @property
    def scheme(self) -> str:
        """The scheme of the URL, in lower case; `file` for a path."""
        scheme = urlsplit(self.url).scheme.lower()
        return scheme if len(scheme) > 1 else "file"  # a drive of Windows is a path

    @classmethod
    def of(cls, environ: Mapping[str, str] | None = None) -> SharedCacheSettings | None:
        """The settings from `environ`, by default the environment; None without a shared cache.

        Raises:
            UsageError: a variable has an invalid value.
        """
        environ = os.environ if environ is None else environ
        url = environ.get(URL_VARIABLE, "").strip()
        if not url:
            return None
        _check(url)
        mode = environ.get(MODE_VARIABLE) or "read-write"
        if mode not in _MODES:
            raise UsageError(
                f"{MODE_VARIABLE}: invalid mode: {mode!r}", hint=f"one of {', '.join(_MODES)}"
            )
        text = environ.get(WAIT_VARIABLE)
        wait = parse_age(text, WAIT_VARIABLE) if text else _WAIT_SECONDS
        return cls(url, _MODES[mode], wait)


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        has_credentials = "@" in parts.netloc
        _ = parts.port
    except ValueError:
        # The text may hold a password, so it is not shown.
        raise UsageError(
            f"{URL_VARIABLE}: invalid URL", hint="for example http://host/path"
        ) from None
    if has_credentials:
        raise UsageError(
            f"{URL_VARIABLE}: the URL contains credentials",
            hint="set CLM_SHARED_CACHE_USER and CLM_SHARED_CACHE_PASSWORD, or "
            "CLM_SHARED_CACHE_TOKEN",
        )
    if parts.query or parts.fragment:
        raise UsageError(f"{URL_VARIABLE}: the URL has a query or fragment", hint="omit it")
