"""Drawn and refused diagrams."""

from __future__ import annotations

import struct

import pytest
from plantuml_topic import FOLDER, Topic, uml

from clm import ConversionError, Severity

DOT = bytes.fromhex(  # a PNG of one pixel
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
NO_CHARACTER = "\U0001fffe"  # a noncharacter, so no font contains it


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    return struct.unpack(">II", png[16:24])


def error_of(topic: Topic, text: str) -> ConversionError:
    topic.write("pu/x.pu", text)
    with pytest.raises(ConversionError) as caught:
        topic.convert()
    return caught.value


def test_diagram_is_drawn(topic: Topic):
    assert min(size(topic.draw(uml("Alice -> Bob: hello")))) > 100


def test_higher_dpi_enlarges_picture(topic: Topic):
    text = uml("Alice -> Bob: hello")
    small = size(topic.draw(text))
    topic.set(dpi=400)
    large = size(topic.draw(text))
    assert large[0] == pytest.approx(2 * small[0], rel=0.05)


def test_non_ascii_text_kept(topic: Topic):
    assert "Grüße aus Zürich ✓" in topic.draw_svg(uml("Alice -> Bob: Grüße aus Zürich ✓"))


def test_bom_and_crlf_accepted(topic: Topic):
    assert "hello" in topic.draw_svg("\ufeff" + uml("A -> B: hello").replace("\n", "\r\n"))


def test_pictures_of_source_are_distinct(topic: Topic):
    topic.set(format="svg")
    topic.write("pu/x.pu", uml("A -> B: one", "newpage", "A -> B: two") + uml("A -> B: three"))
    texts = [data.decode() for data in topic.pictures().values()]
    words = ["one", "two", "three"]
    assert [[f">{word}<" in text for word in words] for text in texts] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]


def test_startuml_name_ignored(topic: Topic):
    topic.write("pu/x.pu", uml("A -> B").replace("@startuml", "@startuml ../../../elsewhere"))
    assert list(topic.pictures()) == ["x.png"]
    assert list(topic.folder.rglob("elsewhere*")) == []


def test_included_text_data_images_used(topic: Topic):
    topic.write("shared/names.iuml", "!$name = 'Charlotte'\n")
    topic.write("pu/d.json", '{"greeting": "Bonjour"}')
    topic.write("img/dot.png", DOT)
    svg = topic.draw_svg(
        uml(
            "!include ../shared/names.iuml",
            '!$d = %load_json("d.json")',
            "$name -> Bob: $d.greeting <img:../img/dot.png>",
        )
    )
    assert "Charlotte" in svg
    assert "Bonjour" in svg
    assert "data:image/png" in svg


def test_changed_include_detected_when_warm(topic: Topic):
    topic.write("pu/a.iuml", "A -> B: before")
    assert "before" in topic.draw_svg(uml("!include a.iuml"))
    topic.write("pu/a.iuml", "A -> B: after")
    assert "after" in topic.draw_svg(uml("!include a.iuml"))


def test_standard_library_can_be_included(topic: Topic):
    assert "Ada" in topic.draw_svg(uml("!include <C4/C4_Container>", 'Person(a, "Ada")'))


def test_remote_library_read_locally_warned(topic: Topic):
    url = "https://raw.githubusercontent.com/plantuml-stdlib/C4-PlantUML/master/C4_Container.puml"
    topic.write("pu/x.pu", uml(f"!include {url}", 'Person(a, "Ada")'))
    (note,) = topic.convert().diagnostics
    assert note.severity is Severity.WARNING
    assert "write !include <C4/C4_Container>" in str(note)
    assert note.place.line == 2


@pytest.mark.parametrize(
    "name", ["!define ICONS {}", '!$ICONS = "{}"'], ids=["defined", "in a variable"]
)
def test_remote_library_variable_resolved(topic: Topic, name):
    address = "https://raw.githubusercontent.com/tupadr3/plantuml-icon-font-sprites/v3.0.0"
    short = "$ICONS" if "$" in name else "ICONS"
    svg = topic.draw_svg(
        uml(
            name.format(address),
            f"!include {short}/common.puml",
            f"!includeurl {short}/devicons/angular.puml",
            "DEV_ANGULAR(a, Ada)",
        )
    )
    assert "Ada" in svg


def test_remote_theme_read_locally_warned(topic: Topic):
    url = "https://raw.githubusercontent.com/plantuml-stdlib/C4-PlantUML/master/themes"
    topic.write("pu/x.pu", uml(f"!theme C4_united from {url}", "A -> B"))
    (note,) = topic.convert().diagnostics
    assert "write !theme C4_united from <C4/themes>" in str(note)


def test_unknown_remote_library_rejected(topic: Topic):
    address = "https://raw.githubusercontent.com/plantuml-stdlib/C4-PlantUML/master/nothing.puml"
    assert "cannot include" in error_of(topic, uml(f"!include {address}", "A -> B")).message


