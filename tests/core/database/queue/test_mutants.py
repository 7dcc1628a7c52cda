"""Mutants of the queue's source, each of which the state machine must kill.

A suite that misses them would prove nothing about the real queue.
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

MOVE_FENCE = "\"attempts = attempts - ? WHERE id = ? AND token = ? AND status = 'processing'\""
RENEWAL_FENCE = "lease_until = ? WHERE id = ? AND token = ? AND status = 'processing'"
RETRY_FENCE = "HELD = \"SELECT 1 FROM jobs WHERE id = ? AND token = ? AND status = 'processing'\""


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
    Mutant("a move without the fence", MOVE_FENCE, without_token(MOVE_FENCE)),
    Mutant("a move without the status", MOVE_FENCE, without_status(MOVE_FENCE)),
    Mutant("a retry without the fence", RETRY_FENCE, without_token(RETRY_FENCE)),
    Mutant("a retry without the status", RETRY_FENCE, without_status(RETRY_FENCE)),
    Mutant("a renewal without the fence", RENEWAL_FENCE, without_token(RENEWAL_FENCE)),
    Mutant("a renewal without the status", RENEWAL_FENCE, without_status(RENEWAL_FENCE)),
    Mutant("a token that is not incremented", "token = token + 1", "token = 1"),
    Mutant(
        "a token that is reset when a job is requeued",
        "SET status = 'pending', worker_id = NULL,",
        "SET status = 'pending', token = 0, worker_id = NULL,",
    ),
    Mutant("a lease that is ignored", '"lease_until < ?"', '"lease_until IS NOT ?"'),
    Mutant("a lease that never expires", '"lease_until < ?"', '"lease_until < ? AND 0"'),
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
    Mutant("a returned job that loses an attempt", "int(returned)", "0"),
    Mutant(
        "a claim of another build's job", "= ?1 AND job_type = ?2\n", "<> ?1 AND job_type = ?2\n"
    ),
    Mutant(
        "a claim of another type's job", "= ?1 AND job_type = ?2\n", "= ?1 AND job_type <> ?2\n"
    ),
    Mutant("a failure that spares dependants", "elif not returned:", "elif False:"),
    Mutant("an end that is collected twice", "SET collected = 1 WHERE", "SET collected = 0 WHERE"),
    Mutant("a dead worker that keeps its jobs", '"worker_id = ?"', '"worker_id = ? AND 0"'),
    Mutant(
        "a job cancelled after its end",
        "WHERE id = ? AND status IN ('pending', 'processing')\n\"\"\"",
        'WHERE id = ?\n"""',
    ),
    Mutant(
        "a cancelled build whose ended jobs change",
        "AND status IN ('pending', 'processing') AND collected = 0\n\"\"\"",
        'AND collected = 0\n"""',
    ),
    Mutant(
        "an id that is reused",
        "SELECT seq FROM sqlite_sequence WHERE name = 'jobs'",
        "SELECT coalesce(max(id), 0) FROM jobs",
    ),
    Mutant("a pool lost by one build and then by all", "if build_id:", "if False:"),
    Mutant(
        "a requeued job without new attempts",
        "SET status = 'pending', attempts = 0,",
        "SET status = 'pending',",
    ),
    Mutant(
        "a requeued job whose token is reset",
        "SET status = 'pending', attempts = 0,",
        "SET status = 'pending', attempts = 0, token = 0,",
    ),
    Mutant(
        "a requeued job that is never collected",
        "collected = 0, worker_id",
        "worker_id",
    ),
    Mutant(
        "a completed job that is requeued",
        "AND status IN ('failed', 'cancelled')",
        "AND status IN ('failed', 'cancelled', 'completed')",
    ),
    Mutant(
        "a job requeued without its dependencies",
        "execute(_NEEDED, (job_id,)).fetchall()",
        "execute(_NEEDED, (0,)).fetchall()",
    ),
    Mutant("a pruned running build", "FROM builds WHERE finished_at IS NOT NULL", "FROM builds"),
    Mutant(
        "pruned jobs of other builds",
        'DELETE FROM {table} WHERE {column} = ?", old)',
        'DELETE FROM {table} WHERE {column} <> ?", old)',
    ),
]


def mutated(
    mutant: Mutant, folder: Path, load: Callable[[str, Path], ModuleType]
) -> dict[str, Any]:
    """The mutated part of the queue, as a keyword argument of the machine."""
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
            phases=[Phase.generate],  # one failure is enough, it need not be minimal
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
