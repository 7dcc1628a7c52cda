"""Plan of what a change makes anew: equal to the part of the next plan, or empty."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

import pytest
from attrs import evolve
from deck_plans import DECK, DRAWING, MODULE, Payload, PlanOf

from clm import (
    ConversionError,
    JobRequest,
    Link,
    Place,
    PlanContext,
    SharedFile,
    SourceFile,
)
from clm.builder.planning.replanning.early_plan import early_plan
from clm.builder.planning.topics.topic_plans import TopicPlans
from clm.jobs.request import LinkTargets

FILES = ("a/one.deck", "a/data.csv", "b/two.deck", "b/x.draw", "c/three.deck")
Early = Callable[..., tuple[JobRequest, ...]]


@pytest.fixture
def early(plan_of: PlanOf, tmp_path: Path) -> Early:
    """The early plan after a change of files by topic and name; None removes a file."""

    def make(
        changed: dict[str, str | None], files: Iterable[str] = FILES, **more: object
    ) -> tuple[JobRequest, ...]:
        topics = TopicPlans()
        last = plan_of(*files, topic_plans=topics, **more)
        paths = set()
        for name, text in changed.items():
            path = tmp_path.resolve() / place(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            paths.add(path)
            path.unlink(missing_ok=True)
            if text is not None:
                path.write_text(text)
        return early_plan(topics, last, paths).jobs

    return make


def place(name: str) -> str:
    topic, _, file = name.partition("/")
    return f"{MODULE}/topic_100_{topic}/{file}" if len(topic) == 1 else name


def names(jobs: Iterable[JobRequest]) -> list[str]:
    return [job.id.rpartition("/")[2] for job in jobs]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("a/one.deck", ["one.deck"]),
        ("a/data.csv", ["one.deck"]),
        ("b/x.draw", ["x.draw", "two.deck"]),
    ],
)
def test_changed_jobs_planned(early: Early, changed: str, expected: list[str]) -> None:
    assert names(early({changed: "other"})) == expected


def test_equal_to_next_plan(early: Early, plan_of: PlanOf) -> None:
    jobs = early({"a/data.csv": "other"})
    whole = plan_of(topics=("a", "b", "c"))
    assert jobs and set(jobs) <= set(whole.jobs)


def test_needed_jobs_included(early: Early) -> None:
    files = (*FILES, "b/data.csv")
    assert names(early({"b/data.csv": "other"}, files)) == ["x.draw", "two.deck"]


def test_gone_temporary_file_ignored(early: Early) -> None:
    assert names(early({"a/data.csv": "other", "a/4913": None})) == ["one.deck"]


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"a/new.csv": ""},
        {"a/data.csv": None},
        {"a/data.csv": "x", "a/new.csv": ""},
        {"a/data.csv": "x", "course.yaml": "name: {de: A, en: A}"},
        {"a/data.csv": "x", "templates/t.j2": ""},
        {"a/data.csv": "x", "templates/gone.j2": None},
    ],
)
def test_wider_change_plans_nothing(early: Early, changed: dict[str, str | None]) -> None:
    assert early(changed) == ()


def titled(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    for request in DECK.plan(source, context):
        text = source.read_text().rpartition("/")[2]
        (output,) = request.outputs
        places = tuple(path.with_name(text) for path in output.destinations)
        yield evolve(request, outputs=(evolve(output, destinations=places),))


@pytest.mark.parametrize("renamed", [True, False])
def test_other_destinations_plan_nothing(early: Early, renamed: bool) -> None:
    types = (evolve(DECK, plan=titled), DRAWING)
    changed = {"a/one.deck": "new title" if renamed else "a/one.deck", "a/data.csv": "other"}
    assert names(early(changed, types=types)) == ([] if renamed else ["one.deck"])


def test_other_shared_files_plan_nothing(early: Early) -> None:
    def plan(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        file = SharedFile(context.variants[0].root / "x", source.read_text().encode())
        return [evolve(request, shared=(file,)) for request in DECK.plan(source, context)]

    types = (evolve(DECK, plan=plan), DRAWING)
    assert names(early({"a/data.csv": "x"}, types=types)) == ["one.deck"]
    assert early({"a/data.csv": "x", "a/one.deck": "other"}, types=types) == ()


def test_failing_source_plans_nothing(early: Early) -> None:
    def plan(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        if source.read_text() == "bad":
            raise ConversionError("bad")
        return DECK.plan(source, context)

    types = (evolve(DECK, plan=plan), DRAWING)
    assert early({"a/data.csv": "x", "a/one.deck": "bad"}, types=types) == ()


def linking(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    text = source.read_text()
    found = text.partition("link ")[2]
    links = (Link(PurePosixPath(found), Place(source.course_path)),) if found else ()
    for request in DECK.plan(source, context):
        yield evolve(request, links=links, payload=Payload(len(text)))


@pytest.mark.parametrize(
    ("file", "expected"), [("c/three.deck", []), ("c/link two.deck", ["one.deck"])]
)
def test_first_link_plans_nothing(early: Early, file: str, expected: list[str]) -> None:
    # Without a link in the course, nobody has looked for what links may lead to.
    types = (evolve(DECK, plan=linking, resolve_links=lambda job, targets: job), DRAWING)
    changed = {"a/one.deck": "link ../topic_100_b/two.deck"}
    assert names(early(changed, (*FILES, file), types=types)) == expected


def numbered(job: JobRequest, targets: LinkTargets) -> JobRequest:
    found = [t.request for of in targets.values() for t in of.values() if t.request]
    return evolve(job, payload=Payload(sum(item.payload.number for item in found)))


LINKING = (evolve(DECK, plan=linking, resolve_links=numbered), DRAWING)


@pytest.mark.parametrize(
    ("changed", "planned"),
    [
        ({"a/one.deck": "a longer text"}, ["one.deck"]),
        ({"b/two.deck": "a longer text"}, ["x.draw", "two.deck", "c/link two.deck"]),
        ({"a/data.csv": "other"}, ["one.deck"]),
    ],
)
def test_whole_plan_of_save(
    plan_of: PlanOf, tmp_path: Path, changed: dict[str, str], planned: list[str]
) -> None:
    topics = TopicPlans()
    files = (*FILES[:-1], "c/link two.deck")
    last = plan_of(*files, topic_plans=topics, types=LINKING)
    paths = {tmp_path.resolve() / place(name): text for name, text in changed.items()}
    for path, text in paths.items():
        path.write_text(text)
    found = early_plan(topics, last, paths.keys())
    expected = plan_of(topics=("a", "b", "c"), types=LINKING)
    assert found.plan == expected != last
    assert names(found.jobs) == [name.rpartition("/")[2] for name in planned]


def test_next_save_goes_on(plan_of: PlanOf, tmp_path: Path) -> None:
    topics = TopicPlans()
    plan = plan_of(*FILES, topic_plans=topics)
    for name in ("a/data.csv", "a/one.deck", "b/x.draw"):
        path = tmp_path.resolve() / place(name)
        path.write_text("other")
        found = early_plan(topics, plan, {path})
        assert found.plan == plan_of(topics=("a", "b", "c"))
        plan = found.plan


def test_disputed_path_needs_plan(plan_of: PlanOf, tmp_path: Path) -> None:
    topics = TopicPlans()
    plan_of(*FILES, "b/data.csv")
    path = tmp_path.resolve() / place("a/data.csv")
    path.write_text("b/data.csv")  # equal files of two topics are one output
    last = plan_of(topics=("a", "b", "c"), topic_plans=topics)
    assert last.complete
    path.write_text("other")
    found = early_plan(topics, last, {path})
    assert found.plan is None and found.jobs
