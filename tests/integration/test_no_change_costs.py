"""Costs of builds without a change, of an edit and of a save, counted.

They grow with the decks by fixed amounts at most, those of a save not at all.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

DECK = """\
# j2 from 'macros.j2' import header
# {{{{ header("Deck {number}", "Deck {number}") }}}}

# %% [markdown] lang="en" tags=["slide"]
# ## Numbers {number}

# %% tags=["keep"]
{number} + 1
"""
# What a topic with a deck and a data file may cost: it has 28 outputs, 14 of them copies.
OF_DECK = {
    "planned": {
        "opened": 1,  # the deck
        "scanned": 1,  # the folder of the topic
        # Of the outputs and the two files, and of the deck when it is read; when the outcome is
        # kept, of all of them and the folder.
        "stats": 63,
    },
    "kept": {
        "stats": 31,  # of the outputs, the two files and their folder
    },
    # Of the two files and their folder, looked at twice, and of the outputs.
    "edited": {"stats": 34},
    "validated": {"stats": 3},
    "saved": {},
}
NONE = {"processes": 0, "asyncio": 0}
# What the build itself may cost, without the decks.
OF_BUILD = {
    "planned": {
        "opened": 20,
        "stats": 640,
        "statements": 110,
        "written": 4,
        "modules": 520,
        **NONE,
    },
    "kept": {"opened": 10, "stats": 400, "statements": 0, "written": 2, "modules": 370, **NONE},
    "edited": {"opened": 70, "scanned": 480, "stats": 900, "statements": 300, "written": 40},
    "validated": {"opened": 40, "scanned": 350, "stats": 600, "statements": 0, "written": 8},
    "saved": {"opened": 50, "scanned": 50, "stats": 250, "statements": 160, "processes": 0},
}
KINDS = (
    *("opened", "scanned", "stats", "statements", "processes", "written", "modules", "asyncio"),
)
ENVIRONMENT = {**os.environ, "CLM_LOAD_PLUGINS": "notebook"}
COUNTING = """\
import atexit, json, os, sqlite3, sys

counts = dict.fromkeys(("opened", "scanned", "stats", "statements", "processes", "written"), 0)

def note(event, arguments):
    if event == "open":
        flags = arguments[2] if isinstance(arguments[2], int) else 0
        kind = "written" if flags & (os.O_WRONLY | os.O_RDWR) else "opened"
        counts[kind] += str(arguments[0]).startswith(folder)
    elif event in ("os.scandir", "os.listdir"):
        counts["scanned"] += 1
    elif event in ("subprocess.Popen", "os.fork", "os.posix_spawn"):
        counts["processes"] += 1

def counted(*arguments, **options):
    counts["stats"] += 1
    return stat(*arguments, **options)

def connected(*arguments, **options):
    connection = connect(*arguments, **options)
    connection.set_trace_callback(lambda text: counts.update(statements=counts["statements"] + 1))
    return connection

stat, os.stat = os.stat, counted
connect, sqlite3.connect = sqlite3.connect, connected

def write():
    counts["modules"] = len(sys.modules)
    counts["asyncio"] = int("asyncio" in sys.modules)
    with open(result, "w") as file:
        json.dump(counts, file)

result, spec, when = sys.argv[1:]
folder = os.path.dirname(spec)
atexit.register(write)
sys.addaudithook(note)
from clm.builder import BuildListener, BuildOptions, build_course
from clm.builder.unchanged import clock
from pathlib import Path
clock._RACY_NS = 0  # the files are new
kept = Path(folder, ".clm", "unchanged-course.yaml.json")
deck = next(Path(folder, "slides", "module_1").glob("topic_000_*/*.py"))

def edit(text):
    deck.write_text(deck.read_text() + "\\n# %%\\n" + text)

async def save(report):
    from clm.builder.sessions.opening import open_session
    from clm.builder.sessions.session import load_course
    from clm.plugins import PluginRegistry
    options = BuildOptions(Path(spec), backend="inline")
    async with open_session(options, PluginRegistry.load()) as session:
        await session.build(load_course(options, session.plugins), BuildListener(), BuildReport())
        for text in ("1 + 2", "1 + 3"):  # the first one imports the converter
            edit(text)
            counts.update(dict.fromkeys(counts, 0))
            began = await session.build_early({deck}, lambda _: BuildListener(), report)
            assert began.is_whole
        await asyncio.sleep(0)
        saved.update(counts)

saved = {}
if when == "planned":
    kept.unlink()
if when == "edited":
    edit("1 + 1")
if when == "saved":
    import asyncio
    from clm.builder.report import BuildReport
    asyncio.run(save(BuildReport()))
    counts.update(saved)
elif when in ("validation", "validated"):
    from clm.builder.validation.course import validate_course
    from clm.plugins import PluginRegistry
    if when == "validated":
        edit("1 + 4")
    assert not validate_course(Path(spec), PluginRegistry.load()).diagnostics
else:
    in_process = when in ("in-process", "edited")
    options = BuildOptions(Path(spec), backend="inline" if in_process else "sqlite")
    report = build_course(options, BuildListener())
    assert report.changed_nothing == (when in ("planned", "kept", "in-process")), report
"""


def write_course(folder: Path, decks: int) -> Path:
    for number in range(decks):
        topic = folder / "slides" / "module_1" / f"topic_{number:03}_t{number}"
        topic.mkdir(parents=True)
        (topic / f"slides_{number}.py").write_text(DECK.format(number=number))
        (topic / f"data_{number}.csv").write_text(f"{number}\n")
        for path in topic.iterdir():
            os.utime(path, (1, 1))  # digests of files that have just been written are not kept
    topics = ", ".join(f"t{number}" for number in range(decks))
    settings = "plugins: {notebook: {evaluate: false}}\n"
    spec = folder / "course.yaml"
    spec.write_text(
        f"name: {{de: K, en: C}}\n{settings}"
        f"sections:\n- name: {{de: S, en: S}}\n  topics: [{topics}]\n"
    )
    return spec


def costs(folder: Path, decks: int) -> Mapping[str, Mapping[str, int]]:
    """What builds do, by kind.

    Without a change, one that plans, and one that has its outcome; after an edit of a deck; and in
    a session, after a save of it. A validation after an edit follows one of the whole course.
    """
    spec, result = write_course(folder, decks), folder / "counts.json"
    counts: dict[str, Mapping[str, int]] = {}
    builds = ("first", "planned", "kept", "in-process", "edited")
    for when in (*builds, "validation", "validated", "saved"):
        command = [sys.executable, "-c", COUNTING, result, spec, when]
        subprocess.run(command, cwd=folder, check=True, env=ENVIRONMENT)
        counts[when] = json.loads(result.read_text())
    return counts


@pytest.mark.integration
def test_costs_grow_by_fixed_amounts(tmp_path: Path) -> None:
    few, many = costs(tmp_path / "few", 20), costs(tmp_path / "many", 200)
    for when, limits in OF_DECK.items():
        of_deck = {kind: (many[when][kind] - few[when][kind]) / 180 for kind in KINDS}
        of_build = {kind: few[when][kind] - 20 * of_deck[kind] for kind in KINDS}
        assert {kind: n for kind, n in of_deck.items() if n > limits.get(kind, 0)} == {}
        assert {kind: n for kind, n in OF_BUILD[when].items() if of_build[kind] > n} == {}, of_build
