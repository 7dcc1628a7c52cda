"""From a course to the plan of its build, with job types of any kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from attrs import evolve, frozen

from clm import (
    Format,
    JobInput,
    JobRequest,
    JobType,
    Link,
    OutputSpec,
    Place,
    PlanContext,
    Severity,
    SourceFile,
)
from clm.build.digests import FileDigests
from clm.build.plan import BuildPlan

SLIDES = "slides/module_100_m"


@frozen
class Payload:
    number: int


def plan(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    places = tuple(
        v.directory / f"{context.number:02} {source.topic_path}" for v in context.variants
    )
    return [request(source, context, OutputSpec("out", places))]


def plan_generated(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    return [request(source, context, OutputSpec("out", (), source.topic_path.with_suffix(".png")))]


def request(source: SourceFile, context: PlanContext, output: OutputSpec) -> JobRequest:
    return JobRequest(
        f"{source.course_path}",
        "deck" if output.topic_path is None else "drawing",
        Payload(context.number),
        source.course_path,
        inputs=context.topic_files,
        outputs=(output,),
    )


DECK = JobType(
    name="deck",
    patterns=("*.deck",),
    payload=Payload,
    plan=plan,
    worker="x:y",
    fingerprint=lambda: "1",
    formats=(Format("text", "Text"),),
    numbered=True,
    private_folders=("notes",),
)
DRAWING = evolve(
    DECK,
    name="drawing",
    patterns=("*.draw",),
    plan=plan_generated,
    stage=0,
    numbered=False,
    formats=(),
)
PlanOf = Callable[..., BuildPlan]


@pytest.fixture
def plan_of(plan_course: PlanOf) -> PlanOf:
    """Plans a course with these files (topic/name) and, by default, this module's job types."""

    def make(*files: str, types: Iterable[JobType] = (DECK, DRAWING), **course: Any) -> BuildPlan:
        return plan_course(*files, types=types, **course)

    return make


def by_source(plan: BuildPlan) -> dict[str, JobRequest]:
    return {job.source.removeprefix(f"{SLIDES}/topic_100_"): job for job in plan.jobs}


def copied(plan: BuildPlan) -> set[str]:
    return {copy.file.name for copy in plan.copies}


def test_claimed_files_become_jobs_and_the_others_are_copied(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "a/img/p.svg", "a/data.csv")

    assert set(by_source(plan)) == {"a/x.deck"}
    assert copied(plan) == {"img/p.svg", "data.csv"}
    assert plan.complete


def test_what_is_generated_is_seen_by_later_stages_in_place_of_a_file(plan_of: PlanOf) -> None:
    plan = plan_of("a/pic.draw", "a/pic.png", "a/x.deck")

    assert [job.job_type for job in plan.jobs] == ["drawing", "deck"]
    deck = by_source(plan)["a/x.deck"]
    assert JobInput("pic.png", plan.jobs[0].id, "out") in deck.inputs
    assert [item.name for item in deck.inputs].count("pic.png") == 1
    assert copied(plan) == set()


def test_a_generated_file_goes_where_a_file_of_the_topic_would(plan_of: PlanOf) -> None:
    generated = plan_of("a/pic.draw", "a/x.deck").jobs[0].outputs[0].destinations
    (copy,) = plan_of("b/pic.png", "b/y.deck").copies

    assert set(generated) == set(copy.destinations)
    assert len(generated) == 6


def test_jobs_come_by_stage_over_all_topics(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "b/p.draw", "b/y.deck")

    assert [job.job_type for job in plan.jobs] == ["drawing", "deck", "deck"]


def test_numbers_go_on_through_a_section_and_count_numbered_types_only(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "a/y.deck", "b/p.draw", "b/z.deck")

    numbers = {source: job.payload.number for source, job in by_source(plan).items()}
    assert numbers == {"a/x.deck": 1, "a/y.deck": 2, "b/z.deck": 3, "b/p.draw": 0}


