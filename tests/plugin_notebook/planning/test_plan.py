from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import pytest
from attrs import evolve

from clm import ConversionError, Variant
from clm.jobs.envelope import dump_payload
from clm_plugin_notebook.plugin import clm_job_types

DECK = '# {{ header("Über C#: Teil 1", "On C#: Part 1") }}\n\n# %%\n1\n'


def test_one_job_per_deck(topic: Any) -> None:
    request = topic.plan(DECK)
    assert request.id == "notebook:slides/slides_deck.py"
    assert len(request.outputs) == 14
    assert {output.name for output in request.payload.outputs} == {
        output.name for output in request.outputs
    }


def test_name_has_number_and_title(topic: Any) -> None:
    places = {str(place) for output in topic.plan(DECK).outputs for place in output.destinations}
    assert "de/html/completed/03 Über CSharp Teil 1.html" in places
    assert "en/notebook/code-along/03 On CSharp Part 1.ipynb" in places
    assert "en/code/completed/03 On CSharp Part 1.py" in places


def test_headerless_deck_named_by_file(topic: Any) -> None:
    (name,) = {p.stem for o in topic.plan("# %%\n1\n").outputs for p in o.destinations}
    assert name == "03 slides_deck"


def test_inputs_include_topic_and_templates(topic: Any) -> None:
    topic.files = {"img/a.png": b"png", "helper.py": b"x = 1"}
    topic.templates = {"macros.j2": b""}
    assert {file.name for file in topic.plan(DECK).inputs} == {
        "topic/slides_deck.py",
        "topic/img/a.png",
        "topic/helper.py",
        "templates/macros.j2",
    }


def test_payload_independent_of_location(
    topics: Callable[[], Any],
) -> None:
    (job_type,) = clm_job_types()
    first, second = topics(), topics()
    text = dump_payload(job_type, first.plan(DECK).payload)
    assert text == dump_payload(job_type, second.plan(DECK).payload)
    assert str(first.folder) not in text


def test_payload_independent_of_number(topic: Any) -> None:
    before = topic.plan(DECK)
    topic.context = evolve(topic.context, number=4)
    after = topic.plan(DECK)
    assert before.payload == after.payload
    assert before.outputs != after.outputs


def test_only_slides_have_footer(topic: Any) -> None:
    variants = [
        Variant("de", "completed", format, PurePosixPath(format), True)
        for format in ("html", "notebook", "code", "slides", "pdf")
    ]
    payload = topic.only(*variants).plan("x = 1\n").payload
    footers = {output.format: output.footer for output in payload.outputs if output.footer}
    assert footers == dict.fromkeys(("slides", "pdf"), ("Kurs", "Woche 1"))


@pytest.mark.parametrize(("format", "same"), [("html", True), ("slides", False)])
def test_section_name_part_of_slides_only(topic: Any, format: str, same: bool) -> None:
    topic.only(Variant("en", "completed", format, PurePosixPath(format), True))
    before = topic.plan("x = 1\n").payload
    topic.context = evolve(topic.context, section_name={"de": "Woche 2", "en": "Week 2"})
    assert (topic.plan("x = 1\n").payload == before) == same


def test_footer_names_nothing_twice(topic: Any) -> None:
    slides = Variant("en", "completed", "slides", PurePosixPath("slides"), True)
    topic.only(slides, section_name={"en": "Course"})
    (output,) = topic.plan("x = 1\n").payload.outputs
    assert output.footer == ("Course",)


def test_shared_variant_made_once(topic: Any) -> None:
    targets = [
        Variant("en", "completed", "html", PurePosixPath(folder), public=True)
        for folder in ("all", "few")
    ]
    (output,) = topic.only(*targets).plan(DECK).outputs
    assert [str(place.parent) for place in output.destinations] == ["all", "few"]


def test_public_and_private_outputs_separate(topic: Any) -> None:
    targets = [
        Variant("en", "completed", "html", PurePosixPath(str(public)), public)
        for public in (True, False)
    ]
    assert len(topic.only(*targets).plan(DECK).outputs) == 2


def test_no_variants_no_job(topic: Any) -> None:
    assert topic.only().requests(DECK) == []


def test_non_utf8_deck_rejected(topic: Any) -> None:
    with pytest.raises(ConversionError, match="not UTF-8") as caught:
        topic.plan(b"# %%\n\xff\n")
    assert str(caught.value.place) == "slides/slides_deck.py:2"


@pytest.mark.parametrize(("value", "flag"), [(True, True), (False, False), ("false", False)])
def test_topic_may_disable_execution(topic: Any, value: object, flag: bool) -> None:
    topic.context = evolve(topic.context, options={"evaluate": value})
    assert topic.plan(DECK).payload.evaluate is flag


def test_non_boolean_option_rejected(topic: Any) -> None:
    topic.context = evolve(topic.context, options={"skip-errors": "maybe"})
    with pytest.raises(ConversionError, match="'skip-errors': 'maybe'"):
        topic.plan(DECK)


def test_unknown_kind_rejected(topic: Any) -> None:
    variant = Variant("en", "musical", "html", PurePosixPath(), public=True)
    with pytest.raises(ConversionError, match="'musical'") as caught:
        topic.only(variant).plan(DECK)
    assert caught.value.hint is not None
    assert "completed" in caught.value.hint


def test_payload_serializes_to_json(topic: Any) -> None:
    (job_type,) = clm_job_types()
    payload = json.loads(dump_payload(job_type, topic.plan(DECK).payload))["payload"]
    assert payload["organization"] == {"de": "Akademie", "en": "Academy"}
    assert payload["source"] == "slides_deck.py"
