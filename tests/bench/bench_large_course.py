"""Benchmark of builds of many decks: without a change, and after an edit of one deck.

    python bench_large_course.py [--decks 1000] [--folder FOLDER] [--profile FILE]

The course is built once, which takes minutes, unless `FOLDER` has it from an earlier run. Decks are
small and not executed, so the core's work per deck is measured. With `--profile` the build without
a change is repeated in this process, under cProfile.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measuring import Cost, measure

_CLM = [sys.executable, "-c", "from clm.cli.main import run; run()"]
_DECK = """\
# j2 from 'macros.j2' import header
# {{{{ header("Stapel {number}", "Deck {number}") }}}}

# %% [markdown] lang="de" tags=["slide"]
# ## Zahlen {number}

# %% [markdown] lang="en" tags=["slide"]
# ## Numbers {number}

# %% tags=["keep"]
{number} + 1
"""


def write_course(folder: Path, decks: int) -> Path:
    """Write a course of sections with 50 topics of a deck and a data file; returns its spec."""
    sections = []
    for start in range(0, decks, 50):
        numbers = range(start, min(start + 50, decks))
        for number in numbers:
            topic = folder / "slides" / f"module_{start:04}" / f"topic_{number:04}_deck_{number}"
            topic.mkdir(parents=True)
            text = _DECK.format(number=number)
            (topic / f"slides_deck_{number}.py").write_text(text, encoding="utf-8")
            (topic / f"data_{number}.csv").write_text(f"{number}\n", encoding="utf-8")
        topics = ", ".join(f"deck_{number}" for number in numbers)
        names = f"{{de: Woche {start // 50 + 1}, en: Week {start // 50 + 1}}}"
        sections.append(f"  - name: {names}\n    topics: [{topics}]\n")
    spec = folder / "course.yaml"
    settings = "plugins: {notebook: {evaluate: false}}\n"
    text = "name: {de: Viele, en: Many}\n" + settings + "sections:\n" + "".join(sections)
    spec.write_text(text, encoding="utf-8")
    return spec


def build(spec: Path, name: str) -> Cost:
    log = spec.parent / f"{name}.log"
    cost = measure([*_CLM, "build", spec], cwd=spec.parent, env=os.environ, log=log)
    print(json.dumps({"build": name, **cost.plain()}), flush=True)
    return cost


def parser_of(decks: int) -> argparse.ArgumentParser:
    """The options of benchmarks with a large course; `decks` is the default of `--decks`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--decks", type=int, default=decks)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--profile", type=Path)
    return parser


@contextmanager
def built_course(folder: Path | None, decks: int) -> Iterator[Path]:
    """The spec of a built course; an existing one in the folder is reused."""
    with tempfile.TemporaryDirectory() as temporary:
        spec = (folder or Path(temporary) / "course") / "course.yaml"
        if not spec.exists():
            write_course(spec.parent, decks)
            build(spec, "cold")
        yield spec


def main() -> None:
    arguments = parser_of(decks=1000).parse_args()
    with built_course(arguments.folder, arguments.decks) as spec:
        for _ in range(3):
            build(spec, "no-change")
        deck = spec.parent / "slides" / "module_0000" / "topic_0007_deck_7" / "slides_deck_7.py"
        with deck.open("a", encoding="utf-8") as file:
            file.write("\n# %%\n2 + 2\n")
        build(spec, "one-edit")
        if arguments.profile:
            _profile(spec, arguments.profile)


def _profile(spec: Path, result: Path) -> None:
    from clm.builder import BuildListener, BuildOptions, build_course

    profiler = cProfile.Profile()
    profiler.runcall(build_course, BuildOptions(spec), BuildListener())
    profiler.dump_stats(result)


if __name__ == "__main__":
    main()
