"""Publications by rsync, with a program `ssh` that runs the command on this machine."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from clm import UsageError
from clm_plugin_publish.destinations.rsync_commands import address
from clm_plugin_publish.settings import DestinationError

A, B, C = "public/en/week/a.html", "public/en/week/b.html", "public/en/week/c.html"


@pytest.fixture
def there(machine) -> dict[str, str]:
    """The keys of a destination."""
    return {"kind": "rsync", "remote": f"ada@host:{machine}/site"}


def texts(folder: Path) -> dict[str, str]:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    found = {file.relative_to(folder).as_posix(): file.read_text() for file in files}
    found.pop(".clm-published.json", None)
    return found


def folders(machine: Path) -> list[Path]:
    return list((machine / ".site.clm").iterdir())


integration = pytest.mark.integration


@integration
def test_folder_replaced_behind_link(course, machine, there):
    assert course.publish(**there)
    first = (machine / "site").readlink()
    assert texts(machine / "site") == {A: "a", B: "b"}
    assert not course.publish(**there)
    course.texts = {A: "new", C: "c"}
    shutil.rmtree(course.output)
    assert course.publish(**there)
    assert texts(machine / "site") == {A: "new", C: "c"}
    assert [machine / (machine / "site").readlink()] == folders(machine)
    assert (machine / "site").readlink() != first


@integration
def test_unchanged_file_is_linked(course, machine, there):
    course.publish(**there)
    before = {name: (machine / "site" / name).stat() for name in (A, B)}
    course.texts[A] = "new"
    course.publish(**there)
    after = {name: (machine / "site" / name).stat() for name in (A, B)}
    assert after[B].st_ino == before[B].st_ino
    assert after[B].st_mtime == before[B].st_mtime
    assert after[A].st_ino != before[A].st_ino


@integration
def test_same_size_and_time_replaced(course, machine, there, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.5)
    course.publish(**there)
    course.texts[A] = "b"
    course.publish(**there)
    course.texts[A] = "c"
    course.publish(**there)
    assert texts(machine / "site") == {A: "c", B: "b"}


@integration
def test_server_of_pages_may_read(course, machine, there):
    for file in course.path.rglob("*"):
        file.chmod(0o700)
    old = os.umask(0o077)
    course.publish(**there)
    os.umask(old)
    found = {path.stat().st_mode & 0o777 for path in (machine / "site/").rglob("*")}
    assert found == {0o755, 0o644}
    assert (machine / "site").stat().st_mode & 0o777 == 0o755


@integration
def test_dry_run_changes_nothing(course, machine, there):
    assert course.prepare(**there).changes.added == (A, B)
    assert list(machine.iterdir()) == []


@integration
def test_changed_there_stops(course, machine, there):
    course.publish(**there)
    (machine / "site" / A).write_text("changed there")
    (machine / "site" / "line\nend ä.txt").write_text("mine")
    with pytest.raises(UsageError, match="were changed since") as caught:
        course.publish(**there)
    assert A in caught.value.message and "line\nend ä.txt" in caught.value.message
    assert course.publish(force=True, **there)
    assert texts(machine / "site") == {A: "a", B: "b"}


@integration
def test_file_removed_there_returns(course, machine, there):
    course.publish(**there)
    (machine / "site" / A).unlink()
    assert course.publish(**there)
    assert texts(machine / "site") == {A: "a", B: "b"}


@integration
@pytest.mark.parametrize("force", [False, True])
def test_folder_there_is_kept(course, machine, there, force):
    (machine / "site").mkdir()
    (machine / "site" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="no link that CLM has made"):
        course.publish(force=force, **there)
    assert texts(machine) == {"site/mine.txt": "mine"}


@integration
def test_link_of_others_needs_force(course, machine, there):
    (machine / "site").symlink_to("elsewhere")
    with pytest.raises(UsageError, match="site; nothing was published"):
        course.publish(**there)
    assert course.publish(force=True, **there)
    assert texts(machine / "site") == {A: "a", B: "b"}


@integration
def test_others_beside_are_kept(course, machine, there):
    (machine / ".site.clm").mkdir()
    (machine / ".site.clm" / "mine").write_text("mine")
    (machine / "other").mkdir()
    course.publish(**there)
    course.texts[A] = "new"
    course.publish(**there)
    assert (machine / ".site.clm" / "mine").read_text() == "mine"
    assert (machine / "other").is_dir()


@integration
def test_missing_folder_explained(course, machine, there):
    there["remote"] = there["remote"].replace("/site", "/no/site")
    with pytest.raises(UsageError, match="cannot be published to") as caught:
        course.publish(**there)
    assert "mkdir -p" in (caught.value.hint or "")


@integration
def test_damaged_record_explained(course, machine, there):
    course.publish(**there)
    (machine / "site" / ".clm-published.json").write_text("[]")
    with pytest.raises(UsageError, match="is damaged"):
        course.publish(**there)


@pytest.mark.faults
def test_killed_publication_is_completed(course, machine, there, tmp_path, monkeypatch):
    course.publish(**there)
    tools = _killer(tmp_path, monkeypatch)
    old, new = {A: "a", B: "b"}, {A: "new", C: "c"}
    seen = []
    for number in range(1, 9):
        for when in ("before", "partly", "after") if number == 1 else ("partly", "after"):
            course.texts = dict(old)
            shutil.rmtree(course.output)
            (tools / "at").write_text("never")
            course.publish(**there)
            course.texts = dict(new)
            shutil.rmtree(course.output)
            (tools / "calls").write_text("0")
            (tools / "at").write_text(f"{number} {when}")
            killed = _in_child(lambda: course.publish(**there))
            content = texts(machine / "site")
            assert content in (old, new), (number, when)
            seen.append(content == new)
            (tools / "at").write_text("never")
            course.publish(**there)
            assert texts(machine / "site") == new, (number, when)
            assert len(folders(machine)) == 1, (number, when)
            if not killed:
                assert {True, False} == set(seen)
                return
    raise AssertionError("rsync was called more often")


def _in_child(action) -> bool:
    """Whether the process that ran the action was killed."""
    child = os.fork()
    if child == 0:
        action()
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _killer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a program `rsync` that kills its caller."""
    real = shutil.which("rsync")
    folder = tmp_path / "tools"
    folder.mkdir()
    script = f"""#!/bin/sh
case "$*" in --version|*--server*) exec {real} "$@";; esac
n=$(($(cat {folder}/calls) + 1))
echo $n > {folder}/calls
at=$(cat {folder}/at)
if [ "$at" = "$n before" ]; then kill -9 $PPID; exit 1; fi
if [ "$at" = "$n partly" ]; then {real} --exclude=c.html "$@"; kill -9 $PPID; exit 1; fi
if [ "$at" = "$n after" ]; then {real} "$@"; kill -9 $PPID; exit 1; fi
exec {real} "$@"
"""
    (folder / "rsync").write_text(script)
    (folder / "rsync").chmod(0o755)
    (folder / "calls").write_text("0")
    (folder / "at").write_text("never")
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return folder


