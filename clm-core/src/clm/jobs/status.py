"""The states of a job and the moves between them.

    pending -> processing -> completed | failed | cancelled
    pending -> cancelled | failed (a job that it needs failed)
    processing -> pending (tried again, given back, rescued from a dead worker)

The three on the right are final.
"""

from __future__ import annotations

from enum import StrEnum


class JobStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED})
