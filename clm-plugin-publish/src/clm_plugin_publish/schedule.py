"""When topics are released: the dates of the spec, and what is due at a moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from attrs import evolve, frozen

from clm import ClmError, Place, UsageError, nearest
from clm.builds import CourseInfo
from clm_plugin_publish.dates import after_holidays, holidays, later, moment
from clm_plugin_publish.settings import PublishSettings

TASKS, SOLUTIONS, ALL, AFTER = "tasks", "solutions", "all", "after"
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
        return tuple(r for r in self.releases if r.at is not None and since < r.at <= now)


def _kinds(what: str, named: set[str]) -> Iterator[str]:
    if what in (TASKS, ALL):
        yield from (kind for kind in _KINDS_OF_TASKS if kind not in named)
    if what in (SOLUTIONS, ALL):
        yield from (kind for kind in _KINDS_OF_SOLUTIONS if kind not in named)
    if what not in _WORDS:
        yield what


def schedule_of(
    course: CourseInfo,
    settings: PublishSettings,
    dates: Mapping[str, Any] | None = None,
    place: Place | None = None,
) -> Schedule:
    """The releases of a course; `dates` at a `place` of the spec replace all those of the course.

    Raises:
        ClmError: with the place of the first date that is none.
    """
    if dates:
        course = _with_dates(course, dates, place)
    free, releases = holidays(settings.holidays), []
    for section in course.sections:
        name = next(iter(section.name.values()), section.id)
        whole = _texts(section.release, f"section {section.id!r}", section.place)
        for topic in section.topics:
            what = f"topic {topic.id!r}"
            own = _texts(topic.release, what, topic.place)
            texts = own if ALL in own else {**whole, **own}
            at_place = topic.place if own else section.place
            moments = _moments(texts, settings.time_zone, free, what, at_place)
            if dates and not moments:  # other dates of the course say nothing about this cohort
                moments = {ALL: None}
            releases += [Release(section.id, name, topic.id, k, at) for k, at in moments.items()]
    return Schedule(tuple(releases))


def _with_dates(course: CourseInfo, dates: Mapping[str, Any], place: Place | None) -> CourseInfo:
    """The course with other dates."""
    known = [name for s in course.sections for name in (s.id, *(t.id for t in s.topics))]
    for name in dates:
        if name not in known:
            hint = nearest(name, known)
            raise _wrong(f"'dates' name {name!r}, which is no section or topic", place, hint)
    sections = []
    for section in course.sections:
        topics = (evolve(t, release=dates.get(t.id), place=place) for t in section.topics)
        own = evolve(section, release=dates.get(section.id), place=place, topics=tuple(topics))
        sections.append(own)
    return evolve(course, sections=tuple(sections))


def _texts(value: Any, what: str, place: Place | None) -> dict[str, str]:
    """The texts of `release` by what they are for."""
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        return {ALL: value}
    if not isinstance(value, Mapping):
        hint = "write a date, or {tasks: 2027-03-01, solutions: 2027-03-05T18:00}"
        raise _wrong(f"'release' of {what} is no date and no mapping", place, hint)
    for key, text in value.items():
        if key in _PRIVATE:
            raise _wrong(f"'release' of {what}: {key!r} is never for students", place)
        if not isinstance(text, str):
            raise _wrong(f"'release' of {what}: {text!r} for {key!r} is no date", place)
    return dict(value)


def _moments(
    texts: Mapping[str, str],
    time_zone: str,
    free: frozenset[date],
    what: str,
    place: Place | None,
) -> dict[str, datetime | None]:
    """The moments of a topic by what they are for."""
    if not texts:
        return {}
    given = dict(texts)
    if AFTER in given:
        given.setdefault(SOLUTIONS, f"{AFTER} {given[AFTER]}")
        del given[AFTER]
    found: dict[str, datetime | None] = {}
    try:
        # What is `after` comes last: it needs the others.
        for key in sorted(given, key=lambda key: given[key].startswith(AFTER)):
            at = _moment(key, given[key], found, time_zone)
            found[key] = after_holidays(at, free, time_zone)
    except ValueError as error:
        raise _wrong(f"'release' of {what}: {error}", place) from error
    _check_keys(found, what, place)
    if ALL not in found:
        # What has no date beside others that have one, is not released by an oversight.
        found = {TASKS: None, SOLUTIONS: None, **found}
    elif TASKS in found or SOLUTIONS in found:
        whole = found.pop(ALL)
        found = {TASKS: whole, SOLUTIONS: whole, **found}
    return found


def _moment(key: str, text: str, found: Mapping[str, datetime | None], time_zone: str) -> datetime:
    if not text.startswith(AFTER):
        return moment(text, time_zone)
    start = found.get(TASKS) or found.get(ALL)
    if start is None or key in (TASKS, ALL):
        raise ValueError(f"{key!r} is {text!r}, but there is no date of 'tasks' before it")
    return later(start, text.removeprefix(AFTER).strip(" :"), time_zone)


def _check_keys(found: Mapping[str, object], what: str, place: Place | None) -> None:
    known = (*_WORDS, *_KINDS_OF_TASKS, *_KINDS_OF_SOLUTIONS)
    for key in found:
        near = nearest(key, known, "")
        if key not in known and near:  # another kind may be that of a plugin
            raise _wrong(f"'release' of {what} has an unknown key {key!r}", place, near)


def _wrong(message: str, place: Place | None, hint: str | None = None) -> ClmError:
    return UsageError(message, place=place, hint=hint)
