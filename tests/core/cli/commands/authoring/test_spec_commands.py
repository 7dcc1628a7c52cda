"""Command lines of `clm schema` and `clm convert-spec`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from clm.cli.main import main
from clm.course.syntax.reader import load_spec

XML = """\
<course><!-- a comment --><name><de>Kurs</de><en>Course</en></name>
<jupyterlite/>
<sections><section><name>W</name><topics><topic>a</topic></topics></section></sections></course>
"""
EXAMPLES = sorted((Path(__file__).parents[5] / "docs" / "examples").rglob("course*.yaml"))


@pytest.fixture
def xml(tmp_path: Path) -> Path:
    path = tmp_path / "course.xml"
    path.write_text(XML, encoding="utf-8")
    return path


def schema(capsys: pytest.CaptureFixture[str]) -> Draft202012Validator:
    assert main(["schema"]) == 0
    return Draft202012Validator(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_examples_match_schema(path: Path, capsys) -> None:
    data = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    assert list(schema(capsys).iter_errors(data)) == []


def test_there_are_examples() -> None:
    assert EXAMPLES


def test_schema_has_plugin_settings(shout: Path, capsys) -> None:
    validator = schema(capsys)
    spec = {"name": "K", "sections": [{"name": "W", "topics": ["a"]}]}
    assert list(validator.iter_errors({**spec, "plugins": {"shout": {}}})) == []
    assert list(validator.iter_errors({**spec, "plugins": {"shout": {"volum": 1}}})) != []
    assert list(validator.iter_errors({**spec, "plugins": {"whisper": {}}})) != []


def test_schema_overwritten_only_by_force(tmp_path: Path, shout: Path, capsys) -> None:
    path = tmp_path / "schema.json"
    assert main(["schema", "-o", str(path)]) == 0
    assert json.loads(path.read_text(encoding="utf-8"))["title"]
    assert main(["schema", "-o", str(path)]) == 2
    assert main(["schema", "-o", str(path), "--force"]) == 0


def test_editor_comment_line_ignored(tmp_path: Path) -> None:
    path = tmp_path / "course.yaml"
    line = "# yaml-language-server: $schema=.clm/schema.json\n"
    path.write_text(f"{line}name: K\nsections: [{{name: W, topics: [a]}}]\n")
    assert load_spec(path).warnings == ()


def test_spec_converted_beside_itself(xml: Path, capsys) -> None:
    assert main(["convert-spec", str(xml)]) == 0
    written = xml.with_suffix(".yaml")
    assert load_spec(written) == load_spec(xml)
    printed = capsys.readouterr()
    assert printed.out == f"wrote {written}\n"
    assert "'jupyterlite' has no effect" in printed.err


def test_target_overwritten_only_by_force(xml: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.yaml"
    target.write_text("mine")
    assert main(["convert-spec", str(xml), "-o", str(target)]) == 2
    assert target.read_text() == "mine"
    assert main(["convert-spec", str(xml), "-o", str(target), "--force"]) == 0
    assert load_spec(target) == load_spec(xml)


def test_invalid_spec_not_converted(xml: Path) -> None:
    xml.write_text(XML.replace("<name>", "<nam>").replace("</name>", "</nam>"))
    assert main(["convert-spec", str(xml)]) == 2
    assert not xml.with_suffix(".yaml").exists()


@pytest.mark.parametrize("options", [[], ["--force"]])
def test_yaml_spec_not_overwritten(tmp_path: Path, options, capsys) -> None:
    path = tmp_path / "course.yaml"
    text = "# a comment\nname: K\nsections: [{name: W, topics: [a]}]\n"
    path.write_text(text)
    assert main(["convert-spec", str(path), *options]) == 2
    assert "cannot be converted into itself" in capsys.readouterr().err
    assert path.read_text() == text


def test_target_folder_created(xml: Path, tmp_path: Path) -> None:
    assert main(["convert-spec", str(xml), "-o", str(tmp_path / "a" / "b" / "c.yaml")]) == 0
    assert load_spec(tmp_path / "a" / "b" / "c.yaml") == load_spec(xml)


def test_unwritable_target_is_error(xml: Path, tmp_path: Path, capsys) -> None:
    assert main(["convert-spec", str(xml), "-o", str(xml / "c.yaml")]) == 1
    assert "cannot be written" in capsys.readouterr().err
