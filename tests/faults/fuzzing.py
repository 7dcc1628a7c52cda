"""Random damage to what CLM reads: each example ends with a message and an exit code.

    python tests/faults/fuzzing.py KIND [--examples 100] [--seed 1] [--seconds 0] [--keep FOLDER]

An example copies a course that was built, damages one file at random, and runs a command in a
forked process. It fails if the command has a traceback, blames CLM or a plugin, takes longer than
its limit, or changes a file outside of the outputs and `.clm`. The last line has the figures;
damaged courses that failed are kept.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from attrs import define, field, frozen

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 180  # of an example; long, since other processes may take the time
_SAMPLE = ROOT / "docs" / "examples" / "sample-course"
_TOPIC = "slides/module_100_basics/topic_110_lists_and_loops"
_SPEC = """\
# A course with all that a spec may have.
name: {de: "Kurs: Eins", en: Course}
prog-lang: python
author: &author Ada
languages: [de, {id: en, label: English, slides-folder: Slides}]
plugins:
  notebook: {evaluate: false}
sections:
  - name: {de: Woche, en: Week}
    topics:
      - lists_and_loops
      - {id: introduction, author: *author, includes: [shared/x.csv]}
    dir-groups: [{name: group, path: shared, subdirs: [deep]}]
output-targets:
  - {path: out, name: target, languages: [de], kinds: [completed], formats: [html]}
"""
_BLAMED = ("Traceback", "bug in CLM", "fault of the plugin", "report it to")
_TOKENS = {
    "spec": ["&a [*a]", "!!python/object:os.system x", "? {a: b}", "<<: *author", "1e999", "~",
             "../../x", "{{ 1 }}", "|\n", "[" * 50, "name: 1\nname: 2\n", "---\n", "!!binary |"],
    "deck": ['# %% [markdown] lang="de"\n', '# %% tags=["answer"]\n', "# j2 include 'x'\n",
             "# {{ 1 }}\n", "# {% for i in x %}\n", '# %% lang="de" tags=["notes"\n', '"""',
             "# ---\n# jupyter:\n", "![](img/../../x.png)\n", "$$", "```", "<script>",
             "# %% [raw]\n", "%%bash\n"],
    "notebook": ['"cells": [', "{}", "null", '"metadata": 1,', "NaN", "1e999", '"\\ud800"',
                 "[" * 50],
    "drawio": ["<!DOCTYPE a [<!ENTITY b 'c'>]>", "&b;", "<mxCell", 'value="', "]]>", "<![CDATA[",
               "%41", '<diagram id="1">7V1', "</mxfile>"],
    "plantuml": ["!include ../../x\n", "!includeurl http://x\n", "@startuml\n", "@enduml\n",
                 "!define X X\n", "!function $f()\n", "<img:/etc/passwd>", "!$a = 1\n",
                 "!while 1\n", "@startdot\n"],
    "frames": ["\0\0\0\2\0\0\0\0\0\0\0\0{}", '{"kind": "job"}', "\xff" * 12],
    "database": ["CREATE TABLE jobs", "\0" * 100, "SQLite format 3"],
}  # fmt: skip
_ODD = ["\0", "\ufeff", "\u202e", "\r", "\x1b[2J", "\ud800", "é", "\n" * 3, " " * 200, "\t", "🎉"]


@frozen
class Kind:
    """What is damaged: files of the course, by pattern, and the command that reads them."""

    files: str
    command: tuple[str, ...]


KINDS = {
    "spec": Kind("course.yaml", ("validate", "course.yaml")),
    "deck": Kind(f"{_TOPIC}/slides_*.py", ("validate", "course.yaml")),
    "notebook": Kind("slides/*/*/slides_*.ipynb", ("validate", "course.yaml")),
    "drawio": Kind("slides/*/*/drawio/*.drawio", ("validate", "course.yaml")),
    "plantuml": Kind("slides/*/*/pu/*", ("validate", "course.yaml")),
    "build": Kind("slides/*/*/slides_*", ("build", "--backend", "inline", "course.yaml")),
    "database": Kind(".clm/*.db", ("build", "--backend", "inline", "course.yaml")),
    "frames": Kind("", ("validate", "course.yaml")),  # no file
}


@define
class Tally:
    """The number of examples, those that failed, and the longest time of one in seconds."""

    examples: int = 0
    failed: list[str] = field(factory=list)
    longest: float = 0.0


def damage(data: bytes, kind: str, chance: random.Random) -> bytes:
    """The bytes after one to four random changes."""
    tokens = [*_TOKENS.get(kind, _TOKENS["deck"]), *_ODD]
    for _ in range(chance.randint(1, 4)):
        data = chance.choice(_CHANGES)(data, tokens, chance)
    return data


