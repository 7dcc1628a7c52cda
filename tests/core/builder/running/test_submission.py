"""Keys of jobs, made of the tools where the jobs run, and checks of their inputs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from attrs import evolve, frozen

from clm.builder.running.submission import JobPreparer
from clm.errors import ClmError, PayloadError
from clm.jobs.request import JobInput, JobRequest, OutputSpec
from clm.jobs.tools import Tools, environment_in
from clm.plugins import PluginRegistry
from clm.testing.echo_plugin import EchoPayload
from clm.testing.installing import load_only, put_on_path, write_metadata

REQUEST = JobRequest("echo:a", "echo", EchoPayload("a"), "a", environment=("fonts",))
ELSEWHERE = Tools("echo: elsewhere", {"fonts": "others", "python": "p"})


@frozen
class Place:
    """A backend whose jobs run with these tools; it notes what it was asked."""

    answer: Tools | ClmError | None
    asked: list[tuple[str, Sequence[str]]]

    async def tools(self, job_type: str, names: Sequence[str]) -> Tools | None:
        self.asked.append((job_type, names))
        if isinstance(self.answer, ClmError):
            raise self.answer
        return self.answer


@pytest.fixture
def preparer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JobPreparer:
    write_metadata(tmp_path, "clm-echo", "1", {"echo": "clm.testing.echo_plugin"})
    put_on_path(monkeypatch, tmp_path)
    load_only(monkeypatch, ["echo"])
    return JobPreparer(PluginRegistry.load())


def ask(preparer: JobPreparer, answer: Tools | ClmError | None, *more: JobRequest) -> Place:
    place = Place(answer, [])
    asyncio.run(preparer.ask(place, (REQUEST, *more)))  # type: ignore[arg-type]
    return place


def test_key_has_own_environment(preparer: JobPreparer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHO_FONTS", "own")
    ask(preparer, None)
    fingerprint = preparer.submittable(REQUEST).fingerprint
    assert fingerprint.startswith("clm-echo: echo 1")
    assert environment_in(fingerprint) == {"fonts": "own"}


def test_key_has_environment_of_workers(preparer: JobPreparer) -> None:
    other = evolve(REQUEST, id="echo:b", environment=("python",))
    place = ask(preparer, ELSEWHERE, other)
    assert place.asked == [("echo", ["fonts", "python"])]
    for request in (REQUEST, other):
        expected = ELSEWHERE.fingerprint_for(request.environment)
        assert preparer.submittable(request).fingerprint == expected


def test_other_environment_is_other_key(preparer: JobPreparer) -> None:
    ask(preparer, ELSEWHERE)
    first = preparer.submittable(REQUEST).resolved(()).key
    again = JobPreparer(preparer.plugins)
    ask(again, evolve(ELSEWHERE, environment={"fonts": "newer"}))
    assert again.submittable(REQUEST).resolved(()).key != first


def test_names_alone_are_not_in_key(preparer: JobPreparer) -> None:
    ask(preparer, evolve(ELSEWHERE, environment={"fonts": "x", "fonts /a": "x"}))
    moved = evolve(REQUEST, environment=("fonts /a",))
    keys = {preparer.submittable(r).resolved(()).key for r in (REQUEST, moved)}
    assert len(keys) == 1


def test_unknown_tools_fail_jobs(preparer: JobPreparer) -> None:
    ask(preparer, ClmError("no worker listens"))
    with pytest.raises(ClmError, match="no worker listens"):
        preparer.submittable(REQUEST)


@pytest.mark.parametrize(
    ("producer", "output", "why"),
    [
        ("nobody", "text", "no job of the course has this id"),
        (REQUEST.id, "text", "it is the job itself"),
        ("echo:late", "svg", "its outputs are text"),
        ("echo:late", "text", r"'echo' \(plugin 'echo' of clm-echo 1\) has stage=1, which must be"),
    ],
)
def test_missing_input_has_reason(
    preparer: JobPreparer, producer: str, output: str, why: str
) -> None:
    preparer.planned = (evolve(REQUEST, id="echo:late", outputs=(OutputSpec("text"),)),)
    needing = evolve(REQUEST, inputs=(JobInput("a", producer, output),))
    with pytest.raises(PayloadError, match=f"which was not planned before it: .*{why}"):
        preparer.check_inputs(needing)
