"""The command in courses that are really built."""

from __future__ import annotations

import json
import shutil

import pytest
from clm_program import run_clm

from clm.testing.installing import load_only

pytestmark = pytest.mark.integration


@pytest.fixture
def built(course_folder, monkeypatch):
    load_only(monkeypatch, ["shout", "publish"])
    return course_folder


@pytest.fixture
def course_folder(new_course):
    course = new_course("real")
    course.settings = {"publish": {"destinations": {"web": {"path": "../web"}}}}
    course.add("intro/one.shout", "hello\n")
    course.add("loops/two.shout", "hello again\n")
    return course


def web(course) -> dict[str, bytes]:
    found = course.outputs(course.path.parent / "web")
    found.pop(".clm-published.json", None)
    return found


def public(course) -> dict[str, bytes]:
    return {path: data for path, data in course.outputs().items() if path.startswith("public/")}


def test_built_and_published_then_nothing(built):
    done = run_clm("publish", cwd=built.path)
    assert done.returncode == 0, done.stderr
    assert "web: published to" in done.stdout
    assert web(built) == public(built) != {}
    again = run_clm("publish", cwd=built.path)
    assert "web: nothing to do" in again.stdout
    assert len((built.path / "published.jsonl").read_text().splitlines()) == 1


def test_json_says_what_changes(built):
    run_clm("publish", cwd=built.path)
    built.add("loops/two.shout", "changed\n")
    done = run_clm("publish", "web", "--dry-run", "--json", cwd=built.path)
    (found,) = json.loads(done.stdout)["destinations"]
    assert (found["published"], found["added"], found["removed"]) == (False, [], [])
    assert found["changed"] and all("two.txt" in path for path in found["changed"])
    assert web(built) != public(built)


def test_failed_deck_publishes_nothing(built):
    built.add("loops/bad.shout", "!error cannot shout\n")
    done = run_clm("publish", cwd=built.path)
    assert done.returncode == 2
    assert "cannot shout" in done.stderr and "nothing was published" in done.stderr
    assert not (built.path.parent / "web").exists()


def test_all_compared_before_any_published(built):
    built.settings = {
        "publish": {"destinations": {"a": {"path": "../web"}, "b": {"path": "../taken"}}}
    }
    built.write_spec()
    (built.path.parent / "taken").mkdir()
    (built.path.parent / "taken" / "own.txt").write_text("own")
    done = run_clm("publish", cwd=built.path)
    assert done.returncode == 2
    assert "own.txt" in done.stderr
    assert not (built.path.parent / "web").exists()


def test_unknown_destination_suggests(built):
    done = run_clm("publish", "wbe", cwd=built.path)
    assert (done.returncode, "did you mean 'web'?" in done.stderr) == (2, True)


def test_second_process_refused(built):
    import sqlite3

    own = built.path / ".clm" / "publish"
    own.mkdir(parents=True)
    lock = sqlite3.connect(own / "lock.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    done = run_clm("publish", cwd=built.path)
    lock.close()
    assert "another process publishes" in done.stderr
    shutil.rmtree(own)
    assert run_clm("publish", cwd=built.path).returncode == 0


def test_wrong_destination_has_place(built):
    built.settings = {"publish": {"destinations": {"web": {"path": "../web", "target": "x"}}}}
    built.write_spec()
    done = run_clm("publish", cwd=built.path)
    assert "no output-target 'x'" in done.stderr
    assert "course.yaml:5:" in done.stderr
