"""Backend of dry runs: it runs nothing, and says what is known about the chosen one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clm.backends.backend import Backend, BackendContext
from clm.backends.local_ops import LocalOpsBackend
from clm.errors import UnknownToolsError
from clm.jobs.tools import Tools


class DryRunBackend(LocalOpsBackend):
    """Knows the tools that `chosen`, the factory of a backend, knows."""

    def __init__(self, chosen: Any, context: BackendContext) -> None:
        super().__init__(context)
        self._chosen = chosen
        self._backend: Backend | None = None

    def known_tools(self, job_type: str, names: Sequence[str]) -> Tools | None:
        own = getattr(self._chosen, "known_tools", Backend.known_tools)
        if own is Backend.known_tools:
            # Not created: it may create files, or connect to something.
            if getattr(self._chosen, "tools", Backend.tools) is Backend.tools:
                return None
            raise UnknownToolsError(job_type)
        if self._backend is None:
            self._backend = self._chosen(self.context)
        return self._backend.known_tools(job_type, names)
