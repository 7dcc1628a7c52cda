"""Hypothesis state machine that drives a job queue and a plain model of it side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clm.database.queue.job_queue import JobQueue
from clm.database.queue.registry import Registry
from queue_machine.directed_rules import DirectedRules
from queue_machine.invariants import Invariants
from queue_machine.worker_rules import WorkerRules


class QueueMachine(DirectedRules, WorkerRules, Invariants):
    """Operations of builders, operators and workers on one queue, in any order."""


def machine_for(folder: Path, **parts: Any) -> type[QueueMachine]:
    """The machine with `parts` in place of the real ones: `queue_class`, `registry_class`,
    `requeue_job`. The template, a queue of two builds without jobs, is created in `folder`."""
    template = folder / "empty.db"
    if not template.exists():
        with JobQueue(template) as queue:
            for build in ("build-1", "build-2"):
                Registry(queue).add_build(build, "")
    return type("Machine", (QueueMachine,), {"template": template, **parts})
