"""In a long session request ids come again; the queue has a name of its own for each job."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clm.backends.queue_session import QueueNames

# A plugin may call its jobs like the names that the queue makes.
IDS = st.sampled_from(["x", "x (2)", "x (3)", "x (2) (2)", "x (02)", "", " (2)", "(", ")"])


@given(st.lists(IDS, max_size=60))
def test_no_name_is_given_twice(ids: list[str]) -> None:
    tested = QueueNames()
    names = [tested.give(request_id) for request_id in ids]
    assert len(set(names)) == len(names)


def test_first_job_keeps_request_name() -> None:
    tested = QueueNames()
    assert [tested.give(name) for name in ("x", "y", "x", "x")] == ["x", "y", "x (2)", "x (3)"]
