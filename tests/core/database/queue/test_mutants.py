"""The state machine finds each of these faults when it is put into the queue.

A suite that does not kill them proves nothing about the queue as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from attrs import frozen
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.stateful import run_state_machine_as_test

from clm.database.queue import job_queue, registry, requeue, statements
from clm.errors import DatabaseError

FENCE_OF_A_MOVE = "\"attempts = attempts - ? WHERE id = ? AND token = ? AND status = 'processing'\""
FENCE_OF_A_RENEWAL = "\"WHERE id = ? AND token = ? AND status = 'processing'\""
FENCE_OF_A_RETRY = (
    "HELD = \"SELECT 1 FROM jobs WHERE id = ? AND token = ? AND status = 'processing'\""
)


@frozen
class Mutant:
    """A fault: `new` in place of the one occurrence of `old` in the queue's source."""

    name: str
    old: str
    new: str


def without_token(fence: str) -> str:
    return fence.replace("token = ?", "? IS NOT NULL")


def without_status(fence: str) -> str:
    return fence.replace(" AND status = 'processing'", "")


MUTANTS = [
    Mutant("a move without the fence", FENCE_OF_A_MOVE, without_token(FENCE_OF_A_MOVE)),
    Mutant("a move without the status", FENCE_OF_A_MOVE, without_status(FENCE_OF_A_MOVE)),
    Mutant("a retry without the fence", FENCE_OF_A_RETRY, without_token(FENCE_OF_A_RETRY)),
    Mutant("a retry without the status", FENCE_OF_A_RETRY, without_status(FENCE_OF_A_RETRY)),
    Mutant("a renewal without the fence", FENCE_OF_A_RENEWAL, without_token(FENCE_OF_A_RENEWAL)),
    Mutant("a renewal without the status", FENCE_OF_A_RENEWAL, without_status(FENCE_OF_A_RENEWAL)),
    Mutant("a token that does not rise", "token = token + 1", "token = 1"),
    Mutant(
        "a token that is reset when a job is taken back",
        "SET status = 'pending', worker_id = NULL,",
        "SET status = 'pending', token = 0, worker_id = NULL,",
    ),
    Mutant("a lease that is ignored", '"lease_until < ?"', '"lease_until IS NOT ?"'),
    Mutant("a lease that never ends", '"lease_until < ?"', '"lease_until < ? AND 0"'),
    Mutant(
        "a lease that is not renewed", "SET lease_until = ? ", "SET lease_until = max(0, ?) * 0 "
    ),
    Mutant("a dependency that is ignored", "AND blockers = 0 AND", "AND"),
    Mutant("a dependency that is not counted", "n.status <> 'completed'", "0"),
    Mutant("a job that stays blocked", "blockers = blockers - 1", "blockers = blockers"),
    Mutant("priorities ignored", "ORDER BY priority DESC, id LIMIT", "ORDER BY id LIMIT"),
    Mutant("last in, first out", "priority DESC, id LIMIT", "priority DESC, id DESC LIMIT"),
    Mutant("attempts without a limit", "AND attempts < max_attempts", "AND 1"),
    Mutant("one attempt too many", "AND attempts < max_attempts", "AND attempts <= max_attempts"),
    Mutant("a given back job that has lost an attempt", "int(given_back)", "0"),
    Mutant("a claim of another build's job", "= ? AND job_type = ?\n", "<> ? AND job_type = ?\n"),
    Mutant("a claim of another type's job", "= ? AND job_type = ?\n", "= ? AND job_type <> ?\n"),
    Mutant("a failure that spares what needs it", "elif not given_back:", "elif False:"),
    Mutant("an end that is handed out twice", "SET collected = 1 WHERE", "SET collected = 0 WHERE"),
    Mutant("a dead worker's jobs left to it", '"worker_id = ?"', '"worker_id = ? AND 0"'),
    Mutant(
        "a job cancelled after its end",
        "WHERE id = ? AND status IN ('pending', 'processing')\n\"\"\"",
        'WHERE id = ?\n"""',
    ),
    Mutant(
        "a build cancelled with what has ended",
        "AND status IN ('pending', 'processing') AND collected = 0\n\"\"\"",
        'AND collected = 0\n"""',
    ),
    Mutant(
        "an id that is given again",
        "SELECT seq FROM sqlite_sequence WHERE name = 'jobs'",
        "SELECT coalesce(max(id), 0) FROM jobs",
    ),
    Mutant("a pool lost by one build and taken from both", "if build_id:", "if False:"),
    Mutant(
        "a job opened again whose attempts are used up",
        "SET status = 'pending', attempts = 0,",
        "SET status = 'pending',",
    ),
    Mutant(
        "a job opened again whose token begins again",
        "SET status = 'pending', attempts = 0,",
        "SET status = 'pending', attempts = 0, token = 0,",
    ),
    Mutant(
        "a job opened again that its builder never hears of",
        "collected = 0, worker_id",
        "worker_id",
    ),
    Mutant(
        "a completed job opened again",
        "AND status IN ('failed', 'cancelled')",
        "AND status IN ('failed', 'cancelled', 'completed')",
    ),
    Mutant(
        "a job opened again without what it needs",
        "execute(_NEEDED, (job_id,)).fetchall()",
        "execute(_NEEDED, (0,)).fetchall()",
    ),
    Mutant("a running build forgotten", "FROM builds WHERE finished_at IS NOT NULL", "FROM builds"),
    Mutant(
        "jobs of other builds forgotten",
        'DELETE FROM {table} WHERE {column} = ?", old)',
        'DELETE FROM {table} WHERE {column} <> ?", old)',
    ),
]


def mutated(
    mutant: Mutant, folder: Path, load: Callable[[str, Path], ModuleType]
) -> dict[str, Any]:
    """The part of the queue with the fault, as the machine takes it."""
    modules = (job_queue, statements, requeue, registry)
    files = [Path(str(module.__file__)) for module in modules]
    sources = {file: file.read_text(encoding="utf-8") for file in files}
    (home,) = (file for file, source in sources.items() if mutant.old in source)
    assert sources[home].count(mutant.old) == 1, "the mutant no longer fits the source"
    faulty = folder / "mutant.py"
    faulty.write_text(sources[home].replace(mutant.old, mutant.new), encoding="utf-8")
    module = load("clm_tests_mutant", faulty)
    if home.stem == "requeue":
        return {"requeue_job": staticmethod(module.requeue_job)}
    if home.stem == "registry":
        return {"registry_class": module.Registry}
    if home.stem == "job_queue":
        return {"queue_class": module.JobQueue}
    original = load("clm_tests_original", files[0])
    for name in vars(original).keys() & vars(module).keys():
        if not name.startswith("__"):
            setattr(original, name, getattr(module, name))
    return {"queue_class": original.JobQueue}


def run(machine: Any) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            derandomize=True,
            database=None,
            phases=[Phase.generate],  # one way to fail is enough, it need not be the shortest
            verbosity=Verbosity.quiet,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_state_machine_kills_mutant(
    mutant: Mutant,
    tmp_path: Path,
    machine: Callable[..., Any],
    load_module: Callable[[str, Path], ModuleType],
) -> None:
    faulty = machine(**mutated(mutant, tmp_path, load_module))
    with pytest.raises((AssertionError, DatabaseError)):
        run(faulty)


@pytest.mark.slow
def test_unmutated_queue_passes(machine: Callable[..., Any]) -> None:
    run(machine())
