"""Plans: whose dates are meant, the course's, those of a destination or of a cohort."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from attrs import frozen

from clm import Place, UsageError, nearest
from clm.builds import CourseInfo, CourseSection, CourseTopic
from clm_plugin_publish.dates import holidays, moment
from clm_plugin_publish.settings import PublishSettings

Placing = Callable[..., Place]
"""Returns the place of a setting of the plugin in the spec, for its keys."""

Part = CourseSection | CourseTopic
ALL = "all"


@frozen
class Plan:
    """Whose dates are meant, with what they are reckoned from.

    `dates` replace those of the course, as far as they are not None; they are below `keys` in the
    settings. `cohort` is empty for the course itself. `gone` are ids that the course had.
    """

    time_zone: str = ""
    free: frozenset[date] = frozenset()
    start: datetime | None = None
    dates: Mapping[str, Any] | None = None
    cohort: str = ""
    keys: tuple[str, ...] = ()
    place: Placing | None = None
    gone: frozenset[str] = frozenset()

    def release(self, part: Part) -> Any:
        """The dates of a section or topic, as plain data."""
        return part.release if self.dates is None else self.dates.get(part.id)

    @property
    def without_date(self) -> dict[str, datetime | None]:
        """The moments of a topic without dates: none if it always was there."""
        if self.dates is not None:  # other dates of the course say nothing about these readers
            return {ALL: None}
        return {ALL: self.start} if self.cohort else {}

    def absolute(self, at: datetime, text: str) -> datetime:
        """The moment of a date of the spec.

        Raises:
            ValueError: it is a date of the course, which says nothing about a cohort.
        """
        if self.cohort and self.dates is None:
            raise ValueError(
                f"{text!r} is no date for the cohort {self.cohort!r}, which has a start of its own:"
                " write week 2 or after 7 days, or give the cohort `dates`"
            )
        return at

    def unknown_dates(self, course: CourseInfo) -> list[UsageError]:
        """An error for each of the dates that is not for a section or topic of the course."""
        known = [name for s in course.sections for name in (s.id, *(t.id for t in s.topics))]
        return [
            UsageError(
                f"'dates' name {name!r}, which is no section or topic",
                place=self._place(name),
                hint=nearest(name, known),
            )
            for name in self.dates or ()
            if name not in known and name not in self.gone
        ]

    def check_keys(
        self, given: Iterable[str], known: Collection[str], what: str, part: Part
    ) -> None:
        """Refuse a key that is nearly a known one; others may be kinds of plugins."""
        for key in given:
            near = nearest(key, known, "")
            if key not in known and near:
                raise self.wrong(f"{what} has an unknown key {key!r}", part, near)

    def wrong(self, message: str, part: Part, hint: str | None = None) -> UsageError:
        """An error in the dates of a section or topic."""
        place = part.place if self.dates is None else self._place(part.id)
        return UsageError(message, place=place, hint=hint)

    def _place(self, name: str) -> Place | None:
        return self.place(*self.keys, "dates", name) if self.place is not None else None


def plan_of_course(settings: PublishSettings) -> Plan:
    """The dates of the course itself."""
    start = moment(settings.start, settings.time_zone) if settings.start else None
    return Plan(settings.time_zone, holidays(settings.holidays), start)


def plan_for(name: str, settings: PublishSettings, place: Placing | None) -> Plan:
    """The dates for a destination or a cohort with this name, or with an empty one of the course.

    Raises:
        UsageError: the course has none with this name.
    """
    if name in settings.destinations:
        destination = settings.destinations[name]
        if not destination.cohort:
            return _of_destination(name, settings, place)
        if destination.cohort not in settings.cohorts:
            raise UsageError(
                f"the course has no cohort {destination.cohort!r}",
                place=place("destinations", name, "cohort") if place else None,
                hint=nearest(destination.cohort, settings.cohorts),
            )
        name = destination.cohort
    if name in settings.cohorts:
        return _of_cohort(name, settings, place)
    if name:
        known = [*settings.destinations, *settings.cohorts]
        raise UsageError(f"the course has no destination {name!r}", hint=nearest(name, known))
    return plan_of_course(settings)


def _of_destination(name: str, settings: PublishSettings, place: Placing | None) -> Plan:
    dates = settings.destinations[name].dates
    plan = plan_of_course(settings)
    if not dates:
        return plan
    return Plan(plan.time_zone, plan.free, plan.start, dates, "", ("destinations", name), place)


def _of_cohort(name: str, settings: PublishSettings, place: Placing | None) -> Plan:
    cohort = settings.cohorts[name]
    return Plan(
        settings.time_zone,
        holidays((*settings.holidays, *cohort.holidays)),
        moment(cohort.start, settings.time_zone) if cohort.start else None,
        cohort.dates or None,
        name,
        ("cohorts", name),
        place,
    )
