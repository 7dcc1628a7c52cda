"""Load: courses of unusual size, each at a quarter of its size and whole.

    python bench_load.py [SHAPE ...] [--scale 1.0]

For each shape it prints time and memory of both builds, their ratio (4 is linear), the exit code
and the last lines that a user reads.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench_watch import Watch, save
from measuring import Cost, measure, proportional_bytes, total_megabytes
from psutil import Process

_CLM = [sys.executable, "-c", "from clm.cli.main import run; run()"]
_DECK = """\
# j2 from 'macros.j2' import header
# {{{{ header("Stapel {number}", "Deck {number}") }}}}

"""
_CELL = '# %% tags=["keep"]\n{code}\n\n'
_DIAGRAM = "@startuml\nAlice -> Bob: message {number}\nBob --> Alice: answer {number}\n@enduml\n"


def plain_files(folder: Path, size: int) -> None:
    """Data files beside one deck."""
    topic = _topic(folder, 0, "print(1)")
    for number in range(size):
        part = topic / "data" / f"part_{number // 500:03}"
        part.mkdir(parents=True, exist_ok=True)
        (part / f"file_{number}.csv").write_text(f"{number}\n")
    _spec(folder, 1)


def failing_decks(folder: Path, size: int) -> None:
    """Decks that are not executed, a tenth of which have a misspelt tag, which is an error."""
    for number in range(size):
        topic = _topic(folder, number, f"{number} + 1")
        if number % 10 == 0:
            with (topic / f"slides_deck_{number}.py").open("a") as deck:
                deck.write('# %% tags=["notez"]\n1\n')
    _spec(folder, size, evaluate=False)


def cells(folder: Path, size: int) -> None:
    """One executed deck of many cells."""
    _topic(folder, 0, *(f"{number} + 1" for number in range(size)))
    _spec(folder, 1)


def output(folder: Path, size: int) -> None:
    """One cell that prints so many bytes."""
    _topic(folder, 0, f"for _ in range({size // 100}): print('x' * 99)")
    _spec(folder, 1)


def diagrams(folder: Path, size: int) -> None:
    """PlantUML diagrams of one deck."""
    topic = _topic(folder, 0, "print(1)")
    (topic / "pu").mkdir()
    for number in range(size):
        (topic / "pu" / f"diagram_{number}.pu").write_text(_DIAGRAM.format(number=number))
    _spec(folder, 1)


SHAPES: dict[str, tuple[Callable[[Path, int], None], int]] = {
    "plain-files": (plain_files, 20_000),
    "failing-decks": (failing_decks, 3_000),
    "cells": (cells, 2_000),
    "output": (output, 30_000_000),
    "diagrams": (diagrams, 300),
}


def _topic(folder: Path, number: int, *code: str) -> Path:
    topic = folder / "slides" / "module_1" / f"topic_{number:05}_deck_{number}"
    topic.mkdir(parents=True)
    text = _DECK.format(number=number) + "".join(_CELL.format(code=part) for part in code)
    (topic / f"slides_deck_{number}.py").write_text(text)
    return topic


def _spec(folder: Path, decks: int, evaluate: bool = True) -> None:
    topics = "".join(f"      - deck_{number}\n" for number in range(decks))
    settings = f"plugins: {{notebook: {{evaluate: {str(evaluate).lower()}}}}}\n"
    section = f"  - name: {{de: Woche, en: Week}}\n    topics:\n{topics}"
    text = f"name: {{de: Last, en: Load}}\n{settings}sections:\n{section}"
    (folder / "course.yaml").write_text(text)


def build(folder: Path, log: Path) -> Cost:
    return measure([*_CLM, "build", "course.yaml"], cwd=folder, env=os.environ, log=log)


def measure_shape(name: str, scale: float) -> None:
    write, size = SHAPES[name]
    costs = []
    for part in (int(size * scale) // 4, int(size * scale)):
        with tempfile.TemporaryDirectory() as temporary:
            folder, log = Path(temporary) / "course", Path(temporary) / "log"
            folder.mkdir()
            write(folder, part)
            costs.append(build(folder, log))
            print(json.dumps({"shape": name, "size": part, **costs[-1].plain()}), flush=True)
            again = build(folder, log)
            print(json.dumps({"shape": name, "again": part, **again.plain()}), flush=True)
            last = log.read_text(errors="replace").splitlines()[-3:]
    print(f"  CPU ratio {costs[1].cpu / costs[0].cpu:.1f}, end of the output:")
    print("".join(f"  | {line[:160]}\n" for line in last), flush=True)


def measure_watch(rounds: int) -> None:
    """Rounds of five edits each; prints the memory of the watching process."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "course"
        folder.mkdir()
        for number in range(20):
            _topic(folder, number, f"{number} + 1")
        _spec(folder, 20)
        chance = random.Random(5)
        memory = []
        with Watch(folder / "course.yaml", None) as watch:
            watch.until("summary")
            for number in range(rounds):
                for deck in chance.sample(sorted(folder.glob("slides/*/*/slides_*.py")), 5):
                    save(deck, number)
                watch.until("summary")
                memory.append(_memory(watch))
        print(json.dumps({"watch": rounds, "first": memory[0], "last": memory[-1]}))


def _memory(watch: Watch) -> float:
    return round(total_megabytes([Process(watch.pid)], proportional_bytes), 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("shapes", nargs="*", choices=[*SHAPES, "watch", []])
    parser.add_argument("--scale", type=float, default=1.0)
    arguments = parser.parse_args()
    for name in arguments.shapes or [*SHAPES, "watch"]:
        if name == "watch":
            measure_watch(int(60 * arguments.scale))
        else:
            measure_shape(name, arguments.scale)


if __name__ == "__main__":
    main()
