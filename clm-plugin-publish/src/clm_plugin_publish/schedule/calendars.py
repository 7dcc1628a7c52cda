"""Schedules as tables, as plain data and as calendars."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from clm_plugin_publish.schedule.schedule import Release, Schedule

_LINE = 75  # bytes, by RFC 5545


def rows(schedule: Schedule, now: datetime) -> list[tuple[str, ...]]:
    """The releases by time, those without a date last."""
    return [
        (
            f"{r.at:%Y-%m-%d %H:%M}" if r.at else "no date",
            r.section_name,
            r.topic,
            r.what,
            "released" if r.at and r.at <= now else "" if r.at else "never",
        )
        for r in _by_time(schedule)
    ]


def as_data(schedule: Schedule, now: datetime) -> list[dict[str, Any]]:
    """The releases as plain data, in the same order."""
    return [
        {
            "at": r.at.isoformat() if r.at else None,
            "section": r.section,
            "topic": r.topic,
            "what": r.what,
            "released": r.at is not None and r.at <= now,
        }
        for r in _by_time(schedule)
    ]


def calendar(schedule: Schedule, course: str, whose: str = "") -> str:
    """An iCalendar with an event for each release that has a date.

    An event has the same id whenever it is; those of a destination or cohort, `whose` it is, have
    others than those of the course.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//CLM//clm-plugin-publish//EN"]
    lines.append(f"X-WR-CALNAME:{_escaped(f'{course} ({whose})' if whose else course)}")
    for release in _by_time(schedule):
        if release.at is not None:
            lines += _event(release, release.at, f"{course}\n{whose}" if whose else course)
    lines.append("END:VCALENDAR")
    return "".join(f"{line}\r\n" for text in lines for line in _folded(text))


def _event(release: Release, at: datetime, calendar: str) -> list[str]:
    key = f"{calendar}\n{release.topic}\n{release.what}"
    start = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return [
        "BEGIN:VEVENT",
        f"UID:{hashlib.sha256(key.encode()).hexdigest()[:32]}@clm",
        f"DTSTAMP:{start}",  # the same release gives the same calendar
        f"DTSTART:{start}",
        f"SUMMARY:{_escaped(f'{release.topic}: {release.what}')}",
        f"DESCRIPTION:{_escaped(release.section_name)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _escaped(text: str) -> str:
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    for letter in "\\;,":
        text = text.replace(letter, f"\\{letter}")
    return text


def _folded(text: str) -> Iterator[str]:
    """The line in parts of at most 75 bytes; a letter is not cut."""
    part, size = "", 0
    for letter in text:
        length = len(letter.encode())
        if size + length > _LINE:
            yield part
            part, size = " ", 1
        part, size = part + letter, size + length
    yield part


def _by_time(schedule: Schedule) -> list[Release]:
    end = datetime.max.replace(tzinfo=UTC)
    return sorted(schedule.releases, key=lambda release: release.at or end)
