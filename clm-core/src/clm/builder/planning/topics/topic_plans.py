"""Cache of topic plans across the builds of a session."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from attrs import define, field, frozen

from clm.builder.planning.links.link_targets import CourseLinks
from clm.builder.planning.topics.topic_plan import Planning, TopicPlan
from clm.builder.planning.topics.topic_planner import TopicPlanner
from clm.course.course import Section, Topic
from clm.course.spec import CourseSpec
from clm.errors import SpecError
from clm.jobs.request import FileInput
from clm.theme.course_theme import CourseTheme

# Inputs of one topic's plan: the topic, its first number, and the digests of its files.
_MadeFrom = tuple[Topic, int, tuple[str, ...]]


@frozen(repr=False)
class _CachedPlan:
    made_from: _MadeFrom | None
    plan: TopicPlan


@frozen(eq=False, repr=False)
class PlannedTopic:
    """A topic with its plan; `first_number` is that of its first numbered source."""

    section: Section
    topic: Topic
    first_number: int
    plan: TopicPlan


@define(eq=False, repr=False)
class TopicPlans:
    """Plans topics, and returns the cached plan of a topic that has not changed.

    A plan depends on the spec, the templates, the theme and the topic's files, for one set of
    plugins and one filter. `fresh` has the ids of the jobs that were planned again since `begin`,
    `planned` the topics since then, `planning` and `links` what they were planned with, and
    `disputed` the paths that several sources want. `digests` are those of files that have changed
    since.
    """

    fresh: set[str] = field(factory=set, init=False)
    planned: dict[str, PlannedTopic] = field(factory=dict, init=False)
    planning: Planning | None = field(default=None, init=False)
    links: CourseLinks | None = field(default=None, init=False)
    disputed: Collection[str] = field(default=(), init=False)
    digests: dict[Path, str] = field(factory=dict, init=False)
    _spec: CourseSpec | None = field(default=None, init=False)
    _templates: tuple[FileInput, ...] = field(default=(), init=False)
    _theme: tuple[CourseTheme, tuple[FileInput, ...]] | None = field(default=None, init=False)
    _cached: Mapping[str, _CachedPlan] = field(factory=dict, init=False)
    _new: dict[str, _CachedPlan] = field(factory=dict, init=False)

    def begin(self, planning: Planning) -> None:
        """Starts a plan of all topics; drops the cached plans of others."""
        theme = planning.course.found_theme.theme, planning.theme_files
        same = self._spec == planning.course.spec and self._templates == planning.templates
        same = same and self._theme == theme
        self._cached = self._new if same else {}
        self._spec, self._templates = planning.course.spec, planning.templates
        self._theme = theme
        self._new = {}
        self.fresh, self.planned = set(), {}
        self.planning, self.links = planning, None
        self.disputed, self.digests = (), {}

    def plan(
        self, planning: Planning, section: Section, topic: Topic, first_number: int
    ) -> TopicPlan:
        """The plan of a topic; raises as `TopicPlanner.plan` does."""
        made_from = _made_from(planning, topic, first_number)
        name = f"{section.index} {topic.id}"
        cached = self._cached.get(name)
        if cached is None or cached.made_from != made_from:
            cached = _CachedPlan(
                made_from, TopicPlanner(planning, section, topic, first_number).plan()
            )
            self.fresh.update(job.id for job in cached.plan.jobs)
        # A failed plan is not cached: its cause may be outside of the course.
        if made_from is not None and not cached.plan.failed:
            self._new[name] = cached
        self.planned[name] = PlannedTopic(section, topic, first_number, cached.plan)
        return cached.plan


def _made_from(planning: Planning, topic: Topic, first_number: int) -> _MadeFrom | None:
    try:
        return topic, first_number, tuple(map(planning.digest, topic.files))
    except SpecError:
        return None  # the planner reports the unreadable file
