"""Dead jobs at a real broker, listed and discarded."""

from __future__ import annotations

import asyncio
import json

import pytest
from clm_program import run_clm
from rabbitmq_broker import RabbitmqBroker

from clm.backends.remote import ResolvedJob
from clm_plugin_rabbitmq.broker import Broker
from clm_plugin_rabbitmq.messages import JobMessage
from clm_plugin_rabbitmq.topology import declare_dead

pytestmark = pytest.mark.integration

TYPE = "dead-letters"  # other tests have dead jobs of other types


def dead(token: str) -> JobMessage:
    job = ResolvedJob(TYPE, "{}", "1", (), ("out",), f"slides/{token}.py", "c")
    return JobMessage(token, "build", "", job, {}, 3, 3, use_cache=True)


async def bury(url: str, tokens: list[str]) -> None:
    async with await Broker.of(url, {}).connect("test") as connection:
        exchange = await declare_dead(await connection.channel())
        for token in tokens:
            await exchange.publish(dead(token).dead("its worker died"), "")


def listed(broker: RabbitmqBroker) -> dict[str, str]:
    """The sources of the dead jobs, by id."""
    done = run_clm("jobs", "list", "--json", "--type", TYPE, "--broker", broker.url)
    assert done.returncode == 0, done.stderr
    return {job["id"]: job["source"] for job in json.loads(done.stdout)["jobs"]}


def discard(broker: RabbitmqBroker, *arguments: str):
    return run_clm("jobs", "discard", "--broker", broker.url, *arguments)


def test_chosen_dead_jobs_discarded(broker: RabbitmqBroker) -> None:
    asyncio.run(bury(broker.url, ["a-1", "a-2", "a-3"]))
    assert listed(broker)["a-2"] == "slides/a-2.py"

    assert "2 dead job(s) discarded" in discard(broker, "a-1", "a-3", "--yes").stderr
    assert list(listed(broker)) == ["a-2"]

    assert discard(broker, "--all", "--yes", "--json").returncode == 0
    assert listed(broker) == {}


def test_unknown_dead_job_discards_none(broker: RabbitmqBroker) -> None:
    asyncio.run(bury(broker.url, ["b-1"]))

    done = discard(broker, "b-1", "b-2", "--yes")

    assert done.returncode == 2
    assert "no dead job 'b-2'" in done.stderr
    assert list(listed(broker)) == ["b-1"]
    discard(broker, "b-1", "--yes")


@pytest.mark.parametrize("arguments", [[], ["a", "--all"]])
def test_ids_or_all_required(broker: RabbitmqBroker, arguments: list[str]) -> None:
    assert "give the ids of dead jobs, or --all" in discard(broker, *arguments).stderr


def test_own_backend_keeps_no_dead_jobs() -> None:
    assert "keeps no dead jobs" in run_clm("jobs", "discard", "--all").stderr
