"""Workers that come to harm: a plugin in whose place there is one that injects faults."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import pytest
from attrs import frozen

from clm.plugins import PluginRegistry
from clm.plugins.discovery import GROUP
from clm.testing.installing import put_on_path, write_metadata

VARIABLE = "CLM_TESTING_FAULTS"


class Fault(StrEnum):
    """What happens to a conversion.

    `crash-before` and `crash-after`: its process dies before the converter is called, or when it
    has done its work. `hang`: it does not return until the job is cancelled. `raise`: an error that
    nobody expects. `transient`: one that may pass. `no-outputs`: a result without outputs.
    `none`: nothing.
    """

    NONE = "none"
    CRASH_BEFORE = "crash-before"
    CRASH_AFTER = "crash-after"
    HANG = "hang"
    RAISE = "raise"
    TRANSIENT = "transient"
    NO_OUTPUTS = "no-outputs"


@frozen
class Faults:
    """The faults of the conversions of one job type, the first for the first one, and so on.

    Conversions are counted over all processes: each adds a line to the file `log`. `plugin` is the
    value of the plugin's entry point, `worker` the import string of the converter.
    """

    job_type: str
    plugin: str
    worker: str
    faults: tuple[Fault, ...]
    log: Path

    @classmethod
    def injected(cls) -> Faults:
        """Those of this process's environment."""
        data = json.loads(os.environ[VARIABLE])
        faults = tuple(Fault(name) for name in data["faults"])
        values = {name: data[name] for name in ("job_type", "plugin", "worker")}
        return cls(**values, faults=faults, log=Path(data["log"]))

    @property
    def conversions(self) -> int:
        """How many conversions have begun."""
        return len(self.log.read_text(encoding="utf-8").splitlines()) if self.log.exists() else 0

    def next(self) -> Fault:
        """The fault of the conversion that begins now."""
        number = self.conversions
        with self.log.open("a", encoding="utf-8") as file:
            file.write(f"{os.getpid()}\n")
        return self.faults[number] if number < len(self.faults) else Fault.NONE

    def to_json(self) -> str:
        """What the environment variable is set to."""
        names = ("job_type", "plugin", "worker", "faults")
        return json.dumps({name: getattr(self, name) for name in names} | {"log": str(self.log)})


def inject(
    job_type: str, faults: Sequence[Fault | str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Faults:
    """Put faults into the conversions of a job type, here and in all processes started from now on.

    The plugin's distribution is hidden behind another of the same name and version, which has
    `clm.testing.faulty_plugin` in the plugin's place; `folder` gets its files.

    Raises:
        UnknownJobTypeError: no plugin offers the job type.
    """
    registry = PluginRegistry.load()
    found = registry.plugin_of(job_type).found
    worker = registry.job_type(job_type).worker
    log = folder / "conversions.log"
    injected = Faults(job_type, found.value, worker, tuple(map(Fault, faults)), log)
    plugins = {found.name: found.value}
    if found.entry_point is not None and found.entry_point.dist is not None:
        of_group = found.entry_point.dist.entry_points.select(group=GROUP)
        plugins |= {entry_point.name: entry_point.value for entry_point in of_group}
    plugins[found.name] = "clm.testing.faulty_plugin"
    write_metadata(folder / "site", found.distribution, found.version, plugins)
    put_on_path(monkeypatch, folder / "site")
    monkeypatch.setenv(VARIABLE, injected.to_json())
    return injected
