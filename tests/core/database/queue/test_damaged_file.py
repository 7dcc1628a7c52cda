"""Opening of the queue at the start of a build when its file is damaged or foreign."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from clm.database.queue.job_queue import QueuedJob, open_queue
from clm.errors import NotAClmDatabaseError


def fill(path: Path, jobs: int = 200) -> None:
    with open_queue(path) as queue:
        first = QueuedJob("b", "0", "t", "{}" * 500)
        others = [QueuedJob("b", str(n), "t", "{}" * 500, needs=("0",)) for n in range(1, jobs)]
        queue.add_jobs([first, *others])


def test_intact_queue_reused(tmp_path: Path) -> None:
    fill(tmp_path / "q.db")

    with open_queue(tmp_path / "q.db") as queue:
        assert queue.count_open("b") == {"t": 200}

    assert not list(tmp_path.glob("*.damaged*"))


@pytest.mark.parametrize("damage", ["zeros", "inside", "header"])
def test_damaged_queue_set_aside(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "q.db"
    fill(path)
    data = bytearray(path.read_bytes())
    if damage == "zeros":
        data = bytearray(len(data))
    elif damage == "inside":
        data[4096 * 8 :] = b"\xa5" * (len(data) - 4096 * 8)
    else:
        data[4096 : 4096 * 2] = b"\xa5" * 4096
    path.write_bytes(data)

    with open_queue(path) as queue:
        assert queue.count_open("b") == {}

    aside = [p for p in tmp_path.glob("q.db.damaged*") if not p.name.endswith("-journal")]
    assert [p.read_bytes() for p in aside] == [bytes(data)]


def test_foreign_file_untouched(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear Ada, this is no database at all.")
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    before = {p: p.read_bytes() for p in tmp_path.iterdir()}

    for path in before:
        with pytest.raises(NotAClmDatabaseError):
            open_queue(path)

    assert {p: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_empty_file_becomes_queue(tmp_path: Path) -> None:
    (tmp_path / "q.db").touch()

    with open_queue(tmp_path / "q.db") as queue:
        assert queue.count_open("b") == {}

    assert not list(tmp_path.glob("*.damaged*"))
