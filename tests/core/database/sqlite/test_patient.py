"""Waits for locks that Ctrl-C ends."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from clm.database.sqlite import patient
from clm.database.sqlite.connection import translated
from clm.database.sqlite.patient import Interruption, PatientConnection, connect
from clm.errors import DatabaseBusyError


class Interrupting:
    """A pause in which the user presses Ctrl-C."""

    def __init__(self) -> None:
        self.pauses = 0

    def __call__(self, seconds: float) -> None:
        self.pauses += 1
        signal.raise_signal(signal.SIGINT)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute("CREATE TABLE t (x)")
    return tmp_path / "x.db"


@contextmanager
def locked(path: Path, seconds: float) -> Iterator[tuple[sqlite3.Connection, PatientConnection]]:
    """Another connection, which holds the lock, and one that waits for it for so long."""
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as holder,
        closing(connect(path, seconds)) as connection,
    ):
        holder.execute("BEGIN EXCLUSIVE")
        yield holder, connection


def wait_and_interrupt(path: Path, monkeypatch: pytest.MonkeyPatch) -> PatientConnection:
    pause = Interrupting()
    monkeypatch.setattr(patient.time, "sleep", pause)
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        connection = connect(path, 1_000.0)
        with pytest.raises(KeyboardInterrupt):
            connection.execute("INSERT INTO t VALUES (1)")
    assert pause.pauses == 1
    return connection


def test_interrupt_ends_wait(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wait_and_interrupt(path, monkeypatch).close()


def test_interrupt_ends_wait_in_loop(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def wait() -> None:
        handler = signal.getsignal(signal.SIGINT)
        wait_and_interrupt(path, monkeypatch).close()
        assert signal.getsignal(signal.SIGINT) is handler

    asyncio.run(wait())


def test_interrupted_connection_hurries(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(wait_and_interrupt(path, monkeypatch)) as connection:
        assert connection.patience < 1
        connection.execute("INSERT INTO t VALUES (1)")


def test_released_lock_is_got(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with locked(path, 1_000.0) as (holder, connection):
        monkeypatch.setattr(patient.time, "sleep", lambda seconds: holder.execute("COMMIT"))
        connection.execute("INSERT INTO t VALUES (1)")
        assert connection.execute("SELECT x FROM t").fetchall() == [(1,)]


def test_wait_calls_owner(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patient, "_CALL_SECONDS", 0.0)
    with locked(path, 1_000.0) as (holder, connection):
        connection.on_wait = lambda: holder.in_transaction and holder.execute("COMMIT")
        connection.execute("INSERT INTO t VALUES (1)")


def test_end_of_interrupted_work_is_brief(path: Path) -> None:
    interruption = Interruption()
    with (
        locked(path, 1_000.0) as (_, connection),
        pytest.raises(KeyboardInterrupt),
        interruption.ended(),
    ):
        try:
            with interruption.noticed():
                raise asyncio.CancelledError
        finally:
            with translated(path):
                connection.execute("INSERT INTO t VALUES (1)")


def test_failed_end_of_interrupted_work_is_interrupt(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interruption = Interruption()
    with locked(path, 1_000.0) as (_, connection):
        monkeypatch.setattr(patient.time, "sleep", Interrupting())
        with pytest.raises(KeyboardInterrupt), interruption.ended(), interruption.noticed():
            try:
                with translated(path):
                    connection.execute("INSERT INTO t VALUES (1)")
            finally:
                monkeypatch.undo()
                with translated(path):
                    connection.execute("SELECT x FROM t")


def test_lock_without_interrupt_is_error(path: Path) -> None:
    interruption = Interruption()
    with (
        locked(path, 0.0) as (_, connection),
        pytest.raises(DatabaseBusyError),
        interruption.ended(),
        interruption.noticed(),
        translated(path),
    ):
        connection.execute("SELECT x FROM t")


def test_other_end_waits(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interruption = Interruption()
    with suppress(asyncio.CancelledError), interruption.ended(), interruption.noticed():
        raise asyncio.CancelledError
    wait_and_interrupt(path, monkeypatch).close()
