"""Benchmark of builds of a course of decks; prints JSON, each figure with its target.

    python tests/bench/bench_notebook.py [--decks 20] [--cells 31] [--diagrams 4]
        [--course PATH/TO/SPEC [--edit PATH/TO/DECK]]
        [--peer-clm PATH/TO/OTHER/bin/clm] [--nbconvert] [--repeats 5] [--folder FOLDER]

A course (a generated one, or with --course a copy of a real one, such as a clone of a public
repository) is built cold, without a change, and after an edit to one deck. Each sequence of cells
is then run in a bare kernel, to measure how long the cells alone take.
With --peer-clm the same course is also built by CLM's predecessor
(`pip install "coding-academy-lecture-manager[all-workers]"`, Python 3.12, in an environment of
its own; it reads XML specs). With --nbconvert its notebooks are also executed by
`jupyter nbconvert --execute`, to one page each.
Rely on ratios and CPU time: wall time depends on the load of the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import psutil
from attrs import evolve, frozen
from bench_course import BenchCourse, CopiedCourse, Course
from measuring import Cost, measure
from pure_execution import executed_notebooks, pure_seconds

_CLM = [sys.executable, "-c", "from clm.cli.main import run; run()"]
_TARGETS = {
    "cold_cpu_of_peer": 1 / 10,
    "cold_wall_of_peer": 1 / 15,
    "no_change_wall_of_peer": 1 / 20,
    "peak_rss_of_peer": 1.0,
    "no_change_wall": 0.5,
    "one_edit_wall": 3.0,
    "cold_wall_of_pure_execution": 1.5,
}


class Run(Protocol):
    """Builds a course; without `memory` its memory is not sampled, which costs time."""

    def __call__(self, *, memory: bool = True) -> Cost: ...


@frozen
class Contestant:
    """A program with its own copy of the course."""

    course: Course
    run: Run


def build_three_times(
    contestants: Mapping[str, Contestant], repeats: int
) -> dict[str, dict[str, Cost]]:
    """Costs of a cold build, one without a change, and one after an edit, by contestant.

    Builds without a change are repeated in turns, so that the machine's load is the same for all
    contestants; the times are those of each one's median build.
    """
    cold = {name: one.run() for name, one in contestants.items()}
    sampled = {name: one.run() for name, one in contestants.items()}
    rounds = [
        {name: one.run(memory=False) for name, one in contestants.items()} for _ in range(repeats)
    ]
    for one in contestants.values():
        one.course.edit()
    edited = {name: one.run() for name, one in contestants.items()}
    return {
        name: {
            "cold": cold[name],
            "no_change": _middle(sampled[name], [costs[name] for costs in rounds]),
            "one_edit": edited[name],
        }
        for name in contestants
    }


def _middle(sampled: Cost, quick: Sequence[Cost]) -> Cost:
    """The memory of one build, with the times of the median of others."""
    by_time = sorted(quick or [sampled], key=lambda cost: cost.wall)
    middle = by_time[len(by_time) // 2]
    return evolve(sampled, wall=middle.wall, cpu=middle.cpu)


def environment(folder: Path) -> dict[str, str]:
    """A user's environment: modules are compiled, nothing is configured."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("CLM_", "PYTHON"))}
    return own | {"PYTHONPYCACHEPREFIX": str(folder / "pycache")}


def warmed_up(folder: Path, run: Callable[[Course], Run]) -> None:
    """Build a small course, so that all modules are compiled and in the disk cache."""
    course = BenchCourse(folder, decks=2, cells=7, diagrams=1)
    course.write()
    run(course)()


def clm_run(course: Course, folder: Path) -> Run:
    env = environment(folder)
    log = folder / "own.log"
    command = [*_CLM, "build", course.spec]
    return partial(measure, command, cwd=course.folder, env=env, log=log)


def peer_run(course: Course, clm: Path, folder: Path) -> Run:
    log = folder / "peer.log"
    env = environment(folder) | {
        "PATH": f"{clm.parent}{os.pathsep}{os.environ['PATH']}",
        "VIRTUAL_ENV": str(clm.parent.parent),
        "HOME": str(course.folder),
    }
    return partial(measure, [clm, "build", course.spec], cwd=course.folder, env=env, log=log)


def nbconvert_cost(notebooks: Sequence[Path], folder: Path) -> Cost:
    """The cost of one executed page per notebook, by a single process."""
    target = folder / "nbconvert"
    target.mkdir()
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", "--allow-errors"]
    return measure(
        [*command, "--output-dir", target, *notebooks],
        cwd=target,
        env=environment(folder),
        log=folder / "nbconvert.log",
    )


