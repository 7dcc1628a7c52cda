"""The backends that come with the core, registered like any plugin's."""

from __future__ import annotations

from clm.hookspecs import hookimpl
from clm.registration import BackendType


@hookimpl
def clm_backends() -> list[BackendType]:
    return [
        BackendType(
            "sqlite",
            "worker processes behind an embedded queue",
            "clm.backends.sqlite:SqliteBackend",
        ),
        BackendType(
            "inline",
            "the same jobs in the building process, for debugging",
            "clm.backends.inline:InlineBackend",
        ),
    ]
