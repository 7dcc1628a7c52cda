"""Publications that are killed at many moments: the next one completes, and nothing is half."""

from __future__ import annotations

import json

import pytest
from killed_publications import killed, restored

from clm_plugin_publish.destinations.archives import PublishedArchive

pytestmark = pytest.mark.faults

OLD = {"public/en/week/a.html": "a", "public/en/week/b.html": "b"}
NEW = {"public/en/week/a.html": "new", "public/en/week/c.html": "c"}
GIT = {"kind": "git", "remote": "../remote.git"}


def change(course) -> None:
    course.texts = {**NEW, "speaker/a.html": "s"}
    (course.output / "public/en/week/b.html").unlink()


def test_killed_folder_is_old_or_new(course, tmp_path):
    course.publish()
    change(course)
    restore = restored(course, tmp_path)
    uses = killed(course.publish, tmp_path, 0)
    assert uses > 40
    states = set()
    for moment in range(1, uses + 1, max(1, uses // 40)):
        restore()
        killed(course.publish, tmp_path, moment)
        if course.web.exists():
            found = course.published()
            assert found in (OLD, NEW), moment
            states.add(len(found) and "new" in found.values())
        course.publish()
        assert course.published() == NEW, moment
        lines = (course.path / "published.jsonl").read_text().splitlines()
        assert [json.loads(line)["destination"] for line in lines] == ["web", "web"], moment
        assert [p.name for p in tmp_path.iterdir() if "clm-" in p.name] == [], moment
    assert states == {False, True}


def test_killed_archive_is_old_or_new(course, tmp_path):
    zipped = {"kind": "zip", "path": "../c.zip"}
    course.publish(**zipped)
    old = (tmp_path / "c.zip").read_bytes()
    change(course)
    restore = restored(course, tmp_path)
    uses = killed(lambda: course.publish(**zipped), tmp_path, 0)
    new = (tmp_path / "c.zip").read_bytes()
    for moment in range(1, uses + 1, max(1, uses // 20)):
        restore()
        killed(lambda: course.publish(**zipped), tmp_path, moment)
        assert (tmp_path / "c.zip").read_bytes() in (old, new), moment
        course.publish(**zipped)
        assert (tmp_path / "c.zip").read_bytes() == new, moment
        assert PublishedArchive(tmp_path / "c.zip").look().strangers == ()


def test_killed_branch_is_old_or_new(course, tmp_path, killer, run_git, remote):
    course.publish(**GIT)
    change(course)
    restore = restored(course, tmp_path)
    killer.never()
    course.publish(**GIT)
    calls = killer.calls
    assert calls >= 15
    for number in range(1, calls + 1):
        # The git that was called goes on without its caller; the last one has not yet begun.
        for when in ("during", "before") if number == calls else ("during",):
            restore()
            killer.kill(lambda: course.publish(**GIT), number, when)
            commits = int(run_git("rev-list", "--count", "gh-pages", cwd=remote))
            assert commits in (1, 2), (number, when)
            course.publish(**GIT)
            assert run_git("rev-list", "--count", "gh-pages", cwd=remote) == "2", (number, when)
            names = run_git("ls-tree", "-r", "--name-only", "gh-pages", cwd=remote)
            assert names.splitlines() == sorted(NEW), (number, when)
            lines = (course.path / "published.jsonl").read_text().splitlines()
            assert len(lines) == 2, (number, when)
    run_git("fsck", "--strict", cwd=remote)
