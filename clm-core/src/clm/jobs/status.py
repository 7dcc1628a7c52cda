"""The states of a job and the moves between them.

    pending -> processing -> completed | failed | cancelled
    pending -> cancelled | failed (a job that it needs failed)
    processing -> pending (tried again, given back, rescued from a dead worker)

The three on the right are final. A job that is processing is leased: it goes back when its worker
has given no sign for `LEASE_SECONDS`, unless told otherwise.
"""

from __future__ import annotations

from enum import StrEnum

LEASE_SECONDS = 30.0


class JobStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED})