def test_characters_without_font_warned(topic: Topic):
    topic.write("pu/x.pu", uml("A -> B: Grüße ✓", f"A -> B: {NO_CHARACTER}"))
    (note,) = topic.convert().diagnostics
    assert note.severity is Severity.WARNING
    assert f"no installed font contains {NO_CHARACTER}:" in note.message
    assert note.place.line == 3


@pytest.mark.parametrize("code", [0x2713, 0x4E2D, 0x1F600, 0x378, 0x2066, 0x3000, 0xE0FFF])
def test_warned_characters_drawn_as_boxes(topic: Topic, code):
    # Which ones depends on the installed fonts. The last three need none: they are invisible.
    character = chr(code)
    box = topic.draw(uml(f"A -> B: {NO_CHARACTER}"))
    topic.write("pu/x.pu", uml(f"A -> B: {character}"))
    result = topic.convert()
    assert bool(result.diagnostics) == (list(result.outputs.values()) == [box])


@pytest.mark.parametrize("layout", ["elk", "vizjs", "graphviz", "dot"])
def test_layout_pragma_ignored(topic: Topic, layout):
    usual = topic.draw_svg(uml("' no pragma", "class A", "A --> B"))
    assert topic.draw_svg(uml(f"!pragma layout {layout}", "class A", "A --> B")) == usual
    topic.write("pu/a.iuml", f"!pragma layout {layout}\n")
    assert topic.draw_svg(uml("!include a.iuml", "class A", "A --> B")) == usual


def test_single_command_diagram_drawn(topic: Topic):
    assert "account-login" in topic.draw_svg(uml("listopeniconic"))


def test_source_not_embedded_in_picture(topic: Topic):
    text = uml("' a secret remark", "A -> B")
    assert b"secret" not in topic.draw(text)
    assert b"iTXt" not in topic.draw(text)
    assert "secret" not in topic.draw_svg(text)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (uml("A -> B", "this is wrong", "B -> C"), 3, "Syntax Error?"),
        (uml("A -> B") + uml("class A", "what is this"), 6, "Syntax Error?"),
        (uml("!foo()", "A -> B"), 2, "Syntax Error?"),
        (uml("!include nope.iuml"), 2, "cannot include nope.iuml"),
        (uml("!theme nope", "A -> B"), 2, "Cannot load theme nope"),
        ("@startregex\na{\n@endregex\n", 2, "Bad quantifier"),
    ],
)
def test_error_has_line_and_message(topic: Topic, text, line, words):
    error = error_of(topic, text)
    assert words in error.message
    assert (error.place.file, error.place.line) == (f"{FOLDER}/pu/x.pu", line)


def test_error_located_in_included_file(topic: Topic):
    topic.write("pu/sub/a.iuml", "A -> B\nwrong here\n")
    error = error_of(topic, uml("!include sub/a.iuml"))
    assert str(error.place) == f"{FOLDER}/pu/sub/a.iuml:2"
    assert error.excerpt == "wrong here"


@pytest.mark.parametrize("format", ["png", "svg"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (uml(), "empty"),
        (uml("", "' only a comment"), "empty"),
        (uml("skinparam monochrome true"), "empty"),
        ("@startmindmap\n@endmindmap\n", "empty"),
        (uml("listsprite"), "draws nothing"),
        ("@startjson\n{a\n@endjson\n", "JSON"),
        ("@starthcl\n{{{\n@endhcl\n", "HCL"),
        ("@startditaa\n+--+\n@endditaa\n", "not supported"),
        ("@startlatex\na^2\n@endlatex\n", "mathematics"),
        (uml("A -> B: <math>a^2</math>"), "mathematics"),
        (uml("A -> B: <img:nope.png>"), "image"),
        (uml("sprite $s nope.png", "A -> B: <$s>"), "nope.png"),
    ],
)
def test_error_or_blank_picture_rejected(topic: Topic, format, text, words):
    topic.set(format=format)
    assert words in error_of(topic, text).message


@pytest.mark.parametrize("format", ["png", "svg"])
def test_undecodable_image_rejected(topic: Topic, format):
    topic.set(format=format)
    topic.write("pu/broken.png", DOT[:20])
    error_of(topic, uml("A -> B: <img:broken.png>"))


def test_cropped_picture_rejected(topic: Topic):
    topic.set(dpi=1000)
    rows = (f"A -> B: {n}" for n in range(60))
    assert "cropped" in error_of(topic, uml(*rows)).message


def test_new_page_in_include_rejected(topic: Topic):
    topic.write("pu/a.iuml", "newpage\nC -> D\n")
    error = error_of(topic, uml("A -> B", "!include a.iuml"))
    assert "drew 2 pictures, but the text has 1" in error.message


def test_next_diagram_drawn_after_error(topic: Topic):
    error_of(topic, uml("wrong"))
    assert "fine" in topic.draw_svg(uml("A -> B: fine"))
