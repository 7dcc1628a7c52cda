"""Planning: one job for all pictures of a PlantUML source."""

from __future__ import annotations

from pathlib import PurePosixPath

from clm import (
    ConversionError,
    FileInput,
    JobRequest,
    OutputSpec,
    Place,
    PlanContext,
    SourceFile,
    language_of,
)
from clm_plugin_plantuml.blocks import count_pictures, picture_names
from clm_plugin_plantuml.inputs import find_inputs
from clm_plugin_plantuml.payload import (
    FONTS,
    JOB_TYPE,
    PATTERNS,
    PlantUmlPayload,
    PlantUmlSettings,
)
from clm_plugin_plantuml.references import Kind, find_references, resolve


def plan(source: SourceFile, context: PlanContext) -> list[JobRequest]:
    """One job for all pictures of a source; none for a file that is only included by others.

    Raises:
        ConversionError: the source cannot be read, has no diagram, or refers to files
            outside its topic.
    """
    text = _text(source)
    count = count_pictures(text)
    if count == 0:
        if source.topic_path.name.startswith("puml-theme-") or _is_included(source, context):
            return []
        raise ConversionError(
            "no diagram found: no line @startuml with an @enduml",
            place=Place(source.course_path, 1),
            hint="give files that are only included the suffix .iuml",
        )
    settings: PlantUmlSettings = context.settings or PlantUmlSettings()
    names = picture_names(source.topic_path.stem, settings.format, count)
    return [
        JobRequest(
            id=f"{JOB_TYPE}:{source.course_path}",
            job_type=JOB_TYPE,
            payload=PlantUmlPayload(
                source=source.topic_path.as_posix(),
                pictures=names,
                format=settings.format,
                dpi=settings.dpi,
                time_limit=settings.time_limit,
                memory=settings.memory,
            ),
            source=source.course_path,
            inputs=find_inputs(source, text, context),
            outputs=tuple(_output(name, source, context) for name in names),
            environment=(FONTS,),
        )
    ]


def _output(name: str, source: SourceFile, context: PlanContext) -> OutputSpec:
    folder = source.topic_path.parent.parent / "img"
    language = language_of(source.topic_path, context.course_name)
    return OutputSpec(name, topic_path=folder / name, languages=(language,) if language else ())


def _text(source: SourceFile) -> str:
    try:
        return source.read_text()
    except UnicodeDecodeError as error:
        raise ConversionError(
            f"the diagram is not UTF-8: byte {error.start} is {error.object[error.start]:#04x}",
            place=Place(source.course_path),
            hint="save it as UTF-8",
        ) from error


def _is_included(source: SourceFile, context: PlanContext) -> bool:
    """Whether another file of the topic includes the source."""
    for file in context.topic_files:
        path = PurePosixPath(file.name)
        if not isinstance(file, FileInput) or (not path.match("*.iuml") and not _is_source(path)):
            continue
        text = file.path.read_text(encoding="utf-8-sig", errors="replace")
        for reference in find_references(text):
            included = reference.kind is Kind.INCLUDE and not reference.is_computed
            if included and resolve(path.parent, reference.target) == source.topic_path:
                return True
    return False


def _is_source(path: PurePosixPath) -> bool:
    return any(path.match(pattern) for pattern in PATTERNS)
