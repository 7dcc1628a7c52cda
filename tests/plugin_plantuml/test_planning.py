"""Planning of jobs: their inputs and pictures."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from plantuml_topic import FOLDER, Topic, uml

from clm import ConversionError, JobRequest


def input_names(request: JobRequest) -> list[str]:
    return [item.name for item in request.inputs]


def places(request: JobRequest) -> list[PurePosixPath | None]:
    return [output.topic_path for output in request.outputs]


@pytest.mark.parametrize(
    ("source", "picture"),
    [
        ("pu/x.pu", "img/x.png"),
        ("pu/x.de.puml", "img/x.de.png"),
        ("part/pu/x.plantuml", "part/img/x.png"),
        ("diagrams/x.wsd", "img/x.png"),
        ("x.pu", "img/x.png"),
    ],
)
def test_picture_placed_in_img_folder(topic: Topic, source, picture):
    topic.write(source, uml("A -> B"))
    assert places(topic.plan(source)) == [PurePosixPath(picture)]


def test_several_pictures_numbered(topic: Topic):
    topic.write("pu/x.pu", uml("A -> B", "newpage", "B -> C") + uml("C -> D"))
    names = ["img/x.png", "img/x_001.png", "img/x_002.png"]
    assert [str(place) for place in places(topic.plan())] == names


def test_format_from_settings(topic: Topic):
    topic.set(format="svg")
    topic.write("pu/x.pu", uml("A -> B"))
    assert places(topic.plan()) == [PurePosixPath("img/x.svg")]


@pytest.mark.parametrize(
    ("name", "languages"), [("x.de.pu", ("de",)), ("x.v2.pu", ()), ("x.pu", ()), ("de.pu", ())]
)
def test_language_from_file_name(topic: Topic, name, languages):
    topic.write(f"pu/{name}", uml("A -> B"))
    assert topic.plan(f"pu/{name}").outputs[0].languages == languages


def test_transitive_includes_are_inputs(topic: Topic):
    topic.write("pu/x.pu", uml("!include a/one.iuml", 'A: %load_json("d.json")', "A: <img:i.png>"))
    topic.write("pu/a/one.iuml", "!include two.iuml\n!include ../../shared/three.iuml")
    topic.write("pu/a/two.iuml", "!include one.iuml")
    topic.write("shared/three.iuml", "")
    for name in ("pu/d.json", "pu/i.png", "pu/unused.iuml", "data.csv"):
        topic.write(name, "{}")
    expected = ["pu/a/one.iuml", "pu/a/two.iuml", "pu/d.json", "pu/i.png", "shared/three.iuml"]
    assert input_names(topic.plan()) == ["pu/x.pu", *expected]


def test_computed_reference_adds_all_candidates(topic: Topic):
    topic.write("pu/x.pu", uml("!include $dir/a.iuml"))
    for name in ("pu/a.iuml", "img/b.png", "slides_x.py"):
        topic.write(name, "")
    assert input_names(topic.plan()) == ["pu/x.pu", "img/b.png", "pu/a.iuml"]


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../x.iuml", "https://x.y/a.puml"])
def test_outside_include_rejected_with_line(topic: Topic, target):
    topic.write("pu/x.pu", uml("A -> B", f"!include {target}"))
    with pytest.raises(ConversionError, match="is not in the topic") as caught:
        topic.plan()
    assert str(caught.value.place) == f"{FOLDER}/pu/x.pu:3"


def test_error_located_in_included_file(topic: Topic):
    topic.write("pu/x.pu", uml("!include a.iuml"))
    topic.write("pu/a.iuml", "\n\n<img:/etc/passwd>\n")
    with pytest.raises(ConversionError) as caught:
        topic.plan()
    assert str(caught.value.place) == f"{FOLDER}/pu/a.iuml:3"


def test_missing_data_file_rejected(topic: Topic):
    topic.write("pu/x.pu", uml('!$a = %load_json("nope.json")', "A -> B: $a"))
    with pytest.raises(ConversionError, match=r"file not found: nope\.json"):
        topic.plan()


def test_file_without_diagram_rejected(topic: Topic):
    topic.write("pu/x.pu", "A -> B\n")
    with pytest.raises(ConversionError, match="no diagram found"):
        topic.plan()


def test_included_file_has_no_job(topic: Topic):
    topic.write("pu/common.puml", "skinparam monochrome true\n")
    topic.write("pu/x.pu", uml("!include common.puml", "A -> B"))
    assert topic.requests("pu/common.puml") == []


def test_theme_has_no_job(topic: Topic):
    topic.write("pu/puml-theme-own.puml", "skinparam monochrome true\n")
    assert topic.requests("pu/puml-theme-own.puml") == []


def test_non_utf8_file_rejected(topic: Topic):
    topic.write("pu/x.pu", uml("A -> B: Grüße").encode("latin-1"))
    with pytest.raises(ConversionError, match="not UTF-8"):
        topic.plan()
