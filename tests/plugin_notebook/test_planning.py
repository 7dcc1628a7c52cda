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


def test_one_job_makes_all_outputs_of_a_deck(topic: Any) -> None:
    request = topic.plan(DECK)
    assert request.id == "notebook:slides/slides_deck.py"
    assert len(request.outputs) == 14
    assert {output.name for output in request.payload.outputs} == {
        output.name for output in request.outputs
    }


def test_outputs_are_named_by_number_and_title(topic: Any) -> None:
    places = {str(place) for output in topic.plan(DECK).outputs for place in output.destinations}
    assert "de/html/completed/03 Über CSharp Teil 1.html" in places
    assert "en/notebook/code-along/03 On CSharp Part 1.ipynb" in places
    assert "en/code/completed/03 On CSharp Part 1.py" in places


def test_a_deck_without_header_is_named_by_its_file(topic: Any) -> None:
    (name,) = {p.stem for o in topic.plan("# %%\n1\n").outputs for p in o.destinations}
    assert name == "03 slides_deck"


def test_the_job_sees_the_topic_and_the_courses_templates(topic: Any) -> None:
    topic.files = {"img/a.png": b"png", "helper.py": b"x = 1"}
    topic.templates = {"macros.j2": b""}
    assert {file.name for file in topic.plan(DECK).inputs} == {
        "topic/slides_deck.py",
        "topic/img/a.png",
        "topic/helper.py",
        "templates/macros.j2",
    }


def test_the_same_deck_in_another_place_gives_the_same_payload(
    topics: Callable[[], Any],
) -> None:
    (job_type,) = clm_job_types()
    first, second = topics(), topics()
    text = dump_payload(job_type, first.plan(DECK).payload)
    assert text == dump_payload(job_type, second.plan(DECK).payload)
    assert str(first.folder) not in text


def test_the_number_of_a_deck_does_not_change_its_payload(topic: Any) -> None:
    before = topic.plan(DECK)
    topic.context = evolve(topic.context, number=4)
    after = topic.plan(DECK)
    assert before.payload == after.payload
    assert before.outputs != after.outputs


def test_a_variant_of_two_targets_is_made_once_for_both(topic: Any) -> None:
    targets = [
        Variant("en", "completed", "html", PurePosixPath(folder), public=True)
        for folder in ("all", "few")
    ]
    (output,) = topic.only(*targets).plan(DECK).outputs
    assert [str(place.parent) for place in output.destinations] == ["all", "few"]


def test_a_public_and_a_private_target_have_outputs_of_their_own(topic: Any) -> None:
    targets = [
        Variant("en", "completed", "html", PurePosixPath(str(public)), public)
        for public in (True, False)
    ]
    assert len(topic.only(*targets).plan(DECK).outputs) == 2


def test_a_deck_for_nobody_needs_no_job(topic: Any) -> None:
    assert topic.only().requests(DECK) == []


def test_a_deck_that_is_not_utf8_is_refused_with_its_place(topic: Any) -> None:
    with pytest.raises(ConversionError, match="not UTF-8") as caught:
        topic.plan(b"# %%\n\xff\n")
    assert str(caught.value.place) == "slides/slides_deck.py:2"


@pytest.mark.parametrize(("value", "flag"), [(True, True), (False, False), ("false", False)])
def test_a_topic_may_do_without_execution(topic: Any, value: object, flag: bool) -> None:
    topic.context = evolve(topic.context, options={"evaluate": value})
    assert topic.plan(DECK).payload.evaluate is flag


def test_an_option_that_is_neither_true_nor_false_is_refused(topic: Any) -> None:
    topic.context = evolve(topic.context, options={"skip-errors": "maybe"})
    with pytest.raises(ConversionError, match="'skip-errors' is 'maybe'"):
        topic.plan(DECK)


def test_a_kind_that_decks_do_not_have_is_refused(topic: Any) -> None:
    variant = Variant("en", "musical", "html", PurePosixPath(), public=True)
    with pytest.raises(ConversionError, match="'musical'") as caught:
        topic.only(variant).plan(DECK)
    assert caught.value.hint is not None
    assert "completed" in caught.value.hint


def test_a_payload_is_json_of_plain_values(topic: Any) -> None:
    (job_type,) = clm_job_types()
    payload = json.loads(dump_payload(job_type, topic.plan(DECK).payload))["payload"]
    assert payload["organization"] == {"de": "Akademie", "en": "Academy"}
    assert payload["source"] == "slides_deck.py"
