"""Benchmark of the PlantUML plugin with 30 diagrams; prints JSON, each figure with its target.

    python tests/bench/bench_plantuml.py [--rounds 3] [--peer-files 6]

The peer is one Java process per file with the same jar, as in a script that calls PlantUML. Rely
on CPU time and ratios: wall time depends on the load of the machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from plantuml_diagrams import DIAGRAMS

from clm import Job
from clm_plugin_plantuml.engine import find_engine
from clm_plugin_plantuml.java import find_java
from clm_plugin_plantuml.payload import PlantUmlPayload
from clm_plugin_plantuml.worker import PlantUmlWorker

TARGETS = {
    "warm_ms_median": 40,
    "first_picture_s": 2,
    "rss_mb": 300,
    "cpu_ratio_to_one_java_per_file": 20,
}


def draw(worker: PlantUmlWorker, folder: Path, name: str, format: str) -> bytes:
    """One picture, drawn as in a worker process."""
    (folder / "x.pu").write_text(DIAGRAMS[name], encoding="utf-8")
    payload = PlantUmlPayload("x.pu", (f"x.{format}",), format, 200, 60.0, 512)
    job = Job(folder, "x.pu", payload.pictures, name, lambda: False)
    (picture,) = worker.convert(payload, job).outputs.values()
    assert isinstance(picture, bytes)
    return picture


def measure_format(format: str, rounds: int, folder: Path) -> dict[str, Any]:
    worker = PlantUmlWorker()
    started = time.perf_counter()
    worker.start()
    draw(worker, folder, "sequence", format)
    first = time.perf_counter() - started
    assert worker._machine is not None
    process = psutil.Process(worker._machine.pid)
    passes = []
    for _ in range(rounds):
        before = cpu_seconds(process)
        times = []
        for name in DIAGRAMS:
            begun = time.perf_counter()
            draw(worker, folder, name, format)
            times.append((time.perf_counter() - begun) * 1000)
        passes.append(
            {
                "ms_median": round(statistics.median(times), 1),
                "ms_mean": round(statistics.mean(times), 1),
                "ms_max": round(max(times), 1),
                "cpu_ms_per_file": round((cpu_seconds(process) - before) * 1000 / len(times), 1),
            }
        )
    rss = process.memory_info().rss / 1e6
    total_cpu = cpu_seconds(process)
    for name in [*DIAGRAMS] * 9:
        draw(worker, folder, name, format)
    rss_300 = process.memory_info().rss / 1e6
    worker.stop()
    return {
        "first_picture_s": round(first, 2),
        "passes": passes,
        "rss_mb": round(rss),
        "rss_mb_after_300_more": round(rss_300),
        "cpu_s_start_and_all_passes": round(total_cpu, 2),
    }


def measure_peer(format: str, count: int, folder: Path) -> dict[str, float]:
    """The cost of one Java process per file, for `count` diagrams of all kinds."""
    engine, java = find_engine(), find_java()
    assert engine is not None
    assert java is not None
    program = java.home / "bin" / ("java.exe" if sys.platform == "win32" else "java")
    names = [*DIAGRAMS][:: max(1, len(DIAGRAMS) // count)][:count]
    times = []
    before = children_cpu()
    for name in names:
        (folder / "peer.puml").write_text(DIAGRAMS[name], encoding="utf-8")
        begun = time.perf_counter()
        command = [str(program), "-Djava.awt.headless=true", "-jar", str(engine.jar)]
        command += ["-Playout=smetana", "-Sdpi=200", f"-t{format}", str(folder / "peer.puml")]
        subprocess.run(command, check=False, capture_output=True)
        times.append((time.perf_counter() - begun) * 1000)
    cpu = (children_cpu() - before) * 1000 / len(names)
    return {"ms_median": round(statistics.median(times)), "cpu_ms_per_file": round(cpu)}


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def children_cpu() -> float:
    times = psutil.Process().cpu_times()
    return float(times.children_user + times.children_system)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-files", type=int, default=6)
    options = parser.parse_args()
    java = find_java()
    results: dict[str, Any] = {"java": java and f"{java.version} ({java.origin})"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for format in ("png", "svg"):
            own = measure_format(format, options.rounds, folder)
            peer = measure_peer(format, options.peer_files, folder)
            ratio = peer["cpu_ms_per_file"] / max(1.0, own["passes"][-1]["cpu_ms_per_file"])
            results[format] = {**own, "peer": peer, "cpu_ratio_warm": round(ratio, 1)}
    print(json.dumps({"targets": TARGETS, "measured": results}, indent=2))


if __name__ == "__main__":
    main()
