"""In a long session request ids come again; the queue has a name of its own for each job."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from clm.backends.backend import BackendContext, JobEnd, JobObserver
from clm.backends.paths import ClmPaths
from clm.backends.sqlite import SqliteBackend
from clm.jobs.request import JobRequest
from clm.plugins import PluginRegistry

# A plugin may call its jobs like the names that the backend makes.
IDS = st.sampled_from(["x", "x (2)", "x (3)", "x (2) (2)", "x (02)", "", " (2)", "(", ")"])


class Deaf(JobObserver):
    def job_started(self, request: JobRequest) -> None:
        pass

    async def job_ended(self, end: JobEnd) -> None:
        pass


def backend() -> SqliteBackend:
    paths = ClmPaths.of_folder(Path("nowhere"))
    return SqliteBackend(
        BackendContext(PluginRegistry.load(entry_points=[]), paths, Deaf(), jobs=1)
    )


@given(st.lists(IDS, max_size=60))
def test_no_name_is_given_twice(ids: list[str]) -> None:
    tested = backend()
    names = [tested._new_name(request_id) for request_id in ids]
    assert len(set(names)) == len(names)


def test_the_first_job_is_called_like_its_request() -> None:
    tested = backend()
    assert [tested._new_name(name) for name in ("x", "y", "x", "x")] == ["x", "y", "x (2)", "x (3)"]
