"""Shared results cache of two courses at two paths, on stores that work and stores that do not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from course_folder import CourseFolder, messages
from result_server import Handler, ResultServer, serving

from clm.builder import BuildReport, Outcome
from clm.cli.main import cli
from clm.errors import UsageError

pytestmark = pytest.mark.integration

both_backends = pytest.mark.parametrize("backend", ["sqlite", "inline"])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ResultServer]:
    with serving(ResultServer()) as state:
        monkeypatch.setenv("CLM_SHARED_CACHE", state.url)
        yield state


@pytest.fixture
def other(new_course: Callable[[str], CourseFolder]) -> CourseFolder:
    return filled(new_course("other"))


def filled(course: CourseFolder) -> CourseFolder:
    course.add("intro/one.shout", "whole\n!relay half.csv\n!needs half.csv.loud\n!warn loud\n")
    course.add("intro/half.csv", "half\n")
    course.add("more/two.shout", "two\n")
    return course


def ends(report: BuildReport) -> set[Outcome]:
    return {job.outcome for job in report.jobs}


def on_shared(report: BuildReport) -> list[str]:
    return [p.message for p in report.problems if "shared cache" in p.message]


@both_backends
def test_second_course_runs_nothing(
    course: CourseFolder, other: CourseFolder, server: ResultServer, backend: str
) -> None:
    first = filled(course).build(backend=backend)
    second = other.build(backend=backend)

    assert ends(first) == {Outcome.BUILT}
    assert ends(second) == {Outcome.CACHED, Outcome.SKIPPED}  # the relay has no destination
    assert other.outputs() == course.outputs()
    assert messages(second).count("loud") == messages(first).count("loud") > 0


def test_folder_shares_results(
    course: CourseFolder, other: CourseFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_SHARED_CACHE", str(tmp_path / "shared"))
    filled(course).build()

    assert ends(other.build()) == {Outcome.CACHED, Outcome.SKIPPED}


@both_backends
def test_late_key_found(
    course: CourseFolder, other: CourseFolder, server: ResultServer, backend: str
) -> None:
    filled(course).build(backend=backend)
    other.add("intro/half.csv", "HALF\n")  # another key, but the same output

    report = other.build(backend=backend)

    built = [job.id for job in report.jobs if job.outcome is Outcome.BUILT]
    assert len(built) == 1 and built[0].endswith("half.csv"), messages(report)
    assert other.texts("one.txt") == course.texts("one.txt")


def test_unchanged_build_asks_nothing(course: CourseFolder, server: ResultServer) -> None:
    filled(course).build()
    server.requests.clear()

    assert ends(course.build()) == {Outcome.SKIPPED}
    assert server.requests == []


def test_unchanged_build_opens_no_store(course: CourseFolder, server: ResultServer) -> None:
    filled(course).build()
    code = (
        "import atexit, sys\n"
        "stores = ('clm.stores.shared', 'clm.stores.http', 'http.client')\n"
        "atexit.register(lambda: print([name for name in stores if name in sys.modules]))\n"
        "from clm.cli.main import run; run()"
    )
    command = [sys.executable, "-c", code, "build", str(course.spec)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_unknown_store_refused_at_start(
    course: CourseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_SHARED_CACHE", "gopher://host/")
    with pytest.raises(UsageError, match="gopher"):
        filled(course).build()


def test_read_only_writes_nothing(
    course: CourseFolder, server: ResultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_SHARED_CACHE_MODE", "read-only")

    filled(course).build()

    assert server.requests and not any(r.startswith("PUT") for r in server.requests)


def test_failing_dependency_fails_dependents(course: CourseFolder, server: ResultServer) -> None:
    filled(course).add("intro/half.csv", "!error no half\n")

    report = course.build()

    assert [job.outcome for job in report.jobs].count(Outcome.FAILED) == 2
    assert "not run: it needs" in messages(report)


def lie(handler: Handler) -> None:
    handler.answer(200, b"wrong bytes")


def truncate(handler: Handler) -> None:
    handler.answer(200, b"{", length=100)
    handler.close_connection = True


def hang(handler: Handler) -> None:
    handler.state.ended.wait(60)
    handler.close_connection = True


def drip(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    while not handler.state.ended.wait(0.5):
        handler.wfile.write(b".")


def redirect(handler: Handler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "http://127.0.0.1:9/")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def refuse(handler: Handler) -> None:
    handler.answer(500)


def be_endless(handler: Handler) -> None:
    handler.answer(200, b"", length=10**12)


@pytest.mark.parametrize("answer", [lie, truncate, hang, drip, redirect, refuse, be_endless])
def test_bad_server_costs_time_only(
    course: CourseFolder,
    other: CourseFolder,
    server: ResultServer,
    answer: Callable[[Handler], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    filled(course).build()
    server.on_get = answer
    monkeypatch.setattr("clm.stores.http.REQUEST_SECONDS", 1.0)

    report = other.build()

    assert report.ok, messages(report)
    assert ends(report) == {Outcome.BUILT}
    assert other.outputs() == course.outputs()
    assert len(on_shared(report)) == 1


@pytest.mark.parametrize("status", [403, 405, 413, 500, 507])
def test_full_server_still_read(
    course: CourseFolder, other: CourseFolder, server: ResultServer, status: int
) -> None:
    filled(course).build()
    server.on_put = lambda handler: handler.answer(status)
    other.add("more/three.shout", "three\n")
    other.add("more/four.shout", "four\n")

    report = other.build()

    assert ends(report) == {Outcome.CACHED, Outcome.SKIPPED, Outcome.BUILT}
    assert len(on_shared(report)) == 1 and str(status) in on_shared(report)[0]


@pytest.fixture
def s3_server(server: ResultServer, monkeypatch: pytest.MonkeyPatch) -> ResultServer:
    """The same server, to which S3 is spoken."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url.removesuffix("/results"))
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("CLM_SHARED_CACHE", "s3://results/clm")
    return server


