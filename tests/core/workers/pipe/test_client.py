"""Jobs at the other end of a pipe, run by real engines."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from pipe_engines import ENGINE, Client, MakeJob, of_other_version

from clm.database.cache.results import ResultsCache
from clm.errors import InputChangedError
from clm.jobs.resolved import ResolvedJob
from clm.jobs.result import StoredResult
from clm.workers.job_runner import Failure
from clm.workers.pipe.client import EngineLostError, EngineRefusedError

pytestmark = pytest.mark.integration


def output(cache: ResultsCache, result: StoredResult | Failure) -> bytes:
    assert isinstance(result, StoredResult), result
    return cache.read_blob(result.outputs["out"])


def engine_of(client: object) -> psutil.Process:
    return psutil.Process(client._open._process.pid)  # type: ignore[attr-defined]


def test_result_is_cached_here(client: Client, job: MakeJob, cache: ResultsCache) -> None:
    wanted = job("text", inputs={"a": b"1", "folder/b": b"2", "c": b""})
    result = client().run(wanted, cache)
    assert output(cache, result) == b"text12"
    assert cache.check_cache(wanted.key) == result


def test_engine_runs_many_jobs(client: Client, job: MakeJob, cache: ResultsCache) -> None:
    engine = client()
    for number in range(5):
        wanted = job(str(number), inputs={"a": bytes([number]) * 1000})
        assert (
            output(cache, engine.run(wanted, cache))
            == str(number).encode() + bytes([number]) * 1000
        )


def test_large_input_and_output(client: Client, job: MakeJob, cache: ResultsCache) -> None:
    data = os.urandom(30_000_000)
    assert output(cache, client().run(job(inputs={"a": data}), cache)) == data


def test_mistake_of_author_is_failure(client: Client, job: MakeJob, cache: ResultsCache) -> None:
    end = client().run(job(error="wrong here"), cache)
    assert isinstance(end, Failure)
    assert not end.is_transient
    assert [(d.message, str(d.place)) for d in end.diagnostics] == [("wrong here", "course/x:3")]


def test_progress_arrives(client: Client, job: MakeJob, cache: ResultsCache) -> None:
    seen: list[tuple[float | None, str]] = []
    client().run(job(progress=0.5), cache, progress=lambda *what: seen.append(what))
    assert seen == [(0.5, "echoing")]


def test_cancelled_job_ends(
    client: Client, job: MakeJob, cache: ResultsCache, tmp_path: Path
) -> None:
    started = threading.Event()
    engine = client()
    waiting = job(progress=0.1, wait_for=str(tmp_path / "never"))
    end = engine.run(waiting, cache, started.is_set, progress=lambda *_: started.set())
    assert isinstance(end, Failure)
    assert end.is_transient
    assert output(cache, engine.run(job("next"), cache)) == b"next"


def test_other_fingerprint_refused(client: Client, job: MakeJob, cache: ResultsCache) -> None:
    end = client().run(of_other_version(job()), cache)
    assert isinstance(end, Failure)
    assert "not those of this build: it has clm-echo: echo 1" in end.diagnostics[0].message


def test_unknown_job_type_refused(client: Client) -> None:
    with pytest.raises(EngineRefusedError, match="no loaded plugin offers the job type 'other'"):
        client(job_type="other")


def test_changed_input_is_no_result(client: Client, job: MakeJob, cache: ResultsCache) -> None:
    wanted = job(inputs={"a": b"1"})
    (item,) = wanted.inputs
    assert item.path is not None
    item.path.write_bytes(b"2")
    with pytest.raises(InputChangedError, match="a has changed"):
        client().run(wanted, cache)


def test_killed_engine_is_lost(
    client: Client, job: MakeJob, cache: ResultsCache, tmp_path: Path
) -> None:
    lost: list[EngineLostError] = []
    engine = client(on_lost=lost.append)
    waiting = job(progress=0.1, wait_for=str(tmp_path / "never"))
    with pytest.raises(EngineLostError, match="exit code -9; it was killed"):
        engine.run(waiting, cache, progress=lambda *_: engine_of(engine).kill())
    assert len(lost) == 1


def test_frozen_engine_is_lost(
    client: Client, job: MakeJob, cache: ResultsCache, tmp_path: Path
) -> None:
    engine = client(silence_seconds=3.0)
    process = engine_of(engine)
    waiting = job(progress=0.1, wait_for=str(tmp_path / "never"))
    try:
        with pytest.raises(EngineLostError, match="has not answered for 3 seconds"):
            engine.run(waiting, cache, progress=lambda *_: process.suspend())
    finally:
        process.kill()


def test_message_names_last_words(client: Client) -> None:
    script = "import sys; sys.stdin.buffer.read(12); sys.exit('no such machine')"
    with pytest.raises(EngineLostError, match="exit code 1: no such machine"):
        client(sys.executable, "-c", script)


NONSENSE = {
    "text": b"Welcome to this machine!\n",
    "no fingerprint": b'{"kind": "ready", "protocol": 1, "payload_version": 1}',
    "no version": b'{"kind": "ready", "protocol": 1, "fingerprint": "x"}',
    "other protocol": b'{"kind": "ready", "protocol": 99, "fingerprint": "x"}',
}


@pytest.mark.parametrize("sent", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_no_engine(client: Client, sent: bytes) -> None:
    frame = sent if sent[:1] != b"{" else len(sent).to_bytes(4, "big") + bytes(8) + sent
    script = f"import sys; sys.stdout.buffer.write({frame!r}); sys.stdout.flush(); sys.stdin.read()"
    with pytest.raises((EngineLostError, EngineRefusedError)):
        client(sys.executable, "-c", script)


ENDS = [
    {"kind": "result", "id": 1},
    {"kind": "result", "id": 1, "diagnostics": "[]", "metadata": {}},
    {"kind": "result", "id": 1, "diagnostics": "[1]", "metadata": {}},
    {"kind": "result", "id": 1, "diagnostics": 3, "metadata": {}},
    {"kind": "failure", "id": 1, "diagnostics": "no"},
    {"kind": "output"},
    {"kind": "progress"},
    {"kind": "recall"},
    {"kind": "remember", "parts": 3},
    {"kind": "waiting", "seconds": "long"},
    {"kind": "progress", "fraction": 10**400, "text": ""},
    {"kind": "recall", "parts": "[" * 20_000},
]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: json.dumps(end)[:60])
def test_wrong_answer_is_no_result(
    client: Client, job: MakeJob, cache: ResultsCache, end: dict[str, object]
) -> None:
    wanted = job()
    with pytest.raises(EngineLostError, match="nonsense"):
        client(*engine_sending(wanted, (end, b""))).run(wanted, cache)
    assert cache.check_cache(wanted.key) is None


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ([("other", b"1")], "the output 'other' is not expected"),
        ([("out", b"1"), ("out", b"2")], "the output 'out' is not expected"),
        ([("out", b"12345678901")], "the outputs have more than"),
    ],
)
def test_outputs_of_engine_limited(
    client: Client,
    job: MakeJob,
    cache: ResultsCache,
    monkeypatch: pytest.MonkeyPatch,
    sent: list[tuple[str, bytes]],
    fault: str,
) -> None:
    monkeypatch.setattr("clm.workers.pipe.client.LARGEST_OUTPUTS", 10)
    wanted = job()
    frames = (({"kind": "output", "name": name}, data) for name, data in sent)
    with pytest.raises(EngineLostError, match=fault):
        client(*engine_sending(wanted, *frames)).run(wanted, cache)


def engine_sending(job: ResolvedJob, *frames: tuple[dict[str, object], bytes]) -> tuple[str, ...]:
    """The command of an engine for a job, which then sends these headers and data."""
    ready = {
        "kind": "ready",
        "protocol": 1,
        "fingerprint": job.fingerprint,
        "payload_version": 1,
    }
    script = (
        "import sys, json\n"
        f"for header, data in {[(ready, b''), *frames]!r}:\n"
        "    text = json.dumps(header).encode()\n"
        "    lengths = len(text).to_bytes(4, 'big') + len(data).to_bytes(8, 'big')\n"
        "    sys.stdout.buffer.write(lengths + text + data)\n"
        "    sys.stdout.flush()\n"
        "sys.stdin.read()\n"
    )
    return sys.executable, "-c", script


def test_engine_ends_with_killed_client(echo: object, job: MakeJob, tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from clm.workers.pipe.client import EngineClient\n"
        f"client = EngineClient.start({list(ENGINE)!r}, 'echo')\n"
        "print(client._open._process.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    engine = psutil.Process(int(holder.stdout.readline()))
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    engine.wait(20)
