"""Publications over ssh, by a real server on loopback."""

from __future__ import annotations

import getpass
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from ssh_server import SshServer, ssh_server

from clm import UsageError

pytestmark = pytest.mark.integration

A = "public/en/week/a.html"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SshServer]:
    folder = tmp_path / "ssh"
    folder.mkdir()
    with ssh_server(folder) as running:
        monkeypatch.setenv("PATH", str(running.client), prepend=os.pathsep)
        yield running


def test_published_over_ssh(course, server, run_git, remote):
    address = f"ssh://{server.address}{remote}"
    assert course.publish(kind="git", remote=address)
    assert not course.publish(kind="git", remote=address)
    course.texts[A] = "new"
    assert course.publish(kind="git", remote=address)
    assert run_git("show", f"gh-pages:{A}", cwd=remote) == "new"
    assert run_git("rev-list", "--count", "gh-pages", cwd=remote) == "2"


def test_missing_key_is_no_question(course, server, run_git, remote, tmp_path):
    (tmp_path / "ssh" / "authorized").write_text("")
    with pytest.raises(UsageError, match="cannot be read; nothing was published"):
        course.publish(kind="git", remote=f"ssh://{server.address}{remote}")


def test_stopped_server_explained(course, server, remote):
    with pytest.raises(UsageError, match="nothing was published"):
        course.publish(kind="git", remote=f"ssh://{getpass.getuser()}@127.0.0.1:1{remote}")


@pytest.fixture
def rsync(server, tmp_path):
    """The keys of a destination on the server, in its folder `www`."""
    if shutil.which("rsync") is None:
        pytest.skip("rsync is not installed (Debian: rsync)")
    (tmp_path / "www").mkdir()
    return {"kind": "rsync", "remote": f"ssh://{server.address}{tmp_path}/www/site"}


def test_folder_published_by_rsync(course, rsync, tmp_path):
    assert course.publish(**rsync)
    assert not course.publish(**rsync)
    course.texts[A] = "new"
    assert course.publish(**rsync)
    assert (tmp_path / "www" / "site" / A).read_text() == "new"


def test_rsync_asks_no_password(course, rsync, tmp_path):
    (tmp_path / "ssh" / "authorized").write_text("")
    with pytest.raises(UsageError, match="cannot be published to") as caught:
        course.publish(**rsync)
    assert "does `ssh HOST` work" in (caught.value.hint or "")
