"""Publications to remotes that are killed at many moments, over each transport.

A moment is a call of the tool, before, during or after it, or a use of a file by the publication.
`CLM_TEST_KILLS` sets how many of each transport are tried, evenly spread over all; 30 show
what docs/publishing.md says, and fewer are enough for each change.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from attrs import frozen
from killed_publications import Killer, killed, restored
from published_term import contents, contents_of_branch
from ssh_server import ssh_server

pytestmark = pytest.mark.faults

KILLS = int(os.environ.get("CLM_TEST_KILLS", "3"))
OLD = {"public/en/week/a.html": b"a", "public/en/week/b.html": b"b"}
NEW = {"public/en/week/a.html": b"new", "public/en/week/c.html": b"c"}
Moment = tuple[str, int]


@frozen
class Transport:
    """A destination: its keys, its tool, and what is published there."""

    keys: Mapping[str, str]
    killer: Killer
    published: Callable[[], dict[str, bytes]]
    is_clean: Callable[[], bool]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server on loopback; its files are not those that are restored."""
    folder = tmp_path.parent / f"{tmp_path.name}-ssh"
    folder.mkdir()
    with ssh_server(folder) as running:
        monkeypatch.setenv("PATH", str(running.client), prepend=os.pathsep)
        yield f"ssh://{running.address}"


def of_git(remote: Path, address: str, killer: Killer, run_git) -> Transport:
    def is_clean() -> bool:
        run_git("fsck", "--strict", cwd=remote)
        return run_git("rev-list", "--count", "gh-pages", cwd=remote) == "2"

    keys = {"kind": "git", "remote": address}
    return Transport(keys, killer, lambda: contents_of_branch(remote), is_clean)


@pytest.fixture
def transport(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch) -> Transport:
    if request.param == "rsync over ssh":
        if shutil.which("rsync") is None:
            pytest.skip("rsync is not installed (Debian: rsync)")
        killer = Killer(tmp_path.parent / f"{tmp_path.name}-rsync", "rsync")
        address = request.getfixturevalue("server")
        monkeypatch.setenv("PATH", str(killer.folder), prepend=os.pathsep)
        www = tmp_path / "www"
        www.mkdir()
        return Transport(
            {"kind": "rsync", "remote": f"{address}{www}/site"},
            killer,
            lambda: contents(www / "site"),
            lambda: len(list((www / ".site.clm").iterdir())) == 1,
        )
    remote = request.getfixturevalue("remote")
    run_git, killer = request.getfixturevalue("run_git"), request.getfixturevalue("killer")
    if request.param == "git over file":
        return of_git(remote, remote.as_uri(), killer, run_git)
    address = request.getfixturevalue("server")
    return of_git(remote, f"{address}{remote}", killer, run_git)


def moments_of(transport: Transport, publish, restore, folder: Path) -> list[Moment]:
    """The chosen moments, of all that a publication has."""
    transport.killer.never()
    uses = killed(publish, folder, 0)
    calls = transport.killer.calls
    restore()
    every = [(when, n) for n in range(1, calls + 1) for when in ("before", "during", "after")]
    # As many uses of files as calls: most are reads of what is there.
    every += [("use", n) for n in range(1, uses + 1, max(1, uses // len(every)))]
    return [every[(2 * n + 1) * len(every) // (2 * KILLS)] for n in range(KILLS)]


def kill(transport: Transport, publish, moment: Moment, folder: Path) -> None:
    when, number = moment
    if when == "use":
        killed(publish, folder, number)
    else:
        transport.killer.kill(publish, number, when)


@pytest.mark.parametrize(
    "transport", ["git over file", "git over ssh", "rsync over ssh"], indirect=True
)
def test_next_run_completes(transport, course, tmp_path):
    def publish() -> bool:
        return course.publish(**transport.keys)

    publish()
    assert transport.published() == OLD
    course.texts = {path: text.decode() for path, text in NEW.items()} | {"speaker/a.html": "s"}
    (course.output / "public/en/week/b.html").unlink()
    restore = restored(course, tmp_path)
    counts: Counter[str] = Counter()
    for moment in moments_of(transport, publish, restore, tmp_path):
        restore()
        kill(transport, publish, moment, tmp_path)
        found = transport.published()
        assert found in (OLD, NEW), moment
        counts["old" if found == OLD else "new"] += 1
        publish()
        assert transport.published() == NEW, moment
        assert transport.is_clean(), moment
        lines = (course.path / "published.jsonl").read_text().splitlines()
        assert len(lines) == 2, moment
        assert not publish(), moment
    sys.stdout.write(f"{KILLS} kills; after them {dict(counts)}; all completed\n")
    assert sum(counts.values()) == KILLS
