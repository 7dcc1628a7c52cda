"""Publications to a cohort that are killed: what it was given stays, whatever happens meanwhile.

After each one the author changes the lesson that was being given. The next publication completes
what was begun, or begins anew; never has the cohort two versions of one lesson.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from killed_publications import Killer, killed, restored
from published_term import Term, contents, contents_of_branch, marks, marks_in_history
from ssh_server import ssh_server

pytestmark = pytest.mark.faults

SPEC = """\
name: {{en: Course}}
languages: [en]
sections:
  - {{name: {{en: First}}, release: week 1, topics: [one]}}
  - {{name: {{en: Second}}, release: week 2, topics: [two]}}
plugins:
  publish:
    time-zone: UTC
    cohorts: {{spring: {{start: 2027-03-01}}}}
    destinations:
      pages: {{kind: git, remote: {remote}, cohort: spring}}
      web: {{path: ../web, cohort: spring}}
"""
ONE, TWO, EDITED = {"tone", "sone", "done"}, {"ttwo", "stwo", "dtwo"}, {"ttwo2", "stwo2", "dtwo2"}
OF_FILES = 14


def prepared(term: Term, remote: str) -> Callable[[], None]:
    """A cohort that has the first lesson and is to get the second; returns what restores that."""
    (term.path / "course.yaml").write_text(SPEC.format(remote=remote))
    term.lesson("one")
    term.lesson("two")
    term.publish("spring")
    term.now = "2027-03-08"
    return restored(term, term.parent)


def places(term: Term) -> list[dict[str, bytes]]:
    return [contents(term.parent / "web"), contents_of_branch(term.parent / "remote.git")]


def check_completed(term: Term, run_git: Callable[..., str], moment: object) -> None:
    """Check what is there after a kill, and what the next publication makes of it."""
    allowed = (ONE, ONE | TWO)
    at_kill = [marks(found) for found in places(term)]
    assert all(found in allowed for found in at_kill), moment
    term.lesson("two", 2)
    term.publish("spring")
    web, branch = places(term)
    assert web == branch, moment
    assert marks(web) in (ONE | TWO, ONE | EDITED), moment
    if ONE | TWO in at_kill:
        assert marks(web) == ONE | TWO, moment
    history = marks_in_history(term.parent / "remote.git")
    assert history == marks(web), moment
    assert run_git("rev-list", "--count", "gh-pages", cwd=term.parent / "remote.git") == "2"
    lines = (term.path / "published.jsonl").read_text().splitlines()
    last = {entry["destination"]: entry["tree"] for entry in map(json.loads, lines)}
    assert last["web"] == last["pages"], moment
    assert term.changed("spring") == set(), moment
    assert len((term.path / "published.jsonl").read_text().splitlines()) == len(lines), moment


def test_killed_at_uses_of_files(term, tmp_path, run_git, remote):
    restore = prepared(term, "../remote.git")
    uses = killed(lambda: term.publish("spring"), tmp_path, 0)
    # The build before is not looked at: what is killed there has published nothing.
    moments = sorted(random.Random(19).sample(range(uses // 3, uses), OF_FILES))
    for moment in [*moments, uses]:
        restore()
        killed(lambda: term.publish("spring"), tmp_path, moment)
        check_completed(term, run_git, moment)


def test_killed_while_git_runs(term, killer, run_git, remote):
    restore = prepared(term, remote.as_uri())
    killer.never()
    term.publish("spring")
    calls = killer.calls
    for number in range(calls - 11, calls + 1):
        restore()
        killer.kill(lambda: term.publish("spring"), number, "during")
        check_completed(term, run_git, number)
    run_git("fsck", "--strict", cwd=remote)


def test_killed_while_git_runs_over_ssh(
    term: Term, tmp_path: Path, killer: Killer, run_git, remote, monkeypatch
):
    folder = tmp_path.parent / f"{tmp_path.name}-ssh"
    folder.mkdir()
    with ssh_server(folder) as server:
        monkeypatch.setenv("PATH", str(server.client), prepend=os.pathsep)
        restore = prepared(term, f"ssh://{server.address}{remote}")
        killer.never()
        term.publish("spring")
        calls = killer.calls
        for number in (calls - 6, calls - 4, calls - 2, calls - 1, calls):
            restore()
            killer.kill(lambda: term.publish("spring"), number, "during")
            check_completed(term, run_git, number)
    run_git("fsck", "--strict", cwd=remote)
