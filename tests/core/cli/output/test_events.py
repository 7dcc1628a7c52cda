"""The events and fields of `--json` are those that the documentation lists."""

from __future__ import annotations

import json
import re
from pathlib import Path

import attrs
import pytest

from clm.builder.report import Action, BuildReport, Explanation, JobReport, Outcome
from clm.builds import Audience, BuildOutput
from clm.cli.main import main
from clm.cli.output.progress import (
    JsonLines,
    write_dry_run,
    write_error,
    write_outputs,
    write_summary,
)
from clm.errors import Diagnostic, Place

REPOSITORY = Path(__file__).parents[4]
DOCUMENT = REPOSITORY / "docs" / "operations.md"
SOURCES = REPOSITORY / "clm-core" / "src" / "clm" / "cli"
_ROW = re.compile(r"^\| `([a-z-]+)` \| ([a-z, ]+) \|(.*)\|$", re.M)

OUTPUT = BuildOutput(
    Path("output"), "a.txt", "0", True, "a", "id", "thing", "text", "A", "week", "",
    Audience("en", "completed", "text", True),
)  # fmt: skip


def documented(command: str) -> dict[str, set[str]]:
    """The fields of each event of a command according to the table."""
    text = DOCUMENT.read_text(encoding="utf-8")
    table = text[text.index("## Events for programs") :].partition("\n## ")[0]
    rows = _ROW.findall(table)
    return {
        event: set(re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", fields)))
        for event, commands, fields in rows
        if command in commands.split(", ")
    }


def emitted(out: str) -> dict[str, set[str]]:
    events = [json.loads(line) for line in out.splitlines()]
    assert {event["version"] for event in events} == {1}
    return {event["event"]: event.keys() - {"version", "event"} for event in events}


def test_build_events_are_documented(capsys):
    failure = Diagnostic("it raised", place=Place("a"))
    job = JobReport("id", "thing", "a", Outcome.FAILED, (failure,))
    lines = JsonLines()
    lines.planned({"thing": 1}, 0)
    lines.job_started("thing", "id", "a")
    lines.job_finished(job)
    lines.explained(Explanation(Action.BUILD, "a", ("it is new",)))
    lines.problem(failure)
    write_outputs([OUTPUT])
    write_summary(BuildReport([job]))
    write_dry_run(BuildReport(dry_run=True))
    write_error([failure])
    assert emitted(capsys.readouterr().out) == documented("build")


def test_validation_events_are_documented(capsys, tmp_path):
    (tmp_path / "course.yaml").write_text("nam: x")
    main(["validate", str(tmp_path / "course.yaml"), "--json"])
    assert emitted(capsys.readouterr().out) == documented("validate")


@pytest.mark.parametrize("command", ["build", "watch"])
def test_failed_start_emits_only_error(capsys, tmp_path, command):
    (tmp_path / "course.yaml").write_text("name: x")
    assert main([command, str(tmp_path / "curse.yaml"), "--json"]) == 2
    out, err = capsys.readouterr()
    assert emitted(out) == {"error": documented(command)["error"]}
    assert "curse.yaml: course spec not found" in err
    assert f"did you mean '{tmp_path / 'course.yaml'}'?" in err


def test_no_undocumented_event_written():
    written = {
        name
        for path in SOURCES.rglob("*.py")
        for name in re.findall(r'write_event\(\s*"([^"]+)"', path.read_text(encoding="utf-8"))
    }
    assert written == set().union(*(documented(name) for name in ("build", "watch", "preview")))


@pytest.mark.parametrize("cls", [Diagnostic, Place])
def test_diagnostic_fields_are_documented(cls):
    text = DOCUMENT.read_text(encoding="utf-8")
    description = text[text.index("A diagnostic has") :].partition("\n\n")[0]
    assert [f.name for f in attrs.fields(cls) if f"`{f.name}`" not in description] == []


@pytest.mark.parametrize("outcome", Outcome)
def test_outcomes_are_documented(outcome):
    text = DOCUMENT.read_text(encoding="utf-8")
    assert f"`{outcome}`" in text[text.index("The\n`outcome` of a job") :].partition("\n\n")[0]
