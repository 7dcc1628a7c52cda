"""Topics below `slides`, and the lookup of the spec's topics."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path, PurePosixPath

from attrs import field, frozen

from clm.course.files import Walk, is_skipped_file, leads_to_folder
from clm.course.paths.stored_names import normal
from clm.course.spec import SectionSpec, TopicSpec
from clm.hints import listing, nearest


@frozen(repr=False)
class FoundTopic:
    """A file or folder of `slides/<module>/` that is a topic."""

    id: str
    module: str
    path: Path
    is_folder: bool


def topic_id(name: str, *, is_folder: bool) -> str:
    """Return the id in a name: `topic_100_a_b.py` is `a_b`; empty if it is not a topic.

    Ids are in the same normal form whatever that of the name is.
    """
    stem = name if is_folder else PurePosixPath(name).stem
    return normal("_".join(stem.split("_")[2:]))


def find_topics(slides: Path, walk: Walk) -> tuple[FoundTopic, ...]:
    """Return every topic below `slides`, by module and name.

    Names that start with `_` (drafts) or `.` (tools) are ignored.
    """
    found: list[FoundTopic] = []
    for module in walk.children(slides):
        folder = slides / module.name
        if (
            _is_ignored(module.name)
            or not leads_to_folder(module)
            or not walk.may_follow(module, folder)
        ):
            continue
        for entry in walk.children(folder):
            path = folder / entry.name
            identifier = topic_id(entry.name, is_folder=leads_to_folder(entry))
            if identifier and not _is_ignored(entry.name) and walk.may_follow(entry, path):
                found.append(FoundTopic(identifier, module.name, path, leads_to_folder(entry)))
    return tuple(found)


def _is_ignored(name: str) -> bool:
    return name.startswith(("_", ".")) or is_skipped_file(name)


def _is_in(topic: FoundTopic, module: str | None) -> bool:
    return module is None or normal(topic.module) == normal(module)


@frozen(slots=False, repr=False)
class TopicFinder:
    """Finds the spec's topics on disk; missing and ambiguous ones are problems."""

    topics: tuple[FoundTopic, ...]
    walk: Walk
    _first: dict[Path, TopicSpec] = field(factory=dict, init=False)

    @cached_property
    def _by_id(self) -> dict[str, list[FoundTopic]]:
        by_id: dict[str, list[FoundTopic]] = {}
        for topic in self.topics:
            by_id.setdefault(topic.id, []).append(topic)
        return by_id

    def find_once(self, section: SectionSpec, spec: TopicSpec) -> FoundTopic | None:
        """As `find`; a topic that was found before, with or without a module, is a problem."""
        found = self.find(section, spec)
        if found is None or self._first.setdefault(found.path, spec) is spec:
            return found
        first = self._first[found.path].place
        line = f"first given in line {first.line}; " if first else ""
        self.walk.notes.problem(
            f"the topic {spec.id!r} is given twice",
            spec.place,
            excerpt=spec.id,
            hint=f"{line}a topic may be in one section only",
        )
        return None

    def find(self, section: SectionSpec, spec: TopicSpec) -> FoundTopic | None:
        module = section.module_of(spec)
        of_id = self._by_id.get(normal(spec.id), [])
        matches = [topic for topic in of_id if _is_in(topic, module)]
        # Files that belong to a topic may have its name with another prefix.
        named = [topic for topic in matches if topic.path.name.startswith("topic_")]
        matches = named or matches
        if len(matches) == 1:
            return matches[0]
        if matches:
            self._ambiguous(spec, matches)
            return None
        in_module = [topic for topic in self.topics if _is_in(topic, module)]
        if module is not None and not in_module:
            self._unknown_module(spec, module)
        else:
            self._unknown(spec, module, sorted({topic.id for topic in in_module}))
        return None

    def _ambiguous(self, spec: TopicSpec, matches: list[FoundTopic]) -> None:
        places = ", ".join(self.walk.course_path(topic.path) for topic in matches)
        modules = sorted({topic.module for topic in matches})
        hint = (
            f"choose one with module: {' or '.join(modules)}"
            if len(modules) == len(matches)
            else "rename all but one"
        )
        self.walk.notes.problem(
            f"the topic {spec.id!r} is ambiguous: {places}",
            spec.place,
            excerpt=spec.id,
            hint=hint,
        )

    def _unknown_module(self, spec: TopicSpec, module: str) -> None:
        modules = sorted({topic.module for topic in self.topics})
        self.walk.notes.problem(
            f"the topic {spec.id!r} is expected in the module {module!r}, which has no topics",
            spec.place,
            excerpt=module,
            hint=self._nearest(module, modules, "modules"),
        )

    def _unknown(self, spec: TopicSpec, module: str | None, ids: list[str]) -> None:
        looked = f"slides/{module or '*'}/ in {self.walk.data_dir}"
        self.walk.notes.problem(
            f"topic not found: {spec.id!r} (looked in {looked})",
            spec.place,
            excerpt=spec.id,
            hint=self._nearest(spec.id, ids, "topics"),
        )

    def _nearest(self, name: str, known: list[str], what: str) -> str:
        otherwise = f"{what}: {listing(known)}"
        # Finding similar names is slow when there are many problems and names.
        return otherwise if self.walk.notes.are_many else nearest(name, known, otherwise, most=3)
