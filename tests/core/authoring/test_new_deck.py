"""New decks in an existing course."""

from __future__ import annotations

from pathlib import Path

import pytest

from clm.authoring.existing_course import ExistingCourse
from clm.authoring.new_deck import deck_in_new_topic, deck_in_topic
from clm.authoring.starting import ChosenStarter
from clm.errors import UsageError
from clm.plugins.discovery import FoundPlugin
from clm.plugins.registry import LoadedPlugin, PluginStatus
from clm.starters import Starter, StarterFiles

YAML = """\
name: Course
sections:
  - {name: {de: Eins, en: One}, id: first, topics: [intro]}
  - {name: {de: Zwei, en: Two}, topics: []}
  - {name: {de: Drei, en: Three}, enabled: false, topics: [later]}
"""
XML = """\
<course><name><de>K</de><en>C</en></name><sections><section><name><de>Eins</de><en>One</en></name>
<topics><topic>intro</topic></topics></section></sections></course>
"""
TITLES = {"de": "Schleifen", "en": "Loops & More"}


def starter(name: str = "deck", *prog_langs: str, **options: object) -> ChosenStarter:
    def make(request):
        return StarterFiles({f"slides_{request.stem}.{name}": "x"}, topic_options=options)

    found = FoundPlugin("mine", "mine", "1", "")
    plugin = LoadedPlugin("mine", "mine", "1", PluginStatus.OK, found=found)
    return ChosenStarter(plugin, Starter(name, make, is_deck=True, prog_langs=prog_langs))


@pytest.fixture
def course(tmp_path):
    def make(spec: str = YAML, name: str = "course.yaml") -> ExistingCourse:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(spec, encoding="utf-8")
        for topic in ("topic_100_intro", "topic_135_other"):
            (tmp_path / "slides" / "module_100_a" / topic).mkdir(parents=True, exist_ok=True)
        return ExistingCourse.load(path)

    return make


def test_new_topic_follows_section_topics(course):
    made = deck_in_new_topic(course(), [starter()], TITLES, section="First")
    folder = "slides/module_100_a/topic_140_loops_more"
    assert list(made.files) == [f"{folder}/slides_loops_more.deck"]
    assert "topics: [intro, loops_more]" in made.spec_text


def test_last_enabled_section_is_default(course):
    made = deck_in_new_topic(course(), [starter()], TITLES)
    assert list(made.files) == ["slides/module_200_two/topic_100_loops_more/slides_loops_more.deck"]


@pytest.mark.parametrize("name", ["One", "eins", "first", "1"])
def test_section_by_name_id_number(course, name):
    assert course().section(name) == 0


def test_unknown_section_suggests_nearest(course):
    with pytest.raises(UsageError, match="section 'Eims' not found") as caught:
        course().section("Eims")
    assert "'Eins'" in caught.value.hint


def test_listed_topic_leaves_spec_unchanged(course):
    made = deck_in_new_topic(course(), [starter()], TITLES, topic="later")
    assert (made.spec_text, made.by_hand) == (None, None)


def test_existing_topic_refused(course):
    with pytest.raises(UsageError, match=r"'intro' already exists: slides/.*/topic_100_intro"):
        deck_in_new_topic(course(), [starter()], TITLES, topic="intro")


@pytest.mark.parametrize("topic", ["../x", "a b", "", "ü", "_x"])
def test_invalid_topic_id_refused(course, topic):
    with pytest.raises(UsageError):
        deck_in_new_topic(course(), [starter()], {"en": "你好"}, topic=topic)


def test_deck_added_to_topic(course):
    made = deck_in_topic(course(), [starter()], TITLES, "intro")
    assert list(made.files) == ["slides/module_100_a/topic_100_intro/slides_loops_more.deck"]
    assert made.spec_text is None


def test_existing_deck_refused(course, tmp_path):
    folder = "slides/module_100_a/topic_100_intro"
    found = course()
    (tmp_path / folder / "slides_loops_more.deck").touch()
    with pytest.raises(UsageError, match="already exists"):
        deck_in_topic(found, [starter()], TITLES, "intro")


def test_xml_spec_left_to_author(course):
    found = course(XML, "course-specs/course.xml")
    made = deck_in_new_topic(found, [starter(evaluate=False)], TITLES)
    assert made.spec_text is None
    assert made.by_hand.endswith('<topic evaluate="false">loops_more</topic>')
    assert "slides/module_100_a/topic_140_loops_more/slides_loops_more.deck" in made.files


def test_deck_matches_prog_lang(course):
    found = course(YAML + "prog-lang: cpp\n")
    made = deck_in_new_topic(found, [starter("py", "python"), starter("cpp", "cpp")], TITLES)
    assert [Path(name).suffix for name in made.files] == [".cpp"]


def test_no_deck_plugin_is_error(course):
    with pytest.raises(UsageError, match="no installed plugin provides a starter deck"):
        deck_in_new_topic(course(), [], TITLES)


def test_spec_rewrite_keeps_permissions(course):
    found = course()
    found.spec.path.chmod(0o640)
    found.write_spec("changed")
    assert found.spec.path.read_text() == "changed"
    assert found.spec.path.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in found.spec.path.parent.iterdir() if p.is_file()] == ["course.yaml"]
