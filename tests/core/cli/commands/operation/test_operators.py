"""Operators' commands on small or missing databases."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from clm.cli.main import cli
from clm.cli.options import Settings
from clm.cli.output.formatting import duration, first_message, size
from clm.cli.output.tables import aligned, show_table
from clm.database.cache.results import ResultsCache
from clm.database.queue.job_queue import JobQueue, QueuedJob
from clm.database.queue.pools import PoolRegistry
from clm.errors import Diagnostic, Place, UsageError
from clm.jobs.serialization import dump_diagnostics

READING = [
    ["status"],
    ["workers", "list"],
    ["workers", "stop"],
    ["jobs", "list"],
    ["cache", "stats"],
    ["db", "path"],
    ["db", "check"],
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CLM_DB_PATH", raising=False)
    return tmp_path


def run(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(cli, arguments, input=answer, obj=Settings())


def filled(folder: Path) -> Path:
    """A `.clm` folder with a queue of one failed job and a cache of one result."""
    with JobQueue(folder / ".clm" / "clm_jobs.db") as queue:
        queue.add_job(QueuedJob("build-1", "a", "shout", "{}", source="a.shout"))
        queue.fail_pending(
            "build-1", "shout", [Diagnostic("no\x1b[31m voice", place=Place("a", 3))]
        )
    with ResultsCache(folder / ".clm" / "clm_cache.db") as cache:
        cache.add_to_cache("k", "shout", {"x": b"result"})
    return folder / ".clm"


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_missing_database_not_created(here: Path, command: list[str]) -> None:
    result = run(*command)

    assert isinstance(result.exception, UsageError)
    assert "no `.clm` folder" in result.exception.message
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_database_found_in_parent_folder(
    here: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = filled(here)
    before = {p.name: p.read_bytes() for p in own.iterdir()}
    deep = here / "slides" / "topic"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)

    result = run(*command, "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["version"] == 1
    assert {p.name: p.read_bytes() for p in own.iterdir()} == before


def test_spec_selects_own_databases(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = filled(here / "course")
    (here / "course" / "course.yaml").touch()

    result = run("db", "path", "course/course.yaml")

    assert result.stdout.splitlines()[0] == str(own / "clm_jobs.db")


@pytest.mark.parametrize("command", [["status"], ["jobs", "list"]], ids=" ".join)
def test_option_or_variable_selects_database(
    here: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = str(filled(here / "elsewhere") / "clm_jobs.db")

    assert "no voice" in run(*command, "--db-path", database).stdout
    monkeypatch.setenv("CLM_DB_PATH", database)
    assert "no voice" in run(*command).stdout


def test_job_list_without_control_characters(here: Path) -> None:
    filled(here)

    lines = run("jobs", "list").stdout.splitlines()

    assert lines[0].split("  ")[0] == "ID"
    assert lines[1].split() == ["1", "shout", "a.shout", "failed", "line", "3:", "no", "voice"]


def test_missing_job_is_usage_error(here: Path) -> None:
    filled(here)
    for command in ("show", "retry", "cancel"):
        assert "job 7 not found" in str(run("jobs", command, "7").exception)


def test_ended_job_not_cancelled(here: Path) -> None:
    filled(here)

    assert "has already ended: it is failed" in str(run("jobs", "cancel", "1").exception)


@pytest.mark.parametrize("answer", ["", "n\n"])
def test_no_removal_without_consent(here: Path, answer: str) -> None:
    filled(here)
    for command in (["clear"], ["prune", "--max-size", "0"]):
        assert run("cache", *command, answer=answer).exit_code != 0
    assert json.loads(run("cache", "stats", "--json").stdout)["entries"] == 1


def test_confirmation_without_terminal_names_option(here: Path) -> None:
    filled(here)
    result = run("cache", "clear")
    assert isinstance(result.exception, UsageError)
    assert result.exception.hint == "add --yes"


def test_pool_not_stopped_without_consent(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(here)
    monkeypatch.setattr("clm.backends.admin.stop_pool", pytest.fail)
    with JobQueue(here / ".clm" / "clm_jobs.db") as queue:
        PoolRegistry(queue).add("pool", "", "same", {})
    result = run("workers", "stop")
    assert isinstance(result.exception, UsageError)
    assert result.exception.hint == "add --yes"


@pytest.mark.parametrize(
    ("options", "answer"), [(["--yes"], ""), ([], "y\n")], ids=["--yes", "asked"]
)
def test_cache_cleared_with_consent(here: Path, options: list[str], answer: str) -> None:
    filled(here)

    assert run("cache", "clear", *options, answer=answer).exit_code == 0

    assert json.loads(run("cache", "stats", "--json").stdout)["entries"] == 0


def test_damaged_database_exits_with_1(here: Path) -> None:
    own = filled(here)
    content = (own / "clm_cache.db").read_bytes()
    (own / "clm_cache.db").write_bytes(content[: len(content) // 2])

    assert run("db", "check").exit_code == 1
    verified = run("cache", "verify")
    assert verified.exit_code == 1
    assert "renamed to" in verified.stderr
    assert run("cache", "verify").exit_code == 0
    assert run("db", "check").exit_code == 0


def test_logs_listed_and_shown(here: Path) -> None:
    logs = filled(here) / "logs"
    logs.mkdir()
    (logs / "shout-1.log").write_text("first\nsecond\nthird\n")

    assert "shout-1" in run("workers", "logs").stdout
    assert run("workers", "logs", "shout-1", "--lines", "2").stdout == "second\nthird\n"


@pytest.mark.parametrize("name", ["nobody", "../clm_jobs", "/etc/passwd"])
def test_path_as_log_id_refused(here: Path, name: str) -> None:
    (filled(here) / "logs").mkdir()

    assert "no log of" in str(run("workers", "logs", name).exception)


# -- tables -------------------------------------------------------------------------------------


def test_columns_are_aligned() -> None:
    assert aligned([("A", "B"), ("long", "x")]) == ["A     B", "long  x"]


def test_cell_stays_on_line(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("A", "B"), [("1\n2", "[bold]x[/bold]")])

    assert capsys.readouterr().out == "A    B\n1 2  [bold]x[/bold]\n"


def test_terminal_table_shows_markup_literally(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setitem(os.environ, "TERM", "xterm")

    show_table(("ID",), [("[bold]x[/bold]",)])

    assert "[bold]x[/bold]" in click.unstyle(capsys.readouterr().out)


@pytest.mark.parametrize(("number", "text"), [(0, "0 B"), (1500, "1.5 kB"), (2 * 10**12, "2.0 TB")])
def test_sizes_are_short(number: int, text: str) -> None:
    assert size(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0.0 s"), (59, "59 s"), (123, "2 min 3 s"), (5400, "1.5 h"), (86400, "1.0 d")],
)
def test_times_are_short(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_long_error_shortened() -> None:
    assert len(first_message(dump_diagnostics([Diagnostic("x" * 500)]))) == 100
    assert first_message(None) == ""
