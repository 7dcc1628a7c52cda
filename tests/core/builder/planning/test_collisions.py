"""Collisions of outputs."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from attrs import evolve

from clm import FileInput, JobInput, JobRequest, OutputSpec, SharedFile
from clm.builder.plan import Copy
from clm.builder.planning.destinations import Destinations
from clm.errors import Place

DATA_DIR = Path("/course").absolute()


def job(source: str, *destinations: str) -> JobRequest:
    output = OutputSpec("out", tuple(PurePosixPath(d) for d in destinations))
    return JobRequest(f"test:{source}", "test", source, source, outputs=(output,))


def picture(source: str, digest: str, *destinations: str) -> JobRequest:
    """A job that generates a picture of its topic from a file."""
    output = OutputSpec("p.png", tuple(map(PurePosixPath, destinations)), PurePosixPath("p.png"))
    file = FileInput("p.pu", Path(source), digest)
    return JobRequest(f"p:{source}", "p", "big", source, inputs=(file,), outputs=(output,))


def copy(source: str, digest: str, *destinations: str) -> Copy:
    return Copy(FileInput(source, Path(source), digest), destinations)


def granted(jobs: list[JobRequest]) -> list[list[str]]:
    return [[str(d) for o in j.outputs for d in o.destinations] for j in jobs]


def test_first_claim_keeps_path() -> None:
    destinations = Destinations(DATA_DIR)

    jobs = destinations.claim_jobs([job("a", "x", "y"), job("b", "y", "z")])

    assert granted(jobs) == [["x", "y"], ["z"]]
    (problem,) = destinations.problems
    assert problem.message == "its output y is already written from a"
    assert problem.place is not None
    assert problem.place.file == "b"


@pytest.mark.parametrize(
    ("one", "two"), [("a/Intro.html", "a/intro.html"), ("ü", "Ü"), ("ß", "SS")]
)
def test_case_variants_collide(one: str, two: str) -> None:
    destinations = Destinations(DATA_DIR)

    assert granted(destinations.claim_jobs([job("a", one), job("b", two)])) == [[one], []]
    assert len(destinations.problems) == 1


def test_unicode_variants_collide() -> None:
    destinations = Destinations(DATA_DIR)

    destinations.claim_jobs([job("a", "u\u0308bung"), job("b", "\u00fcbung")])

    assert len(destinations.problems) == 1


def test_collisions_grouped_by_source() -> None:
    destinations = Destinations(DATA_DIR)

    destinations.claim_jobs([job("a", "x", "y", "z"), job("b", "x", "y", "z")])

    (problem,) = destinations.problems
    assert problem.message == "its output x is already written from a (and 2 more)"


def test_equal_files_may_share_path() -> None:
    destinations = Destinations(DATA_DIR)

    copies = destinations.claim_copies([copy("a", "same", "x"), copy("b", "same", "x")])

    assert [len(c.destinations) for c in copies] == [1, 1]
    assert destinations.problems == []


def test_equal_jobs_share_path() -> None:
    destinations = Destinations(DATA_DIR)

    jobs = destinations.claim_jobs([picture("a", "1", "x"), picture("b", "1", "x", "y")])

    assert granted(jobs) == [["x"], ["x", "y"]]
    assert destinations.problems == [] and destinations.contested == []


@pytest.mark.parametrize(
    "change", [{"payload": "small"}, {"job_type": "q"}, {"inputs": (JobInput("p.pu", "x", "y"),)}]
)
def test_different_pictures_are_contested(change: dict[str, Any]) -> None:
    destinations = Destinations(DATA_DIR)

    jobs = destinations.claim_jobs(
        [picture("a", "1", "x", "y"), evolve(picture("b", "1", "x", "y"), **change)]
    )

    assert granted(jobs) == [["x", "y"], []]
    assert destinations.problems == []
    (contested,) = destinations.contested
    assert contested.fault.message == (
        "its output x (and 1 more) is already written from a, with other content"
    )
    assert contested.fault.place == Place("b")


def test_picture_and_copy_are_contested() -> None:
    destinations = Destinations(DATA_DIR)
    destinations.claim_jobs([picture("a", "1", "x")])

    (result,) = destinations.claim_copies([copy("b", "2", "x")])

    assert result.destinations == ()
    (contested,) = destinations.contested
    assert contested.other.file == result.file


def test_equal_pictures_differing_in_case_collide() -> None:
    destinations = Destinations(DATA_DIR)

    destinations.claim_jobs([picture("a", "1", "x"), picture("b", "1", "X")])

    assert len(destinations.problems) == 1


def test_job_wins_over_copy() -> None:
    destinations = Destinations(DATA_DIR)
    destinations.claim_jobs([job("a", "x")])

    (result,) = destinations.claim_copies([copy("b", "digest", "x")])

    assert result.destinations == ()
    assert len(destinations.problems) == 1


def test_file_and_folder_collide() -> None:
    destinations = Destinations(DATA_DIR)

    jobs = destinations.claim_jobs([job("a", "x"), job("b", "x/y"), job("c", "z/y"), job("d", "Z")])

    assert granted(jobs) == [["x"], [], ["z/y"], []]
    assert len(destinations.problems) == 2


def test_collision_paths_relative_to_course(tmp_path: Path) -> None:
    destinations = Destinations(tmp_path)
    inside, outside = tmp_path / "slides" / "a", tmp_path.parent / "b"

    destinations.claim_copies(
        [copy(str(inside), "1", "x"), copy(str(outside), "2", "x"), copy(str(inside), "3", "x")]
    )

    first, second = destinations.problems
    assert first.message == "its output x is already written from slides/a"
    assert [problem.place for problem in (first, second)] == [
        Place(str(outside)),
        Place("slides/a"),
    ]


def test_outputs_of_jobs_may_be_equal() -> None:
    destinations = Destinations(DATA_DIR, {"test"})

    jobs = destinations.claim_jobs([job("a", "x", "y"), job("b", "x", "z")])

    assert granted(jobs) == [["x", "y"], ["z"]]
    assert destinations.problems == []
    (contested,) = destinations.contested
    assert contested.jobs == {"test:a", "test:b"}


def test_output_of_deck_is_its_own() -> None:
    destinations = Destinations(DATA_DIR, {"test"})
    deck = evolve(job("b", "x"), job_type="deck")

    destinations.claim_jobs([job("a", "x"), deck])

    assert len(destinations.problems) == 1 and destinations.contested == []


def sharing_job(source: str, *files: SharedFile) -> JobRequest:
    return JobRequest(f"test:{source}", "test", source, source, shared=files)


def test_shared_file_claimed_once() -> None:
    file = SharedFile(PurePosixPath("x.css"), b"x")
    destinations = Destinations(DATA_DIR)

    shared = destinations.claim_shared([sharing_job("a", file), sharing_job("b", file)])

    assert (shared, destinations.problems) == ([file], [])


def test_shared_files_of_one_path_equal() -> None:
    path = PurePosixPath("x.css")
    jobs = [sharing_job("a", SharedFile(path, b"x")), sharing_job("b", SharedFile(path, b"y"))]
    destinations = Destinations(DATA_DIR)

    destinations.claim_shared(jobs)

    (problem,) = destinations.problems
    assert problem.message == "its output x.css is already written from a"


def test_shared_file_replaces_no_output() -> None:
    destinations = Destinations(DATA_DIR)
    destinations.claim_jobs([job("a", "x.css")])

    shared = destinations.claim_shared([sharing_job("b", SharedFile(PurePosixPath("x.css"), b""))])

    assert shared == []
    assert len(destinations.problems) == 1
