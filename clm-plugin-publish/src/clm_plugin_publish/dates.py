"""Days, moments and spans of time as the spec writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from clm import nearest

_SPAN = re.compile(r"(\d{1,4})\s*(minute|hour|day|week)s?")
_WEEK = re.compile(r"week\s+(\d{1,3})")
_CLOCK = re.compile(r"(.*\S)\s+(\d{2}:\d{2})")
_SECONDS = {"minute": 60, "hour": 3600}


def zone(name: str) -> tzinfo:
    """The time zone with a name such as Europe/Berlin.

    Raises:
        ValueError: there is none.
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones  # take a moment

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        hint = nearest(name, sorted(available_timezones()), "")
        message = f"there is no time zone {name!r}"
        raise ValueError(f"{message}; {hint}" if hint else message) from error


def now_in(time_zone: str) -> datetime:
    """The present moment in a time zone, or in that of the machine."""
    return datetime.now(zone(time_zone)) if time_zone else datetime.now().astimezone()


def day(text: str) -> date:
    """A day, such as 2027-03-01.

    Raises:
        ValueError: it is none.
    """
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError(f"{text!r} is no date: write 2027-03-01")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no date: {error}") from error


def moment(text: str, time_zone: str) -> datetime:
    """A moment: a day, which begins at midnight, or a day with a time, in this time zone.

    Raises:
        ValueError: it is none.
    """
    days, separator, clock = text.strip().replace(" ", "T").partition("T")
    hours = time()
    if separator:
        if not re.fullmatch(r"\d{2}:\d{2}(:\d{2})?", clock):
            raise ValueError(f"{text!r} is no time: write 2027-03-05T18:00, without a time zone")
        try:
            hours = time.fromisoformat(clock)
        except ValueError as error:
            raise ValueError(f"{text!r} is no time: {error}") from error
    return _in_zone(datetime.combine(day(days), hours), time_zone)


def _in_zone(naive: datetime, time_zone: str) -> datetime:
    try:
        at = naive.replace(tzinfo=zone(time_zone)) if time_zone else naive.astimezone()
        # A time that clocks skip is the one that they show then.
        return at.astimezone(UTC).astimezone(at.tzinfo)
    except OverflowError as error:
        raise ValueError(f"{naive:%Y-%m-%d} is no date that can be used") from error


def span(text: str) -> tuple[int, timedelta]:
    """A span such as `3 days` or `2 hours`: whole days, and what is added to them.

    Raises:
        ValueError: it is none.
    """
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no span of time: write 3 days, 1 week or 12 hours")
    count, unit = int(found[1]), found[2]
    if unit in _SECONDS:
        return 0, timedelta(seconds=count * _SECONDS[unit])
    return count * (7 if unit == "week" else 1), timedelta()


def later(start: datetime, text: str, time_zone: str) -> datetime:
    """The moment a span after another, such as `3 days`, `12 hours` or `4 days 18:00`.

    Days keep the time of the day, also when clocks change, unless there is another one in the text.

    Raises:
        ValueError: it is no span, or leads out of the calendar.
    """
    clock = _CLOCK.fullmatch(text.strip())
    days, more = span(clock[1] if clock else text)
    if more and clock:
        raise ValueError(f"{text!r} has hours and a time of the day: write days or weeks")
    try:
        if more:
            return (start.astimezone(UTC) + more).astimezone(start.tzinfo)
        naive = start.replace(tzinfo=None, fold=0) + timedelta(days=days)
        return _in_zone(_at_clock(naive, clock[2]) if clock else naive, time_zone)
    except OverflowError as error:
        raise ValueError(f"{text!r} is too late") from error


def _at_clock(naive: datetime, clock: str) -> datetime:
    try:
        return datetime.combine(naive.date(), time.fromisoformat(clock))
    except ValueError as error:
        raise ValueError(f"{clock!r} is no time of the day: {error}") from error


def week(text: str) -> str:
    """What `week 3` is as a span after the first day, empty if the text is no such week.

    Raises:
        ValueError: there is no such week.
    """
    clock = _CLOCK.fullmatch(text.strip())
    found = _WEEK.fullmatch(clock[1] if clock else text.strip())
    if found is None:
        return ""
    if int(found[1]) < 1:
        raise ValueError(f"{text!r} is before the start: the first one is week 1")
    return f"{int(found[1]) - 1} weeks" + (f" {clock[2]}" if clock else "")


def holidays(texts: Iterable[str]) -> frozenset[date]:
    """The days of texts such as 2027-04-02 and 2027-04-02/2027-04-09.

    Raises:
        ValueError: one is no day, or ends before it begins.
    """
    found: set[date] = set()
    for text in texts:
        first, _, last = text.partition("/")
        begin, end = day(first), day(last or first)
        if end < begin or (end - begin).days > 400:
            raise ValueError(f"{text!r} ends before it begins, or is longer than a year")
        found |= {begin + timedelta(days=n) for n in range((end - begin).days + 1)}
    return frozenset(found)


def after_holidays(at: datetime, free: frozenset[date], time_zone: str) -> datetime:
    """The moment, or the same time of the first day after it that is no holiday."""
    days = 0
    while at.date() + timedelta(days=days) in free:
        days += 1
    return later(at, f"{days} days", time_zone) if days else at
