"""Start-up time of `clm --help` and `clm plugins list` with 30 plugins, and of other programs.

    python tests/bench/bench_startup.py [--runs 15] [--clm PROGRAM] [--rivals FOLDER]

Creates 30 small distributions, each with a job type, and puts them on the path of `clm`: alone,
and together with the plugins that are installed with it. Runs the commands in turns and prints
JSON: medians of wall time and CPU time in milliseconds, with their targets (for an otherwise idle
machine). FOLDER has the programs `llm` and `datasette`, in an environment of their own:

    python -m venv rivals && rivals/bin/pip install llm datasette
    python tests/bench/bench_startup.py --rivals rivals/bin
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

COUNT = 30
PLUGIN = """\
from attrs import frozen
from clm import FileInput, JobRequest, JobType, OutputSpec, hookimpl

clm_api_version = 1


@frozen
class Payload:
    name: str


def plan(source, context):
    return ()


@hookimpl
def clm_job_types():
    return [
        JobType(
            name="{name}",
            patterns=("*.{name}",),
            payload=Payload,
            plan=plan,
            worker="{package}.worker:Converter",
            fingerprint=lambda: "1",
        )
    ]
"""


@frozen
class Command:
    """A command to measure; `target` is its limit in milliseconds."""

    name: str
    arguments: tuple[str, ...]
    environ: Mapping[str, str] = field(factory=dict)
    target: int | None = None


@frozen
class Cost:
    wall: float
    cpu: float


def make_plugins(folder: Path) -> list[str]:
    """Create distributions in a folder like site-packages; returns the plugins' names."""
    names = [f"small{number}" for number in range(COUNT)]
    for name in names:
        package = f"clm_plugin_{name}"
        (folder / package).mkdir()
        (folder / package / "__init__.py").touch()
        text = PLUGIN.format(name=name, package=package)
        (folder / package / "plugin.py").write_text(text, encoding="utf-8")
        info = folder / f"{package}-1.0.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: clm-plugin-{name}\nVersion: 1.0\n"
        (info / "METADATA").write_text(metadata)
        (info / "entry_points.txt").write_text(f"[clm.plugins]\n{name} = {package}.plugin\n")
    return names


def commands_of_clm(program: str, folder: Path) -> list[Command]:
    path = {"PYTHONPATH": str(folder)}
    small = path | {"CLM_LOAD_PLUGINS": ",".join(make_plugins(folder))}
    asked = {"--help": 150, "plugins list": 250}
    return [
        Command(f"clm {words}{also}", (program, *words.split()), environ, target)
        for words, target in asked.items()
        for also, environ in {"": small, ", and those installed": path}.items()
    ] + [Command("clm --version", (program, "--version"))]


def commands_of_rivals(folder: Path) -> list[Command]:
    programs = {name: shutil.which(name, path=str(folder)) for name in ("llm", "datasette")}
    return [Command(f"{n} --help", (found, "--help")) for n, found in programs.items() if found]


def measure(command: Command) -> Cost:
    hidden = ("CLM_", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
    cpu, started = os.times(), time.perf_counter()
    subprocess.run(
        command.arguments,
        env=environ | dict(command.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    wall, spent = time.perf_counter() - started, os.times()
    used = spent.children_user + spent.children_system - cpu.children_user - cpu.children_system
    return Cost(wall * 1000, used * 1000)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15)
    beside = shutil.which("clm", path=str(Path(sys.executable).parent))
    parser.add_argument("--clm", default=beside, required=beside is None)
    parser.add_argument("--rivals", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        commands = commands_of_clm(options.clm, Path(folder))
        commands += commands_of_rivals(options.rivals) if options.rivals else []
        for command in commands:  # compiles the modules
            measure(command)
        costs = [[measure(command) for command in commands] for _ in range(options.runs)]
    for command, of_command in zip(commands, zip(*costs, strict=True), strict=True):
        print(
            json.dumps(
                {
                    "command": command.name,
                    "ms": round(statistics.median(cost.wall for cost in of_command)),
                    "cpu_ms": round(statistics.median(cost.cpu for cost in of_command)),
                    "least_ms": round(min(cost.wall for cost in of_command)),
                    "target_ms": command.target,
                }
            )
        )
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    print(json.dumps({"runs": options.runs, "load": load, "cores": os.cpu_count()}))


if __name__ == "__main__":
    main()
