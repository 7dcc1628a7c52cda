"""Bodies of messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm_plugin_rabbitmq.bodies import Body, BodyError, decode, encode


@given(st.dictionaries(st.text(), st.binary()))
def test_body_is_read_as_written(parts: dict[str, bytes]) -> None:
    body = decode(encode({"token": "1"}, parts))
    assert (body.header, body.parts) == ({"token": "1"}, parts)


@given(st.binary())
def test_other_bytes_refused(data: bytes) -> None:
    with pytest.raises(BodyError):
        decode(data)


@given(st.integers(min_value=0, max_value=40))
def test_truncated_body_refused(length: int) -> None:
    data = encode({"token": "1"}, {"a": b"bytes"})
    with pytest.raises(BodyError):
        decode(data[: min(length, len(data) - 1)])


def test_longer_body_refused() -> None:
    with pytest.raises(BodyError):
        decode(encode({}, {"a": b"bytes"}) + b"x")


def test_deeply_nested_header_refused() -> None:
    text = b"[" * 100_000
    with pytest.raises(BodyError):
        decode(len(text).to_bytes(4, "big") + text)


@pytest.mark.parametrize(
    "parts", ["[[1, 2]]", '[["a", -1]]', '[["a", true]]', "3", '"a"', '[], "a": NaN']
)
def test_invalid_parts_refused(parts: str) -> None:
    text = f'{{"parts": {parts}}}'.encode()
    with pytest.raises(BodyError):
        decode(len(text).to_bytes(4, "big") + text)


@pytest.mark.parametrize("value", ["1", None, True, 1e999, 10**400, []])
def test_other_value_is_no_number(value: object) -> None:
    with pytest.raises(BodyError, match="is no number"):
        Body({"seconds": value}, {}).number("seconds")
