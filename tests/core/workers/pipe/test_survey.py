"""What engines say about their environment, and the jobs that they refuse for it."""

from __future__ import annotations

import pytest
from attrs import evolve
from pipe_engines import Client, MakeJob

from clm.database.cache.results import ResultsCache
from clm.jobs.envelope import dump_payload
from clm.jobs.resolved import ResolvedJob
from clm.jobs.result import StoredResult
from clm.plugins import PluginRegistry
from clm.plugins.fingerprint import tools_of
from clm.testing.echo_plugin import EchoPayload
from clm.workers.job_runner import Failure
from clm.workers.pipe.client import EngineRefusedError

pytestmark = pytest.mark.integration


def asking(job: ResolvedJob, echo: PluginRegistry, fonts: str) -> ResolvedJob:
    """The job as a build plans it whose workers have these fonts."""
    envelope = dump_payload(echo.job_type("echo"), EchoPayload("text"), environment=["fonts x"])
    tools = evolve(tools_of(echo, "echo"), environment={"fonts x": fonts})
    return evolve(job, envelope=envelope, fingerprint=tools.fingerprint_for(["fonts x"]))


def test_engine_says_its_environment(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHO_FONTS", "others")
    tools = client(starts=False).survey(["fonts", "python"])
    assert tools.fingerprint.startswith("clm-echo: echo 1")
    assert tools.environment == {"fonts": "others", "python": "usual"}
    assert tools.payload_version == 1


def test_job_of_same_environment_runs(
    client: Client, job: MakeJob, echo: PluginRegistry, cache: ResultsCache
) -> None:
    assert isinstance(client().run(asking(job(), echo, "usual"), cache), StoredResult)


def test_job_of_other_environment_refused(
    client: Client, job: MakeJob, echo: PluginRegistry, cache: ResultsCache
) -> None:
    wanted = asking(job(), echo, "others")
    end = client().run(wanted, cache)
    assert isinstance(end, Failure)
    assert "the worker's versions are not those of this build" in end.diagnostics[0].message
    assert cache.check_cache(wanted.key) is None


def test_failing_environment_refused_by_name(client: Client) -> None:
    with pytest.raises(EngineRefusedError, match=r"clm-echo 1: .*'broken' of its environment"):
        client(starts=False).survey(["broken"])
