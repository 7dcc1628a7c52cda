"""Options of the backend in commands of the core."""

from __future__ import annotations

import pytest
from clm_program import run_clm
from course_folder import CourseFolder

pytestmark = pytest.mark.integration


@pytest.fixture
def spec(far_course: CourseFolder, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("CLM_BROKER", raising=False)
    far_course.add("intro/one.shout", "x")
    return str(far_course.spec)


@pytest.mark.parametrize("command", ["build", "watch", "workers start", "jobs list"])
def test_help_shows_option(command: str, spec: str) -> None:
    assert "--broker URL" in run_clm(*command.split(), "--help").stdout


def test_deprecated_flag_selects_backend(spec: str) -> None:
    done = run_clm("build", spec, "--use-rabbitmq")
    assert done.returncode == 2
    assert "--use-rabbitmq is deprecated" in done.stderr
    assert "no broker is given" in done.stderr


def test_option_selects_backend(spec: str) -> None:
    done = run_clm("build", spec, "--broker", "http://nowhere")
    assert done.returncode == 2
    assert "the address of the broker is not one of AMQP" in done.stderr


def test_option_of_other_backend_refused(spec: str) -> None:
    done = run_clm("build", spec, "--backend", "inline", "--broker", "amqp://far")
    assert done.returncode == 2
    assert "options of several backends" in done.stderr


def test_unknown_option_refused(spec: str) -> None:
    done = run_clm("build", spec, "--brokr", "amqp://far")
    assert done.returncode == 2
    assert "--broker" in done.stderr


def test_workers_start_in_foreground_only(spec: str) -> None:
    done = run_clm("workers", "start", "--detach", "--broker", "amqp://far")
    assert done.returncode == 2
    assert "--detach is not possible" in done.stderr


def test_unknown_job_type_not_served(spec: str) -> None:
    done = run_clm("workers", "start", "--broker", "amqp://far", "--type", "nothing")
    assert "no loaded plugin offers the job type 'nothing'" in done.stderr
