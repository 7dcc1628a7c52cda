"""Sources that links can name, and the output files that are made from them."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath

from attrs import define, field, frozen

from clm.course.course import CourseFile
from clm.jobs.languages import language_of, without_language
from clm.jobs.planning import Variant
from clm.jobs.request import JobRequest

SCHEME = "clm:"

# The readers of an output: root, language and kind; and its format.
_Readers = tuple[PurePosixPath, str, str, str]


@frozen(repr=False)
class Made:
    """An output file of the course, which a job makes as `output`."""

    path: PurePosixPath
    request: JobRequest
    output: str


@define(eq=False, repr=False)
class LinkedSource:
    """A source; in `files` are several if it has one for each language.

    `name` is the name of the file without language, and for a numbered one without suffix.
    """

    topic: str
    name: str
    numbered: bool = True
    files: list[CourseFile] = field(factory=list)

    def is_called(self, name: str) -> bool:
        """Whether it is called `slides_b` or `slides_b.py`."""
        return name in {self.name, *(file.topic_path.name for file in self.files)}


@define(eq=False, repr=False)
class LinkedSources:
    """The sources of a course by their names.

    `variants` are by their folders, `alternatives` the formats that links of a format lead to
    where a source is not built in it. `is_source` tells whether a job type claims a file name.
    """

    languages: tuple[str, ...]
    variants: Mapping[PurePosixPath, Variant]
    alternatives: Mapping[str, tuple[str, ...]]
    is_source: Callable[[PurePosixPath], bool]
    _by_topic: dict[str, list[LinkedSource]] = field(factory=dict, init=False)
    _by_path: dict[str, LinkedSource] = field(factory=dict, init=False)
    _jobs: dict[str, list[JobRequest]] = field(factory=dict, init=False)
    _made: dict[LinkedSource, Mapping[_Readers, Made]] = field(factory=dict, init=False)

    def add(self, topic: str, file: CourseFile, *, numbered: bool = True) -> None:
        """Adds a source of a topic."""
        path = PurePosixPath(_normal(file.course_path))
        name, language = self._without_language(path)
        # The files of a source in several languages may differ in their suffixes.
        key = str(path.with_name(name)) if language and numbered else str(path)
        source = self._by_path.get(f"{key}\0")
        if source is None:
            source = LinkedSource(_normal(topic), name if numbered else path.name, numbered)
            self._by_path[f"{key}\0"] = source
            self._by_topic.setdefault(source.topic, []).append(source)
        source.files.append(file)
        for known in _known_as(path, name) if numbered else (path,):
            self._by_path.setdefault(str(known), source)

    def add_jobs(self, jobs: Iterable[JobRequest]) -> None:
        """Adds the jobs of sources, with their outputs."""
        for job in jobs:
            self._jobs.setdefault(_normal(job.source), []).append(job)

    def replace_jobs(self, jobs: Iterable[JobRequest]) -> None:
        """Puts these jobs in the place of those with their ids, which have the same outputs."""
        for job in jobs:
            path = _normal(job.source)
            known = self._jobs.get(path, [])
            self._jobs[path] = [job if other.id == job.id else other for other in known]
            if source := self._by_path.get(path):
                self._made.pop(source, None)

    def named(self, linking: str, path: PurePosixPath) -> LinkedSource | None:
        """The source that a link in the source `linking` names."""
        if self.is_id(path):
            return self._by_id(path)
        target = posixpath.normpath(posixpath.join(posixpath.dirname(linking), path))
        found = self._by_path.get(_normal(target))
        file = PurePosixPath(_normal(target))
        if found is None and self.is_source(file):
            # Authors name a source by another form of it, which other tools make from it.
            found = self._by_path.get(str(file.with_name(self._without_language(file)[0])))
        if found is None and len(path.parts) == 1:
            found = self._by_name(PurePosixPath(_normal(str(path))))
        return found

    def is_id(self, path: PurePosixPath) -> bool:
        """Whether a link names a source by the id of its topic."""
        return str(path).startswith(SCHEME)

    def made_at(self, place: PurePosixPath, source: LinkedSource) -> Made | None:
        """What is made from a source for the readers of the output file at `place`."""
        variant = self._variant(place)
        if variant is None:
            return None
        if source not in self._made:
            self._made[source] = self._made_from(source)
        formats = (variant.format, *self.alternatives.get(variant.format, ()))
        if not source.numbered:  # it has formats of its own
            formats = (*formats, *dict.fromkeys(readers[-1] for readers in self._made[source]))
        found = (self._made[source].get(_readers(variant, name)) for name in formats)
        return next((made for made in found if made is not None), None)

    def id_of(self, course_path: str) -> str | None:
        """The link by id that names a source; None for what is no source."""
        source = self._by_path.get(_normal(course_path))
        return self._id(source) if source else None

    def ids_of_files(self, name: str) -> frozenset[str]:
        """The links by id to all sources with a file of this name."""
        sources = (source for sources in self._by_topic.values() for source in sources)
        return frozenset(
            self._id(source)
            for source in sources
            if any(file.topic_path.name == name for file in source.files)
        )

    @property
    def ids(self) -> frozenset[str]:
        """The links by id to all sources."""
        return frozenset(self._id(s) for sources in self._by_topic.values() for s in sources)

    @property
    def file_names(self) -> frozenset[str]:
        sources = (source for sources in self._by_topic.values() for source in sources)
        return frozenset(file.topic_path.name for source in sources for file in source.files)

    def _id(self, source: LinkedSource) -> str:
        numbered = (other for other in self._by_topic[source.topic] if other.numbered)
        is_first = next(numbered, None) is source
        return f"{SCHEME}{source.topic}" + ("" if is_first else f"/{source.name}")

    def _by_id(self, path: PurePosixPath) -> LinkedSource | None:
        topic, _, name = _normal(str(path).removeprefix(SCHEME)).partition("/")
        sources = self._by_topic.get(topic, [])
        if not name:
            return next((source for source in sources if source.numbered), None)
        called = (source for source in sources if source.is_called(name))
        short = (source for source in sources if source.name.endswith(f"_{name}"))
        return next(called, None) or next(short, None)

    def _by_name(self, file: PurePosixPath) -> LinkedSource | None:
        """The only source of the course that is called like the file.

        The name may lack what only this course puts before it: `loops.md` for `slides_loops.md`.
        """
        stem = self._without_language(file)[0]
        sources = [s for sources in self._by_topic.values() for s in sources if s.numbered]
        called = [s for s in sources if s.name == stem and self.is_source(file)]
        short = [
            source
            for source in sources
            if source.name.endswith(f"_{stem}")
            and self.is_source(PurePosixPath(source.name + file.suffix))
        ]
        found = called or short
        return found[0] if len(found) == 1 else None

    def _made_from(self, source: LinkedSource) -> Mapping[_Readers, Made]:
        made: dict[_Readers, Made] = {}
        jobs = (j for file in source.files for j in self._jobs.get(_normal(file.course_path), ()))
        for job in jobs:
            for output in job.outputs:
                for place in output.destinations:
                    if variant := self._variant(place):
                        readers = _readers(variant, variant.format)
                        made.setdefault(readers, Made(place, job, output.name))
        return made

    def _variant(self, place: PurePosixPath) -> Variant | None:
        return next((v for f in place.parents if (v := self.variants.get(f)) is not None), None)

    def _without_language(self, path: PurePosixPath) -> tuple[str, str]:
        """The stem of a file's name without the language in it, and the language."""
        plain = without_language(path, self.languages)
        return plain.stem, language_of(path, self.languages)


def _known_as(path: PurePosixPath, name: str) -> tuple[PurePosixPath, ...]:
    return path, path.with_name(name + path.suffix), path.with_name(name)


def _readers(variant: Variant, format_: str) -> _Readers:
    return variant.root, variant.language, variant.kind, format_


def _normal(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)
