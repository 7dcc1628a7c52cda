"""Command lines of `clm list`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clm.cli.main import main

SPEC = """\
name: {de: Kurs, en: Course}
description: {de: Text, en: A text}
sections:
  - name: {de: Woche, en: Week}
    id: w1
    topics:
      - {name: {de: Tag, en: Day}, weekday: [mon, tue], topics: [a, {activity: Exam, kind: exam}]}
      - {weekday: wed, optional: true, topics: [c]}
      - {topics: [d], enabled: false}
      - {id: b, export: false}
  - {name: Later, optional: true, topics: [e]}
  - {name: Never, enabled: false}
"""


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "course.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return str(path)


def test_contents_in_order_with_marks(spec: str, capsys) -> None:
    assert main(["list", spec]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Kurs",
        "  Text",
        "Woche (w1)",
        "  Tag (mon, tue)",
        "    a",
        "    Exam (exam)",
        "  wed (optional)",
        "    c",
        "  b (not exported)",
        "Later (optional)",
        "  e",
    ]


def test_exported_leaves_out_the_rest(spec: str, capsys) -> None:
    assert main(["list", spec, "--exported", "--language", "en"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Course",
        "  A text",
        "Week (w1)",
        "  Day (mon, tue)",
        "    a",
        "    Exam (exam)",
    ]


def test_json_has_all_languages(spec: str, capsys) -> None:
    assert main(["list", spec, "--json"]) == 0
    course = json.loads(capsys.readouterr().out)
    assert (course["version"], course["name"]) == (1, {"de": "Kurs", "en": "Course"})
    week, later = course["sections"]
    assert later["optional"] is True
    day, _, topic = week["entries"]
    assert day["weekdays"] == ["mon", "tue"]
    assert [entry["type"] for entry in day["entries"]] == ["topic", "activity"]
    assert topic == {"type": "topic", "id": "b", "export": False}


def test_unknown_language_is_error(spec: str, capsys) -> None:
    assert main(["list", spec, "--language", "fr"]) == 2
    assert "'fr' is not a language of the course" in capsys.readouterr().err
