"""Requests of jobs that need outputs of topics, as plain data."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from attrs import evolve, frozen

from clm import FileInput, JobInput, JobRequest, JobType, OutputSpec
from clm.builder.plan import BuildPlan
from clm.builder.planning.replanning.kept_consumers import KeptConsumer, dumped_consumers
from clm.jobs.planning import Variant
from clm.jobs.request import OutputFolder


@frozen
class Listing:
    names: tuple[str, ...]


TYPES = {"list": JobType("list", (), Listing, worker="w:W", fingerprint=lambda: "1")}
DECK = JobRequest("deck:a", "list", Listing(("a",)), "a")
SITE = JobRequest(
    "list:all",
    "list",
    Listing(("a", "b")),
    "course.yaml",
    (JobInput("a", "deck:a", "page"), FileInput("logo", PurePosixPath("/logo"), "1")),  # type: ignore[arg-type]
    (OutputSpec("all", (PurePosixPath("De/all.html"),), title="All"),),
    priority=2,
    time_limit=3.0,
    environment=("one",),
)
FOLDER = Variant("de", "speaker", "html", PurePosixPath("De/Html/W"), public=False)


def dumped(*jobs: JobRequest) -> list[str] | None:
    plan = BuildPlan(jobs, (), variants=(("w", (FOLDER,)),))
    return dumped_consumers(plan, {DECK.id}, TYPES)


def test_same_request_loaded() -> None:
    (kept,) = dumped(DECK, SITE) or ()
    assert KeptConsumer.loaded(kept).with_payload(TYPES) == SITE


def test_job_without_producers_left_out() -> None:
    assert dumped(DECK, evolve(SITE, inputs=())) == []


UNUSUAL = {
    "file of topic": {"topic_path": PurePosixPath("a")},
    "set of files": {"folders": (OutputFolder(PurePosixPath("De")),)},
    "no place": {"destinations": ()},
    "below section": {"destinations": (PurePosixPath("De/Html/W/all.html"),)},
    "beside section": {"destinations": (PurePosixPath("De/Html/all.html"),)},
}


@pytest.mark.parametrize("output", UNUSUAL)
def test_unusual_output_keeps_nothing(output: str) -> None:
    other = evolve(SITE.outputs[0], **UNUSUAL[output])
    assert dumped(DECK, SITE, evolve(SITE, id="list:b", outputs=(other,))) is None
