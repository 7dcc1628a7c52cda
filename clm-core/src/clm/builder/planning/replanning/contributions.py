"""What the plan of a topic gives to the plans of all others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import attrs

from clm.builder.planning.kept.contents import Contents, UnknownContentError
from clm.builder.planning.topics.topic_plan import TopicPlan

# Of these only parts matter to other topics.
_IN_PARTS = ("jobs", "copies", "made")


def gives_same(old: TopicPlan, new: TopicPlan) -> bool:
    """Whether both plans of a topic give the same to those of other topics and of the course.

    Jobs may have other payloads, inputs and links, and copied files other contents.
    """
    return not (old.failed or new.failed) and list(_given(old)) == list(_given(new))


def digest_given(plan: TopicPlan, contents: Contents) -> str | None:
    """The digest of what the plan gives to others; None if it failed, or has unknown content."""
    if plan.failed:
        return None
    try:
        return contents.digest(*_given(plan))
    except UnknownContentError:
        return None


def paths_of(plan: TopicPlan) -> set[str]:
    """All paths that the jobs and copies of a topic want."""
    made = (path for job in plan.jobs for output in job.outputs for path in output.destinations)
    return {*map(str, made), *(path for copy in plan.copies for path in copy.destinations)}


def _given(plan: TopicPlan) -> Iterator[Any]:
    for name in attrs.fields_dict(TopicPlan):
        if name not in _IN_PARTS:
            yield getattr(plan, name)
    yield plan.made.of, plan.made.unwanted, plan.made.planned_nothing
    for job in plan.jobs:
        carried: dict[str, tuple[PurePosixPath, ...]] = dict(job.carried)
        yield job.id, job.job_type, job.source, job.outputs, job.shared, carried
    for copy in plan.copies:
        yield copy.file.name, copy.file.path, copy.destinations
