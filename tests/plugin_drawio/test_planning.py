from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest
from attrs import evolve

from clm import ConversionError, FileInput, JobRequest, PlanContext, SourceFile
from clm.jobs.envelope import dump_payload, load_payload
from clm.jobs.key import digest_file
from clm_plugin_drawio.payload import DrawioSettings, FileSettings
from clm_plugin_drawio.plugin import clm_job_types

CONTEXT = PlanContext(
    course_name={"de": "Kurs", "en": "Course"},
    section_name={"de": "Woche", "en": "Week"},
    topic_id="topic",
    prog_lang="python",
    author="Ada",
    organization={},
    number=0,
    variants=(),  # for the formats of decks; the plugin provides none
)


@pytest.fixture
def planned(tmp_path):
    def plan(path: str, text: str, *others: str, **settings: Any) -> list[JobRequest]:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        source = SourceFile(file, PurePosixPath(path), f"slides/t/{path}", digest_file(file))
        files = tuple(FileInput(name, tmp_path / name, "digest") for name in others)
        context = evolve(CONTEXT, settings=DrawioSettings(**settings), topic_files=files)
        return list(clm_job_types()[0].plan(source, context))

    return plan


def pictures(requests: list[JobRequest]) -> list[str]:
    (request,) = requests
    return [str(output.topic_path) for output in request.outputs]


@pytest.mark.parametrize(
    ("source", "picture"),
    [
        ("drawio/x.drawio", "img/x.png"),
        ("drawio/x.de.drawio", "img/x.de.png"),
        ("drawio/x.drawio.svg", "img/x.png"),
        ("part/drawio/x.drawio", "part/img/x.png"),
        ("x.drawio", "img/x.png"),
        ("part/x.drawio", "part/img/x.png"),
        ("img/x.drawio", "img/x.png"),
    ],
)
def test_picture_output_path(planned, simple, source, picture):
    text = simple if not source.endswith(".svg") else f"<svg content='{_quoted(simple)}'/>"
    assert pictures(planned(source, text)) == [picture]


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;")


def test_editable_picture_is_delivered(planned, simple):
    requests = planned("img/x.drawio.svg", f"<svg content='{_quoted(simple)}'/>")
    assert pictures(requests) == ["img/x.png", "img/x.drawio.svg"]
    assert requests[0].payload.copy == "source"


@pytest.mark.parametrize(
    ("picture", "source"),
    [
        ("img/x.drawio.png", "img/x.drawio"),
        ("img/x.drawio.svg", "img/x.drawio"),
        ("img/x.drawio.png", "img/x.drawio.svg"),
    ],
)
def test_export_beside_source_only_copied(planned, picture, source):
    requests = planned(picture, "no diagram", source)
    assert pictures(requests) == [picture]
    assert requests[0].payload.pictures == ()


def test_export_of_other_source_drawn(planned, simple):
    text = f"<svg content='{_quoted(simple)}'/>"
    requests = planned("img/x.drawio.svg", text, "img/y.drawio", "x.drawio", "img/x.drawio.png")
    assert pictures(requests) == ["img/x.png", "img/x.drawio.svg"]


def test_each_format_gives_picture(planned, simple):
    requests = planned("drawio/x.drawio", simple, formats=("png", "svg", "pdf"))
    assert pictures(requests) == ["img/x.png", "img/x.svg", "img/x.pdf"]


def test_first_page_drawn_by_default(planned, make):
    text = make.diagram(make.model(make.box()), make.model(make.box()))
    requests = planned("drawio/x.drawio", text)
    assert pictures(requests) == ["img/x.png"]
    assert requests[0].payload.pictures[0].page == 0


def test_all_pages_named_uniquely(planned, make):
    page = make.model(make.box())
    names = ("Start", "Über/sicht", "one", "ONE")
    text = make.diagram(page, page, page, page, names=names)
    assert pictures(planned("drawio/x.drawio", text, pages="all")) == [
        "img/x.png",
        "img/x-Über-sicht.png",
        "img/x-one.png",
        "img/x-ONE-2.png",
    ]


def test_page_selected_by_name(planned, make):
    text = make.diagram(make.model(make.box()), make.model(make.box()))
    requests = planned("drawio/x.drawio", text, pages="Two")
    assert pictures(requests) == ["img/x.png"]
    assert requests[0].payload.pictures[0].page == 1


def test_unknown_page_is_error(planned, simple):
    with pytest.raises(ConversionError, match="no page 'Nine'") as info:
        planned("drawio/x.drawio", simple, pages="Nine")
    assert "'One'" in (info.value.hint or "")


def test_settings_for_single_file(planned, simple):
    files = {
        "wide.*": FileSettings(scale=2.0, formats=("svg",)),
        "slides/t/*": FileSettings(border=5),
    }
    (request,) = planned("drawio/wide.drawio", simple, files=files)
    assert pictures([request]) == ["img/wide.svg"]
    assert (request.payload.scale, request.payload.border) == (2.0, 5)
    assert planned("drawio/x.drawio", simple, files=files)[0].payload.scale == 3.0


def test_language_suffix_limits_outputs(planned, simple):
    def languages(name: str) -> tuple[str, ...]:
        return planned(f"drawio/{name}", simple)[0].outputs[0].languages

    assert languages("x.de.drawio") == ("de",)
    assert languages("x.en.drawio") == ("en",)
    assert languages("x.v2.drawio") == ()
    assert languages("de.drawio") == ()


def test_job_gets_only_its_source(planned, simple):
    (request,) = planned("drawio/x.drawio", simple)
    assert [item.name for item in request.inputs] == ["x.drawio"]
    assert request.source == "slides/t/drawio/x.drawio"


def test_payload_round_trip(planned, simple):
    (request,) = planned("drawio/x.drawio", simple, layers=("A",))
    (job_type,) = clm_job_types()
    assert load_payload(job_type, dump_payload(job_type, request.payload)) == request.payload


def test_damaged_file_fails_planning(planned):
    with pytest.raises(ConversionError, match="damaged"):
        planned("drawio/x.drawio", "<mxfile>")


def test_only_requested_fonts_are_inputs(planned, simple):
    others = ("fonts/A.woff2", "fonts/B.ttf", "other/C.ttf", "fonts/readme.txt")
    (request,) = planned("drawio/x.drawio", simple, *others, embed_fonts=("fonts/*",))
    assert request.payload.fonts == ("fonts/fonts/A.woff2", "fonts/fonts/B.ttf")
    assert [item.name for item in request.inputs[1:]] == list(request.payload.fonts)
    assert planned("drawio/x.drawio", simple, *others)[0].payload.fonts == ()
