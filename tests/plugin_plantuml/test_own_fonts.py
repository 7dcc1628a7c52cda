"""Drawing text where the system has no fonts."""

from __future__ import annotations

import sys

import pytest
from plantuml_topic import Topic, uml

from clm_plugin_plantuml.checks import check_fonts
from clm_plugin_plantuml.fonts import FOLDER, font_flags, system_has_fonts
from clm_plugin_plantuml.worker import PlantUmlWorker

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have fonts")

NO_FONTS = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig/>'


@pytest.fixture
def no_fonts(tmp_path, monkeypatch):
    file = tmp_path / "fonts.conf"
    file.write_text(NO_FONTS)
    monkeypatch.setenv("FONTCONFIG_FILE", str(file))


@pytest.fixture
def topic_without_fonts(tmp_path, no_fonts):
    worker = PlantUmlWorker()
    yield Topic(tmp_path / "topic", worker)
    worker.stop()


def test_own_fonts_without_system_fonts(topic_without_fonts):
    topic = topic_without_fonts
    words = ("Größe", "**Wort**", "//Wort//", '""Wort""', "<font:serif>Wort</font>")
    assert len({topic.draw(uml(f"A -> B: {word}")) for word in words}) == len(words)


@pytest.mark.parametrize("style", ["{}", "**{}**", "//{}//", '""{}""', "<font:serif>{}</font>"])
def test_own_fonts_lend_each_other_characters(topic_without_fonts, style):
    topic = topic_without_fonts
    box, sans, bold = (
        topic.draw(uml("A -> B: " + style.format(character)))
        # The first is in none of the fonts, each of the others in only one.
        for character in ("\U0001fffe", "\U0001d5a0", "\U0001d5d4")
    )
    assert len({box, sans, bold}) == 3


def test_warning_of_what_own_fonts_lack(topic_without_fonts):
    topic = topic_without_fonts
    topic.write("pu/x.pu", uml("A -> B: \U0001d5a0 **\U0001d5d4** 中"))
    (note,) = topic.convert().diagnostics
    assert "contains 中:" in note.message


def test_font_check_without_system_fonts(no_fonts):
    assert check_fonts().ok


@pytest.mark.skipif(not system_has_fonts(), reason="this machine has none")
def test_system_fonts_preferred(tmp_path):
    assert font_flags(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_fonts_include_licence():
    assert "Bitstream" in (FOLDER / "LICENSE_DEJAVU").read_text(encoding="utf-8")
