"""Paths in the output folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Protocol

from attrs import frozen

from clm.course.paths.names import sanitize, sanitize_folder
from clm.course.spec import DEFAULT_KINDS, KINDS, CourseSpec, OutputTargetSpec
from clm.course.syntax.fields import nearest_hint
from clm.course.syntax.keys import FORMER_FORMATS
from clm.errors import Diagnostic, Place, SpecError
from clm.jobs.planning import Format, Variant

__all__ = [
    "PRIVATE_KINDS",
    "LanguageRoot",
    "check_formats",
    "default_output_folder",
    "former_output_folder",
    "is_for_speakers",
    "is_for_students",
    "language_root",
    "language_roots",
    "output_variants",
    "root_folders",
    "sanitize",
    "sanitize_folder",
    "target_languages",
]

PRIVATE_KINDS = ("speaker", "trainer", "recording", "recording-code-along")


class _Named(Protocol):
    """A section, in the spec or in the course."""

    @property
    def name(self) -> Mapping[str, str]: ...


@frozen(repr=False)
class LanguageRoot:
    """The public root of a course in one language, relative to the output folder."""

    language: str
    path: PurePosixPath


def default_output_folder(spec: CourseSpec) -> PurePosixPath:
    """Return the default output folder, relative to the data folder.

    The paths of output-targets are themselves relative to the data folder.
    """
    return PurePosixPath() if spec.output_targets else PurePosixPath("output")


def former_output_folder(spec: CourseSpec) -> PurePosixPath:
    """Return the default output folder before the spec got, or lost, its output-targets."""
    return PurePosixPath("output") if spec.output_targets else PurePosixPath()


def output_variants(
    spec: CourseSpec, section: _Named, formats: Iterable[Format], prog_lang: str | None = None
) -> tuple[Variant, ...]:
    """Return the variants of a section's sources in these formats, in a fixed order.

    `prog_lang` is the sources' programming language if it differs from the course's.
    Output-targets that name kinds or formats get all combinations; otherwise a format has its
    kinds of the default tree. Formats that are not in `formats` are ignored: `check_formats`
    reports unknown ones.
    """
    offered = tuple(formats)
    targets = spec.output_targets or (None,)
    variants = (
        variant
        for target in targets
        for language in target_languages(spec, target)
        for format_ in offered
        for variant in _variants(
            spec, section, target, language, format_, prog_lang or spec.prog_lang
        )
    )
    return tuple(dict.fromkeys(variants))  # two targets may have the same folder


def check_formats(spec: CourseSpec, offered: Iterable[str], kinds: Iterable[str] = ()) -> None:
    """Check that an installed plugin offers each format in the spec, and each kind of its own.

    Raises:
        SpecError: with the formats and kinds that no plugin offers.
    """
    names = tuple(sorted(set(offered)))
    problems = [*_unknown_kinds(spec, (*KINDS, *sorted(set(kinds) - set(KINDS))))]
    problems += [
        Diagnostic(
            f"no installed plugin offers the format {name!r}",
            place=where if isinstance(where, Place) else spec.place_of(*where, at),
            excerpt=name,
            hint=nearest_hint(name, names) if names else "no installed plugin offers any format",
        )
        for where, formats in _named_formats(spec)
        for at, name in enumerate(formats)
        if name not in names and name not in FORMER_FORMATS
    ]
    if problems:
        raise SpecError(problems)


def _unknown_kinds(spec: CourseSpec, known: tuple[str, ...]) -> Iterator[Diagnostic]:
    for at, target in enumerate(spec.output_targets):
        for index, kind in enumerate(target.kinds):
            if kind not in known:
                yield Diagnostic(
                    f"{kind!r} is not one of 'kinds'",
                    place=spec.place_of("output-targets", at, "kinds", index),
                    excerpt=kind,
                    hint=nearest_hint(kind, known),
                )


def _named_formats(
    spec: CourseSpec,
) -> Iterator[tuple[tuple[str | int, ...] | Place, tuple[str, ...]]]:
    """The lists of formats in the spec, with the keys that lead to them, or a place."""
    for at, target in enumerate(spec.output_targets):
        yield ("output-targets", at, "formats"), target.formats
    yield ("defaults", "formats"), spec.defaults.formats
    for number, section in enumerate(spec.sections):
        where = ("sections", number)
        yield (*where, "defaults", "formats"), section.defaults.formats
        for at, topic in enumerate(section.topics):
            # In sections with subsections, the topics are not where their number says.
            keys = (*where, "topics", at, "formats")
            yield (topic.place if section.entries and topic.place else keys), topic.formats


def language_root(
    spec: CourseSpec, language: str, target: OutputTargetSpec | None = None, *, public: bool = True
) -> PurePosixPath:
    """Return the course root in a language: `public/De/<course>` or `<target>/De/<course>`."""
    top = target.path if target else PurePosixPath("public" if public else "speaker")
    return top / sanitize_folder(spec.language(language).label) / sanitize(spec.name[language])


def language_roots(spec: CourseSpec) -> tuple[LanguageRoot, ...]:
    """Return the public course roots: those of outputs with a public kind."""
    return tuple(
        LanguageRoot(language, language_root(spec, language, target))
        for target in spec.output_targets or (None,)
        for language in target_languages(spec, target)
        if is_for_students(target)
    )


def root_folders(spec: CourseSpec) -> tuple[PurePosixPath, ...]:
    """Return the course roots of all outputs; each output is below one of them."""
    roots = (
        language_root(spec, language, target, public=public)
        for target in spec.output_targets or (None,)
        for language in target_languages(spec, target)
        for public in (True, False)
    )
    return tuple(dict.fromkeys(roots))


def target_languages(spec: CourseSpec, target: OutputTargetSpec | None) -> tuple[str, ...]:
    """Return the languages of an output target, or of the default tree."""
    return target.languages if target and target.languages else spec.languages


def is_for_students(target: OutputTargetSpec | None) -> bool:
    """Whether a target has outputs that students may get."""
    return any(kind not in PRIVATE_KINDS for kind in _target_kinds(target))


def is_for_speakers(target: OutputTargetSpec | None) -> bool:
    """Whether a target has outputs that only speakers may get."""
    return any(kind in PRIVATE_KINDS for kind in _target_kinds(target))


def _target_kinds(target: OutputTargetSpec | None) -> tuple[str, ...]:
    return target.kinds if target and target.kinds else DEFAULT_KINDS


def _variants(
    spec: CourseSpec,
    section: _Named,
    target: OutputTargetSpec | None,
    language: str,
    format_: Format,
    prog_lang: str,
) -> Iterator[Variant]:
    if not _is_selected(target, format_):
        return
    for kind in _format_kinds(target, format_):
        public = kind not in PRIVATE_KINDS
        root = language_root(spec, language, target, public=public)
        directory = (
            root
            / sanitize_folder(spec.language(language).slides_folder)
            / sanitize_folder(format_.folder_for(prog_lang))
            / kind.title()
            / sanitize(section.name[language])
        )
        yield Variant(language, kind, format_.name, directory, public, root)


def _is_selected(target: OutputTargetSpec | None, format_: Format) -> bool:
    if target and target.formats:
        return format_.name in target.formats
    return format_.default


def _format_kinds(target: OutputTargetSpec | None, format_: Format) -> tuple[str, ...]:
    kinds = _target_kinds(target)
    if target and target.kinds and target.formats:
        return kinds
    return tuple(kind for kind in kinds if format_.kinds is None or kind in format_.kinds)
