"""When topics are released: the dates of the spec, and what is due at a moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from attrs import frozen

from clm import UsageError
from clm.builds import CourseInfo, CourseSection, CourseTopic
from clm_plugin_publish.dates import after_holidays, later, moment, week
from clm_plugin_publish.schedule.plans import ALL, Part, Plan

TASKS, SOLUTIONS, AFTER = "tasks", "solutions", "after"
# The kinds without solutions; what any other kind shows counts as a solution.
_KINDS_OF_TASKS = ("code-along", "partial")
_KINDS_OF_SOLUTIONS = ("completed",)
_PRIVATE = ("speaker", "trainer", "recording", "recording-code-along")
_WORDS = (TASKS, SOLUTIONS, ALL, AFTER)


@frozen
class Release:
    """A part of a topic and when it is released; never, as long as `at` is None.

    `what` is `tasks`, `solutions`, `all`, or a kind that the spec names.
    """

    section: str
    section_name: str
    topic: str
    what: str
    at: datetime | None


@frozen
class Schedule:
    """All releases of a course, in the order of its topics; a topic without dates has none."""

    releases: tuple[Release, ...]

    def kinds_at(self, now: datetime) -> dict[str, frozenset[str]]:
        """The only kinds of the topics that are not wholly released."""
        now = now.astimezone(UTC)  # in one zone, times would be compared as clocks show them
        found: dict[str, frozenset[str]] = {}
        by_topic: dict[str, list[Release]] = {}
        for release in self.releases:
            by_topic.setdefault(release.topic, []).append(release)
        for topic, releases in by_topic.items():
            due = [r.what for r in releases if r.at is not None and r.at <= now]
            if len(due) < len(releases):
                named = {r.what for r in releases}
                found[topic] = frozenset(k for what in due for k in _kinds(what, named))
        return found

    def became_due(self, since: datetime, now: datetime) -> tuple[Release, ...]:
        """What was released after one moment and until another."""
        first, last = since.astimezone(UTC), now.astimezone(UTC)
        return tuple(r for r in self.releases if r.at is not None and first < r.at <= last)


def _kinds(what: str, named: set[str]) -> Iterator[str]:
    if what in (TASKS, ALL):
        yield from (kind for kind in _KINDS_OF_TASKS if kind not in named)
    if what in (SOLUTIONS, ALL):
        yield from (kind for kind in _KINDS_OF_SOLUTIONS if kind not in named)
    if what not in _WORDS:
        yield what


def schedule_of(course: CourseInfo, plan: Plan) -> Schedule:
    """The releases of a course by a plan.

    Raises:
        UsageError: with the place of the first date that is none.
    """
    schedule, problems = checked_schedule(course, plan)
    if problems:
        raise problems[0]
    return schedule


def checked_schedule(course: CourseInfo, plan: Plan) -> tuple[Schedule, list[UsageError]]:
    """The releases of a course by a plan, and what is wrong with the others."""
    problems, releases = plan.unknown_dates(course), []
    for section in course.sections:
        name = next(iter(section.name.values()), section.id)
        whole: Mapping[str, str] | None = None
        try:
            whole = _texts(plan, section, "section")
        except UsageError as error:
            problems.append(error)
        for topic in section.topics:
            try:
                moments = _topic(topic, section, whole, plan)
            except UsageError as error:
                problems.append(error)
                continue
            releases += [Release(section.id, name, topic.id, k, at) for k, at in moments.items()]
    by_text = {(str(problem), problem.place): problem for problem in problems}
    return Schedule(tuple(releases)), list(by_text.values())


def _topic(
    topic: CourseTopic, section: CourseSection, whole: Mapping[str, str] | None, plan: Plan
) -> dict[str, datetime | None]:
    """The moments of a topic by what they are for; `whole` is None if its section's are wrong."""
    own = _texts(plan, topic, "topic")
    if whole is None and ALL not in own and TASKS not in own:
        return {ALL: None}  # what else it has may count from those of the section
    whole = whole or {}
    texts = own if ALL in own else {**whole, **own}
    if not texts:
        return plan.without_date
    part: Part = topic if own else section
    return _moments(texts, plan, part, "topic" if own else "section")


def _texts(plan: Plan, part: Part, what: str) -> dict[str, str]:
    """The texts of the `release` of a section or topic by what they are for."""
    value, where = plan.release(part), f"'release' of {what} {part.id!r}"
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        return {ALL: value}
    if not isinstance(value, Mapping):
        hint = "write a date, or {tasks: 2027-03-01, solutions: 2027-03-05T18:00}"
        raise plan.wrong(f"{where} is no date and no mapping", part, hint)
    for key, text in value.items():
        if key in _PRIVATE:
            raise plan.wrong(f"{where}: {key!r} is never for students", part)
        if not isinstance(text, str) or not text:
            raise plan.wrong(f"{where}: {text!r} for {key!r} is no date", part)
    plan.check_keys(value, (*_WORDS, *_KINDS_OF_TASKS, *_KINDS_OF_SOLUTIONS), where, part)
    return dict(value)


def _moments(
    texts: Mapping[str, str], plan: Plan, part: Part, what: str
) -> dict[str, datetime | None]:
    """The moments of a topic by what they are for."""
    given = dict(texts)
    if AFTER in given:
        given.setdefault(SOLUTIONS, f"{AFTER} {given[AFTER]}")
        del given[AFTER]
    found: dict[str, datetime | None] = {}
    try:
        # What is `after` needs the tasks.
        for key in sorted(given, key=lambda key: (key != TASKS, key != ALL)):
            at = _moment(key, given[key], found, plan)
            found[key] = after_holidays(at, plan.free, plan.time_zone)
    except ValueError as error:
        raise plan.wrong(f"'release' of {what} {part.id!r}: {error}", part) from error
    if ALL not in found:
        # What has no date beside others that have one, is not released by an oversight.
        found = {TASKS: None, SOLUTIONS: None, **found}
    elif TASKS in found or SOLUTIONS in found:
        whole = found.pop(ALL)
        found = {TASKS: whole, SOLUTIONS: whole, **found}
    return found


def _moment(key: str, text: str, found: Mapping[str, datetime | None], plan: Plan) -> datetime:
    span = week(text)
    if not span and not text.startswith(AFTER):
        return plan.absolute(moment(text, plan.time_zone), text)
    start, missing = plan.start, "'start'"
    if not span and key not in (TASKS, ALL):
        start, missing = found.get(TASKS) or found.get(ALL), "date of 'tasks'"
    if start is None:
        raise ValueError(f"{key!r} is {text!r}, but there is no {missing} before it")
    return later(start, span or text.removeprefix(AFTER).strip(" :"), plan.time_zone)
