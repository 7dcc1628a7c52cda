"""Publications that are killed at many moments: the next one completes, and nothing is half."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from course_folder import until

from clm_plugin_publish.archives import PublishedArchive

pytestmark = pytest.mark.faults

OLD = {"public/en/week/a.html": "a", "public/en/week/b.html": "b"}
NEW = {"public/en/week/a.html": "new", "public/en/week/c.html": "c"}
GIT = {"kind": "git", "remote": "../remote.git"}
_CHANGES = ("open", "os.", "shutil.")


def change(course) -> None:
    course.texts = {**NEW, "speaker/a.html": "s"}
    (course.output / "public/en/week/b.html").unlink()


def killed(action: Callable[[], object], folder: Path, moment: int) -> int:
    """Run in a process that ends without any clean-up at its Nth use of a file below a folder.

    Returns how many uses there were until the end.
    """
    counter = folder / ".." / "count"
    child = os.fork()
    if child == 0:
        count = 0

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            names = [str(a) for a in arguments if isinstance(a, (str, os.PathLike))]
            if event.startswith(_CHANGES) and any(str(folder) in name for name in names):
                count += 1
                if count == moment:
                    os._exit(9)

        sys.addaudithook(hook)
        try:
            action()
            counter.write_text(str(count))
            os._exit(0)
        except BaseException:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code == (9 if moment else 0), code
    return moment or int(counter.read_text())


def restored(course, tmp_path: Path) -> Callable[[], None]:
    """Returns what puts the course and all around it back as it is now."""
    kept = tmp_path.parent / f"{tmp_path.name}-kept"
    shutil.copytree(tmp_path, kept, symlinks=True)

    def restore() -> None:
        for entry in tmp_path.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        shutil.copytree(kept, tmp_path, dirs_exist_ok=True, symlinks=True)

    return restore


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


@pytest.fixture
def killer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remote: Path) -> Path:
    """A folder with programs `git` that kill their caller."""
    real = shutil.which("git")
    folder = tmp_path.parent / f"{tmp_path.name}-bin"
    folder.mkdir()
    script = f"""#!/bin/sh
n=$(($(cat {folder}/calls) + 1))
echo $n > {folder}/calls
at=$(cat {folder}/at)
if [ "$at" = "$n before" ]; then kill -9 $PPID; exit 1; fi
if [ "$at" = "$n during" ]; then kill -9 $PPID; {real} "$@"; touch {folder}/ended; exit 1; fi
exec {real} "$@"
"""
    (folder / "git").write_text(script)
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    (folder / "calls").write_text("0")
    (folder / "at").write_text("never")
    return folder


def test_killed_branch_is_old_or_new(course, tmp_path, killer, run_git, remote):
    course.publish(**GIT)
    change(course)
    restore = restored(course, tmp_path)
    (killer / "calls").write_text("0")
    course.publish(**GIT)
    calls = int((killer / "calls").read_text())
    assert calls >= 15
    for number in range(1, calls + 1):
        # The git that was called goes on without its caller; the last one has not yet begun.
        for when in ("during", "before") if number == calls else ("during",):
            restore()
            (killer / "calls").write_text("0")
            (killer / "at").write_text(f"{number} {when}")
            child = os.fork()
            if child == 0:
                course.publish(**GIT)
                os._exit(0)
            assert os.WIFSIGNALED(os.waitpid(child, 0)[1]), (number, when)
            if when == "during":
                until((killer / "ended").exists)
                (killer / "ended").unlink()
            (killer / "at").write_text("never")
            commits = int(run_git("rev-list", "--count", "gh-pages", cwd=remote))
            assert commits in (1, 2), (number, when)
            course.publish(**GIT)
            assert run_git("rev-list", "--count", "gh-pages", cwd=remote) == "2", (number, when)
            names = run_git("ls-tree", "-r", "--name-only", "gh-pages", cwd=remote)
            assert names.splitlines() == sorted(NEW), (number, when)
            lines = (course.path / "published.jsonl").read_text().splitlines()
            assert len(lines) == 2, (number, when)
    run_git("fsck", "--strict", cwd=remote)
