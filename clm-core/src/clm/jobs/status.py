"""The states of a job and the transitions between them.

    pending -> processing -> completed | failed | cancelled
    pending -> cancelled | failed (a job that it needs failed)
    processing -> pending (retried, returned, requeued after its worker died)

`completed`, `failed` and `cancelled` are final. A processing job is leased: it is requeued if its
worker does not renew the lease for `LEASE_SECONDS`, the default.
"""

from __future__ import annotations

from enum import StrEnum

LEASE_SECONDS = 30.0


class JobStatus(StrEnum):
    """The state of a job in a queue."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED})
