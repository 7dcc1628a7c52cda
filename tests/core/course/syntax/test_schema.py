"""The JSON Schema of specs: accepts and rejects the same specs as the reader."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from clm.course.syntax.keys import COURSE, Keys
from clm.course.syntax.reader import read_spec
from clm.course.syntax.schema import course_schema

SETTINGS = {"pictures": {"type": "object", "properties": {"dpi": {"type": "integer"}}}}
SCHEMA = course_schema(SETTINGS, ["html", "code"])

RIGHT = [
    "name: K\nsections: [{name: W, topics: [a]}]",
    "name: {de: K, pt-BR: C}\nsections: [{name: {de: W}, topics: []}]",
    "name: K\nsections: [{name: W, enabled: false}]",
    "name: K\nsections: [{name: W, topics: [{id: a, evaluate: no, formats: [html]}]}]",
    "name: K\nsections: [{name: W, topics: [{id: a, includes: [x, {source: y, as: z}]}]}]",
    "name: K\nlanguages: [de, {id: fr, label: Français}]\nsections: [{name: W, topics: [a]}]",
    "name: K\ndefaults: {skip-errors: true}\nsections: [{name: W, topics: [a]}]",
    "name: K\nrequires: [pictures]\nplugins: {pictures: {dpi: 3}}\n"
    "sections: [{name: W, topics: [a]}]",
    "name: K\njupyterlite: {x: 1}\nsections: [{name: W, topics: [a]}]",
    "name: K\noutput-targets: [{path: out, kinds: [completed]}]\n"
    "dir-groups: [{path: x, subdirs: [y], recursive: false}]\nsections: [{name: W, topics: [a]}]",
]
WRONG = [
    "sections: [{name: W, topics: [a]}]",
    "name: K",
    "name: K\nsections: []",
    "name: 1\nsections: [{name: W, topics: [a]}]",
    "name: {deutsch: K}\nsections: [{name: W, topics: [a]}]",
    "name: K\nsektions: []\nsections: [{name: W, topics: [a]}]",
    "name: K\nsections: [{name: W}]",
    "name: K\nsections: [{topics: [a]}]",
    "name: K\nsections: [{name: W, topics: a}]",
    "name: K\nsections: [{name: W, topics: [1]}]",
    "name: K\nsections: [{name: W, topics: [{evaluate: true}]}]",
    "name: K\nsections: [{name: W, topics: [{id: a, evaluate: perhaps}]}]",
    "name: K\nsections: [{name: W, topics: [{id: a, includes: [{as: x}]}]}]",
    "name: K\nsections: [{name: W, topics: [a]}]\noutput-targets: [{path: o, kinds: [Final]}]",
    "name: K\nsections: [{name: W, topics: [a]}]\ndir-groups: [{name: x}]",
    "name: K\nsections: [{name: W, topics: [a]}]\noutput-targets:\n" + "- {path: o}\n" * 101,
]


def errors(text: str) -> list[Any]:
    data = YAML(typ="safe").load(text)
    return list(Draft202012Validator(SCHEMA).iter_errors(data))


def test_schema_is_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("text", RIGHT)
def test_accepted_specs_validate(write_spec, text: str) -> None:
    assert read_spec(write_spec(text))[1] == ()
    assert errors(text) == []


@pytest.mark.parametrize("text", WRONG)
def test_rejected_specs_fail_validation(write_spec, text: str) -> None:
    assert read_spec(write_spec(text))[1] != ()
    assert errors(text) != []


@pytest.mark.parametrize(
    "text",
    [
        "name: K\nsections: [{name: W, topics: [{id: a, formats: [htlm]}]}]",
        "name: K\nrequires: [picture]\nsections: [{name: W, topics: [a]}]",
        "name: K\nplugins: {pictures: {dpi: high}}\nsections: [{name: W, topics: [a]}]",
        "name: K\nplugins: {picture: {}}\nsections: [{name: W, topics: [a]}]",
    ],
)
def test_unknown_plugin_values_fail_validation(text: str) -> None:
    assert errors(text) != []


def test_every_key_has_description() -> None:
    def check(keys: Keys, schema: dict[str, Any]) -> None:
        table = schema if "properties" in schema else schema["anyOf"][1]
        for key in keys.known:
            assert table["properties"][key.name]["description"] == key.help != ""
            if key.of is not None:
                check(key.of, SCHEMA["$defs"][key.of.what.split()[-1]])

    check(COURSE, SCHEMA)
