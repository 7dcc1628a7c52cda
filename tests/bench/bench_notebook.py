"""Measures builds of a course of decks and prints JSON: each figure beside its target.

    python tests/bench/bench_notebook.py [--decks 20] [--cells 31] [--diagrams 4]
        [--peer-clm PATH/TO/OTHER/bin/clm] [--nbconvert] [--folder FOLDER]

A generated course is built cold, again without a change, and again after an edit to one deck.
With --peer-clm the same course is built by CLM's predecessor
(`pip install "coding-academy-lecture-manager[all-workers]"`, Python 3.12, in an environment of
its own), with --nbconvert the decks are executed by `jupyter nbconvert --execute`, one page each.
Trust ratios and CPU time: wall time depends on what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench_course import BenchCourse
from measuring import Cost, measure

_CLM = [sys.executable, "-c", "from clm.cli.main import run; run()"]
_TARGETS = {
    "cold_cpu_of_peer": 1 / 10,
    "cold_wall_of_peer": 1 / 15,
    "no_change_wall_of_peer": 1 / 20,
    "peak_rss_of_peer": 1.0,
    "no_change_wall": 0.5,
    "one_edit_wall": 3.0,
}
_EDITED = 7


def build_three_times(course: BenchCourse, run: Callable[[], Cost], edited: int) -> dict[str, Cost]:
    """Cold, without a change, and after an edit to one deck."""
    costs = {"cold": run(), "no_change": run()}
    course.edit(edited)
    return costs | {"one_edit": run()}


def environment(folder: Path) -> dict[str, str]:
    """As a user has it: all is compiled, nothing configured."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("CLM_", "PYTHON"))}
    return own | {"PYTHONPYCACHEPREFIX": str(folder / "pycache")}


def warmed_up(folder: Path, run: Callable[[BenchCourse], Callable[[], Cost]]) -> None:
    """Builds a small course, after which all modules are compiled and in the disk's cache."""
    course = BenchCourse(folder, decks=2, cells=7, diagrams=1)
    course.write()
    run(course)()


def clm_run(course: BenchCourse, folder: Path) -> Callable[[], Cost]:
    env = environment(folder)
    log = folder / "own.log"
    return lambda: measure([*_CLM, "build", course.spec], cwd=course.folder, env=env, log=log)


def peer_run(course: BenchCourse, clm: Path, folder: Path) -> Callable[[], Cost]:
    log = folder / "peer.log"
    env = environment(folder) | {
        "PATH": f"{clm.parent}{os.pathsep}{os.environ['PATH']}",
        "VIRTUAL_ENV": str(clm.parent.parent),
        "HOME": str(course.folder),
    }
    return lambda: measure([clm, "build", course.spec], cwd=course.folder, env=env, log=log)


def nbconvert_cost(course: BenchCourse, log: Path) -> Cost:
    """One executed page a deck, by a single process."""
    folder = course.folder / "nbconvert"
    folder.mkdir()
    decks = [course.deck(number) for number in range(course.decks)]
    notebooks = [folder / f"{deck.stem}.ipynb" for deck in decks]
    for deck, notebook in zip(decks, notebooks, strict=True):
        _write_notebook(deck, notebook)
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", *notebooks]
    return measure(command, cwd=folder, env=environment(course.folder.parent), log=log)


def _write_notebook(deck: Path, target: Path) -> None:
    import jupytext

    lines = deck.read_text(encoding="utf-8").splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith(("# j2", "# {{")))
    jupytext.write(jupytext.reads(text, fmt="py:percent"), target)


def ratios(own: dict[str, Cost], peer: dict[str, Cost]) -> dict[str, float]:
    return {
        "cold_cpu_of_peer": own["cold"].cpu / peer["cold"].cpu,
        "cold_wall_of_peer": own["cold"].wall / peer["cold"].wall,
        "no_change_wall_of_peer": own["no_change"].wall / peer["no_change"].wall,
        "no_change_cpu_of_peer": own["no_change"].cpu / peer["no_change"].cpu,
        "one_edit_wall_of_peer": own["one_edit"].wall / peer["one_edit"].wall,
        "peak_rss_of_peer": own["cold"].peak_rss / peer["cold"].peak_rss,
    }


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    course = BenchCourse(folder / "own", options.decks, options.cells, options.diagrams)
    course.write()
    edited = min(_EDITED, options.decks - 1)
    warmed_up(folder / "own-warm", lambda course: clm_run(course, folder))
    own = build_three_times(course, clm_run(course, folder), edited)
    results: dict[str, Any] = {"clm": {name: cost.plain() for name, cost in own.items()}}
    compared = {
        "no_change_wall": own["no_change"].wall,
        "one_edit_wall": own["one_edit"].wall,
    }
    if options.nbconvert:
        cost = nbconvert_cost(course, folder / "nbconvert.log")
        results["nbconvert"] = {"cold": cost.plain()}
        compared["cold_cpu_of_nbconvert"] = own["cold"].cpu / cost.cpu
        compared["cold_wall_of_nbconvert"] = own["cold"].wall / cost.wall
    if options.peer_clm:
        peer_course = BenchCourse(folder / "peer", options.decks, options.cells, options.diagrams)
        peer_course.write()
        warmed_up(folder / "peer-warm", lambda c: peer_run(c, options.peer_clm, folder))
        peer = build_three_times(
            peer_course, peer_run(peer_course, options.peer_clm, folder), edited
        )
        results["peer"] = {name: cost.plain() for name, cost in peer.items()}
        compared |= ratios(own, peer)
    results["compared"] = {
        name: {"value": round(value, 4), "target": round(_TARGETS[name], 4)}
        if name in _TARGETS
        else {"value": round(value, 4)}
        for name, value in compared.items()
    }
    return results


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description="Measures builds of a course of decks.")
    parser.add_argument("--decks", type=int, default=20)
    parser.add_argument("--cells", type=int, default=31)
    parser.add_argument("--diagrams", type=int, default=4, help="needs the plugin that draws them")
    parser.add_argument("--peer-clm", type=Path, help="the program `clm` of the predecessor")
    parser.add_argument("--nbconvert", action="store_true", help="measure nbconvert, too")
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
