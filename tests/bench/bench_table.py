"""All main figures beside those of other programs, in one run; prints a table in Markdown.

    python bench_table.py [--clm PROGRAM] [--repeats 5] [--decks 20] [--large 5000]
        [--huge 10000] [--jupyter-book PROGRAM] [--nbconvert PROGRAM] [--mkdocs PROGRAM]

Each figure is the median of the repeats, in which the programs take turns. The other programs are
installed in environments of their own:

    python -m venv peers && peers/bin/pip install "jupyter-book<2" nbconvert ipykernel mkdocs
    python bench_table.py --jupyter-book peers/bin/jupyter-book \\
        --nbconvert peers/bin/jupyter-nbconvert --mkdocs peers/bin/mkdocs

Jupyter Book and nbconvert build the notebooks that CLM has made of the decks in one language: one
page of each, where CLM makes 14 outputs. The decks of the large and of the huge course are not
executed; of the huge one only a cold build is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from attrs import field, frozen
from bench_course import BenchCourse
from bench_large_course import write_course
from bench_watch import Watch, save
from measuring import Cost, measure
from pure_execution import executed_notebooks, pure_seconds

_STARTED = ("job-started", "job-finished")
_CONFIG = """\
title: Benchmark
execute:
  execute_notebooks: cache
"""


class Contestant(Protocol):
    """A program with a course of its own."""

    def clear(self) -> None:
        """Removes all that the program has made."""

    def edit(self) -> None:
        """Changes the code of one deck."""

    def build(self, *, memory: bool = False) -> Cost: ...


@frozen
class OfClm:
    """CLM; `program` is its command."""

    program: Sequence[str]
    course: BenchCourse

    def clear(self) -> None:
        for folder in (self.course.folder / "output", self.course.spec.parent / ".clm"):
            shutil.rmtree(folder, ignore_errors=True)

    def edit(self) -> None:
        self.course.edit()

    def build(self, *, memory: bool = False) -> Cost:
        return run([*self.program, "build", str(self.course.spec)], self.course.folder, memory)


@frozen
class OfJupyterBook:
    """Jupyter Book with the notebooks in its folder."""

    program: str
    folder: Path

    def clear(self) -> None:
        shutil.rmtree(self.folder / "_build", ignore_errors=True)

    def edit(self) -> None:
        notebook = sorted(self.folder.glob("*.ipynb"))[7]
        data = json.loads(notebook.read_text(encoding="utf-8"))
        code = next(cell for cell in data["cells"] if cell["cell_type"] == "code")
        code["source"] = [*code["source"], "\n1 + 1"]
        notebook.write_text(json.dumps(data), encoding="utf-8")

    def build(self, *, memory: bool = False) -> Cost:
        return run([self.program, "build", "--quiet", str(self.folder)], self.folder, memory)


@frozen
class OfNbconvert:
    """nbconvert with the notebooks in its folder; it builds all of them each time."""

    program: str
    folder: Path

    def clear(self) -> None:
        shutil.rmtree(self.folder / "pages", ignore_errors=True)

    def edit(self) -> None:
        raise NotImplementedError

    def build(self, *, memory: bool = False) -> Cost:
        options = ["--to", "html", "--execute", "--allow-errors", "--output-dir", "pages"]
        notebooks = sorted(map(str, self.folder.glob("*.ipynb")))
        return run([self.program, *options, *notebooks], self.folder, memory)


def run(command: Sequence[str], folder: Path, memory: bool = False) -> Cost:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("CLM_", "PYTHON"))}
    return measure(command, cwd=folder, env=env, log=folder / "bench.log", memory=memory)


@frozen
class Table:
    """Figures by their measure and by the program."""

    programs: Sequence[str]
    figures: dict[str, dict[str, list[float]]] = field(factory=lambda: defaultdict(dict))
    targets: dict[str, str] = field(factory=dict)

    def add(self, measure: str, program: str, value: float, target: str = "") -> None:
        self.figures[measure].setdefault(program, []).append(value)
        self.targets.setdefault(measure, target)

    def lines(self) -> Iterator[str]:
        yield f"| measure | {' | '.join(self.programs)} | target |"
        yield "| --- " * (len(self.programs) + 2) + "|"
        for name, by_program in self.figures.items():
            shown = (_shown(by_program.get(program, ())) for program in self.programs)
            yield f"| {name} | {' | '.join(shown)} | {self.targets[name]} |"


def _shown(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.3g}" if values else ""


def notebooks_of(course: BenchCourse, folder: Path) -> Path:
    """A folder with the completed notebooks of a built course in one language."""
    folder.mkdir()
    found = sorted((course.folder / "output").rglob("En/**/Notebooks/Completed/**/*.ipynb"))
    for number, notebook in enumerate(found):
        shutil.copy(notebook, folder / f"deck_{number:02}.ipynb")
    (folder / "_config.yml").write_text(_CONFIG, encoding="utf-8")
    chapters = "".join(f"- file: deck_{number:02}\n" for number in range(1, len(found)))
    (folder / "_toc.yml").write_text(f"format: jb-book\nroot: deck_00\nchapters:\n{chapters}")
    return folder


def measure_course(table: Table, contestants: Mapping[str, Contestant], repeats: int) -> None:
    for _ in range(repeats):
        for name, one in contestants.items():
            one.clear()
            cost = one.build()
            table.add("cold, CPU s", name, cost.cpu, "7")
            table.add("cold, wall s", name, cost.wall)
        for name, one in contestants.items():
            if not isinstance(one, OfNbconvert):
                table.add("no change, CPU s", name, one.build().cpu, "0.25")
        for name, one in contestants.items():
            if not isinstance(one, OfNbconvert):
                one.edit()
                table.add("one edit of code, CPU s", name, one.build().cpu, "1.2")
    for name, one in contestants.items():
        one.clear()
        table.add("peak memory, cold, MB (PSS)", name, one.build(memory=True).peak_pss, "150")


def measure_start(
    table: Table, programs: Mapping[str, Sequence[str]], folder: Path, repeats: int
) -> None:
    for _ in range(repeats * 3):
        for name, program in programs.items():
            table.add("`--help`, CPU s", name, run([*program, "--help"], folder).cpu, "0.12")
            table.add("`--version`, CPU s", name, run([*program, "--version"], folder).cpu, "0.05")


def measure_cells(table: Table, course: BenchCourse, clm: OfClm, repeats: int) -> None:
    """The wall time of a cold build as a multiple of that of its cells on all cores."""
    cells = pure_seconds(executed_notebooks(course.folder / "output")) / (os.cpu_count() or 1)
    for _ in range(repeats):
        clm.clear()
        table.add("cold, wall time / (cells / cores)", "CLM", clm.build().wall / cells, "2.5")


def measure_large(table: Table, clm: Sequence[str], folder: Path, decks: int, repeats: int) -> None:
    spec = write_course(folder, decks)
    first = run([*clm, "validate", str(spec)], folder)
    table.add(f"{decks} decks, first validate, CPU s", "CLM", first.cpu)
    table.add(f"{decks} decks, first validate, wall s", "CLM", first.wall, "25")
    _measure_cold(table, clm, spec, decks)
    found = decks_of(spec)
    for number in range(repeats):
        for command, target in (("validate", "4"), ("build", "3")):
            same = run([*clm, command, str(spec)], folder)
            table.add(f"{decks} decks, no change, {command}, CPU s", "CLM", same.cpu, target)
        save(found[number * 7 + 1], number)
        for name in ("validate", "build"):
            edit = run([*clm, name, str(spec)], folder)
            table.add(f"{decks} decks, one edit, {name}, CPU s", "CLM", edit.cpu)
    size = sum(f.stat().st_size for f in (folder / ".clm").rglob("*") if f.is_file()) / 1e6
    table.add(f"{decks} decks, `.clm`, MB", "CLM", size, "150")
    _measure_saves(table, clm, spec, decks, repeats)


def _measure_cold(table: Table, clm: Sequence[str], spec: Path, decks: int) -> None:
    cold = run([*clm, "build", str(spec)], spec.parent)
    name = f"{decks} decks, cold without execution, CPU ms a deck"
    table.add(name, "CLM", cold.cpu / decks * 1000, "20")


def decks_of(spec: Path) -> list[Path]:
    return sorted(spec.parent.glob("slides/*/*/slides_*.py"))


def _measure_saves(table: Table, clm: Sequence[str], spec: Path, decks: int, repeats: int) -> None:
    found = decks_of(spec)
    with Watch(spec, None, clm) as watch:
        watch.until("summary")
        save(found[-1], 0)  # starts a worker
        watch.until("summary")
        for number in range(repeats):
            before = watch.cpu_seconds()
            started = watch.saved(found[number * 7], number, _STARTED)
            table.add(f"{decks} decks, save to job, s", "CLM", started, "0.15")
            cpu = watch.cpu_seconds() - before
            table.add(f"{decks} decks, save to job, CPU s of the watch", "CLM", cpu)
            watch.until("summary")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description="Measure all that the table of benchmarks has.")
    made.add_argument("--clm", default="", help="the program `clm`; that of this Python by default")
    made.add_argument("--repeats", type=int, default=5)
    made.add_argument("--decks", type=int, default=20)
    made.add_argument("--large", type=int, default=5000, help="decks of the large course; 0: none")
    made.add_argument("--huge", type=int, default=10000, help="decks of the huge course; 0: none")
    for name in ("jupyter-book", "nbconvert", "mkdocs"):
        made.add_argument(f"--{name}", default="", help=f"the program of {name}")
    return made


def main() -> None:
    options = parser().parse_args()
    clm = [options.clm or str(Path(sys.executable).with_name("clm"))]
    table = Table(["CLM", "Jupyter Book", "nbconvert", "mkdocs"])
    with tempfile.TemporaryDirectory(prefix="clm-bench-") as temporary:
        folder = Path(temporary)
        course = BenchCourse(folder / "course", options.decks, cells=31, diagrams=4)
        course.write()
        clm_itself = OfClm(clm, course)
        contestants: dict[str, Contestant] = {"CLM": clm_itself}
        clm_itself.build()  # compiles the modules
        if options.jupyter_book:
            book = notebooks_of(course, folder / "book")
            contestants["Jupyter Book"] = OfJupyterBook(options.jupyter_book, book)
        if options.nbconvert:
            pages = notebooks_of(course, folder / "pages")
            contestants["nbconvert"] = OfNbconvert(options.nbconvert, pages)
        measure_course(table, contestants, options.repeats)
        measure_cells(table, course, clm_itself, options.repeats)
        programs = {"CLM": clm, "Jupyter Book": [options.jupyter_book], "mkdocs": [options.mkdocs]}
        started = {name: program for name, program in programs.items() if program[0]}
        measure_start(table, started, folder, options.repeats)
        if options.large:
            measure_large(table, clm, folder / "large", options.large, options.repeats)
            shutil.rmtree(folder / "large")
        if options.huge:
            huge = write_course(folder / "huge", options.huge)
            _measure_cold(table, clm, huge, options.huge)
    print(f"load average: {' '.join(f'{load:.1f}' for load in os.getloadavg())}\n")
    print("\n".join(table.lines()))


if __name__ == "__main__":
    main()
