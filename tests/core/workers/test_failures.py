"""Which failures of jobs are tried again."""

from __future__ import annotations

import pytest

from clm import ConversionError
from clm.errors import DatabaseBusyError, TransientJobError
from clm.workers.job_runner import failure_of


@pytest.mark.parametrize(
    ("error", "is_transient"),
    [
        (TransientJobError("later"), True),
        (DatabaseBusyError("later"), True),
        (ConversionError("never"), False),
        (OSError("never"), False),
        (ValueError("never"), False),
    ],
)
def test_only_transient_errors_retryable(error: Exception, is_transient: bool) -> None:
    assert failure_of(error, "a").is_transient is is_transient
