"""Themes of the author, of PlantUML itself and of its library."""

from __future__ import annotations

import pytest
from plantuml_topic import FOLDER, Topic, uml

from clm import ConversionError

NAVY, OLIVE = "#123456", "#606010"


@pytest.fixture
def themed(topic: Topic) -> Topic:
    """A topic with a theme beside its diagrams and one above them."""
    part = "!include part.iuml\n"
    topic.write(
        "pu/themes/puml-theme-own.puml", f"{part}skinparam participantBorderColor {OLIVE}\n"
    )
    topic.write("pu/themes/part.iuml", f"skinparam participantBackgroundColor {NAVY}\n")
    topic.write("shared/puml-theme-other.puml", f"skinparam participantBackgroundColor {OLIVE}\n")
    return topic


def colours(topic: Topic, *lines: str) -> set[str]:
    svg = topic.draw_svg(uml(*lines, "A -> B")).lower()
    return {colour for colour in (NAVY, OLIVE) if colour in svg}


def error_of(topic: Topic, *lines: str) -> ConversionError:
    topic.write("pu/x.pu", uml(*lines, "A -> B"))
    with pytest.raises(ConversionError) as caught:
        topic.convert()
    return caught.value


@pytest.mark.parametrize("folder", ["themes", "./themes", "themes/", "../pu/themes"])
def test_own_theme_drawn(themed: Topic, folder):
    assert colours(themed, f"!theme own from {folder}") == {NAVY, OLIVE}


def test_theme_outside_diagrams_folder_drawn(themed: Topic):
    assert colours(themed, "!theme other from ../shared") == {OLIVE}


@pytest.mark.parametrize(
    "lines",
    [
        ('!$name = "own"', "!theme $name from themes"),
        ('!$folder = "themes"', "!theme own from $folder"),
    ],
)
def test_computed_theme_drawn(themed: Topic, lines):
    assert colours(themed, *lines) == {NAVY, OLIVE}


def test_theme_of_included_file_drawn(themed: Topic):
    themed.write("pu/style/all.iuml", "!theme other from ../../shared\n")
    assert colours(themed, "!include style/all.iuml") == {OLIVE}


def test_included_theme_is_ordinary_include(themed: Topic):
    assert colours(themed, "!include themes/puml-theme-own.puml") == {NAVY, OLIVE}


def test_theme_beside_diagram_drawn(themed: Topic):
    themed.write("pu/puml-theme-near.puml", f"skinparam participantBackgroundColor {NAVY}\n")
    assert colours(themed, "!theme near") == {NAVY}


@pytest.mark.parametrize("line", ["!theme amiga", "!theme C4_united from <C4/themes>"])
def test_theme_of_plantuml_drawn(themed: Topic, line):
    assert colours(themed, line) == set()


def test_theme_and_its_includes_are_inputs(themed: Topic):
    themed.write("pu/x.pu", uml("!theme own from themes", "A -> B"))
    names = {item.name for item in themed.plan().inputs}
    assert names == {"pu/x.pu", "pu/themes/puml-theme-own.puml", "pu/themes/part.iuml"}


def test_missing_theme_names_nearest(themed: Topic):
    error = error_of(themed, "!theme owm from themes")
    assert error.message == "theme not found: themes/puml-theme-owm.puml"
    assert error.hint == "did you mean 'pu/themes/puml-theme-own.puml'?"
    assert str(error.place) == f"{FOLDER}/pu/x.pu:2"


@pytest.mark.parametrize(
    "lines",
    [
        ("!theme nope",),
        ("!theme nope from <C4/themes>",),
        ('!$folder = "nowhere"', "!theme own from $folder"),
    ],
)
def test_missing_theme_has_hint(themed: Topic, lines):
    error = error_of(themed, *lines)
    assert "FOLDER/puml-theme-NAME.puml" in (error.hint or "")
    assert error.place is not None and error.place.line == len(lines) + 1


@pytest.mark.parametrize("folder", ["https://example.org/x", "../../../../x", "/etc"])
def test_theme_outside_topic_refused(themed: Topic, folder):
    assert "is not in the topic" in error_of(themed, f"!theme own from {folder}").message


def test_missing_include_of_theme_reported(themed: Topic):
    themed.write("pu/themes/puml-theme-own.puml", "!include nothere.iuml\n")
    error = error_of(themed, "!theme own from themes")
    assert "cannot include themes/nothere.iuml" in error.message
