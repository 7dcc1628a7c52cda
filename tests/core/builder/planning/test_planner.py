"""Planning of a course with different job types."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path, PurePosixPath

from attrs import evolve
from deck_plans import DECK, DRAWING, MODULE, PlanOf, by_source, copied

from clm import JobInput, JobRequest, Place, PlanContext, Severity, SourceFile


def test_unclaimed_files_are_copied(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "a/img/p.svg", "a/data.csv")

    assert set(by_source(plan)) == {"a/x.deck"}
    assert copied(plan) == {"img/p.svg", "data.csv"}
    assert plan.complete


def test_generated_file_replaces_topic_file(plan_of: PlanOf) -> None:
    plan = plan_of("a/pic.draw", "a/pic.png", "a/x.deck")

    assert [job.job_type for job in plan.jobs] == ["drawing", "deck"]
    deck = by_source(plan)["a/x.deck"]
    assert JobInput("pic.png", plan.jobs[0].id, "out") in deck.inputs
    assert [item.name for item in deck.inputs].count("pic.png") == 1
    assert copied(plan) == set()


def test_generated_file_has_copy_destinations(plan_of: PlanOf) -> None:
    generated = plan_of("a/pic.draw", "a/x.deck").jobs[0].outputs[0].destinations
    (copy,) = plan_of("b/pic.png", "b/y.deck").copies

    assert set(map(str, generated)) == set(copy.destinations)
    assert len(generated) == 6


def test_jobs_ordered_by_stage(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "b/p.draw", "b/y.deck")

    assert [job.job_type for job in plan.jobs] == ["drawing", "deck", "deck"]


def test_numbers_continue_through_section(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "a/y.deck", "b/p.draw", "b/z.deck")

    numbers = {source: job.payload.number for source, job in by_source(plan).items()}
    assert numbers == {"a/x.deck": 1, "a/y.deck": 2, "b/z.deck": 3, "b/p.draw": 0}


def test_private_folders_not_copied(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "a/notes/secret.txt", "a/sub/notes/secret.txt", "a/notes.txt")

    assert copied(plan) == {"notes.txt"}
    assert "notes/secret.txt" in {item.name for item in by_source(plan)["a/x.deck"].inputs}


def test_private_files_not_copied(plan_of: PlanOf) -> None:
    def plan(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        return [evolve(request, inputs=()) for request in DECK.plan(source, context)]

    deck = evolve(DECK, private_files=("voice_*", "*.tape"), plan=plan)
    plan = plan_of(
        "a/x.deck", "a/voice_x.txt", "a/sub/voice_y.txt", "a/z.tape", "a/z.txt", types=(deck,)
    )

    assert copied(plan) == {"z.txt"}
    (warning,) = plan.problems
    assert warning.severity is Severity.WARNING
    assert warning.excerpt == "a/sub/voice_y.txt\na/voice_x.txt\na/z.tape"


def test_private_names_in_any_case(plan_of: PlanOf) -> None:
    deck = evolve(DECK, private_files=("Voice_*",), private_folders=("Notes",))
    plan = plan_of("a/x.deck", "a/VOICE_x.txt", "a/NOTES/y.txt", "a/z.txt", types=(deck,))

    assert copied(plan) == {"z.txt"}


def test_used_private_file_not_reported(plan_of: PlanOf) -> None:
    deck = evolve(DECK, private_files=("voice_*",))
    plan = plan_of("a/x.deck", "a/voice_x.txt", types=(deck,))

    assert copied(plan) == set()
    assert plan.problems == ()


def test_plan_ignores_job_type_order(plan_of: PlanOf) -> None:
    files = ("a/x.deck", "a/p.draw", "a/z.csv", "b/y.deck")

    assert plan_of(*files) == plan_of(*files, types=(DRAWING, DECK))


def test_destinations_are_relative(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "a/z.csv")

    places = [p for job in plan.jobs for o in job.outputs for p in o.destinations]
    places += [PurePosixPath(p) for copy in plan.copies for p in copy.destinations]
    assert len(places) == 12
    assert not any(place.is_absolute() for place in places)
    assert PurePosixPath("public/De/Kurs/Folien/Text/Completed/W/01 x.deck") in places


def test_plugin_settings_change_claims(plan_of: PlanOf) -> None:
    wider = evolve(DECK, configure=lambda job_type, settings: evolve(job_type, patterns=("*.d",)))

    plan = plan_of("a/x.deck", "a/y.d", types=(wider,))

    assert set(by_source(plan)) == {"a/y.d"}
    assert copied(plan) == {"x.deck"}


def test_included_file_is_only_input(plan_of: PlanOf, tmp_path: Path) -> None:
    folder = tmp_path / MODULE
    folder.mkdir(parents=True)
    (folder / "topic_100_c.deck").write_text('# j2 include "solution.deck"')
    (folder / "solution.deck").write_text("")

    plan = plan_of("a/x.deck", topics=("a", "c"))

    deck = by_source(plan)["c.deck"]
    assert len(plan.jobs) == 2
    assert [item.name for item in deck.inputs] == ["solution.deck"]
    assert copied(plan) == set()


def test_mirror_file_left_out(plan_of: PlanOf) -> None:
    def is_mirror(path: PurePosixPath, topic: Collection[PurePosixPath]) -> bool:
        return path.with_suffix(".txt") in topic

    wary = evolve(DECK, is_mirror=is_mirror)

    plan = plan_of("a/x.deck", "a/x.txt", "a/y.deck", types=(wary,))

    (job,) = plan.jobs
    assert job.payload.number == 1
    assert [item.name for item in job.inputs] == ["x.txt"]
    assert copied(plan) == {"x.txt"}


def test_generated_file_knows_superseded_file(plan_of: PlanOf) -> None:
    plan = plan_of("a/pic.draw", "a/pic.png", "a/new.draw", "a/x.deck")

    found = {str(item.path): item for item in plan.generated}
    assert found["pic.png"].superseded_path == f"{MODULE}/topic_100_a/pic.png"
    assert found["new.png"].superseded is None
    assert {item.folder.name for item in plan.generated} == {"topic_100_a"}
    assert set(plan.generated_by_job) == {item.job for item in plan.generated}


def test_collision_paths_relative_to_course(plan_of: PlanOf) -> None:
    (problem,) = plan_of("a/z.csv", "b/z.csv", "a/x.deck", "b/y.deck").problems

    assert f"is already written from {MODULE}/topic_100_a/z.csv" in problem.message
    assert problem.place == Place(f"{MODULE}/topic_100_b/z.csv")
