"""Tools of a job type in the fingerprints of its jobs."""

from __future__ import annotations

import pytest

from clm.jobs.tools import Tools, environment_in, tools_in

TOOLS = Tools("thing: 1; sources 2", {"fonts": "f", "python /a/b": "p", "kernel c": "k"})


def test_job_without_names_has_fingerprint_only() -> None:
    assert TOOLS.fingerprint_for(()) == TOOLS.fingerprint


def test_names_in_any_order() -> None:
    assert TOOLS.fingerprint_for(["fonts", "kernel c"]) == TOOLS.fingerprint_for(
        ["kernel c", "fonts"]
    )


def test_arguments_not_in_fingerprint() -> None:
    other = Tools(TOOLS.fingerprint, {"python /elsewhere": "p"})
    assert other.fingerprint_for(["python /elsewhere"]) == TOOLS.fingerprint_for(["python /a/b"])


@pytest.mark.parametrize("value", ["other", "", '"]; environment ["', "ä\n"])
def test_values_read_back(value: str) -> None:
    text = Tools("thing: 1", {"fonts": value}).fingerprint_for(["fonts"])
    assert tools_in(text) == "thing: 1"
    assert environment_in(text) == {"fonts": value}
    assert environment_in("thing: 1") == {}


def test_unknown_name_is_error() -> None:
    with pytest.raises(KeyError):
        TOOLS.fingerprint_for(["browser"])
