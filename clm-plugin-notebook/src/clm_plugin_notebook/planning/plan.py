"""Planning of the single job that makes all outputs of a deck."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from attrs import evolve

from clm import (
    ConversionError,
    FileInput,
    JobRequest,
    OutputSpec,
    Place,
    PlanContext,
    SourceFile,
    Variant,
    language_of,
)
from clm_plugin_notebook.decks.text.links import without_links
from clm_plugin_notebook.decks.text.titles import file_name
from clm_plugin_notebook.decks.text_files import read_text
from clm_plugin_notebook.extensions.registered import NO_EXTENSIONS, Extensions
from clm_plugin_notebook.languages import ProgLang, prog_langs
from clm_plugin_notebook.payload import (
    BROWSER,
    COPIED,
    FONTS,
    JOB_TYPE,
    KERNEL,
    PYTHON,
    SHARED,
    KernelPayload,
    NotebookOutput,
    NotebookPayload,
    NotebookSettings,
    PageOptions,
)
from clm_plugin_notebook.planning.companions import companion_file, companion_inputs, is_companion
from clm_plugin_notebook.planning.inputs import deck_inputs, restricted_files
from clm_plugin_notebook.planning.kinds import refuse_unknown_kinds
from clm_plugin_notebook.planning.linking import included_files, links_of_files
from clm_plugin_notebook.planning.site_links import site_links
from clm_plugin_notebook.planning.source_info import DeckSource, inspect_deck

if TYPE_CHECKING:
    from clm_plugin_notebook.planning.pictures import PictureFolders
    from clm_plugin_notebook.planning.shared_files import SharedFiles

_FOR_TEACHERS = ("speaker", "trainer", "recording")

_SUFFIXES = {"html": ".html", "slides": ".html", "pdf": ".pdf", "notebook": ".ipynb"}
_WITH_FOOTER = ("slides", "pdf")
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def plan(
    source: SourceFile, context: PlanContext, extensions: Extensions = NO_EXTENSIONS
) -> list[JobRequest]:
    """Plan a single job for all variants, so that code shown in several of them runs once.

    Raises:
        ConversionError: the deck cannot be read, an option of its topic is invalid, or a variant
            has an unknown kind.
    """
    if is_companion(str(source.topic_path)):
        # A deck among voiceovers has not been meant for students.
        private = (variant for variant in context.variants if not variant.public)
        context = evolve(context, variants=tuple(private))
    if not context.variants:
        return []
    settings: NotebookSettings = context.settings or NotebookSettings()
    langs = prog_langs(settings.prog_langs).values()
    chosen = extensions.chosen(settings.extensions, source.course_path)
    kinds = (variant.kind for variant in context.variants)
    added = chosen.additions(kinds, context.theme.name, source.course_path)
    refuse_unknown_kinds(source, context, added, extensions)
    limit = settings.max_deck_megabytes
    deck = inspect_deck(source, context, langs, limit, added.hiding_tags)
    theme_inputs = (*chosen.inputs(context.theme.name, source.course_path), *context.theme_files)
    inputs = tuple(companion_inputs(source, context, langs))
    companions = tuple(companion_file(i, source, context, deck.prog_lang, langs) for i in inputs)
    text = without_links(deck.text, deck.links)
    included = tuple(included_files(deck.text, source, context, deck.prog_lang))
    shared = pictures = None
    if settings.page_assets == SHARED:
        from clm_plugin_notebook.planning.shared_files import SharedFiles  # not in every course

        shared = SharedFiles(context.theme, theme_inputs, deck.text)
        if settings.images == COPIED:
            pictures = _pictures(deck, context, (*inputs, *included), langs)
    outputs, specs = _outputs(source, context, deck, shared, pictures)
    payload = _payload(source, context, settings, deck.prog_lang, outputs)
    return [
        JobRequest(
            id=f"{JOB_TYPE}:{source.course_path}",
            job_type=JOB_TYPE,
            payload=evolve(payload, companions=companions, additions=added),
            source=source.course_path,
            inputs=(
                *deck_inputs(source, context, text),
                *inputs,
                *theme_inputs,
            ),
            outputs=specs,
            links=(*deck.links, *links_of_files((*inputs, *included), langs, context)),
            environment=_environment(settings, deck.prog_lang, outputs),
            shared=shared.delivered(context.variants) if shared else (),
            carried=pictures.carried if pictures else {},
        )
    ]


def _pictures(
    deck: DeckSource, context: PlanContext, files: Iterable[FileInput], langs: Iterable[ProgLang]
) -> PictureFolders:
    from clm_plugin_notebook.planning.pictures import (  # not in every course
        PictureFolders,
        TopicPictures,
    )

    texts = (deck.text, *(read_text(file.path, file.name) for file in files))
    return PictureFolders(TopicPictures(texts, context, langs).carried(context.variants))


def _payload(
    source: SourceFile,
    context: PlanContext,
    settings: NotebookSettings,
    prog_lang: ProgLang,
    outputs: tuple[NotebookOutput, ...],
) -> NotebookPayload:
    return NotebookPayload(
        source=source.topic_path.as_posix(),
        prog_lang=prog_lang,
        languages=tuple(context.course_name),
        restricted=tuple(restricted_files(context)),
        own_language=language_of(source.topic_path, context.course_name),
        outputs=outputs,
        author=context.author,
        organization=dict(context.organization),
        answers=settings.answers,
        evaluate=_flag(context.options, "evaluate", settings.evaluate, source),
        skip_errors=_flag(context.options, "skip-errors", False, source),
        cell_timeout=settings.cell_timeout,
        kernel_start_timeout=settings.kernel_start_timeout,
        kernel=_kernel(settings),
        page_options=_page_options(settings, context.theme.mode),
        theme=context.theme,
    )


def _page_options(settings: NotebookSettings, mode: str) -> PageOptions:
    return PageOptions(
        theme=mode or settings.theme,
        images=settings.images,
        asset_url=settings.asset_url,
        overflow=settings.slides_overflow,
        reveal=settings.slides_options,
        code_lines=settings.code_lines,
        pdf=settings.pdf_layout,
        html=settings.html,
    )


def _environment(
    settings: NotebookSettings, prog_lang: ProgLang, outputs: Iterable[NotebookOutput]
) -> tuple[str, ...]:
    """What the outputs depend on where the job runs, by names of `environment`."""
    if prog_lang.is_python:
        kernel = f"{PYTHON} {settings.kernel_python}".strip()
    else:
        kernel = f"{KERNEL} {prog_lang.kernel}"
    has_pdf = any(output.format == "pdf" for output in outputs)
    return (kernel, BROWSER, FONTS) if has_pdf else (kernel,)


def _kernel(settings: NotebookSettings) -> KernelPayload:
    return KernelPayload(
        python=settings.kernel_python,
        start=settings.kernel_start,
        preload=settings.kernel_preload,
        output_limit_mb=settings.output_limit_mb,
        memory_limit_mb=settings.memory_limit_mb,
        process_limit=settings.process_limit,
    )


def _flag(options: Mapping[str, Any], name: str, default: bool, source: SourceFile) -> bool:
    value = options.get(name, options.get(name.replace("-", "_"), default))
    flag = value if isinstance(value, bool) else _BOOLEANS.get(str(value).strip().lower())
    if flag is None:
        raise ConversionError(
            f"invalid value of the topic option {name!r}: {value!r}",
            place=Place(source.course_path),
            hint="use true or false",
        )
    return flag


def _outputs(
    source: SourceFile,
    context: PlanContext,
    deck: DeckSource,
    shared: SharedFiles | None,
    pictures: PictureFolders | None,
) -> tuple[tuple[NotebookOutput, ...], tuple[OutputSpec, ...]]:
    suffixes = _SUFFIXES | {"code": deck.prog_lang.suffix}
    stems = {lang: f"{context.number:02} {file_name(t)}" for lang, t in deck.titles.items()}
    outputs: dict[str, NotebookOutput] = {}
    destinations: dict[str, list[PurePosixPath]] = {}
    for variant in context.variants:
        title = deck.titles[variant.language]
        suffix = suffixes[variant.format]
        files = {lang: f"{stem}{suffix}" for lang, stem in stems.items()}
        file = files[variant.language]
        site = site_links(variant, file, context, files)
        urls = shared.urls(variant) if shared else {}
        output = NotebookOutput(
            _output_name(variant),
            variant.language,
            variant.kind,
            variant.format,
            title,
            variant.public,
            _footer(context, variant),
            site,
            urls,
            *(pictures.place(variant) if pictures else ()),
        )
        # Two targets may have the same variant in folders of different depths.
        while outputs.get(output.name, output) != output:
            output = evolve(output, name=f"{output.name}-again")
        name = output.name
        outputs[name] = output
        destinations.setdefault(name, []).append(variant.directory / file)
    specs = tuple(
        OutputSpec(name, tuple(places), title=outputs[name].title)
        for name, places in destinations.items()
    )
    return tuple(outputs.values()), (*specs, *(pictures.outputs() if pictures else ()))


def _footer(context: PlanContext, variant: Variant) -> tuple[str, ...]:
    if variant.format not in _WITH_FOOTER:
        return ()
    names = (context.course_name, context.section_name)
    texts = (name.get(variant.language, "").strip() for name in names)
    return tuple(dict.fromkeys(text for text in texts if text))


def _output_name(variant: Variant) -> str:
    # Two targets may have the same variant, one with and one without private cells.
    is_default = variant.public != (variant.kind in _FOR_TEACHERS)
    suffix = "" if is_default else "-public" if variant.public else "-private"
    return f"{variant.language}/{variant.format}/{variant.kind}{suffix}"
