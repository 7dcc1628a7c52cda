"""New decks, in a new or an existing topic."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from attrs import frozen

from clm.authoring.existing_course import ExistingCourse
from clm.authoring.spec_edit import title_of, with_topic
from clm.authoring.starting import ChosenStarter, as_bytes, topic_files
from clm.authoring.titles import slug
from clm.errors import UsageError
from clm.starters import StarterRequest

_ID = re.compile(r"[A-Za-z0-9]+([_-][A-Za-z0-9]+)*")


@frozen
class DeckFiles:
    """The files that a new deck adds to a course, and the change of the spec.

    `files` are new, by their paths in the data folder. `spec_text` is the new spec, None if it does
    not change; `by_hand` is an instruction for a change that the author must make.
    """

    files: Mapping[str, bytes]
    spec_text: str | None = None
    by_hand: str | None = None
    notes: tuple[str, ...] = ()


def deck_in_new_topic(
    course: ExistingCourse,
    starters: Iterable[ChosenStarter],
    titles: Mapping[str, str],
    *,
    section: str | None = None,
    topic: str | None = None,
) -> DeckFiles:
    """A deck in a new topic, at the end of the section or where the spec already lists the topic.

    Raises:
        UsageError: the topic exists, the section does not, or no plugin provides decks.
    """
    topic = topic or _id_of(titles)
    if not _ID.fullmatch(topic):
        hint = "use letters and digits, with _ or - between them"
        raise UsageError(f"invalid topic id: {topic!r}", hint=hint)
    _refuse_existing(course, topic)
    named = course.section_of(topic)
    place = course.section(section) if named is None or section is not None else named
    made = topic_files([_deck_starter(starters, course)], _request(course, titles, topic))
    folder = course.new_topic_folder(place, topic)
    files = {(folder / path).as_posix(): text for path, text in as_bytes(made.files).items()}
    if named is not None:
        return DeckFiles(files, notes=made.notes)
    if course.is_xml:
        where = f"the topics of the section {title_of(course.spec.sections[place])!r}"
        attributes = "".join(f' {k}="{_xml(v)}"' for k, v in made.topic_options.items())
        by_hand = f"add this to {where} in {course.spec.path}: <topic{attributes}>{topic}</topic>"
        return DeckFiles(files, by_hand=by_hand, notes=made.notes)
    text = with_topic(course.text, course.spec.path, place, topic, made.topic_options)
    return DeckFiles(files, text, notes=made.notes)


def deck_in_topic(
    course: ExistingCourse,
    starters: Iterable[ChosenStarter],
    titles: Mapping[str, str],
    topic: str,
) -> DeckFiles:
    """Another deck in an existing topic; the spec does not change.

    Raises:
        UsageError: the topic does not exist, the deck does, or no plugin provides decks.
    """
    folder = course.topic(topic).path.relative_to(course.data_dir)
    stem = slug(_title(titles)) or "deck"
    made = topic_files([_deck_starter(starters, course)], _request(course, titles, stem))
    files = {(folder / path).as_posix(): text for path, text in as_bytes(made.files).items()}
    for name in files:
        if (course.data_dir / name).exists():
            raise UsageError(f"{name} already exists", hint="give the deck another title")
    return DeckFiles(files, notes=made.notes)


def _request(course: ExistingCourse, titles: Mapping[str, str], stem: str) -> StarterRequest:
    return StarterRequest(stem, titles, course.spec.prog_lang)


def _deck_starter(starters: Iterable[ChosenStarter], course: ExistingCourse) -> ChosenStarter:
    decks = [item for item in starters if item.starter.is_deck]
    fitting = [item for item in decks if course.spec.prog_lang in item.starter.prog_langs]
    if not decks:
        raise UsageError(
            "no installed plugin provides a starter deck",
            hint="install the plugin for slide decks; `clm plugins list` lists the installed ones",
        )
    return (fitting or decks)[0]


def _refuse_existing(course: ExistingCourse, topic: str) -> None:
    found = [item for item in course.topics if item.id == topic]
    if found:
        place = Path(found[0].path.relative_to(course.data_dir)).as_posix()
        raise UsageError(
            f"the topic {topic!r} already exists: {place}",
            hint=f"add the deck to it with --topic {topic}, or choose another id with --id",
        )


def _id_of(titles: Mapping[str, str]) -> str:
    found = slug(_title(titles))
    if not found:
        message = f"cannot derive a topic id from the title {_title(titles)!r}"
        raise UsageError(message, hint="give one with --id")
    return found


def _title(titles: Mapping[str, str]) -> str:
    """The title from which file names are derived."""
    return titles.get("en") or next(iter(titles.values()))


def _xml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
