"""Jobs and their ends as bytes, and the one function that does a job in any process."""

from __future__ import annotations

import io
import multiprocessing
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from attrs import evolve
from pipe_engines import MakeJob

from clm.errors import TransientJobError
from clm.jobs.key import digest_bytes
from clm.jobs.resolved import ResolvedInput, ResolvedJob
from clm.jobs.result import StoredResult
from clm.plugins import PluginRegistry
from clm.workers import packed
from clm.workers.job_runner import Failure
from clm.workers.packed import do_job, pack_job, unpack_end
from clm.workers.pipe.frames import FrameStream, StreamError


@pytest.fixture(autouse=True)
def own_converters(echo: PluginRegistry) -> Iterator[None]:
    """The kept converters of the process are those of one test."""
    packed._doers.clear()
    yield
    packed._doers.clear()


def content(item: ResolvedInput) -> bytes:
    assert item.path is not None
    return item.path.read_bytes()


def done(job: ResolvedJob, do: Callable[[bytes], bytes] = do_job) -> packed.DoneJob:
    return unpack_end(do(pack_job(job, content)), job)


def frames(*written: tuple[str, bytes, dict[str, object]]) -> bytes:
    buffer = io.BytesIO()
    stream = FrameStream(io.BytesIO(), buffer)
    for kind, data, header in written:
        stream.write(kind, data, **header)
    return buffer.getvalue()


def test_job_done_from_bytes(job: MakeJob) -> None:
    end = done(job("hello", inputs={"a": b" there", "b/c": b" there"}))
    assert end.outputs == {"out": b"hello there there"}
    assert isinstance(end.result, StoredResult)
    assert end.result.outputs == {"out": digest_bytes(b"hello there there")}


def test_result_has_key_of_job(job: MakeJob) -> None:
    one = job("hello")
    result = done(one).result
    assert isinstance(result, StoredResult)
    assert result.key == one.key


def test_mistake_is_part_of_answer(job: MakeJob) -> None:
    end = done(job("x", error="no such word"))
    assert isinstance(end.result, Failure) and not end.result.is_transient
    assert "no such word" in str(end.result.diagnostics[0])
    assert end.outputs == {}


def test_transient_failure_told(job: MakeJob, tmp_path: Path) -> None:
    end = done(job("x", transient=9, log=str(tmp_path / "log")))
    assert isinstance(end.result, Failure) and end.result.is_transient


def test_other_versions_refused(job: MakeJob) -> None:
    end = done(evolve(job("x"), fingerprint="other"))
    assert isinstance(end.result, Failure)
    assert "the worker's versions are not those of this build" in str(end.result.diagnostics[0])


def test_missing_plugin_is_failure(job: MakeJob) -> None:
    end = done(evolve(job("x"), job_type="nobody"))
    assert isinstance(end.result, Failure)
    assert "no loaded plugin offers the job type 'nobody'" in str(end.result.diagnostics[0])


def test_converter_kept_for_next_job(job: MakeJob) -> None:
    done(job("one"))
    doer = packed._doers["echo"]
    done(job("two"))
    assert packed._doers["echo"] is doer


def test_input_named_by_its_content(job: MakeJob, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    one = job("x", inputs={"a": b"data"})
    forged = frames(("input", b"bad", {"digest": "../victim"}))
    end = unpack_end(do_job(forged + pack_job(one, content)), one)
    assert end.outputs == {"out": b"xdata"}
    assert (tmp_path / "victim").read_text() == "mine"


@pytest.mark.parametrize(
    "data", [b"", b"no job", frames(("ping", b"", {})), frames(("job", b"", {"protocol": 1}))]
)
def test_no_job_is_error(data: bytes) -> None:
    with pytest.raises(StreamError):
        do_job(data)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"Welcome to this machine\n",
        frames(("result", b"", {})),
        frames(("result", b"", {"diagnostics": "[]", "metadata": {}})),
        frames(("failure", b"", {"diagnostics": 3, "is_transient": True})),
        pytest.param(
            frames(("failure", b"", {"diagnostics": "[" * 10**5, "is_transient": True})), id="deep"
        ),
        frames(
            ("output", b"", {"name": "out"}),
            ("result", b"", {"diagnostics": "[]", "metadata": {"a": float("nan")}}),
        ),
        frames(("output", b"", {"name": "out"}), ("ping", b"", {"diagnostics": "[]"})),
    ],
)
def test_nonsense_is_transient(job: MakeJob, answer: bytes) -> None:
    with pytest.raises(TransientJobError):
        unpack_end(answer, job("x"))


@pytest.mark.integration
def test_program_does_one_job(job: MakeJob) -> None:
    command = [sys.executable, "-m", "clm", "workers", "serve", "--once"]

    def do(data: bytes) -> bytes:
        return subprocess.run(command, input=data, capture_output=True, check=True).stdout

    assert done(job("hello"), do).outputs == {"out": b"hello"}


@pytest.mark.integration
def test_spawned_process_does_job(job: MakeJob) -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        end = done(job("hello"), lambda data: pool.submit(do_job, data).result())
    assert end.outputs == {"out": b"hello"}
