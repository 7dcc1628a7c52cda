"""Links that name sources, and what they lead to in each output."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest
from attrs import evolve
from deck_plans import DECK, MODULE, Payload, PlanOf

from clm import (
    DerivedSource,
    Format,
    JobRequest,
    JobType,
    Link,
    LinkTarget,
    OutputSpec,
    Place,
    PlanContext,
    SourceFile,
)
from clm.builder.plan import BuildPlan
from clm.builder.planning.topics.topic_plans import TopicPlans

Targets = dict[str, dict[str, LinkTarget]]
FORMATS = (
    Format("text", "Text"),
    Format("show", "Show", default=False, links_to=("text",)),
    Format("print", "Print", default=False),
)


class Linking:
    """A job type whose decks have the given links; `found` are their targets by source."""

    def __init__(self, **links: str) -> None:
        self.links = links
        self.found: dict[str, Targets] = {}

    @property
    def job_type(self) -> JobType:
        return evolve(DECK, plan=self.plan, resolve_links=self.resolve, formats=FORMATS)

    def plan(self, source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        title = f"{context.number:02} {source.topic_path.stem}"
        outputs: dict[str, tuple[PurePosixPath, ...]] = {}
        for v in context.variants:
            name = f"{v.language}/{v.kind}/{v.format}"
            suffix = {"text": ".txt"}.get(v.format, f".{v.format}")
            place = v.directory / f"{title} {v.language}{suffix}"
            outputs[name] = (*outputs.get(name, ()), place)
        link = self.links.get(source.topic_path.stem.partition(".")[0])
        place = Place(source.course_path, 1)
        yield JobRequest(
            source.course_path,
            "deck",
            Payload(context.number),
            source.course_path,
            outputs=tuple(OutputSpec(name, places) for name, places in outputs.items()),
            links=(Link(PurePosixPath(link), place),) if link else (),
        )

    def resolve(self, request: JobRequest, targets: Targets) -> JobRequest:
        name = request.source.removeprefix(f"{MODULE}/topic_100_")
        self.found[name] = targets
        return evolve(request, payload=Payload(100))

    def of(self, source: str) -> dict[str, LinkTarget]:
        return {name: next(iter(links.values())) for name, links in self.found[source].items()}

    def path(self, source: str, output: str) -> str | None:
        return self.of(source)[output].path


def planned(plan_of: PlanOf, link: str, *files: str, more: str = "", **options: object) -> Linking:
    linking = Linking(x=link)
    plan: BuildPlan = plan_of("a/x.deck", *files, types=[linking.job_type], more=more, **options)
    assert [str(failed) for failed in plan.failed] == []
    return linking


@pytest.mark.parametrize(
    "link",
    [
        "clm:b",
        "clm:b/y",
        "clm:b/y.deck",
        "../topic_100_b/y.deck",
        "../topic_100_b/../topic_100_b/y.deck",
    ],
)
def test_source_named_in_every_output(plan_of: PlanOf, link: str) -> None:
    linking = planned(plan_of, link, "b/y.deck")

    for output, target in linking.of("a/x.deck").items():
        language = output.partition("/")[0]
        assert target.path == f"02 y {language}.txt", output
        assert (target.lost, target.hint, target.output) == (None, "", output)


def test_neighbour_named_by_file(plan_of: PlanOf) -> None:
    assert (
        planned(plan_of, "y.deck", "a/y.deck").path("a/x.deck", "de/speaker/text") == "02 y de.txt"
    )


@pytest.mark.parametrize("link", ["deck_y.deck", "y.deck"])
def test_only_source_of_name_found(plan_of: PlanOf, link: str) -> None:
    linking = planned(plan_of, link, "b/deck_y.deck", "b/deck_z.deck")
    assert linking.path("a/x.deck", "en/completed/text") == "02 deck_y en.txt"


@pytest.mark.parametrize("link", ["y.deck", "y.txt", "k_y.deck", "../else/y.deck"])
def test_ambiguous_or_other_name_not_found(plan_of: PlanOf, link: str) -> None:
    linking = planned(plan_of, link, "b/deck_y.deck", "c/deck_y.deck")
    assert linking.path("a/x.deck", "en/completed/text") is None


def test_first_source_of_topic_found(plan_of: PlanOf) -> None:
    linking = planned(plan_of, "clm:b", "b/deck_y.deck", "b/deck_z.deck")
    assert linking.path("a/x.deck", "en/completed/text") == "02 deck_y en.txt"


@pytest.mark.parametrize("name", ["deck_z", "deck_z.deck", "z"])
def test_other_source_of_topic_named(plan_of: PlanOf, name: str) -> None:
    linking = planned(plan_of, f"clm:b/{name}", "b/deck_y.deck", "b/deck_z.deck")
    assert linking.path("a/x.deck", "en/completed/text") == "03 deck_z en.txt"


def test_other_section_is_relative_path(plan_of: PlanOf) -> None:
    (section,) = ["  - {name: {de: Zwei, en: Two}, topics: [b]}\n"]
    linking = planned(plan_of, "clm:b", "b/y.deck", sections=section, topics=["a"])
    assert linking.path("a/x.deck", "de/completed/text") == "../Zwei/01 y de.txt"
    assert linking.path("a/x.deck", "en/completed/text") == "../Two/01 y en.txt"


def test_existing_output_left_alone(plan_of: PlanOf) -> None:
    linking = planned(plan_of, "02 y de.txt", "b/y.deck")
    assert linking.path("a/x.deck", "de/completed/text") == "02 y de.txt"


def test_link_lost_in_other_language(plan_of: PlanOf) -> None:
    target = planned(plan_of, "02 y de.txt", "b/y.deck").of("a/x.deck")["en/completed/text"]
    assert target.path is None
    assert str(target.lost).endswith("01 x en.txt")
    assert target.hint == "write clm:b, which leads to the source in all outputs"


@pytest.mark.parametrize(
    ("link", "hint"),
    [
        ("clm:bb", "did you mean 'clm:b'?"),
        ("clm:nothing", "available: clm:a, clm:b, clm:b/z"),
        ("clm:b/x", "did you mean 'clm:b/z'?"),
        ("../b/yy.deck", "did you mean 'y.deck'?"),
        ("../b/z.deck", "write clm:b/z, which leads to the source in all outputs"),
    ],
)
def test_unknown_source_suggests_nearest(plan_of: PlanOf, link: str, hint: str) -> None:
    linking = planned(plan_of, link, "b/y.deck", "b/z.deck")
    assert {(t.path, t.hint) for t in linking.of("a/x.deck").values()} == {(None, hint)}


TARGETS = """
output-targets:
  - {name: one, path: one, kinds: [completed], formats: [text, show, print]}
  - {name: two, path: two, kinds: [completed, speaker], formats: [text]}
