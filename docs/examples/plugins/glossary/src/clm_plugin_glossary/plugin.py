"""Hooks: one job for all `*.terms` files of a section."""

from collections.abc import Iterator, Sequence

from attrs import frozen
from clm import (
    FileInput,
    Format,
    JobRequest,
    JobType,
    OutputSpec,
    SectionContext,
    SourceFile,
    hookimpl,
    language_of,
)

clm_api_version = 1


@frozen
class GlossaryPayload:
    """The section's name and its sources, as names of inputs, by language."""

    titles: dict[str, str]
    sources: dict[str, tuple[str, ...]]


def plan_section(sources: Sequence[SourceFile], context: SectionContext) -> Iterator[JobRequest]:
    languages = list(dict.fromkeys(variant.language for variant in context.variants))
    yield JobRequest(
        id=f"glossary:{context.section_id}",
        job_type="glossary",
        payload=GlossaryPayload(
            titles={language: context.section_name[language] for language in languages},
            sources={
                language: tuple(s.course_path for s in sources if is_for(language, s, context))
                for language in languages
            },
        ),
        source=sources[0].course_path,
        inputs=tuple(FileInput(s.course_path, s.path, s.digest) for s in sources),
        outputs=tuple(output(language, context) for language in languages),
    )


def is_for(language: str, source: SourceFile, context: SectionContext) -> bool:
    """Whether a source is for a language: `words.de.terms` for German, `words.terms` for all."""
    return language_of(source.topic_path, context.section_name) in ("", language)


def output(language: str, context: SectionContext) -> OutputSpec:
    variants = [variant for variant in context.variants if variant.language == language]
    return OutputSpec(language, tuple(v.directory / "Glossary.html" for v in variants))


@hookimpl
def clm_job_types() -> list[JobType]:
    return [
        JobType(
            name="glossary",
            patterns=("*.terms",),
            payload=GlossaryPayload,
            plan_section=plan_section,
            worker="clm_plugin_glossary.worker:GlossaryWorker",
            fingerprint=lambda: "clm-plugin-glossary 1",
            formats=(Format("html", "Html"),),
        )
    ]
