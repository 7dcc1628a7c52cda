"""Properties of dates, schedules and calendars, for any dates, zones and holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar

from clm.builds import CourseInfo, CourseSection, CourseTopic
from clm_plugin_publish.dates import after_holidays, day, holidays, later, moment, span, week
from clm_plugin_publish.schedule.calendars import calendar
from clm_plugin_publish.schedule.plans import plan_for
from clm_plugin_publish.schedule.schedule import Release, Schedule, schedule_of
from clm_plugin_publish.settings import Cohort, PublishSettings

# Clocks that change by an hour, by half of one, at midnight, never, and a day that was skipped.
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "UTC",
         "Asia/Kolkata", "Pacific/Apia", "Africa/Cairo"]  # fmt: skip
zones = st.sampled_from(ZONES)
days = st.dates(date(2011, 1, 1), date(2040, 12, 31))
clocks = st.times().map(lambda time: time.replace(second=0, microsecond=0))
moments = st.builds(datetime.combine, days, clocks)


def at(naive: datetime, zone: str) -> datetime:
    return moment(f"{naive:%Y-%m-%dT%H:%M}", zone)


@given(moments, zones)
@example(datetime.fromisoformat("2027-03-28T02:30"), "Europe/Berlin")
@example(datetime.fromisoformat("2011-12-30T12:00"), "Pacific/Apia")
@example(datetime.fromisoformat("2027-10-03T02:15"), "Australia/Lord_Howe")
def test_moment_is_one_that_clocks_show(naive, zone):
    found = at(naive, zone)
    shown = found.astimezone(UTC).astimezone(ZoneInfo(zone))
    assert (shown.replace(tzinfo=None), shown.fold) == (found.replace(tzinfo=None), found.fold)
    exists = ZoneInfo(zone).utcoffset(naive) == ZoneInfo(zone).utcoffset(naive.replace(fold=1))
    if exists:
        assert found.replace(tzinfo=None) == naive
    assert timedelta() <= found.replace(tzinfo=None) - naive <= timedelta(days=1)


@given(moments, zones, st.integers(0, 400))
def test_days_keep_time_of_day(naive, zone, count):
    start = at(naive, zone)
    found = later(start, f"{count} days", zone)
    expected = start.replace(tzinfo=None) + timedelta(days=count)
    assert found == at(expected, zone)


@given(moments, zones, st.integers(0, 4000))
def test_hours_are_hours(naive, zone, count):
    start = at(naive, zone)
    found = later(start, f"{count} hours", zone)
    assert found.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=count)


@given(moments, zones, st.integers(1, 60), clocks)
def test_week_is_so_many_days(naive, zone, number, clock):
    start = at(naive, zone)
    assert later(start, week(f"week {number}"), zone) == later(start, f"{number - 1} weeks", zone)
    with_clock = later(start, week(f"week {number} {clock:%H:%M}"), zone)
    first = (start.replace(tzinfo=None) + timedelta(weeks=number - 1)).date()
    assert with_clock == at(datetime.combine(first, clock), zone)


free_days = st.lists(st.tuples(days, st.integers(0, 20)), max_size=4)


@given(moments, zones, free_days, st.integers(0, 5))
def test_holidays_are_left_by_first_other_day(naive, zone, spans, before):
    spans = [*spans, (naive.date() - timedelta(days=before), 7)]
    free = holidays(f"{first}/{first + timedelta(days=count)}" for first, count in spans)
    start = at(naive, zone)
    found = after_holidays(start, free, zone)
    first = start.date()
    while first in free:
        first += timedelta(days=1)
    assert found == at(datetime.combine(first, start.time().replace(fold=0)), zone)
    # Only where a whole day was skipped, it may be another one.
    assert found.date() not in free or zone == "Pacific/Apia"


@given(st.text(max_size=30))
@example("week 0")
@example("9999-12-31T23:59")
@example("after 3 days")
@example("\u0662\u0660\u0662\u0667-\u0660\u0663-\u0660\u0661")
def test_any_text_is_read_or_refused(text):
    start = datetime(2027, 3, 1, tzinfo=UTC)
    readers = [
        day, span, week, lambda text: moment(text, "Europe/Berlin"),
        lambda text: later(start, text, "UTC"), lambda text: holidays([text]),
    ]  # fmt: skip
    for read in readers:
        try:
            read(text)
        except ValueError as error:
            assert str(error)


absolute = moments.map(lambda at: f"{at:%Y-%m-%dT%H:%M}")
relative = st.one_of(
    st.integers(1, 30).map(lambda n: f"week {n}"),
    st.integers(0, 90).map(lambda n: f"after {n} days"),
)
after = st.one_of(
    st.integers(0, 40).map(lambda n: f"{n} days"), st.integers(0, 500).map(lambda n: f"{n} hours")
)


def course_of(releases: list[object]) -> CourseInfo:
    topics = tuple(CourseTopic(f"t{n}", (), release) for n, release in enumerate(releases))
    sections = (CourseSection("week", {"en": "Week"}, topics),)
    return CourseInfo({"en": "C"}, ("en",), "", "", {}, Path("/c/c.yaml"), Path("/c"), sections)


def release(texts: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    mapping = st.fixed_dictionaries({"tasks": texts}, optional={"after": after, "completed": texts})
    return st.one_of(st.none(), texts, mapping)


@given(st.lists(release(st.one_of(absolute, relative)), max_size=4), moments, zones, st.data())
def test_what_is_released_stays_released(releases, start, zone, data):
    settings = PublishSettings(start=f"{start:%Y-%m-%dT%H:%M}", time_zone=zone)
    schedule = schedule_of(course_of(releases), plan_for("", settings, None))
    first = at(data.draw(moments), zone)
    second = first + timedelta(minutes=data.draw(st.integers(0, 10**6)))
    before, then = schedule.kinds_at(first), schedule.kinds_at(second)
    assert then.keys() <= before.keys()
    for topic, kinds in then.items():
        assert kinds >= before[topic]
    came = {r.topic for r in schedule.became_due(first, second)}
    changed = {t for t in before if before[t] != then.get(t)}
    assert changed <= came


@given(release(relative), days, days, zones)
def test_cohorts_have_equal_terms(text, first, second, zone):
    """Without holidays, all is as many days after the start of each cohort."""
    cohorts = {"a": Cohort(str(first)), "b": Cohort(str(second))}
    settings = PublishSettings({}, cohorts, time_zone="UTC")
    course = course_of([text])
    a, b = (schedule_of(course, plan_for(name, settings, None)).releases for name in "ab")
    shift = second - first
    assert [r.at and r.at + shift for r in a] == [r.at for r in b]


@given(moments, zones, st.integers(0, 3 * 60))
@example(datetime.fromisoformat("2027-10-31T02:45"), "Europe/Berlin", 45)
def test_nothing_is_early_while_clocks_change(naive, zone, minutes):
    due = at(naive, zone)
    schedule = Schedule((Release("s", "S", "t", "all", due),))
    early = (due.astimezone(UTC) - timedelta(minutes=minutes + 1)).astimezone(ZoneInfo(zone))
    late = (due.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone))
    assert schedule.kinds_at(early) == {"t": frozenset()}
    assert schedule.kinds_at(late) == {}
    assert schedule.became_due(early, late) == schedule.releases


names = st.text(st.characters(codec="utf-8"), max_size=90)
entries = st.builds(
    Release,
    st.just("s"),
    names,
    st.from_regex(r"[a-z]{1,8}(-[a-z0-9]{1,40})?", fullmatch=True),
    st.sampled_from(["tasks", "solutions", "all"]),
    st.one_of(st.none(), st.builds(at, moments, zones)),
)


@given(st.lists(entries, unique_by=lambda entry: (entry.topic, entry.what)), names)
def test_calendar_is_read_as_it_was_meant(releases, name):
    text = calendar(Schedule(tuple(releases)), name)
    lines = text.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert "\n" not in text.replace("\r\n", "") and "\r" not in text.replace("\r\n", "")
    read = Calendar.from_ical(text)
    assert not read.errors
    events = list(read.walk("VEVENT"))
    assert all(not event.errors for event in events)
    found = {(str(e["SUMMARY"]), e["DTSTART"].dt) for e in events}
    dated = [entry for entry in releases if entry.at]
    assert found == {(f"{r.topic}: {r.what}", r.at.astimezone(UTC)) for r in dated}
    assert len({str(e["UID"]) for e in events}) == len(events) == len(dated)
    for event in events:
        section = next(
            r.section_name for r in dated if str(event["SUMMARY"]) == f"{r.topic}: {r.what}"
        )
        words = "".join(letter if letter.isprintable() else " " for letter in section).split()
        assert str(event["DESCRIPTION"]).split() == words


def test_event_keeps_id_when_it_moves():
    def ids(day: str, whose: str = "") -> list[str]:
        at = moment(day, "Europe/Berlin")
        read = Calendar.from_ical(
            calendar(Schedule((Release("s", "S", "t", "all", at),)), "C", whose)
        )
        return [str(event["UID"]) for event in read.walk("VEVENT")]

    assert ids("2027-03-01") == ids("2027-03-08")
    assert ids("2027-03-01", "autumn") != ids("2027-03-01") != ids("2027-03-01", "spring")


@pytest.mark.parametrize("required", ["VERSION", "PRODID", "X-WR-CALNAME"])
def test_calendar_has_what_readers_ask_for(required):
    assert required in Calendar.from_ical(calendar(Schedule(()), "C"))