@pytest.mark.parametrize("answer", [lie, truncate, refuse])
def test_bad_s3_costs_time_only(
    course: CourseFolder,
    other: CourseFolder,
    s3_server: ResultServer,
    answer: Callable[[Handler], None],
) -> None:
    filled(course).build()
    s3_server.on_get = answer

    report = other.build()

    assert report.ok and ends(report) == {Outcome.BUILT}, messages(report)
    assert other.outputs() == course.outputs()
    assert len(on_shared(report)) == 1


def test_full_s3_still_read(
    course: CourseFolder, other: CourseFolder, s3_server: ResultServer
) -> None:
    filled(course).build()
    s3_server.on_put = lambda handler: handler.answer(507)
    other.add("more/three.shout", "three\n")

    report = other.build()

    assert ends(report) == {Outcome.CACHED, Outcome.SKIPPED, Outcome.BUILT}
    assert "answers 507: it is full" in on_shared(report)[0]


def test_absent_server_warned_of_once(
    course: CourseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_SHARED_CACHE", "http://127.0.0.1:9/")

    report = filled(course).build()

    assert report.ok and len(on_shared(report)) == 1, messages(report)


def test_damaged_result_written_again(
    course: CourseFolder, other: CourseFolder, server: ResultServer
) -> None:
    filled(course).build()
    intact = dict(server.contents)
    path = next(path for path in intact if "/cas/" in path)
    server.contents[path] = server.contents[path][::-1]

    report = other.build()

    assert other.outputs() == course.outputs()
    assert on_shared(report) == ["1 damaged result(s) of the shared cache were not used"]
    assert server.contents == intact


def test_record_with_other_outputs_refused(
    course: CourseFolder, other: CourseFolder, server: ResultServer
) -> None:
    filled(course).build()
    for path in [path for path in server.contents if "/ac/" in path]:
        record = json.loads(server.contents[path])
        content = next(iter(record["outputs"].values()))
        record["outputs"]["../../outside"] = content
        server.contents[path] = json.dumps(record).encode()

    assert ends(other.build()) == {Outcome.BUILT}
    assert other.outputs() == course.outputs()


def test_credentials_sent_not_shown(
    course: CourseFolder, server: ResultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_SHARED_CACHE_TOKEN", "secret")
    server.on_get = refuse

    report = filled(course).build()

    assert {h["Authorization"] for h in server.headers} == {"Bearer secret"}
    assert "secret" not in messages(report)


def test_pushed_results_are_pulled(
    course: CourseFolder,
    other: CourseFolder,
    server: ResultServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CLM_SHARED_CACHE")
    filled(course).build()
    monkeypatch.setenv("CLM_SHARED_CACHE", server.url)

    pushed = CliRunner().invoke(cli, ["cache", "push", str(course.spec)])
    pulled = CliRunner().invoke(cli, ["cache", "pull", str(other.spec)])
    server.requests.clear()

    assert "wrote 3 result(s)" in pushed.output
    assert "fetched 3 result(s); 0 were there, 0 not found" in pulled.output
    assert Outcome.BUILT not in ends(other.build())
    assert server.requests == []
