"""Unique queue names in sessions in which request ids recur."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clm.backends.queue_session import QueueNames

# A plugin may use request ids that look like generated names.
IDS = st.sampled_from(["x", "x (2)", "x (3)", "x (2) (2)", "x (02)", "", " (2)", "(", ")"])


@given(st.lists(IDS, max_size=60))
def test_no_name_assigned_twice(ids: list[str]) -> None:
    tested = QueueNames()
    names = [tested.assign(request_id) for request_id in ids]
    assert len(set(names)) == len(names)


def test_first_job_keeps_request_name() -> None:
    tested = QueueNames()
    assert [tested.assign(name) for name in ("x", "y", "x", "x")] == ["x", "y", "x (2)", "x (3)"]
