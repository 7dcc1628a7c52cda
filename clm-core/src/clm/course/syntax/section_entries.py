"""The entries of a section: topics, subsections with topics, and activities without decks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from attrs import frozen

from clm.course.notes import Notes
from clm.course.spec import WEEKDAYS, ActivitySpec, SectionEntry, SubsectionSpec, TopicSpec
from clm.course.syntax.fields import Fields, as_texts, complete, read_fields
from clm.course.syntax.keys import ACTIVITY, SUBSECTION
from clm.course.syntax.tree import Mapping, Node

_MARKS_OF_SUBSECTION = frozenset(("topics", "weekday", "name"))


@frozen(eq=False, repr=False)
class EntryReader:
    """Reads entries; `read_topic` reads a topic, None if it is invalid."""

    notes: Notes
    languages: tuple[str, ...]
    read_topic: Callable[[Node], TopicSpec | None]

    def read(self, nodes: Iterable[Node]) -> tuple[SectionEntry, ...]:
        """Return the valid entries in order; add the problems of the others to the notes."""
        entries = (self._entry(node) for node in nodes)
        return tuple(entry for entry in entries if entry is not None)

    def _entry(self, node: Node) -> SectionEntry | None:
        keys = _keys(node)
        if "activity" in keys:
            return self._activity(node)
        if "id" not in keys and keys & _MARKS_OF_SUBSECTION:
            return self._subsection(node)
        return self.read_topic(node)

    def _subsection(self, node: Node) -> SubsectionSpec | None:
        fields = read_fields(node, SUBSECTION, self.notes)
        if fields is None:
            return None
        enabled = fields.flag("enabled", True)
        if enabled:
            fields.required("topics")
        return SubsectionSpec(
            entries=tuple(self._inner_entries(fields)),
            name=fields.texts("name", self.languages),
            weekdays=fields.words("weekday", WEEKDAYS),
            optional=fields.flag("optional", False),
            enabled=enabled,
            place=node.place,
        )

    def _inner_entries(self, fields: Fields) -> Iterator[TopicSpec | ActivitySpec]:
        for node in fields.items("topics"):
            entry = self._activity(node) if "activity" in _keys(node) else self.read_topic(node)
            if entry is not None:
                yield entry

    def _activity(self, node: Node) -> ActivitySpec | None:
        fields = read_fields(node, ACTIVITY, self.notes)
        text = fields.required("activity") if fields is not None else None
        if fields is None or text is None:
            return None
        given = as_texts(text, "activity", self.notes)
        texts = complete(given, self.languages)
        if given and not any(texts.values()):
            hint = "write what is done: <activity><de>...</de><en>...</en></activity>"
            self.notes.problem("the activity has no text", node.place, hint=hint)
        return ActivitySpec(
            text=texts,
            kind=fields.text("kind"),
            id=fields.text("id") or None,
            place=node.place,
        )


def topics_to_build(entries: Iterable[SectionEntry]) -> tuple[TopicSpec, ...]:
    """The topics among the entries and in their enabled subsections, in order."""
    found: list[TopicSpec] = []
    for entry in entries:
        if isinstance(entry, TopicSpec):
            found.append(entry)
        elif isinstance(entry, SubsectionSpec) and entry.enabled:
            found.extend(entry.topics)
    return tuple(found)


def _keys(node: Node) -> frozenset[str]:
    return frozenset(e.key for e in node.entries) if isinstance(node, Mapping) else frozenset()
