"""How long a build of many decks takes in which nothing, or one deck, has changed.

    python bench_large_course.py [--decks 1000] [--folder FOLDER] [--profile FILE]

The course is built once, which takes minutes, unless `FOLDER` has it from an earlier run. Decks are
small and not executed: what is measured is what the core does for each of them. With `--profile`
the build without a change is done once more in this process, under cProfile.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import sys
import tempfile
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
    """A course of sections of 50 topics with a deck and a data file each; gives its spec."""
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


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--decks", type=int, default=1000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--profile", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary) / "course"
        spec = folder / "course.yaml"
        if not spec.exists():
            write_course(folder, arguments.decks)
            build(spec, "cold")
        for _ in range(3):
            build(spec, "no-change")
        deck = folder / "slides" / "module_0000" / "topic_0007_deck_7" / "slides_deck_7.py"
        with deck.open("a", encoding="utf-8") as file:
            file.write("\n# %%\n2 + 2\n")
        build(spec, "one-edit")
        if arguments.profile:
            _profile(spec, arguments.profile)


def _profile(spec: Path, result: Path) -> None:
    from clm.build import BuildListener, BuildOptions, build_course

    profiler = cProfile.Profile()
    profiler.runcall(build_course, BuildOptions(spec), BuildListener())
    profiler.dump_stats(result)


if __name__ == "__main__":
    main()
