"""Tools of workers elsewhere, remembered from build to build where they cannot change."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import attrs
from attrs import define, field

from clm.errors import ClmError
from clm.installed.kept import read_json, write_json
from clm.jobs.tools import Tools
from clm.plugins import PluginRegistry
from clm.plugins.fingerprint import fingerprint_of

_KEPT = 50


def last_key(job_type: str, place: str, plugins: PluginRegistry) -> str:
    """The key of the last answer of workers at a place.

    It is another one once the plugin is updated here, since the plugin there should be the same.
    """
    try:
        own = fingerprint_of(plugins, job_type)
    except ClmError:
        own = ""  # its tools may be missing here
    return f"{job_type} at {place}, beside {own}"


@define(eq=False)
class RememberedTools:
    """A file with tools by a text that says which they are; a file that is damaged has none."""

    file: Path
    _lock: threading.Lock = field(factory=threading.Lock)

    def get(self, key: str, names: Sequence[str] = ()) -> Tools | None:
        """The tools of a key with these names of the environment; None if they are not known."""
        tools = self._read(key)
        return tools if tools is not None and set(names) <= set(tools.environment) else None

    def _read(self, key: str) -> Tools | None:
        found = read_json(self.file).get(key) if key else None
        if not isinstance(found, dict):
            return None
        try:
            environment = {str(k): str(v) for k, v in found["environment"].items()}
            return Tools(str(found["fingerprint"]), environment, int(found["payload_version"]))
        except (AttributeError, LookupError, TypeError, ValueError):
            return None

    def keep(self, key: str, tools: Tools) -> None:
        """Remembers tools; nothing with an empty key."""
        if not key:
            return
        with self._lock:
            known = {**read_json(self.file), key: attrs.asdict(tools)}
            # They are asked for again if the file cannot be written.
            write_json(self.file, dict(list(known.items())[-_KEPT:]))
