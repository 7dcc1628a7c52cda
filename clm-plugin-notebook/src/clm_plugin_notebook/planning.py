"""From a deck in a course to the one job that makes all its outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from attrs import evolve

from clm import (
    ConversionError,
    FileInput,
    Input,
    JobRequest,
    OutputSpec,
    Place,
    PlanContext,
    SourceFile,
    Variant,
)
from clm_plugin_notebook.kinds import KINDS
from clm_plugin_notebook.languages import ProgLang, prog_lang_of
from clm_plugin_notebook.payload import (
    TEMPLATES_FOLDER,
    TOPIC_FOLDER,
    NotebookOutput,
    NotebookPayload,
    NotebookSettings,
)
from clm_plugin_notebook.titles import file_name, find_titles

JOB_TYPE = "notebook"

_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def plan(source: SourceFile, context: PlanContext) -> list[JobRequest]:
    """One job for all variants, so that cells which several of them show run once.

    Raises:
        ConversionError: the deck cannot be read, or an option of its topic is not usable.
    """
    if not context.variants:
        return []
    prog_lang = prog_lang_of(source.topic_path)
    titles = find_titles(
        _text(source), {v.language for v in context.variants}, source.topic_path.stem
    )
    outputs, specs = _outputs(source, context, prog_lang, titles)
    return [
        JobRequest(
            id=f"{JOB_TYPE}:{source.course_path}",
            job_type=JOB_TYPE,
            payload=_payload(source, context, prog_lang, outputs),
            source=source.course_path,
            inputs=tuple(_inputs(source, context)),
            outputs=specs,
        )
    ]


def _text(source: SourceFile) -> str:
    try:
        return source.read_text()
    except UnicodeDecodeError as error:
        raise ConversionError(
            f"the deck is not UTF-8: byte {error.start} is {error.object[error.start]:#04x}",
            place=Place(source.course_path),
            hint="save it as UTF-8",
        ) from error
    except OSError as error:
        raise ConversionError(
            f"the deck cannot be read: {error.strerror}", place=Place(source.course_path)
        ) from error


def _payload(
    source: SourceFile,
    context: PlanContext,
    prog_lang: ProgLang,
    outputs: tuple[NotebookOutput, ...],
) -> NotebookPayload:
    settings: NotebookSettings = context.settings or NotebookSettings()
    return NotebookPayload(
        source=source.topic_path.as_posix(),
        prog_lang=prog_lang.name,
        outputs=outputs,
        author=context.author,
        organization=dict(context.organization),
        evaluate=_flag(context.options, "evaluate", True, source),
        skip_errors=_flag(context.options, "skip-errors", False, source),
        cell_timeout=settings.cell_timeout,
        kernel_start_timeout=settings.kernel_start_timeout,
    )


def _flag(options: Mapping[str, Any], name: str, default: bool, source: SourceFile) -> bool:
    value = options.get(name, options.get(name.replace("-", "_"), default))
    flag = value if isinstance(value, bool) else _BOOLEANS.get(str(value).strip().lower())
    if flag is None:
        raise ConversionError(
            f"the topic's option {name!r} is {value!r}",
            place=Place(source.course_path),
            hint="it may be true or false",
        )
    return flag


def _outputs(
    source: SourceFile, context: PlanContext, prog_lang: ProgLang, titles: Mapping[str, str]
) -> tuple[tuple[NotebookOutput, ...], tuple[OutputSpec, ...]]:
    suffixes = {"html": ".html", "notebook": ".ipynb", "code": prog_lang.suffix}
    outputs: dict[str, NotebookOutput] = {}
    destinations: dict[str, list[PurePosixPath]] = {}
    for variant in context.variants:
        if variant.kind not in KINDS:
            raise ConversionError(
                f"decks have no kind {variant.kind!r}",
                place=Place(source.course_path),
                hint=f"there are {', '.join(KINDS)}",
            )
        title = titles[variant.language]
        name = _output_name(variant)
        stem = file_name(title, source.topic_path.stem)
        outputs[name] = NotebookOutput(
            name, variant.language, variant.kind, variant.format, title, variant.public
        )
        destinations.setdefault(name, []).append(
            variant.directory / f"{context.number:02} {stem}{suffixes[variant.format]}"
        )
    specs = tuple(OutputSpec(name, tuple(places)) for name, places in destinations.items())
    return tuple(outputs.values()), specs


def _output_name(variant: Variant) -> str:
    # Two targets may want the same variant, but only one of them without private cells.
    usual = variant.public != (variant.kind == "speaker")
    suffix = "" if usual else "-public" if variant.public else "-private"
    return f"{variant.language}/{variant.format}/{variant.kind}{suffix}"


def _inputs(source: SourceFile, context: PlanContext) -> Iterable[Input]:
    yield FileInput(f"{TOPIC_FOLDER}/{source.topic_path}", source.path, source.digest)
    for file in context.topic_files:
        if file.name != source.topic_path.as_posix():
            yield evolve(file, name=f"{TOPIC_FOLDER}/{file.name}")
    for file in context.templates:
        yield evolve(file, name=f"{TEMPLATES_FOLDER}/{file.name}")
