"""Drawing text where the system has no fonts."""

from __future__ import annotations

import sys

import pytest
from plantuml_topic import Topic, uml

from clm_plugin_plantuml.checks import check_fonts
from clm_plugin_plantuml.fonts import FOLDER, font_flags
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


def test_font_check_without_system_fonts(no_fonts):
    assert check_fonts().ok


def test_system_fonts_preferred(tmp_path):
    assert font_flags(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_fonts_include_licence():
    assert "Bitstream" in (FOLDER / "LICENSE_DEJAVU").read_text(encoding="utf-8")
