"""The core's own backends, registered in the same way as a plugin's."""

from __future__ import annotations

from clm.hookspecs import hookimpl
from clm.registration import BackendType


@hookimpl
def clm_backends() -> list[BackendType]:
    return [
        BackendType(
            "sqlite",
            "worker processes with an embedded queue",
            "clm.backends.sqlite:SqliteBackend",
        ),
        BackendType(
            "inline",
            "runs all jobs in the building process, for debugging",
            "clm.backends.inline:InlineBackend",
        ),
    ]