def ratios(own: dict[str, Cost], peer: dict[str, Cost]) -> dict[str, float]:
    return {
        "cold_cpu_of_peer": own["cold"].cpu / peer["cold"].cpu,
        "cold_wall_of_peer": own["cold"].wall / peer["cold"].wall,
        "no_change_wall_of_peer": own["no_change"].wall / peer["no_change"].wall,
        "no_change_cpu_of_peer": own["no_change"].cpu / peer["no_change"].cpu,
        "one_edit_wall_of_peer": own["one_edit"].wall / peer["one_edit"].wall,
        "peak_rss_of_peer": own["cold"].peak_rss / peer["cold"].peak_rss,
    }


def course_in(folder: Path, options: argparse.Namespace) -> Course:
    if options.course:
        deck = options.edit.resolve() if options.edit else None
        return CopiedCourse.of(options.course.resolve(), deck, folder)
    course = BenchCourse(folder, options.decks, options.cells, options.diagrams)
    course.write()
    return course


def contestants_in(folder: Path, options: argparse.Namespace) -> dict[str, Contestant]:
    """The contestants, each after a build that has compiled its modules."""
    warmed_up(folder / "own-warm", lambda course: clm_run(course, folder))
    course = course_in(folder / "own", options)
    contestants = {"clm": Contestant(course, clm_run(course, folder))}
    if options.peer_clm:
        warmed_up(folder / "peer-warm", lambda c: peer_run(c, options.peer_clm, folder))
        course = course_in(folder / "peer", options)
        contestants["peer"] = Contestant(course, peer_run(course, options.peer_clm, folder))
    return contestants


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    contestants = contestants_in(folder, options)
    costs = build_three_times(contestants, options.repeats)
    own, results = costs["clm"], dict[str, Any]()
    for name, of_one in costs.items():
        results[name] = {build: cost.plain() for build, cost in of_one.items()}
    notebooks = executed_notebooks(contestants["clm"].course.folder / "output")
    pure = pure_seconds(notebooks)
    cores = len(psutil.Process().cpu_affinity()) if sys.platform == "linux" else os.cpu_count() or 1
    results["pure_execution"] = {
        "notebooks": len(notebooks),
        "seconds": round(pure, 3),
        "seconds_by_cores": round(pure / cores, 3),
    }
    compared = {
        "no_change_wall": own["no_change"].wall,
        "one_edit_wall": own["one_edit"].wall,
        "cold_wall_of_pure_execution": own["cold"].wall / (pure / cores) if pure else 0.0,
    }
    if options.nbconvert:
        cost = nbconvert_cost(notebooks, folder)
        results["nbconvert"] = {"cold": cost.plain()}
        compared["cold_cpu_of_nbconvert"] = own["cold"].cpu / cost.cpu
        compared["cold_wall_of_nbconvert"] = own["cold"].wall / cost.wall
    if "peer" in costs:
        compared |= ratios(own, costs["peer"])
    results["compared"] = {name: _beside_target(name, value) for name, value in compared.items()}
    return results


def _beside_target(name: str, value: float) -> dict[str, float]:
    target = {"target": round(_TARGETS[name], 4)} if name in _TARGETS else {}
    return {"value": round(value, 4)} | target


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description="Measure builds of a course of decks.")
    parser.add_argument("--decks", type=int, default=20)
    parser.add_argument("--cells", type=int, default=31)
    parser.add_argument(
        "--diagrams",
        type=int,
        default=4,
        help="number of diagrams; needs the plugin that draws them",
    )
    parser.add_argument("--course", type=Path, help="build a copy of the course of this spec")
    parser.add_argument("--edit", type=Path, help="edit this deck of --course")
    parser.add_argument(
        "--repeats", type=int, default=5, help="repetitions of the build without a change"
    )
    parser.add_argument("--peer-clm", type=Path, help="the program `clm` of the predecessor")
    parser.add_argument("--nbconvert", action="store_true", help="also measure nbconvert")
    parser.add_argument("--folder", type=Path, help="keep courses and logs in this new folder")
    options = parser.parse_args(arguments)
    folder = options.folder or Path(tempfile.mkdtemp(prefix="clm-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        print(json.dumps(run(options, folder.resolve()), indent=2))
    finally:
        if options.folder is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
