"""Inputs of a job: the source, and all files that it refers to, directly or indirectly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from attrs import define, field

from clm import ConversionError, FileInput, Input, Place, PlanContext, SourceFile, nearest
from clm_plugin_plantuml.references import Kind, Reference, find_references, resolve
from clm_plugin_plantuml.source_text import is_in_library

# A computed reference may refer to any file with one of these suffixes.
_SUFFIXES = (
    *(".pu", ".puml", ".plantuml", ".wsd", ".iuml", ".json", ".yaml", ".yml", ".txt"),
    *(".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp"),
)


def find_inputs(source: SourceFile, text: str, context: PlanContext) -> tuple[Input, ...]:
    """The job's inputs, by name.

    Raises:
        ConversionError: a reference leads out of the topic, or a data file or theme is missing.
    """
    files = {file.name: file for file in context.topic_files}
    search = _Search(source, files)
    search.follow(source.topic_path, text)
    own = FileInput(source.topic_path.as_posix(), source.path, source.digest)
    return (own, *(files[name] for name in sorted(search.found)))


@define(repr=False)
class _Search:
    source: SourceFile
    files: Mapping[str, Input]
    found: set[str] = field(factory=set)

    def follow(self, file: PurePosixPath, text: str) -> None:
        """Add the files that the text of `file` refers to, directly or indirectly."""
        for reference in find_references(text):
            if reference.is_standard or reference.is_embedded:
                continue
            if reference.is_computed:
                self._add_all()
            elif not is_in_library(reference.target):
                self._add(file, reference)

    def _add(self, file: PurePosixPath, reference: Reference) -> None:
        names = [path.as_posix() for path in self._candidates(file, reference)]
        present = [name for name in names if name in self.files]
        if not present and reference.kind is Kind.DATA:
            raise ConversionError(
                f"file not found: {reference.target}",
                place=self._place(file, reference),
                hint="add it to the topic; without it, PlantUML would draw a diagram without data",
            )
        if not present and reference.is_own_theme:
            raise self._missing_theme(file, reference, names[0])
        for name in present:
            self._include(name, reference)

    def _missing_theme(self, file: PurePosixPath, reference: Reference, name: str) -> Exception:
        themes = [path for path in self.files if PurePosixPath(path).match("puml-theme-*.puml")]
        otherwise = f"add the file {name} to the topic, or leave out `from` for a built-in theme"
        return ConversionError(
            f"theme not found: {reference.target}",
            place=self._place(file, reference),
            hint=nearest(name, themes, otherwise),
        )

    def _candidates(self, file: PurePosixPath, reference: Reference) -> Iterator[PurePosixPath]:
        # Images and data are looked up from the source's folder, includes from the file's own.
        if reference.kind is Kind.INCLUDE or reference.kind is Kind.THEME:
            folder = file.parent
        else:
            folder = self.source.topic_path.parent
        path = None if reference.is_remote else resolve(folder, reference.target)
        if path is None:
            raise ConversionError(
                f"{reference.target} is not in the topic",
                place=self._place(file, reference),
                hint="diagrams may use only files of their topic and PlantUML's library <...>; "
                "add a copy to the topic",
            )
        yield path

    def _include(self, name: str, reference: Reference) -> None:
        if name in self.found or name == self.source.topic_path.as_posix():
            return
        self.found.add(name)
        file = self.files[name]
        if reference.kind in (Kind.INCLUDE, Kind.THEME) and isinstance(file, FileInput):
            text = file.path.read_text(encoding="utf-8-sig", errors="replace")
            self.follow(PurePosixPath(name), text)

    def _add_all(self) -> None:
        self.found |= {name for name in self.files if name.lower().endswith(_SUFFIXES)}
        self.found.discard(self.source.topic_path.as_posix())

    def _place(self, file: PurePosixPath, reference: Reference) -> Place:
        topic = self.source.course_path.removesuffix(self.source.topic_path.as_posix())
        return Place(f"{topic}{file}", reference.line)
