"""Publications in git repositories, by real repositories in other folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clm import UsageError
from clm_plugin_publish.destinations import git_commands
from clm_plugin_publish.destinations.git_commands import without_password

pytestmark = pytest.mark.integration

A, B = "public/en/week/a.html", "public/en/week/b.html"
GIT = {"kind": "git", "remote": "../remote.git"}


@pytest.fixture
def texts(run_git, remote):
    """Returns the texts of the branch by path."""

    def texts_of(branch: str = "gh-pages") -> dict[str, str]:
        names = run_git("ls-tree", "-r", "--name-only", branch, cwd=remote).splitlines()
        return {name: run_git("show", f"{branch}:{name}", cwd=remote) for name in names}

    return texts_of


@pytest.fixture
def commit_there(run_git, remote, tmp_path):
    """Commits files to the branch, as somebody else does."""

    def commit(files: dict[str, str], *options: str) -> str:
        clone = tmp_path / "clone"
        if not clone.exists():
            run_git("clone", "--quiet", remote, clone)
        run_git("fetch", "--quiet", cwd=clone)
        exists = run_git("ls-remote", remote, "refs/heads/gh-pages")
        start = ["origin/gh-pages"] if exists else []
        run_git("checkout", "--quiet", "-B", "gh-pages", *start, cwd=clone)
        for name, text in files.items():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            (clone / name).write_text(text)
        run_git("add", ".", cwd=clone)
        run_git("commit", "--quiet", "--message", "other", *options, cwd=clone)
        run_git("push", "--quiet", "--force", "origin", "gh-pages", cwd=clone)
        return run_git("rev-parse", "HEAD", cwd=clone)

    return commit


def count(run_git, remote) -> int:
    return int(run_git("rev-list", "--count", "gh-pages", cwd=remote))


def test_empty_remote_gets_branch(course, texts, run_git, remote):
    assert course.publish(**GIT)
    assert texts() == {A: "a", B: "b"}
    run_git("fsck", "--strict", cwd=remote)


def test_second_time_no_commit(course, run_git, remote, texts):
    course.publish(**GIT)
    assert not course.publish(**GIT)
    assert count(run_git, remote) == 1


def test_only_changes_in_commit(course, run_git, remote, texts):
    course.publish(**GIT)
    course.texts[A] = "new"
    assert course.prepare(**GIT).changes.changed == (A,)
    assert course.publish(**GIT)
    changed = run_git("diff", "--name-only", "gh-pages~", "gh-pages", cwd=remote)
    assert (changed, count(run_git, remote)) == (A, 2)


def test_lost_own_repository_found_again(course, run_git, remote, texts, tmp_path):
    course.publish(**GIT)
    for folder in (course.path / ".clm").rglob("web.git"):
        folder.rename(tmp_path / "gone")
        break
    assert not course.publish(**GIT)
    course.texts[A] = "new"
    assert course.publish(**GIT)
    assert count(run_git, remote) == 2


def test_files_of_spec_added(course, texts, remote):
    (course.path / "LICENSE").write_text("free")
    course.publish(**GIT, files=("LICENSE",))
    assert texts() == {A: "a", B: "b", "LICENSE": "free"}


def test_kept_files_of_others_stay(course, texts, commit_there):
    commit_there({"CNAME": "example.org", ".github/workflows/x.yml": "y"})
    keep = ("CNAME", ".github")
    assert course.publish(**GIT, keep=keep)
    expected = {A: "a", B: "b", "CNAME": "example.org", ".github/workflows/x.yml": "y"}
    assert texts() == expected
    assert not course.publish(**GIT, keep=keep)


def test_foreign_branch_not_taken_over(course, texts, commit_there):
    commit_there({"own.txt": "own"})
    with pytest.raises(UsageError, match=r"own\.txt"):
        course.publish(**GIT)
    assert texts() == {"own.txt": "own"}
    assert course.publish(**GIT, force=True)
    assert texts() == {A: "a", B: "b"}


def test_foreign_commit_stops_and_stays(course, run_git, remote, texts, commit_there):
    course.publish(**GIT)
    other = commit_there({A: "edited", "more.txt": "more"})
    course.texts[B] = "new"
    with pytest.raises(UsageError, match=r"more\.txt"):
        course.publish(**GIT)
    assert course.publish(**GIT, force=True)
    assert texts() == {A: "a", B: "new"}
    assert run_git("merge-base", "--is-ancestor", other, "gh-pages", cwd=remote) == ""


def test_rewritten_history_not_forced(course, run_git, remote, texts, commit_there):
    course.publish(**GIT)
    other = commit_there({"x": "x"}, "--amend")
    with pytest.raises(UsageError, match="not published"):
        course.publish(**GIT)
    assert run_git("rev-parse", "gh-pages", cwd=remote) == other


def test_push_that_came_between_refused(course, run_git, remote, texts, commit_there):
    course.publish(**GIT)
    course.texts[A] = "new"
    prepared = course.prepare(**GIT)
    other = commit_there({"late.txt": "late"})
    with pytest.raises(UsageError, match="by somebody else"):
        prepared.place.replace()
    assert run_git("rev-parse", "gh-pages", cwd=remote) == other


def test_other_branches_untouched(course, run_git, remote, texts):
    course.publish(**GIT, branch="main")
    course.publish("other", **GIT, branch="pages/x")
    assert texts("main") == texts("pages/x") == {A: "a", B: "b"}


def test_remote_of_course_by_name(course, run_git, remote, texts):
    run_git("init", "--quiet", cwd=course.path)
    run_git("remote", "add", "origin", remote, cwd=course.path)
    assert course.publish(kind="git", remote="origin")
    assert texts() == {A: "a", B: "b"}
    with pytest.raises(UsageError, match="no remote 'upstream'"):
        course.publish(kind="git", remote="upstream")


def test_author_is_that_of_git(course, run_git, remote, texts):
    course.publish(**GIT)
    author = run_git("log", "-1", "--format=%an <%ae>", "gh-pages", cwd=remote)
    assert author == "Ada <ada@example.org>"


def test_names_of_all_kinds_published(course, texts, run_git, remote):
    # No names that a file system of Windows would refuse, except for the quoted one.
    course.texts = {'public/en/week/Größe & "x" 日本.html': "1", "public/en/week/a b.html": "2"}
    assert course.publish(**GIT)
    listed = run_git("ls-tree", "-r", "-z", "--name-only", "gh-pages", cwd=remote)
    assert set(filter(None, listed.split("\0"))) == set(course.texts)
    assert not course.publish(**GIT)


def test_attributes_change_no_content(course, texts, run_git, remote, tmp_path):
    attributes = tmp_path / "attributes"
    attributes.write_text("* text eol=crlf ident\n")
    run_git("config", "--file", os.environ["GIT_CONFIG_GLOBAL"], "core.attributesFile", attributes)
    course.texts[A] = "one\ntwo $Id$\n"
    assert course.publish(**GIT)
    assert texts()[A] == "one\ntwo $Id$"
    assert not course.publish(**GIT)


def test_hooks_and_config_of_own_repository_unused(course, run_git, remote, texts, tmp_path):
    course.publish(**GIT)
    (own,) = (course.path / ".clm").rglob("web.git")
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    script.chmod(0o755)
    (own / "hooks").mkdir(exist_ok=True)
    for hook in ("pre-push", "reference-transaction", "post-commit"):
        (own / "hooks" / hook).write_bytes(script.read_bytes())
        (own / "hooks" / hook).chmod(0o755)
    evil = f'[core]\n\tsshCommand = {script}\n\tfsmonitor = {script}\n[remote "x"]\n'
    evil += f'[url "{tmp_path}/evil.git"]\n\tinsteadOf = {remote}\n'
    (own / "config").write_text(evil + "[credential]\n\thelper = !" + str(script) + "\n")
    (own / "commondir").write_text(str(tmp_path))
    course.texts[A] = "new"
    assert course.publish(**GIT)
    assert not (tmp_path / "ran").exists()
    assert texts()[A] == "new"


def test_commands_of_course_repository_unused(course, run_git, remote, texts, tmp_path):
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    script.chmod(0o755)
    run_git("init", "--quiet", cwd=course.path)
    run_git("commit", "--quiet", "--allow-empty", "--message", "x", cwd=course.path)
    run_git("config", "core.fsmonitor", script, cwd=course.path)
    assert course.publish(**GIT)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "remote_name", ["ext::sh -c x", "ext::x", "--upload-pack=x", "a b/c", "fd::1", "x\n/y"]
)
def test_addresses_that_run_code_refused(course, remote_name):
    with pytest.raises(UsageError, match="no address"):
        course.publish(kind="git", remote=remote_name)


@pytest.mark.parametrize("branch", ["--force", "a b", "a..b", "x.lock", "a~1", "refs:x"])
def test_bad_branches_refused(course, branch, remote):
    with pytest.raises((UsageError, ValueError), match="no name"):
        course.publish(**GIT, branch=branch)


def test_missing_remote_explained(course):
    with pytest.raises(UsageError, match="cannot be read; nothing was published"):
        course.publish(kind="git", remote="../nowhere.git")


def test_refusing_remote_explained(course, remote, run_git, texts):
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho protected branch >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(UsageError, match="protected branch"):
        course.publish(**GIT)


def test_passwords_not_shown():
    assert without_password("x https://ada:pw@host/y") == "x https://host/y"


def test_variables_of_a_hook_ignored(course, texts, monkeypatch, tmp_path, remote):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other.git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert course.publish(**GIT)
    monkeypatch.undo()


def test_hanging_git_ends(tmp_path, monkeypatch):
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\nsleep 1000\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(UsageError, match="took longer than"):
        git_commands.git(Path(tmp_path), "fetch", seconds=0.2)


def test_changed_output_pushes_nothing(course, run_git, remote, texts):
    course.publish(**GIT)
    course.texts[A] = "new"
    prepared = course.prepare(**GIT)
    (course.output / A).write_text("other")
    with pytest.raises(UsageError, match="not what was built"):
        prepared.place.replace()
    assert count(run_git, remote) == 1
