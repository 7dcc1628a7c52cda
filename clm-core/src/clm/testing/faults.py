"""Fault injection: a plugin is replaced with one whose conversions fail."""

from __future__ import annotations

import json
import os
import uuid
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
    """A fault of a conversion.

    `crash-before` and `crash-after`: the process is killed before or after the conversion.
    `hang`: the conversion does not start until the job is cancelled. `raise`: an unexpected
    exception. `transient`: a `TransientJobError`. `no-outputs`: a result without outputs.
    `none`: no fault.
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
    """The faults of one job type's conversions, one per conversion in the order they start.

    Conversions are counted across processes: each adds a line to the file `log`. `plugin` is the
    value of the plugin's entry point, `worker` the import string of its worker.
    """

    job_type: str
    plugin: str
    worker: str
    faults: tuple[Fault, ...]
    log: Path

    @classmethod
    def injected(cls) -> Faults:
        """Return the faults in this process's environment."""
        data = json.loads(os.environ[VARIABLE])
        faults = tuple(Fault(name) for name in data["faults"])
        values = {name: data[name] for name in ("job_type", "plugin", "worker")}
        return cls(**values, faults=faults, log=Path(data["log"]))

    @property
    def conversions(self) -> int:
        """The number of conversions that have started."""
        return len(self.log.read_text(encoding="utf-8").splitlines()) if self.log.exists() else 0

    def next(self) -> Fault:
        """Count a conversion; return its fault."""
        # Written before it is counted: two workers may start conversions at the same time.
        own = f"{os.getpid()} {uuid.uuid4().hex}"
        with self.log.open("a", encoding="utf-8") as file:
            file.write(f"{own}\n")
        number = self.log.read_text(encoding="utf-8").splitlines().index(own)
        return self.faults[number] if number < len(self.faults) else Fault.NONE

    def to_json(self) -> str:
        """Return the value of the environment variable."""
        names = ("job_type", "plugin", "worker", "faults")
        return json.dumps({name: getattr(self, name) for name in names} | {"log": str(self.log)})


def inject(
    job_type: str, faults: Sequence[Fault | str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Faults:
    """Inject faults into conversions of a job type, in this process and those started later.

    The plugin's distribution is hidden by another of the same name and version, which has
    `clm.testing.faulty_plugin` instead of the plugin; its files are written to `folder`.

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
