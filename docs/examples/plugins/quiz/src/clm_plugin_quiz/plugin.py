"""Hooks: one job for all `*.quiz` files of a section and each language."""

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
class QuizPayload:
    """The name of the bank's category, and its sources, as names of inputs."""

    category: str
    sources: tuple[str, ...]


def plan_section(sources: Sequence[SourceFile], context: SectionContext) -> Iterator[JobRequest]:
    languages = context.section_name
    for language, name in languages.items():
        # Banks contain the answers, so students must not get them.
        folders = [v.directory for v in context.variants if v.language == language and not v.public]
        own = [
            s for s in sources if language_of(s.topic_path, context.section_name) in ("", language)
        ]
        if folders and own:
            yield JobRequest(
                id=f"quiz:{context.section_id}:{language}",
                job_type="quiz",
                payload=QuizPayload(name, tuple(s.course_path for s in own)),
                source=own[0].course_path,
                inputs=tuple(FileInput(s.course_path, s.path, s.digest) for s in own),
                outputs=(OutputSpec("xml", tuple(f / "Quiz.xml" for f in folders), title=name),),
            )


@hookimpl
def clm_job_types() -> list[JobType]:
    return [
        JobType(
            name="quiz",
            patterns=("*.quiz",),
            payload=QuizPayload,
            plan_section=plan_section,
            worker="clm_plugin_quiz.worker:QuizWorker",
            fingerprint=lambda: "quiz 1",
            formats=(Format("moodle", "Moodle", kinds=("speaker",)),),
        )
    ]