def test_private_folders_are_not_copied_but_seen(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "a/notes/secret.txt", "a/sub/notes/secret.txt", "a/notes.txt")

    assert copied(plan) == {"notes.txt"}
    assert "notes/secret.txt" in {item.name for item in by_source(plan)["a/x.deck"].inputs}


def test_a_file_that_two_types_claim_fails_and_the_others_are_planned(plan_of: PlanOf) -> None:
    rival = evolve(DECK, name="rival", patterns=("x.*",))

    plan = plan_of("a/x.deck", "a/y.deck", types=(DECK, rival))

    assert set(by_source(plan)) == {"a/y.deck"}
    (failed,) = plan.failed
    assert "claimed by two job types: deck and rival" in str(failed.diagnostics[0])
    assert by_source(plan)["a/y.deck"].payload.number == 2, "numbers do not depend on faults"
    assert not plan.complete
    assert "x.deck" not in copied(plan)


def failing(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    yield from plan(source, context)
    raise LookupError("in the middle")


@pytest.mark.parametrize(
    ("planner", "said"),
    [
        (failing, "job type 'deck' cannot plan it: LookupError: in the middle"),
        (lambda source, context: None, "cannot plan it: TypeError"),
        (lambda source, context: ["job"], "'job' is not a JobRequest"),
        (
            lambda source, context: [evolve(r, job_type="nobody") for r in plan(source, context)],
            "no loaded plugin offers the job type 'nobody'",
        ),
    ],
)
def test_a_plan_that_fails_fails_its_source_only(plan_of: PlanOf, planner: Any, said: str) -> None:
    plan = plan_of(
        "a/x.deck", "a/p.draw", "a/data.csv", types=(evolve(DECK, plan=planner), DRAWING)
    )

    (failed,) = plan.failed
    assert failed.source.endswith("a/x.deck")
    assert said in str(failed.diagnostics[0])
    assert set(by_source(plan)) == {"a/p.draw"}
    assert copied(plan) == {"data.csv"}
    assert not plan.complete


def test_two_jobs_of_one_id_are_one_too_many(plan_of: PlanOf) -> None:
    def same(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        return [evolve(r, id="same") for r in plan(source, context)]

    result = plan_of("a/x.deck", "a/y.deck", types=(evolve(DECK, plan=same),))

    assert set(by_source(result)) == {"a/x.deck"}
    (failed,) = result.failed
    assert "its job has the id 'same', as one from" in str(failed.diagnostics[0])


def test_a_topic_without_any_source_is_a_warning_at_its_place_and_copied(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "b/x.py")

    (problem,) = plan.problems
    assert "no installed plugin converts a file of topic 'b'" in problem.message
    assert problem.severity is Severity.WARNING
    assert problem.place is not None
    assert problem.place.line == 3
    assert copied(plan) == {"x.py"}
    assert plan.complete


def test_files_of_kinds_that_no_plugin_converts_are_copied_and_named(plan_of: PlanOf) -> None:
    plan = plan_of(
        "a/x.deck", "a/art/y.unheard", "a/z.csv", "b/Y.Strange", "b/p.png", "a/more.deck"
    )

    (problem,) = plan.problems
    assert problem.severity is Severity.WARNING
    assert problem.message.startswith("2 file(s) are copied as they are")
    assert problem.excerpt == "a/art/y.unheard\nb/Y.Strange"
    assert copied(plan) == {"art/y.unheard", "z.csv", "Y.Strange", "p.png"}
    assert plan.complete


@pytest.mark.parametrize("name", ["a.csv", "a.PNG", "a.md", "a.cpp", "a.yaml", "a", "notes.deck"])
def test_ordinary_files_and_those_of_known_kinds_are_copied_without_a_word(
    plan_of: PlanOf, name: str
) -> None:
    only_x = evolve(DECK, patterns=("x*.deck",))
    plan = plan_of("a/x.deck", f"a/{name}", types=(only_x,))

    assert plan.problems == ()
    assert copied(plan) == {name}


def test_only_the_first_of_many_unconverted_files_are_named(plan_of: PlanOf) -> None:
    (problem,) = plan_of("a/x.deck", *(f"a/{n:02}.unheard" for n in range(30))).problems

    assert problem.excerpt is not None
    assert problem.excerpt.splitlines()[-2:] == ["a/19.unheard", "and 10 more"]


def test_a_course_without_decks_is_copied_where_decks_would_be_converted(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.unheard", "b/y.unheard")

    assert [problem.severity for problem in plan.problems] == [Severity.WARNING]
    assert copied(plan) == {"x.unheard", "y.unheard"}
    assert plan.complete


@pytest.mark.parametrize("types", [(), (DRAWING,)])
def test_nothing_is_copied_of_a_course_whose_decks_no_plugin_may_know(
    plan_of: PlanOf, types: tuple[JobType, ...]
) -> None:
    plan = plan_of("a/x.unheard", "b/y.unheard", types=types)

    assert "no installed plugin converts any file of the course" in plan.problems[-1].message
    assert copied(plan) == set()
    assert not plan.complete


def test_a_plugin_that_the_course_requires_is_named_with_its_package(plan_of: PlanOf) -> None:
    (problem,) = plan_of("a/x.deck", more="requires: [strange]").problems

    assert problem.severity is Severity.ERROR
    assert "the course needs the plugin 'strange', which is not installed" in problem.message
    assert problem.hint == "pip install clm-plugin-strange"


def test_plans_do_not_depend_on_anything_but_the_course(plan_of: PlanOf) -> None:
    files = ("a/x.deck", "a/p.draw", "a/z.csv", "b/y.deck")

    assert plan_of(*files) == plan_of(*files, types=(DRAWING, DECK))


def test_destinations_are_relative(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "a/z.csv")

    places = [p for job in plan.jobs for o in job.outputs for p in o.destinations]
    places += [p for copy in plan.copies for p in copy.destinations]
    assert len(places) == 12
    assert not any(place.is_absolute() for place in places)
    assert PurePosixPath("public/De/Kurs/Folien/Text/Completed/W/01 x.deck") in places


def test_the_settings_of_a_plugin_may_change_what_its_job_type_claims(plan_of: PlanOf) -> None:
    wider = evolve(DECK, configure=lambda job_type, settings: evolve(job_type, patterns=("*.d",)))

    plan = plan_of("a/x.deck", "a/y.d", types=(wider,))

    assert set(by_source(plan)) == {"a/y.d"}
    assert copied(plan) == {"x.deck"}


def test_a_part_of_another_file_is_an_input_but_no_source_and_not_copied(
    plan_of: PlanOf, tmp_path: Path
) -> None:
    folder = tmp_path / SLIDES
    folder.mkdir(parents=True)
    (folder / "topic_100_c.deck").write_text('# j2 include "solution.deck"')
    (folder / "solution.deck").write_text("")

    plan = plan_of("a/x.deck", topics=("a", "c"))

    deck = by_source(plan)["c.deck"]
    assert len(plan.jobs) == 2
    assert [item.name for item in deck.inputs] == ["solution.deck"]
    assert copied(plan) == set()


def test_a_file_that_mirrors_another_is_left_out_of_the_topic(plan_of: PlanOf) -> None:
    def is_mirror(path: PurePosixPath, topic: Collection[PurePosixPath]) -> bool:
        return path.with_suffix(".txt") in topic

    wary = evolve(DECK, is_mirror=is_mirror)

    plan = plan_of("a/x.deck", "a/x.txt", "a/y.deck", types=(wary,))

    (job,) = plan.jobs
    assert job.payload.number == 1
    assert [item.name for item in job.inputs] == ["x.txt"]
    assert copied(plan) == {"x.txt"}


def test_files_that_are_copied_are_counted_by_suffix(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "a/a.csv", "a/img/B.CSV", "a/Makefile", "a/p.draw", "a/p.png")

    assert plan.copied_suffixes == {".csv": 2, "": 1}


def test_the_plan_knows_what_a_generated_file_supersedes(plan_of: PlanOf) -> None:
    plan = plan_of("a/pic.draw", "a/pic.png", "a/new.draw", "a/x.deck")

    found = {str(item.path): item for item in plan.generated}
    assert found["pic.png"].superseded_path == f"{SLIDES}/topic_100_a/pic.png"
    assert found["new.png"].superseded is None
    assert {item.folder.name for item in plan.generated} == {"topic_100_a"}
    assert set(plan.generated_by_job) == {item.job for item in plan.generated}


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that have `locked` in their names cannot be read, whoever runs the tests."""
    digest = FileDigests.digest

    def refuse(self: FileDigests, path: Path) -> str:
        if "locked" in path.name:
            raise PermissionError(13, "Permission denied", str(path))
        return digest(self, path)

    monkeypatch.setattr(FileDigests, "digest", refuse)


@pytest.mark.usefixtures("locked")
def test_a_source_that_cannot_be_read_fails_alone(plan_of: PlanOf) -> None:
    plan = plan_of("a/locked.deck", "a/x.deck", "a/data.csv", "b/y.deck")

    (failed,) = plan.failed
    assert failed.source == f"{SLIDES}/topic_100_a/locked.deck"
    (said,) = failed.diagnostics
    assert str(said) == f"{failed.source}: the file cannot be read: Permission denied"
    assert set(by_source(plan)) == {"a/x.deck", "b/y.deck"}
    assert copied(plan) == {"data.csv"}
    assert not plan.complete


@pytest.mark.usefixtures("locked")
def test_any_other_file_that_cannot_be_read_is_an_error_and_the_rest_is_built(
    plan_of: PlanOf, tmp_path: Path
) -> None:
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "locked.txt").write_text("x")
    (tmp_path / "extra" / "free.txt").write_text("x")
    more = "dir-groups: [{name: E, path: extra}]\n"
    plan = plan_of("a/x.deck", "a/locked.csv", "a/locked.draw", "a/locked.png", more=more)

    said = [str(problem) for problem in plan.problems if problem.severity is Severity.ERROR]
    assert [place.partition(": ")[0].rpartition("/")[2] for place in said] == [
        *("locked.csv", "locked.png", "locked.txt"),
    ]
    assert [failed.source.rpartition("/")[2] for failed in plan.failed] == ["locked.draw"]
    assert set(by_source(plan)) == {"a/x.deck"}
    assert copied(plan) == {"free.txt"}
    assert not plan.complete


@pytest.mark.usefixtures("locked")
def test_a_file_that_cannot_be_read_is_still_superseded(plan_of: PlanOf) -> None:
    draw = evolve(DRAWING, plan=lambda s, c: [request(s, c, locked_output(s))])
    plan = plan_of("a/pic.draw", "a/locked.png", types=(DECK, draw))

    assert [item.superseded for item in plan.generated] == [None]
    assert len(plan.problems) == 1


def locked_output(source: SourceFile) -> OutputSpec:
    return OutputSpec("out", (), source.topic_path.with_name("locked.png"))


def test_links_between_outputs_are_checked_when_all_is_planned(plan_of: PlanOf) -> None:
    def linking(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        place = Place(source.course_path, line=3)
        links = [Link(PurePosixPath(p), place) for p in ("02 b.deck", "02 c.deck")]
        return [evolve(job, links=tuple(links)) for job in plan(source, context)]

    deck = evolve(DECK, plan=linking)
    (first, second) = plan_of("a/a.deck", "a/b.deck", types=(deck,)).problems
    assert first.severity is Severity.WARNING
    assert first.message == "the link 02 c.deck leads to no output of the course"
    assert str(first.place) == f"{SLIDES}/topic_100_a/a.deck:3"
    assert second.place != first.place


@pytest.mark.usefixtures("locked")
def test_links_may_lead_to_what_could_not_be_planned(plan_of: PlanOf) -> None:
    def linking(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        link = Link(PurePosixPath("02 locked.deck"), Place(source.course_path))
        return [evolve(job, links=(link,)) for job in plan(source, context)]

    made = plan_of("a/a.deck", "a/locked.deck", types=(evolve(DECK, plan=linking),))
    assert made.problems == ()
