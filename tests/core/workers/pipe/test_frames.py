"""Frames on a stream of bytes."""

from __future__ import annotations

import io
import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm.jobs.result import StoredResult
from clm.workers.doing import DoneJob
from clm.workers.packed import write_end
from clm.workers.pipe.frames import (
    BUFFER_BYTES,
    LARGEST_DATA,
    LARGEST_HEADER,
    FrameStream,
    StreamError,
)

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
headers = st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), values, max_size=4)
frames = st.lists(st.tuples(st.text(), st.binary(max_size=300), headers), max_size=5)


def reading(data: bytes) -> FrameStream:
    return FrameStream(io.BytesIO(data), io.BytesIO())


def written(*sent: tuple[str, bytes, dict[str, object]]) -> bytes:
    stream = io.BytesIO()
    for kind, data, header in sent:
        header.pop("kind", None)
        header.pop("data", None)
        header.pop("self", None)
        FrameStream(io.BytesIO(), stream).write(kind, data, **header)
    return stream.getvalue()


@given(frames)
def test_frames_read_as_written(sent: list[tuple[str, bytes, dict[str, object]]]) -> None:
    stream = reading(written(*sent))
    for kind, data, header in sent:
        frame = stream.read()
        assert frame is not None
        assert (frame.kind, frame.data, frame.header) == (kind, data, header)
    assert stream.read() is None


def test_text_outside_utf8_arrives() -> None:
    frame = reading(written(("progress", b"", {"text": "a\udcfc"}))).read()
    assert frame is not None and frame.header["text"] == "a\udcfc"


@given(frames.filter(bool), st.integers(min_value=1))
def test_cut_frame_is_error(sent: list[tuple[str, bytes, dict[str, object]]], missing: int) -> None:
    whole, before = written(*sent), written(*sent[:-1])
    cut = len(before) + 1 + missing % (len(whole) - len(before) - 1)
    stream = reading(whole[:cut])
    with pytest.raises(StreamError, match="ended within a frame"):
        while stream.read() is not None:
            pass


def test_frame_without_its_data_is_error() -> None:
    with pytest.raises(StreamError, match="ended within"):
        reading(written(("job", b"data", {}))[: -len(b"data")]).read()


@given(st.binary(min_size=1, max_size=64))
def test_other_bytes_are_no_frames(data: bytes) -> None:
    stream = reading(data)
    with pytest.raises(StreamError):
        while stream.read() is not None:
            raise AssertionError("a frame was found")


@pytest.mark.parametrize(
    ("header", "data", "what"),
    [(LARGEST_HEADER + 1, 0, "header"), (20, LARGEST_DATA + 1, "file"), (20, 2**64 - 1, "file")],
)
def test_large_frame_refused_unread(header: int, data: int, what: str) -> None:
    source = io.BytesIO(struct.pack(">IQ", header, data) + b" " * 100)
    with pytest.raises(StreamError, match=f"announces a {what} of"):
        FrameStream(source, io.BytesIO()).read()
    assert source.tell() == struct.calcsize(">IQ")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"kind": 1}',
        b"{",
        b"\xff",
        b'"kind"',
        pytest.param(b"[" * 10**5, id="deep"),
    ],
)
def test_header_without_kind_is_error(text: bytes) -> None:
    with pytest.raises(StreamError, match="does not consist of frames"):
        reading(struct.pack(">IQ", len(text), 0) + text).read()


@pytest.mark.parametrize("lengths", [(2**32 - 1, 0), (2, 2**64 - 1)])
def test_huge_lengths_not_read(lengths: tuple[int, int]) -> None:
    text = json.dumps({"kind": "x"}).encode()
    with pytest.raises(StreamError, match="does not consist of frames"):
        reading(struct.pack(">IQ", *lengths) + text).read()


class CountingRaw(io.RawIOBase):
    """Counts the calls of the system."""

    calls = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.calls += 1
        return len(data)


def test_outputs_sent_together() -> None:
    raw = CountingRaw()
    stream = FrameStream(io.BytesIO(), io.BufferedWriter(raw, BUFFER_BYTES))
    outputs = {str(number): bytes(20_000) for number in range(10)}
    write_end(stream, DoneJob(StoredResult("key", {}), outputs))
    assert raw.calls == 1
