"""What doing a job has taken."""

from __future__ import annotations

from attrs import frozen


@frozen
class Work:
    """The time that a worker spent on a job, all zero where none did.

    `started` is in seconds since the epoch; `worker` is the worker's id, `""` where the building
    process did the job itself.
    """

    seconds: float = 0.0
    started: float = 0.0
    worker: str = ""