def _insert(data: bytes, tokens: list[str], chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.choice(tokens).encode("utf-8", "surrogatepass") + data[place:]


def _insert_line(data: bytes, tokens: list[str], chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    lines.insert(
        chance.randrange(len(lines) + 1), chance.choice(tokens).encode("utf-8", "surrogatepass")
    )
    return b"".join(lines)


def _flip(data: bytes, tokens: list[str], chance: random.Random) -> bytes:
    if not data:
        return data
    place = chance.randrange(len(data))
    return data[:place] + bytes([chance.randrange(256)]) + data[place + 1 :]


def _cut(data: bytes, tokens: list[str], chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.randrange(1, 200) :]


def _cut_end(data: bytes, tokens: list[str], chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _repeat_line(data: bytes, tokens: list[str], chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if lines:
        lines.insert(chance.randrange(len(lines)), chance.choice(lines) * chance.choice((1, 1, 50)))
    return b"".join(lines)


def _swap_lines(data: bytes, tokens: list[str], chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if lines:
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


_CHANGES: list[Callable[[bytes, list[str], random.Random], bytes]] = [
    _insert, _insert_line, _flip, _cut, _cut_end, _repeat_line, _swap_lines,
]  # fmt: skip


def make_course(folder: Path, command: tuple[str, ...]) -> None:
    """A course with decks, a notebook and diagrams, on which the command was run once."""
    shutil.copytree(_SAMPLE, folder, ignore=shutil.ignore_patterns("output", ".clm"))
    (folder / "course.yaml").write_text(_SPEC, encoding="utf-8")
    (folder / "shared" / "deep").mkdir(parents=True)
    (folder / "shared" / "x.csv").write_text("1\n", encoding="utf-8")
    (folder / "shared" / "deep" / "y.csv").write_text("1\n", encoding="utf-8")
    cell = {"cell_type": "code", "metadata": {"tags": ["keep"]}, "source": ["1 + 1\n"],
            "outputs": [], "execution_count": None, "id": "a1"}  # fmt: skip
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    topic = folder / "slides" / "module_100_basics" / "topic_100_introduction"
    (topic / "slides_second.ipynb").write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    code, output = run_forked(lambda: _clm(folder, command), folder.parent / "log")
    assert code == 0, output


def run_forked(call: Callable[[], int], log: Path) -> tuple[int, str]:
    """The exit code of a call in a forked process, and what it printed; -1 after the limit."""
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        code = 99
        try:
            code = call()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    ended = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < ended:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), log.read_text("utf-8", "replace")
        time.sleep(0.005)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return -1, log.read_text("utf-8", "replace")


def _clm(folder: Path, command: tuple[str, ...]) -> int:
    from clm.cli.main import main as clm

    os.chdir(folder)
    return clm(list(command))


def _read_frames(data: bytes) -> int:
    from clm.workers.pipe.frames import FrameStream, StreamError

    stream = FrameStream(io.BufferedReader(io.BytesIO(data)), io.BytesIO())
    with suppress(StreamError):
        while stream.read() is not None:
            pass
    return 0


def _frames() -> bytes:
    from clm.workers.pipe.frames import FrameStream

    written = io.BytesIO()
    stream = FrameStream(io.BytesIO(), written)
    for number in range(5):
        stream.write("job", b"x" * number * 100, number=number, names=["a", "b"])
    return written.getvalue()


def files(folder: Path) -> dict[str, bytes]:
    """What must not change: all but outputs, `.clm` and compiled files."""
    inside = (p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    kept = (p for p in inside if not {"output", "out", ".clm"} & set(p.relative_to(folder).parts))
    return {str(path.relative_to(folder)): path.read_bytes() for path in kept}


def run_example(name: str, clean: Path, place: Path, chance: random.Random) -> str:
    """Damages a copy of the clean course, runs the command; returns what is wrong, or nothing."""
    kind = KINDS[name]
    if name == "frames":
        data = damage(_frames(), name, chance)
        code, output = run_forked(lambda: _read_frames(data), place / "log")
        return "" if code == 0 else f"exit code {code}: {output[-500:]}"
    course = place / "around" / "course"
    shutil.copytree(clean, course, symlinks=True)
    damaged = chance.choice(sorted(course.glob(kind.files)))
    damaged.write_bytes(damage(damaged.read_bytes(), name, chance))
    before = files(place / "around")
    code, output = run_forked(lambda: _clm(course, kind.command), place / "log")
    if code not in (0, 1, 2):
        return f"{damaged.name}: exit code {code}: {output[-500:]}"
    if blamed := [word for word in _BLAMED if word in output]:
        return f"{damaged.name}: {blamed}: {output[-1500:]}"
    if code and not output.strip():
        return f"{damaged.name}: exit code {code} without a message"
    return "" if files(place / "around") == before else f"{damaged.name}: files were changed"


def fuzz(name: str, examples: int, seconds: float, seed: int, keep: Path) -> Tally:
    tally = Tally()
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="clm-fuzz-") as temporary:
        clean = Path(temporary) / "clean"
        make_course(clean, KINDS[name].command)
        while tally.examples < examples or time.monotonic() < end:
            own = f"{seed}-{tally.examples}"
            place = Path(temporary) / own
            place.mkdir()
            started = time.monotonic()
            wrong = run_example(name, clean, place, random.Random(f"{name} {own}"))
            tally.examples += 1
            tally.longest = max(tally.longest, time.monotonic() - started)
            if wrong:
                tally.failed.append(own)
                print(f"{name} {own}: {wrong}", flush=True)
                shutil.copytree(place, keep / f"{name}-{own}", symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(place)
    return tally


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "clm-fuzzed")
    options = parser.parse_args()
    # Loaded once, before forking.
    import clm.builder.running.runner
    import clm.builder.validation.course  # noqa: F401

    tally = fuzz(options.kind, options.examples, options.seconds, options.seed, options.keep)
    print(
        f"{options.kind}: {tally.examples} examples, {len(tally.failed)} failed, "
        f"longest {tally.longest:.1f} s, seed {options.seed}"
    )
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
