"""Persistent pools whose plugins are upgraded while they run."""

from __future__ import annotations

from pathlib import Path

import pytest
from course_folder import CourseFolder, messages, until
from one_file_plugin import install_plugin
from operating import Clm, data, has_ended, workers

from clm.testing.installing import load_only

pytestmark = pytest.mark.integration

PLUGIN = """
from attrs import frozen
from clm import FileInput, Format, JobRequest, JobType, OutputSpec, Result, Worker, hookimpl

@frozen
class Payload:
    name: str

def plan(source, context):
    places = tuple(v.directory / f"{source.topic_path.stem}.txt" for v in context.variants)
    yield JobRequest(
        id=f"stamp:{source.course_path}",
        job_type="stamp",
        payload=Payload(source.topic_path.name),
        source=source.course_path,
        inputs=(FileInput(source.topic_path.name, source.path, source.digest),),
        outputs=(OutputSpec("text", places),),
    )

class Stamper(Worker):
    def convert(self, payload, job):
        return Result({"text": b"by version NUMBER"})

@hookimpl
def clm_job_types():
    return [JobType(
        name="stamp", patterns=("*.stamp",), payload=Payload, plan=plan,
        formats=(Format("text", "Text"),),
        worker="stamp_module:Stamper", fingerprint=lambda: "stamp",
    )]
"""


@pytest.fixture
def site(shout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    load_only(monkeypatch, ["shout", "stamp"])
    install(shout, 1)
    return shout


def install(site: Path, number: int) -> None:
    """Installs a version of the plugin, as a checkout changes: its metadata stays."""
    source = PLUGIN.replace("NUMBER", str(number))
    if number == 1:
        install_plugin(site, "stamp", source)
    else:
        (site / "stamp_module.py").write_text(source, encoding="utf-8")


def start_pool(clm: Clm, course: CourseFolder) -> None:
    """Starts a pool with a worker for each of both plugins."""
    types = ("--type", "shout", "--type", "stamp")
    data(clm("workers", "start", "--detach", "--json", "--jobs", "2", *types))
    until(lambda: len(workers(course, "idle")) == 2, "both workers")


def test_old_worker_leaves_new_jobs(course: CourseFolder, clm: Clm, site: Path) -> None:
    course.add("a/one.shout", "one\n")
    course.add("a/two.stamp", "two\n")
    start_pool(clm, course)
    pool = {worker.job_type: worker.id for worker in workers(course)}

    install(site, 2)
    report = course.build()

    assert report.ok, messages(report)
    assert course.texts("two.txt") == {"by version 2"}
    by_type = {job.job_type: job.worker for job in report.jobs}
    assert by_type["shout"] == pool["shout"]
    assert by_type["stamp"] != pool["stamp"]


def test_pool_drops_upgraded_plugin(course: CourseFolder, clm: Clm, site: Path) -> None:
    course.add("a/one.stamp", "one\n")
    start_pool(clm, course)
    (old,) = (worker for worker in workers(course) if worker.job_type == "stamp")

    install(site, 2)
    assert clm("workers", "restart", old.id, "--yes").returncode == 0
    until(
        lambda: data(clm("status", "--json"))["pools"][0]["job_types"] == ["shout"],
        "the last failed start",
    )

    assert has_ended(old.pid)
    report = course.build()
    assert report.ok, messages(report)
    assert course.texts("one.txt") == {"by version 2"}
