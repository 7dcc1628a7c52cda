"""The plans of topics, kept from one build of a session to the next."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, field, frozen

from clm.builder.planning.topics import Planning, TopicPlan, TopicPlanner
from clm.course.course import Section, Topic
from clm.course.spec import CourseSpec
from clm.errors import SpecError
from clm.jobs.request import FileInput

# Beside what is the same for all topics: the topic, its first number, and its files' digests.
_MadeFrom = tuple[Topic, int, tuple[str, ...]]


@frozen
class _Known:
    made_from: _MadeFrom | None
    plan: TopicPlan


@define(eq=False, repr=False)
class TopicPlans:
    """Plans topics, and gives the same plan again where nothing of a topic has changed.

    A plan is made from the spec, the templates and the topic's files, and for one set of plugins
    and one filter. `fresh` are the ids of the jobs that were planned anew since `begin`.
    """

    fresh: set[str] = field(factory=set, init=False)
    _spec: CourseSpec | None = field(default=None, init=False)
    _templates: tuple[FileInput, ...] = field(default=(), init=False)
    _known: Mapping[str, _Known] = field(factory=dict, init=False)
    _new: dict[str, _Known] = field(factory=dict, init=False)

    def begin(self, planning: Planning) -> None:
        """All topics are going to be planned; what was known of others is forgotten."""
        same = self._spec == planning.course.spec and self._templates == planning.templates
        self._known = self._new if same else {}
        self._spec, self._templates = planning.course.spec, planning.templates
        self._new = {}
        self.fresh = set()

    def plan(
        self, planning: Planning, section: Section, topic: Topic, first_number: int
    ) -> TopicPlan:
        """The plan of a topic; raises as `TopicPlanner.plan` does."""
        made_from = _made_from(planning, topic, first_number)
        name = f"{section.index} {topic.id}"
        known = self._known.get(name)
        if known is None or known.made_from != made_from:
            known = _Known(made_from, TopicPlanner(planning, section, topic, first_number).plan())
            self.fresh.update(job.id for job in known.plan.jobs)
        # What failed is tried again: it may be for a reason that lies outside of the course.
        if made_from is not None and not known.plan.failed:
            self._new[name] = known
        return known.plan


def _made_from(planning: Planning, topic: Topic, first_number: int) -> _MadeFrom | None:
    try:
        return topic, first_number, tuple(map(planning.digest, topic.files))
    except SpecError:
        return None  # one of them cannot be read, which the plan says
