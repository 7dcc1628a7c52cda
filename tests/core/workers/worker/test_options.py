"""Serialization of worker options."""

from __future__ import annotations

from pathlib import Path

import pytest
from cattrs import ClassValidationError
from hypothesis import given
from hypothesis import strategies as st

from clm.workers.worker.options import WorkerOptions

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
paths = texts.map(Path)
seconds = st.floats(0, 1e6)


@given(
    st.builds(
        WorkerOptions,
        worker_id=texts,
        build_id=texts,
        job_type=texts,
        executor=texts,
        db_path=paths,
        cache_path=paths,
        work_folder=paths,
        builder_address=texts,
        use_cache=st.booleans(),
        poll_seconds=seconds,
        lease_seconds=seconds,
        heartbeat_seconds=seconds,
        grace_seconds=seconds,
        log_level=texts,
    )
)
def test_options_round_trip(options: WorkerOptions) -> None:
    assert WorkerOptions.from_json(options.to_json()) == options


def test_unknown_options_rejected() -> None:
    with pytest.raises(ClassValidationError):
        WorkerOptions.from_json('{"worker_id": "w", "unheard_of": 1}')
