"""What a job type is told when it plans the jobs of a source file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from attrs import field, frozen

from clm.jobs.request import FileInput, Input, JobInput
from clm.jobs.source import SourceFile


@frozen
class Format:
    """An output format that a job type offers.

    `folder` is the format's folder in the default output tree: one name, or a name for each
    programming language with `""` for all others. `kinds` are the kinds that the format has
    in the default tree; None means all. A format that is not `default` is only made for
    output-targets that name it.
    """

    name: str
    folder: str | Mapping[str, str]
    kinds: tuple[str, ...] | None = None
    default: bool = True

    def folder_for(self, prog_lang: str) -> str:
        """The folder for decks in a programming language, however a spec capitalises its name."""
        if isinstance(self.folder, str):
            return self.folder
        names = (prog_lang, prog_lang.strip().lower(), "")
        return next((self.folder[name] for name in names if self.folder.get(name)), self.name)


@frozen
class Variant:
    """One audience's output: language x kind x format, and the folder that it goes to.

    `directory` is relative to the output folder and includes the section's folder. `public`
    says whether it may be handed to students.
    """

    language: str
    kind: str
    format: str
    directory: PurePosixPath
    public: bool


@frozen
class PlanContext:
    """What a job type may know of the course when it plans; nothing else enters its jobs.

    `course_name` and `section_name` map languages to texts. `number` counts the numbered
    sources of the section, from 1; it is 0 for a job type that is not numbered. `variants`
    are those of the formats that the job type offers, and those from which others derive
    theirs. `topic_files` are the other files of the topic, also those that earlier job types
    generate; `claimed` names those of them that are sources themselves, of this or another job
    type. `templates` are the files below the course's `templates` folder. `options` are the
    topic's attributes in the spec (`author`, `evaluate`, ...), `settings` the plugin's own
    settings.
    """

    course_name: Mapping[str, str]
    section_name: Mapping[str, str]
    topic_id: str
    prog_lang: str
    author: str
    organization: Mapping[str, str]
    number: int
    variants: tuple[Variant, ...]
    topic_files: tuple[Input, ...] = ()
    claimed: frozenset[str] = frozenset()
    templates: tuple[FileInput, ...] = ()
    options: Mapping[str, Any] = field(factory=dict)
    settings: Any = None


@frozen
class SectionContext:
    """What a job type may know when it plans the jobs of a section's sources.

    `section_id` is the section's id in the spec, or made from its number; it is for the ids of
    jobs. `variants` are those of the formats that the job type offers. The rest is as in
    `PlanContext`.
    """

    course_name: Mapping[str, str]
    section_name: Mapping[str, str]
    section_id: str
    prog_lang: str
    author: str
    organization: Mapping[str, str]
    variants: tuple[Variant, ...]
    templates: tuple[FileInput, ...] = ()
    settings: Any = None


@frozen
class DerivedSource:
    """An output of another job type, from which one audience's output is derived.

    `input` is that output, an input of the derived job; it holds what this audience may see and
    nothing else. `path` is how the other job type would call the file, relative to the variant's
    folder; `source` what it is made from. `variants` differ in their folders only: the same is
    wanted at several places where several output targets want it.
    """

    source: SourceFile
    path: PurePosixPath
    input: JobInput
    variants: tuple[Variant, ...]

    @property
    def label(self) -> str:
        """A text for the job's id: no other derived source of a job type has it."""
        variant = self.variants[0]
        audience = "public" if variant.public else "private"
        parts = (variant.language, variant.kind, variant.format, audience, self.input.output)
        return ":".join((self.source.course_path, *parts))

    def places(self, suffix: str) -> tuple[PurePosixPath, ...]:
        """Where the output goes, with `suffix` (`.md`) in place of the other job type's."""
        return tuple(v.directory / self.path.with_suffix(suffix) for v in self.variants)
