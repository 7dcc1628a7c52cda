"""Release dates of sections and topics, and what is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clm import ClmError, Place
from clm.builds import CourseInfo, CourseSection, CourseTopic
from clm_plugin_publish.dates import moment
from clm_plugin_publish.schedule.calendars import as_data, calendar, rows
from clm_plugin_publish.schedule.plans import plan_for
from clm_plugin_publish.schedule.schedule import Schedule, checked_schedule, schedule_of
from clm_plugin_publish.settings import Cohort, Destination, PublishSettings

ZONE = "Europe/Berlin"
TASKS = {"code-along", "partial"}
ALL_KINDS = None


def at(text: str) -> datetime:
    return moment(text, ZONE)


def schedule(
    section: Any = None,
    *topics: Any,
    holidays: tuple[str, ...] = (),
    dates: dict[str, Any] | None = None,
    start: str = "",
    cohort: dict[str, Any] | None = None,
) -> Schedule:
    """The schedule of one section with topics `t0`, `t1`, ..., or that of a cohort for it."""
    info = course(section, *topics)
    own = {"web": Destination(path="web", dates=dates or {})}
    cohorts = {"autumn": Cohort(**cohort)} if cohort else {}
    settings = PublishSettings(own, cohorts, start, time_zone=ZONE, holidays=holidays)
    name = "autumn" if cohort else "web"
    return schedule_of(info, plan_for(name, settings, placed))


def placed(*keys: str) -> Place:
    """A place of the spec that tells the keys of a setting."""
    return Place(f"course.yaml/{'/'.join(keys)}", 30)


def course(section: Any = None, *topics: Any) -> CourseInfo:
    made = tuple(
        CourseTopic(f"t{n}", (), release, Place("course.yaml", 10 + n))
        for n, release in enumerate(topics or (None,))
    )
    sections = (CourseSection("week", {"en": "Week"}, made, section, Place("course.yaml", 5)),)
    folder = Path("/course")
    return CourseInfo({"en": "C"}, ("en",), "", "", {}, folder / "course.yaml", folder, sections)


def kinds(found: Schedule, when: str, topic: str = "t0") -> set[str] | None:
    """The only kinds of a topic at a moment, None for all."""
    restricted = found.kinds_at(at(when)).get(topic)
    return set(restricted) if restricted is not None else ALL_KINDS


def test_without_dates_all_is_due():
    assert schedule().releases == ()
    assert kinds(schedule(), "2027-01-01") is ALL_KINDS


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2027-02-28T23:59", set()),
        ("2027-03-01T00:00", TASKS),
        ("2027-03-05T17:59", TASKS),
        ("2027-03-05T18:00", ALL_KINDS),
    ],
)
def test_tasks_before_solutions(when, expected):
    found = schedule({"tasks": "2027-03-01", "solutions": "2027-03-05T18:00"})
    assert kinds(found, when) == expected


def test_one_date_for_all():
    found = schedule("2027-03-01")
    assert (kinds(found, "2027-02-28"), kinds(found, "2027-03-01")) == (set(), ALL_KINDS)


def test_topic_replaces_date_of_section():
    section = {"tasks": "2027-03-01", "solutions": "2027-03-05"}
    found = schedule(section, {"solutions": "2027-04-01"}, "2027-05-01")
    assert kinds(found, "2027-03-10", "t0") == TASKS
    assert kinds(found, "2027-04-01", "t0") is ALL_KINDS
    assert kinds(found, "2027-04-30", "t1") == set()
    assert kinds(found, "2027-05-01", "t1") is ALL_KINDS


def test_solutions_without_date_never_due():
    found = schedule({"tasks": "2027-03-01"})
    assert kinds(found, "2099-01-01") == TASKS
    assert ("no date", "Week", "t0", "solutions", "never") in rows(found, at("2028-01-01"))


@pytest.mark.parametrize(
    "release",
    [
        {"tasks": "2027-03-26T12:00", "after": "3 days"},
        {"tasks": "2027-03-26T12:00", "solutions": "after 3 days"},
        {"tasks": "2027-03-26T12:00", "solutions": "after: 3 days"},
        {"tasks": "2027-03-26T12:00", "solutions": "after 72 hours"},
    ],
)
def test_solutions_after_tasks(release):
    (solutions,) = [r.at for r in schedule(release).releases if r.what == "solutions"]
    # Clocks are put forward on 2027-03-28: days keep the time, hours do not.
    expected = "2027-03-29T13:00" if "hours" in str(release) else "2027-03-29T12:00"
    assert solutions == at(expected)


def test_kind_of_plugin_has_own_date():
    found = schedule({"tasks": "2027-03-01", "solutions": "2027-03-02", "exam": "2027-03-03"})
    assert kinds(found, "2027-03-02") == {*TASKS, "completed"}
    assert kinds(found, "2027-03-03") is ALL_KINDS


def test_named_kind_leaves_its_group():
    found = schedule({"all": "2027-03-01", "completed": "2027-03-03"})
    assert kinds(found, "2027-03-01") == TASKS
    assert kinds(found, "2027-03-03") is ALL_KINDS


def test_holidays_skipped():
    found = schedule("2027-04-02T08:00", holidays=("2027-04-02", "2027-04-03/2027-04-05"))
    assert found.releases[0].at == at("2027-04-06T08:00")


@pytest.mark.parametrize(
    ("release", "message"),
    [
        ("2027-13-01", "is no date"),
        ("2027-02-30", "out of range"),
        ("01.03.2027", "is no date"),
        ("2027-03-01T25:00", "is no time"),
        ("2027-03-01T10:00Z", "is no time"),
        ({"solutions": "after 3 days"}, "no date of 'tasks'"),
        ({"tasks": "after 3 days"}, "no 'start'"),
        ("week 2", "no 'start'"),
        ("0001-01-01", "no date that can be used"),
        ({"tasks": "9990-03-01", "after": "9999 weeks"}, "too late"),
        ({"tasks": "2027-03-01", "after": "2 hours 18:00"}, "hours and a time"),
        ({"tasks": "2027-03-01", "after": "2 days 25:00"}, "no time of the day"),
        ({"tasks": ""}, "is no date"),
        ({"tasks": "2027-03-01", "after": "soon"}, "no span of time"),
        ({"task": "2027-03-01"}, "unknown key 'task'"),
        ({"speaker": "2027-03-01"}, "never for students"),
        ({"tasks": 3}, "is no date"),
        (["2027-03-01"], "no date and no mapping"),
        (3, "no date and no mapping"),
    ],
)
def test_wrong_date_named_with_place(release, message):
    with pytest.raises(ClmError, match=message) as error:
        schedule(None, release)
    assert (error.value.place.line, "topic 't0'" in error.value.message) == (10, True)


def test_wrong_date_of_section_has_its_place():
    with pytest.raises(ClmError) as error:
        schedule("soon")
    assert error.value.place.line == 5


def test_kinds_never_shrink_during_term():
    release = {"tasks": "2027-03-01", "after": "1 week"}
    found = schedule(None, *[{**release, "tasks": f"2027-03-{n:02}"} for n in range(1, 12)])
    before: dict[str, set[str] | None] = {f"t{n}": set() for n in range(11)}
    for days in range(84):
        now = at("2027-02-25") + timedelta(days=days)
        for topic, old in before.items():
            new = kinds(found, now.strftime("%Y-%m-%d"), topic)
            assert new is ALL_KINDS or (old is not ALL_KINDS and new >= old)
            before[topic] = new
    assert set(before.values()) == {ALL_KINDS}


def test_became_due_between_two_moments():
    found = schedule({"tasks": "2027-03-01", "solutions": "2027-03-05"})
    due = found.became_due(at("2027-03-01"), at("2027-03-05"))
    assert [release.what for release in due] == ["solutions"]


def test_calendar_has_event_for_each_date():
    text = calendar(schedule({"tasks": "2027-03-01", "after": "2 days"}), "Größe; " + "x" * 80)
    assert text.count("BEGIN:VEVENT\r\n") == 2
    assert "DTSTART:20270228T230000Z\r\n" in text
    assert "Größe\\; xxx" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert text == calendar(
        schedule({"tasks": "2027-03-01", "after": "2 days"}), "Größe; " + "x" * 80
    )


def test_data_says_what_is_released():
    found = as_data(schedule({"tasks": "2027-03-01", "after": "2 days"}), at("2027-03-02"))
    assert [(entry["what"], entry["released"]) for entry in found] == [
        ("tasks", True),
        ("solutions", False),
    ]
    assert datetime.fromisoformat(found[0]["at"]) == datetime(2027, 3, 1, tzinfo=ZoneInfo(ZONE))


def test_own_dates_replace_all_of_course():
    dates = {"week": "2028-03-01", "t1": "2028-04-01"}
    found = schedule("2027-03-01", "2027-03-02", None, dates=dates)
    assert kinds(found, "2027-12-31", "t0") == kinds(found, "2028-03-31", "t1") == set()
    assert kinds(found, "2028-03-01", "t0") is kinds(found, "2028-04-01", "t1") is ALL_KINDS


def test_without_own_date_never_due():
    found = schedule("2027-03-01", None, None, dates={"t1": "2028-04-01"})
    assert kinds(found, "2099-01-01", "t0") == set()


@pytest.mark.parametrize(
    ("dates", "message"), [({"wek": "2028-03-01"}, "no section or topic"), ({"t0": "x"}, "no date")]
)
def test_wrong_own_dates_have_place(dates, message):
    with pytest.raises(ClmError, match=message) as error:
        schedule("2027-03-01", dates=dates)
    (key,) = dates
    assert error.value.place.file.endswith(f"destinations/web/dates/{key}")


def test_all_wrong_dates_found():
    info = course({"tasks": "soon"}, "2027-13-01", {"task": "2027-03-01"}, "2027-03-01", None)
    found, problems = checked_schedule(info, plan_for("", PublishSettings(), placed))
    assert [problem.place.line for problem in problems] == [10, 11, 5]
    assert [release.topic for release in found.releases] == ["t2"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("week 1", "2027-10-04"),
        ("week 3", "2027-10-18"),
        ("week 3 18:00", "2027-10-18T18:00"),
        ("after 3 days", "2027-10-07"),
        ("after 1 week 08:30", "2027-10-11T08:30"),
        ("after 12 hours", "2027-10-04T12:00"),
        # Clocks are put back on 2027-10-31: days keep the time, hours do not.
        ("week 5", "2027-11-01"),
        ("after 672 hours", "2027-10-31T23:00"),
    ],
)
def test_dates_count_from_start(text, expected):
    for release in (text, {"all": text}, {"tasks": text}):
        found = schedule(release, start="2027-10-04")
        assert found.releases[0].at == at(expected)


def test_solutions_count_from_tasks():
    found = schedule({"tasks": "week 2", "after": "4 days 18:00"}, start="2027-10-04T08:00")
    assert [r.at for r in found.releases] == [at("2027-10-11T08:00"), at("2027-10-15T18:00")]


def test_cohort_counts_from_own_start():
    release = {"tasks": "week 2", "after": "3 days"}
    first = schedule(release, cohort={"start": "2027-04-05"})
    second = schedule(release, start="2027-01-01", cohort={"start": "2027-10-04"})
    assert [f"{r.at:%Y-%m-%d}" for r in first.releases] == ["2027-04-12", "2027-04-15"]
    assert [f"{r.at:%Y-%m-%d}" for r in second.releases] == ["2027-10-11", "2027-10-14"]


def test_date_of_course_is_none_of_cohort():
    with pytest.raises(ClmError, match="no date for the cohort 'autumn'"):
        schedule("2027-03-01", cohort={"start": "2027-10-04"})


def test_cohort_gets_undated_at_start():
    found = schedule(None, cohort={"start": "2027-10-04"})
    assert kinds(found, "2027-10-03T23:59") == set()
    assert kinds(found, "2027-10-04") is ALL_KINDS


def test_own_dates_of_cohort_are_all():
    own = {"dates": {"t0": "week 2", "t1": "2027-12-01"}, "start": "2027-10-04"}
    found = schedule("2027-03-01", None, None, None, cohort=own)
    assert [r.at for r in found.releases] == [at("2027-10-11"), at("2027-12-01"), None]


def test_holidays_of_cohort_are_more():
    own = {"start": "2027-10-04", "holidays": ("2027-10-05",)}
    found = schedule("after 1 days", holidays=("2027-10-06",), cohort=own)
    assert found.releases[0].at == at("2027-10-07")


@pytest.mark.parametrize("name", ["autum", "wbe"])
def test_unknown_name_suggests(name):
    settings = PublishSettings({"web": Destination(path="w")}, {"autumn": Cohort("2027-10-04")})
    with pytest.raises(ClmError, match="did you mean"):
        plan_for(name, settings, placed)