@pytest.mark.parametrize(
    "remote",
    [
        "-oProxyCommand=touch:/x", "ssh://-oProxyCommand=x/y", "ada@-x:/y", "host:-e/x",
        "host:a/-x", "host:a b", "host:$(x)", "host:`x`", "host:x;y", "host:*", "host:x\ny",
        "host::module", "rsync://host/x", "/local/folder", "folder", "host:", "host:/", "host:~",
        "host:~ada/x",
        "host:a/../b", "host:a//b", "ho st:x", "a@b@c:x", "host:x'y", 'host:x"y', "host:x\\y",
        "ssh://host", "ssh://host:1x/y", "https://host/x", "-e:x", "[::1:x", "host:./x",
    ],
)  # fmt: skip
def test_more_than_names_refused(remote):
    with pytest.raises(DestinationError, match="no address of a folder"):
        address(remote)


@pytest.mark.parametrize(
    ("remote", "host", "path", "port"),
    [
        ("host:www/course", "host", "www/course", 0),
        ("ada@host.example.org:/var/www/kurs-ä/", "ada@host.example.org", "/var/www/kurs-ä", 0),
        ("host:~/www/course", "host", "www/course", 0),
        ("ssh://ada@host:2222/www", "ada@host", "/www", 2222),
        ("ssh://host/~/www", "host", "www", 0),
        ("[::1]:www", "[::1]", "www", 0),
        ("ssh://[::1]:22/www", "[::1]", "/www", 22),
    ],
)
def test_addresses_are_read(remote, host, path, port):
    found = address(remote)
    assert (found.host, found.path, found.port) == (host, path, port)


def test_missing_program_has_hint(course, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="rsync was not found") as caught:
        course.publish(kind="rsync", remote="host:x")
    assert "install it" in (caught.value.hint or "")


def test_other_rsync_has_hint(course, tmp_path, monkeypatch):
    (tmp_path / "rsync").write_text("#!/bin/sh\necho openrsync: protocol version 29\n")
    (tmp_path / "rsync").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"is not rsync 3\.1 or later: openrsync"):
        course.publish(kind="rsync", remote="host:x")


@integration
def test_ledger_names_folder(course, machine, there):
    course.publish(**there)
    line = json.loads((course.path / "published.jsonl").read_text())
    assert line["reference"] == (machine / "site").readlink().name
