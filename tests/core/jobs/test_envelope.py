"""Payloads in their envelope: strict reading, versions, canonical text."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any

import pytest
from attrs import evolve, field, frozen
from hypothesis import given
from hypothesis import strategies as st

from clm.errors import PLUGIN_FAULT, NewerPayloadError, PayloadError
from clm.jobs.envelope import dump_payload, keyed, load_payload, time_limit_in
from clm.jobs.job_type import JobType


@frozen
class Part:
    name: str
    path: PurePosixPath = field(factory=PurePosixPath)


@frozen
class Payload:
    text: str
    count: int = 0
    ratio: float = 1.0
    flag: bool = False
    note: str | None = None
    parts: tuple[Part, ...] = ()
    names: dict[str, str] = field(factory=dict)


JOB_TYPE = JobType(
    name="conversion",
    patterns=(),
    payload=Payload,
    plan=lambda source, context: (),
    worker="nowhere:Nothing",
    fingerprint=lambda: "",
)


def envelope(payload: Any, *, version: Any = 1, name: str = "conversion", **more: Any) -> str:
    return json.dumps({"type": name, "version": version, "payload": payload} | more)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
PATHS = st.lists(st.text("abcä", min_size=1), min_size=1, max_size=3).map("/".join)
PAYLOADS = st.builds(
    Payload,
    text=TEXTS,
    count=st.integers(),
    ratio=st.floats(allow_nan=False, allow_infinity=False),
    flag=st.booleans(),
    note=st.none() | TEXTS,
    parts=st.lists(st.builds(Part, TEXTS, PATHS.map(PurePosixPath)), max_size=3).map(tuple),
    names=st.dictionaries(TEXTS, TEXTS, max_size=3),
)


@given(PAYLOADS)
def test_payload_round_trip(payload: Payload) -> None:
    assert load_payload(JOB_TYPE, dump_payload(JOB_TYPE, payload)) == payload


@given(PAYLOADS, st.randoms(use_true_random=False))
def test_equal_payloads_give_equal_texts(payload: Payload, random: Any) -> None:
    items = list(payload.names.items())
    random.shuffle(items)
    same = evolve(payload, names=dict(items))
    assert dump_payload(JOB_TYPE, same) == dump_payload(JOB_TYPE, payload)


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        ({}, "text"),
        ({"text": None}, "payload.text"),
        ({"text": 1}, "1 is not of type str @ $.text"),
        ({"text": "", "count": "1"}, "count"),
        ({"text": "", "count": True}, "True is not of type int"),
        ({"text": "", "count": 1.0}, "1.0 is not of type int"),
        ({"text": "", "flag": "false"}, "'false' is not of type bool"),
        ({"text": "", "flag": 0}, "0 is not of type bool"),
        ({"text": "", "ratio": "1"}, "'1' is not a number"),
        ({"text": "", "ratio": True}, "True is not a number"),
        ({"text": "", "note": 3}, "note"),
        ({"text": "", "parts": "ab"}, "'ab' is not a list"),
        ({"text": "", "parts": ["ab"]}, "'ab' is not a mapping"),
        ({"text": "", "parts": [{"name": "a"}, {"name": 1}]}, "[1].name"),
        ({"text": "", "parts": [{"name": "a", "path": 1}]}, "[0].path"),
        ({"text": "", "unknown": 1}, "unknown"),
        ({"text": "", "parts": [{"name": "a", "unknown": 1}]}, "[0]"),
    ],
)
def test_fault_reported_with_path(payload: Any, fault: str) -> None:
    with pytest.raises(PayloadError) as caught:
        load_payload(JOB_TYPE, envelope(payload))
    parts = fault.split(" @ $")
    for part in parts:
        assert part in caught.value.message


def test_all_faults_reported() -> None:
    with pytest.raises(PayloadError) as caught:
        load_payload(JOB_TYPE, envelope({"text": 1, "count": "2", "flag": 3}))
    assert [name in caught.value.message for name in (".text", ".count", ".flag")] == [True] * 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        json.dumps({"type": "conversion", "version": 1}),
        envelope({"text": ""}, more=1),
        envelope({"text": ""}, name="another"),
        envelope({"text": ""}, version="1"),
        envelope({"text": ""}, version=True),
        envelope({"text": ""}, version=0),
        envelope([]),
        envelope(None),
    ],
)
def test_malformed_envelope_rejected(text: str) -> None:
    with pytest.raises(PayloadError):
        load_payload(JOB_TYPE, text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner),
    )
)
def test_only_payload_error_raised(data: Any) -> None:
    with suppress(PayloadError):
        load_payload(JOB_TYPE, envelope(data))


def test_newer_payload_rejected_with_hint() -> None:
    with pytest.raises(NewerPayloadError, match="version 2") as caught:
        load_payload(JOB_TYPE, envelope({"text": ""}, version=2))
    assert "upgrade" in (caught.value.hint or "")


def test_older_payload_migrated_stepwise() -> None:
    steps = {
        1: lambda data: {"body": data["words"]},
        2: lambda data: {"text": data["body"] + "!"},
    }
    newer = evolve(JOB_TYPE, payload_version=3, migrations=steps)
    assert load_payload(newer, envelope({"words": "a"}, version=1)) == Payload("a!")
    assert load_payload(newer, envelope({"body": "a"}, version=2)) == Payload("a!")
    assert load_payload(newer, envelope({"text": "a"}, version=3)) == Payload("a")


def test_older_payload_without_migration_rejected() -> None:
    newer = evolve(JOB_TYPE, payload_version=3, migrations={2: dict})
    with pytest.raises(PayloadError, match="no longer reads payloads of version 1"):
        load_payload(newer, envelope({"text": ""}, version=1))


@pytest.mark.parametrize("broken", [lambda data: data["gone"], lambda data: None, lambda data: []])
def test_failed_migration_is_payload_error(broken: Any) -> None:
    newer = evolve(JOB_TYPE, payload_version=2, migrations={1: broken})
    with pytest.raises(PayloadError):
        load_payload(newer, envelope({"text": ""}, version=1))


def test_wrong_payload_class_rejected() -> None:
    with pytest.raises(PayloadError, match="takes Payload, not Part"):
        dump_payload(JOB_TYPE, Part("a"))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_non_json_payload_rejected(value: float) -> None:
    with pytest.raises(PayloadError, match="not JSON"):
        dump_payload(JOB_TYPE, Payload("", ratio=value))


@frozen
class Tool:
    program: str = field(default="", metadata={"local": True})
    version: str = ""


@frozen
class ToolPayload:
    text: str
    folder: str = field(default="", metadata={"local": True})
    tool: Tool = field(factory=Tool)


TOOLS = evolve(JOB_TYPE, payload=ToolPayload)


def test_local_fields_not_in_key() -> None:
    one, same, other = (
        dump_payload(TOOLS, ToolPayload("x", folder, Tool(program, version)))
        for folder, program, version in (("/a", "/a/x", "1"), ("/b", "/b/y", "1"), ("", "", "2"))
    )
    assert keyed(one) == keyed(same) != keyed(other)
    assert "/a" not in keyed(one)


def test_local_fields_reach_worker() -> None:
    payload = ToolPayload("x", "/a", Tool("/a/x", "1"))
    assert load_payload(TOOLS, dump_payload(TOOLS, payload)) == payload


def test_envelope_without_local_fields_is_key() -> None:
    envelope = dump_payload(JOB_TYPE, Payload('"local":'))
    assert keyed(envelope) == envelope


@frozen
class Anything:
    value: object = None


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", float("nan"), lambda: 1])
def test_payload_without_json_is_fault_of_plugin(value: object) -> None:
    job_type = evolve(JOB_TYPE, payload=Anything)
    with pytest.raises(PayloadError, match="payload of 'conversion' is not JSON") as caught:
        dump_payload(job_type, Anything(value))
    assert caught.value.hint == PLUGIN_FAULT


def test_time_limit_is_not_part_of_key() -> None:
    plain = dump_payload(JOB_TYPE, Payload("x"))
    limited = dump_payload(JOB_TYPE, Payload("x"), 2.5)

    assert (time_limit_in(plain), time_limit_in(limited)) == (None, 2.5)
    assert keyed(limited) == keyed(plain) == plain
    assert load_payload(JOB_TYPE, limited) == Payload("x")


@frozen
class Limited:
    time_limit: float = 1.0


def test_field_named_time_limit_is_part_of_key() -> None:
    text = dump_payload(evolve(JOB_TYPE, payload=Limited), Limited())
    assert time_limit_in(text) is None
    assert keyed(text) == text
