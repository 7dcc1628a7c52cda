"""Cache keys and digests of jobs, and round trips of their inputs and diagnostics."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from clm.errors import Diagnostic, Place, Severity
from clm.jobs.key import cache_key, digest_bytes, digest_file
from clm.jobs.queued_inputs import PendingInput, dump_inputs, load_inputs
from clm.jobs.resolved import ResolvedInput, ResolvedJob
from clm.jobs.serialization import dump_diagnostics, load_diagnostics

TASK = ResolvedJob(
    job_type="conversion",
    envelope='{"payload":{},"type":"conversion","version":1}',
    fingerprint="tool 1.0",
    inputs=(ResolvedInput("a.py", "d1", Path("/course/a.py")), ResolvedInput("img/b.png", "d2")),
    outputs=("a.html", "b.html"),
    source="a.py",
    correlation_id="c1",
)


@pytest.mark.parametrize(
    "other",
    [
        evolve(TASK, envelope='{"payload":{},"type":"conversion","version":2}'),
        evolve(TASK, fingerprint="tool 1.1"),
        evolve(TASK, inputs=TASK.inputs[:1]),
        evolve(TASK, inputs=(ResolvedInput("a.py", "d9"), TASK.inputs[1])),
        evolve(TASK, inputs=(ResolvedInput("z.py", "d1"), TASK.inputs[1])),
        evolve(TASK, inputs=(ResolvedInput("a.py", "d2"), ResolvedInput("img/b.png", "d1"))),
        evolve(TASK, outputs=("a.html",)),
        evolve(TASK, outputs=("a.html", "b.html", "c.html")),
    ],
)
def test_key_changes_with_each_part(other: ResolvedJob) -> None:
    assert other.key != TASK.key


@pytest.mark.parametrize(
    "same",
    [
        evolve(TASK, source="b.py"),
        evolve(TASK, correlation_id="c2"),
        evolve(TASK, inputs=TASK.inputs[::-1]),
        evolve(TASK, outputs=TASK.outputs[::-1]),
        evolve(TASK, inputs=(ResolvedInput("a.py", "d1", Path("/elsewhere/a.py")), TASK.inputs[1])),
    ],
)
def test_key_ignores_everything_else(same: ResolvedJob) -> None:
    assert same.key == TASK.key


def test_key_stable_across_releases() -> None:
    assert TASK.key == "73dabb4d6d66aa82c2d282717bc4ecd1cfa8e2644c9aff78b7c5a67bbe6426f2"


TEXTS = st.text(st.characters(codec="utf-8"), max_size=4)
PARTS = st.tuples(
    TEXTS, TEXTS, st.dictionaries(TEXTS, TEXTS, max_size=3), st.frozensets(TEXTS, max_size=3)
)


@given(PARTS, PARTS)
def test_keys_equal_iff_parts_equal(one: tuple, other: tuple) -> None:  # type: ignore[type-arg]
    assert (cache_key(*one) == cache_key(*other)) is (one == other)


def test_file_digest_equals_bytes_digest(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"bytes\r\n" * 100_000)
    assert digest_file(file) == digest_bytes(b"bytes\r\n" * 100_000)


INPUTS = st.one_of(
    st.builds(ResolvedInput, TEXTS, TEXTS),
    st.builds(ResolvedInput, TEXTS, TEXTS, st.text("abc", min_size=1).map(Path)),
    st.builds(PendingInput, TEXTS, TEXTS, TEXTS),
)


@given(st.lists(INPUTS, max_size=5))
def test_queued_inputs_read_back_resolved(inputs: list) -> None:  # type: ignore[type-arg]
    def digest_of(producer: str, output: str) -> str:
        return f"digest of {producer} {output}"

    expected = [
        ResolvedInput(item.name, digest_of(item.producer, item.output))
        if isinstance(item, PendingInput)
        else item
        for item in inputs
    ]
    assert load_inputs(dump_inputs(inputs), digest_of) == tuple(expected)


DIAGNOSTICS = st.builds(
    Diagnostic,
    TEXTS,
    st.sampled_from(Severity),
    st.none() | st.builds(Place, TEXTS, st.none() | st.integers(1, 99), cell=st.none() | TEXTS),
    hint=st.none() | TEXTS,
)


@given(st.lists(DIAGNOSTICS, max_size=3))
def test_diagnostics_round_trip(diagnostics: list[Diagnostic]) -> None:
    assert load_diagnostics(dump_diagnostics(diagnostics)) == tuple(diagnostics)
