"""Days, moments and spans of time as the spec writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from clm import nearest

_SPAN = re.compile(r"(\d{1,4})\s*(minute|hour|day|week)s?")
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
    return naive.replace(tzinfo=zone(time_zone)) if time_zone else naive.astimezone()


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
    """The moment a span after another; days keep the time of the day, also when clocks change."""
    days, more = span(text)
    if more:
        return (start.astimezone(UTC) + more).astimezone(start.tzinfo)
    return _in_zone(start.replace(tzinfo=None) + timedelta(days=days), time_zone)


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
    naive = at.replace(tzinfo=None)
    while naive.date() in free:
        naive += timedelta(days=1)
    return _in_zone(naive, time_zone) if naive != at.replace(tzinfo=None) else at
