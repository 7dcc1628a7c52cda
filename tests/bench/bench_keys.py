"""Milliseconds that each build spends on what goes into keys, beside files.

    python tests/bench/bench_keys.py

The packages are those of the running Python; an editable one is the core's checkout.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from clm.installed import project_digest
from clm.plugins.fingerprint import fingerprint_of
from clm.plugins.registry import PluginRegistry
from clm_plugin_notebook.kernels.packages import packages_in

_RUNS = 20
_CORE = Path(__file__).parents[2] / "clm-core"


def main() -> None:
    packages = {package for folder in sys.path for package in packages_in(folder)}
    _print(f"names and versions of {len(packages)} packages", _all_packages)
    with tempfile.TemporaryDirectory() as name:
        cache = Path(name)
        _print("editable package, first", lambda: project_digest(_CORE, cache), runs=1)
        _print("editable package, unchanged", lambda: project_digest(_CORE, cache))
    plugins = PluginRegistry.load(for_builds=True)
    for job_type in sorted(plugins.job_types):
        label = f"fingerprint of {job_type}"
        _print(f"{label}, first", lambda name=job_type: fingerprint_of(plugins, name), runs=1)
        _print(label, lambda name=job_type: fingerprint_of(plugins, name))


def _all_packages() -> None:
    for folder in sys.path:
        packages_in(folder)


def _print(label: str, call: Callable[[], object], runs: int = _RUNS) -> None:
    print(f"{label:<45} {median(_milliseconds(call) for _ in range(runs)):8.2f}")


def _milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