"""
TEXT_ONLY = "  - {name: {de: Z, en: Z}, topics: [{id: b, formats: [text]}]}\n"


def test_format_falls_back_as_declared(plan_of: PlanOf) -> None:
    linking = planned(plan_of, "clm:b", "b/y.deck", sections=TEXT_ONLY, topics=["a"], more=TARGETS)
    found = linking.of("a/x.deck")
    assert found["en/completed/show"].path == "../../../Text/Completed/Z/01 y en.txt"
    assert (found["en/completed/print"].path, found["en/completed/text"].path) == (
        None,
        "../Z/01 y en.txt",
    )
    assert "not built" in found["en/completed/print"].hint


@pytest.mark.parametrize(
    "filtered",
    [{"formats": ("show",)}, {"kinds": ("completed",)}, {"targets": ("one",)}, {"only": ("a",)}],
)
def test_filter_changes_no_target(plan_of: PlanOf, filtered: dict[str, tuple[str, ...]]) -> None:
    files = {"sections": TEXT_ONLY, "topics": ["a"], "more": TARGETS}
    whole = planned(plan_of, "clm:b", "b/y.deck", **files).of("a/x.deck")
    part = planned(plan_of, "clm:b", "b/y.deck", **files, **filtered).of("a/x.deck")
    assert part
    assert {n: t.path for n, t in part.items()} == {n: whole[n].path for n in part}


def test_each_target_leads_into_itself(plan_of: PlanOf) -> None:
    target = planned(plan_of, "clm:b", "b/y.deck", more=TARGETS).of("a/x.deck")
    assert target["de/completed/text"].path == "02 y de.txt"
    assert target["de/speaker/text"].path == "02 y de.txt"


def test_unplanned_source_gives_no_hint(plan_of: PlanOf) -> None:
    linking = Linking(x="clm:b")

    def failing(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        if source.topic_path.stem == "y":
            raise OSError(5, "damaged")
        return linking.plan(source, context)

    plan_of("a/x.deck", "b/y.deck", types=[evolve(linking.job_type, plan=failing)])

    assert {(t.path, t.hint) for t in linking.of("a/x.deck").values()} == {(None, "")}


def test_payload_has_what_resolver_returns(plan_of: PlanOf) -> None:
    linking = Linking(x="clm:b")
    jobs = plan_of("a/x.deck", "b/y.deck", types=[linking.job_type]).jobs
    assert [job.payload.number for job in jobs] == [100, 2]


def test_resolver_must_keep_outputs(plan_of: PlanOf) -> None:
    def resolve(request: JobRequest, targets: Targets) -> JobRequest:
        return evolve(request, outputs=())

    job_type = evolve(Linking(x="clm:b").job_type, resolve_links=resolve)
    plan = plan_of("a/x.deck", "b/y.deck", types=[job_type])

    (failed,) = plan.failed
    assert "changed the id or the outputs" in failed.diagnostics[0].message
    assert [job.source for job in plan.jobs] == [f"{MODULE}/topic_100_b/y.deck"]


def plan_loud(derived: DerivedSource, context: PlanContext) -> Iterable[JobRequest]:
    places = derived.places(".loud")
    source = derived.source.course_path
    output = OutputSpec("loud", places)
    request = JobRequest(f"loud:{derived.label}", "loud", Payload(0), source)
    yield evolve(request, inputs=(derived.input,), outputs=(output,))


LOUD = JobType(
    name="loud",
    patterns=(),
    payload=Payload,
    derives="text",
    plan_derived=plan_loud,
    worker="x:y",
    fingerprint=lambda: "1",
    formats=(Format("loud", "Loud", default=False),),
)


def test_derived_format_leads_to_itself(plan_of: PlanOf) -> None:
    linking = Linking(x="clm:b")
    more = "output-targets:\n  - {path: one, kinds: [completed], formats: [loud]}\n"
    plan_of("a/x.deck", "b/y.deck", types=[linking.job_type, LOUD], more=more)
    assert linking.path("a/x.deck", "en/completed/text") == "02 y en.loud"


def test_cached_topic_resolved_again(plan_of: PlanOf, tmp_path: Path) -> None:
    linking, plans = Linking(x="clm:b"), TopicPlans()
    plan_of("a/x.deck", "b/y.deck", types=[linking.job_type], topic_plans=plans)
    first = linking.path("a/x.deck", "en/completed/text")
    path = tmp_path / MODULE / "topic_100_b/y.deck"
    path.rename(path.with_name("z.deck"))
    plan_of(topics=["a", "b"], types=[linking.job_type], topic_plans=plans)

    second = linking.path("a/x.deck", "en/completed/text")
    assert (first, second) == ("02 y en.txt", "02 z en.txt")
    assert plans.fresh == {f"{MODULE}/topic_100_b/z.deck"}


def list_of(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    places = [v.directory / f"{source.topic_path.stem}.page" for v in context.variants]
    yield JobRequest(
        source.course_path,
        "list",
        Payload(0),
        source.course_path,
        outputs=(OutputSpec("page", tuple(places)),),
    )


LIST = evolve(
    DECK,
    name="list",
    patterns=("*.list",),
    plan=list_of,
    formats=(Format("list", "Lists", kinds=("completed",)),),
    numbered=False,
)


@pytest.mark.parametrize("link", ["books.list", "clm:a/books.list", "../topic_100_a/books.list"])
def test_other_source_leads_to_own_format(plan_of: PlanOf, link: str) -> None:
    linking = Linking(x=link)
    plan_of("a/x.deck", "a/books.list", types=[linking.job_type, LIST])

    found = linking.of("a/x.deck")
    page = "../../../Lists/Completed/W/books.page"
    assert found["de/completed/text"].path == page
    assert found["de/speaker/text"].path is None
    assert "not built for these readers" in found["de/speaker/text"].hint


@pytest.mark.parametrize("link", ["clm:b", "y.deck"])
def test_other_source_hides_no_deck(plan_of: PlanOf, link: str) -> None:
    linking = Linking(x=link)
    plan_of("a/x.deck", "b/a.list", "b/deck_y.deck", "c/y.list", types=[LIST, linking.job_type])
    assert linking.path("a/x.deck", "de/completed/text") == "02 deck_y de.txt"


def test_name_of_page_suggests_its_source(plan_of: PlanOf) -> None:
    linking = Linking(x="books.page")
    plan_of("a/x.deck", "a/books.list", types=[linking.job_type, LIST])
    hint = linking.of("a/x.deck")["de/completed/text"].hint
    assert hint == "write clm:a/books.list, which leads to the source in all outputs"
