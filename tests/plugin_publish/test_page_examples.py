"""The examples of the page on publishing by the clock: their command lines are run, by a shell."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from clm_program import CLM
from ruamel.yaml import YAML

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
SECTION = (ROOT / "docs" / "publishing.md").read_text("utf-8").split("### By the clock")[1]
SECTION = SECTION.split("\n## ")[0]
SPEC = """\
name: {en: Course}
languages: [en]
defaults: {evaluate: false}
sections:
  - {name: {en: Week}, release: week 1, topics: [one]}
plugins:
  publish:
    time-zone: UTC
    cohorts: {spring: {start: 2020-01-06}}
    destinations: {web: {path: ../web, cohort: spring}}
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", SECTION, re.DOTALL)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home of somebody with a course, and with `clm` where the page says that it is."""
    home = tmp_path / "ada"
    deck = home / "my-course" / "slides" / "module_1_m" / "topic_1_one" / "slides_one.py"
    deck.parent.mkdir(parents=True)
    deck.write_text("# %% [markdown]\n# Text\n")
    (home / "my-course" / "course.yaml").write_text(SPEC)
    (home / "my-course" / ".gitignore").write_text("/output\n.clm\n")
    program = home / ".venv" / "bin" / "clm"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {shlex.join(CLM)} "$@"\n')
    program.chmod(0o755)
    return home


def environment(home: Path, **more: str) -> dict[str, str]:
    """What cron gives to a command, which is almost nothing."""
    loaded = {
        "CLM_LOAD_PLUGINS": "notebook,publish",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    return {"HOME": str(home), "LOGNAME": "ada", "PATH": "/usr/bin:/bin", **loaded, **more}


def run(line: str, home: Path, cwd: Path, **more: str) -> str:
    """Run a line in the shell that cron and CI use; it must succeed."""
    done = subprocess.run(
        ["/bin/sh", "-c", line.replace("/home/ada", str(home))],
        cwd=cwd,
        env=environment(home, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def is_published(home: Path) -> bool:
    return any((home / "web").rglob("*.html"))


def test_cron_publishes_once(home):
    (line,) = re.findall(r"^    (\*/15 .*)$", SECTION, re.MULTILINE)
    fields, command = line.split()[:5], line.split(maxsplit=5)[5]
    assert fields == ["*/15", "*", "*", "*", "*"]
    assert "%" not in command  # cron takes it for a line end
    assert "web: published" in run(command, home, home)
    assert is_published(home)
    assert run(command, home, home) == ""


def test_systemd_publishes(home):
    service, timer = (configparser.ConfigParser() for _ in range(2))
    for parser in (service, timer):
        parser.optionxform = str
    found = blocks("ini")
    service.read_string(found[0])
    timer.read_string(found[1])
    assert timer["Install"]["WantedBy"] == "timers.target"
    folder = service["Service"]["WorkingDirectory"].replace("/home/ada", str(home))
    assert "web: published" in run(service["Service"]["ExecStart"], home, Path(folder))
    assert is_published(home)


def distributions() -> set[str]:
    files = [ROOT / "clm-core/pyproject.toml", *ROOT.glob("clm-plugin-*/pyproject.toml")]
    return {tomllib.loads(file.read_text())["project"]["name"] for file in files}


def run_in_ci(lines: list[str], home: Path, clone: Path) -> str:
    """Run the lines of a job; what it installs is there."""
    printed = []
    for line in lines:
        words = shlex.split(line)
        if words[:2] == ["pip", "install"]:
            assert set(words[2:]) <= distributions()
            continue
        more = {
            "PATH": f"{home}/.venv/bin:/usr/bin:/bin", "CI_DEFAULT_BRANCH": "main",
            "PUSH_URL": str(home / "origin.git"), "GIT_CONFIG_NOSYSTEM": "1",
        }  # fmt: skip
        printed.append(run(line, home, clone, **more))
    return "".join(printed)


def cloned(home: Path) -> Path:
    """A fresh clone, as CI makes it; the folder `web` beside it is a new one, too."""
    shutil.rmtree(home / "ci", ignore_errors=True)
    (home / "ci").mkdir()
    run("git clone -q origin.git ci/course", home, home)
    return home / "ci" / "course"


@pytest.fixture
def origin(home: Path) -> Path:
    """The repository of the course, without a ledger."""
    course = home / "my-course"
    who = "-c user.name=A -c user.email=a@b"
    run(f"git init -q -b main && git add . && git {who} commit -q -m x", home, course)
    run("git clone -q --bare my-course origin.git", home, home)
    return home / "origin.git"


def jobs() -> dict[str, list[str]]:
    """The command lines of both examples."""
    github, gitlab = (YAML(typ="safe").load(text) for text in blocks("yaml"))
    steps: list[dict[str, Any]] = github["jobs"]["publish"]["steps"]
    assert github["on"]["schedule"][0]["cron"].split() == ["*/15", "*", "*", "*", "*"]
    assert github["permissions"] == {"contents": "write"}
    assert gitlab["publish"]["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "schedule"'}]
    return {
        "github": [step["run"] for step in steps if "run" in step],
        "gitlab": gitlab["publish"]["script"],
    }


@pytest.mark.parametrize("service", ["github", "gitlab"])
def test_ci_publishes_and_commits_ledger(home, origin, service):
    lines = jobs()[service]
    assert "web: published" in run_in_ci(lines, home, cloned(home))
    listed = run("git ls-tree --name-only main", home, origin)
    assert {"published.jsonl", "published.spring.jsonl"} <= set(listed.split())
    # The next time nothing is due, in another fresh clone.
    commits = run("git rev-list --count main", home, origin)
    run_in_ci(lines, home, cloned(home))
    assert run("git rev-list --count main", home, origin) == commits


@pytest.mark.parametrize("service", ["github", "gitlab"])
def test_ci_without_publication_succeeds(home, origin, service):
    clone = cloned(home)
    spec = (clone / "course.yaml").read_text().replace("2020-01-06", "2999-01-01")
    (clone / "course.yaml").write_text(spec)
    run_in_ci(jobs()[service], home, clone)
    assert (clone / "published.jsonl").read_text() == ""
