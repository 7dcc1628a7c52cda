"""Hooks: one book for each audience, from the notebooks that it gets."""

from collections.abc import Iterator, Sequence

from attrs import frozen
from clm import (
    CourseContext,
    Format,
    JobRequest,
    JobType,
    OutputSpec,
    PlannedOutput,
    SourceFile,
    Variant,
    hookimpl,
)

clm_api_version = 1


@frozen
class Chapter:
    """A chapter: its title, and the name of the input with the notebook."""

    title: str
    notebook: str


@frozen
class EpubPayload:
    title: str
    author: str
    language: str
    chapters: tuple[Chapter, ...]


def plan_course(sources: Sequence[SourceFile], context: CourseContext) -> Iterator[JobRequest]:
    for variant in context.variants:
        decks = [output for output in context.outputs if is_for(variant, output)]
        if decks:
            title = context.course_name[variant.language]
            chapters = tuple(Chapter(deck.title, deck.input.name) for deck in decks)
            yield JobRequest(
                id=f"epub:{variant.directory}",
                job_type="epub",
                payload=EpubPayload(title, context.author, variant.language, chapters),
                source=context.spec,
                inputs=tuple(deck.input for deck in decks),
                outputs=(OutputSpec("epub", (variant.directory / "Course.epub",), title=title),),
            )


def is_for(variant: Variant, output: PlannedOutput) -> bool:
    """Whether the output is a deck's notebook for the same readers."""
    is_notebook = output.variant.format == "notebook" and bool(output.title)
    return is_notebook and output.variant.has_readers_of(variant)


@hookimpl
def clm_job_types() -> list[JobType]:
    return [
        JobType(
            name="epub",
            patterns=(),
            payload=EpubPayload,
            plan_course=plan_course,
            worker="clm_plugin_epub.worker:EpubWorker",
            fingerprint=lambda: "epub 1",
            formats=(Format("epub", "Epub", kinds=("completed",)),),
        )
    ]
