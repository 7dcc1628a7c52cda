"""Output of a running build: plain lines, JSON, and the summary."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from clm.builder.report import BuildReport, JobReport, Outcome
from clm.cli.options import Settings, Verbosity
from clm.cli.output.formatting import duration
from clm.cli.output.live import LiveDisplay
from clm.cli.output.progress import JsonLines, PlainLines, display, write_error, write_summary
from clm.cli.output.summary import show_summary
from clm.errors import Diagnostic, Place, Severity
from clm.jobs.work import JobProgress

WARNING = Diagnostic("no title", Severity.WARNING, Place("slides/a.py", 3))
FAILURE = Diagnostic("it raised", place=Place("slides/a.py", 12), details="Traceback")


def job(outcome: Outcome = Outcome.BUILT, *diagnostics: Diagnostic, name: str = "a") -> JobReport:
    return JobReport(name, "thing", f"slides/{name}.py", outcome, diagnostics, 1.25, "id-7")


def report(*jobs: JobReport, **more: object) -> BuildReport:
    return BuildReport(list(jobs), **more)  # type: ignore[arg-type]


def test_plain_lines_show_plan(capsys):
    PlainLines(False).planned({"thing": 2, "other": 1}, 5)
    assert capsys.readouterr().out == "3 job(s) (other 1, thing 2), 5 file(s) to copy\n"


def test_plain_lines_show_copied_suffixes(capsys):
    PlainLines(False).planned({"thing": 5}, 84, {".svg": 1, ".csv": 2, "": 1})
    out = capsys.readouterr().out
    assert out == "5 job(s) (thing 5), 84 file(s) to copy (.csv 2, no suffix 1, .svg 1)\n"


def test_most_frequent_suffixes_shown(capsys):
    PlainLines(False).planned({}, 55, {f".{n}": n for n in range(1, 11)})
    assert "(.10 10, .9 9, .8 8, .7 7, .6 6, .5 5, .4 4, .3 3, others 3)" in capsys.readouterr().out


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.SKIPPED])
def test_plain_line_per_outcome(capsys, outcome):
    PlainLines(False).job_finished(job(outcome))
    assert capsys.readouterr().out == f"{outcome:9} thing slides/a.py (1.2 s)\n"


def test_no_plain_line_when_skipped(capsys):
    PlainLines(False).job_finished(job(Outcome.SKIPPED))
    assert capsys.readouterr().out == ""


def test_correlation_ids_shown_on_request(capsys):
    PlainLines(True).job_finished(job())
    assert capsys.readouterr().out.endswith("[id-7]\n")


def test_one_json_event_per_line(capsys):
    listener = JsonLines()
    listener.planned({"thing": 1}, 0)
    listener.job_started("thing", "a", "slides/a.py")
    listener.job_finished(job(Outcome.FAILED, FAILURE))
    listener.problem(WARNING)
    write_summary(report(job()))
    write_error([FAILURE])
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == [
        "planned", "job-started", "job-finished", "problem", "summary", "error",
    ]  # fmt: skip
    assert {event["version"] for event in events} == {1}
    assert events[2]["diagnostics"][0]["place"]["line"] == 12


def test_json_summary_counts_every_outcome(capsys):
    write_summary(report(*(job(outcome) for outcome in Outcome), files_written=4))
    summary = json.loads(capsys.readouterr().out)
    assert {summary[str(outcome)] for outcome in Outcome} == {1}
    assert (summary["ok"], summary["files_written"]) == (False, 4)


def test_summary_counts_jobs_and_files(capsys):
    built = report(job(), job(Outcome.SKIPPED), files_written=2, files_removed=1, seconds=3.21)
    show_summary(built, Settings(), correlation_ids=False)
    assert capsys.readouterr().out == (
        "done: 1 built, 0 from cache, 1 skipped, 0 failed\n"
        "    2 files written, 0 unchanged, 1 removed; 3.2 s\n"
    )


def test_summary_lists_failures_after_warnings(capsys):
    built = report(job(Outcome.FAILED, FAILURE), job(Outcome.BUILT, WARNING, name="b"))
    show_summary(built, Settings(), correlation_ids=True)
    assert capsys.readouterr().err.splitlines() == [
        "warning: slides/a.py:3: no title",
        "    job: thing slides/b.py [id-7]",
        "error: slides/a.py:12: it raised",
        "    job: thing slides/a.py [id-7]",
    ]


def test_failure_without_place_names_job(capsys):
    built = report(job(Outcome.FAILED, FAILURE), job(Outcome.FAILED, Diagnostic("dead"), name="b"))
    show_summary(built, Settings(), correlation_ids=False)
    assert capsys.readouterr().err.splitlines() == [
        "error: slides/a.py:12: it raised",
        "error: dead",
        "    job: thing slides/b.py",
    ]


def test_shared_message_shown_once(capsys):
    built = report(job(Outcome.BUILT, WARNING), job(Outcome.BUILT, WARNING, name="b"))
    show_summary(built, Settings(), correlation_ids=False)
    assert capsys.readouterr().err.count("no title") == 1


def test_messages_sorted_by_place(capsys):
    messages = [
        Diagnostic("x", Severity.WARNING, Place(f"slides/{file}.py", line))
        for file, line in [("b", 7), ("a", 11), ("a", 4)]
    ]
    built = report(job(Outcome.BUILT, messages[0], name="b"), job(Outcome.BUILT, *messages[1:]))
    show_summary(built, Settings(), correlation_ids=False)
    assert capsys.readouterr().err.splitlines() == [
        "warning: slides/a.py:4: x",
        "warning: slides/a.py:11: x",
        "warning: slides/b.py:7: x",
    ]


def test_problems_without_job_shown(capsys):
    show_summary(report(problems=[FAILURE]), Settings(print_tracebacks=True), correlation_ids=False)
    assert capsys.readouterr().err == "error: slides/a.py:12: it raised\n    Traceback\n"


def test_failure_without_message_shown(capsys):
    show_summary(report(job(Outcome.FAILED)), Settings(), correlation_ids=False)
    assert "slides/a.py: the job failed" in capsys.readouterr().err


def live(width: int = 80) -> tuple[LiveDisplay, Console]:
    file = io.StringIO()
    # With width and height, or else Rich queries the terminal of the tests.
    console = Console(file=file, force_terminal=True, width=width, height=25, color_system=None)
    return LiveDisplay(False, console), console


def drawn(display: LiveDisplay) -> str:
    console = Console(file=io.StringIO(), width=80)
    console.print(display._draw())
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_live_counts_and_running_jobs():
    display, _ = live()
    display.planned({"thing": 3, "other": 1}, 0)
    display.job_started("thing", "a", "slides/a.py")
    display.job_started("thing", "b", "slides/b.py")
    display.job_finished(job(Outcome.FAILED))
    text = drawn(display)
    assert "1/3 1 failed" in text
    assert "0/1" in text
    assert "1 running" in text
    assert "thing slides/b.py" in text
    assert "slides/a.py" not in text


def test_live_display_shows_job_progress():
    display, _ = live()
    display.planned({"thing": 1}, 0)
    display.job_started("thing", "a", "slides/a.py")
    display.job_progressed("a", JobProgress(0.42, "drawing \x1b[2Jlines " + 100 * "x"))
    assert "slides/a.py (0 s) 42% drawing lines xx" in drawn(display)
    assert all(len(line) <= 80 for line in drawn(display).splitlines())
    display.job_finished(job(Outcome.BUILT))
    display.job_progressed("a", JobProgress(1.0, "late"))
    display.job_started("thing", "a", "slides/a.py")
    assert "%" not in drawn(display)


def test_failures_stay_above_live_display():
    display, console = live()
    with display:
        display.planned({"thing": 1}, 0)
        display.job_finished(job(Outcome.FAILED))
    assert "failed    thing slides/a.py" in console.file.getvalue()  # type: ignore[attr-defined]


def test_source_name_markup_shown_literally():
    display, console = live()
    with display:
        display.job_started("thing", "b", "slides/[bold]\x1b[2Jb.py")
        display.job_finished(job(Outcome.FAILED, name="[red]a[/red]"))
        assert "[bold]b.py" in drawn(display)
    assert "slides/[red]a[/red].py" in console.file.getvalue()  # type: ignore[attr-defined]


def test_plain_display_without_terminal():
    listener, _ = display(as_json=False, correlation_ids=False)
    assert isinstance(listener, PlainLines)


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [({}, "done:"), ({"problems": [FAILURE]}, "failed:"), ({"interrupted": True}, "interrupted:")],
)
def test_summary_starts_with_verdict(capsys, fields, verdict):
    show_summary(report(**fields), Settings(), correlation_ids=False)
    assert capsys.readouterr().out.startswith(verdict)


def test_quiet_build_prints_only_failures(capsys):
    listener, shown = display(as_json=False, correlation_ids=False, verbosity=Verbosity.QUIET)
    with shown:
        listener.planned({"thing": 1}, 0)
        listener.job_finished(job(Outcome.FAILED, FAILURE))
    quiet = Settings(verbosity=Verbosity.QUIET)
    show_summary(report(job(Outcome.FAILED, FAILURE)), quiet, correlation_ids=False)
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "error: slides/a.py:12: it raised\n")


def test_verbose_prints_skipped_and_details(capsys):
    listener, _ = display(as_json=False, correlation_ids=False, verbosity=Verbosity.VERBOSE)
    listener.job_finished(job(Outcome.SKIPPED))
    verbose = Settings(verbosity=Verbosity.VERBOSE)
    show_summary(report(problems=[FAILURE]), verbose, correlation_ids=False)
    printed = capsys.readouterr()
    assert "skipped" in printed.out
    assert "Traceback" in printed.err


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (99.4, "99 s"), (100.4, "1 min 40 s")]
)
def test_long_duration_in_minutes(seconds, text):
    assert duration(seconds) == text


def test_live_failure_takes_one_line():
    display, console = live(40)
    display.job_finished(job(Outcome.FAILED, name="module_100/topic_100/slides_introduction"))
    (line,) = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(line) == 40
    assert line.endswith("introduction.py (1.2 s)")
