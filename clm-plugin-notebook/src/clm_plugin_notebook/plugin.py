"""The hook implementations of the plugin.

Loaded by every command, so imports that only some commands need are inside functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve

from clm import (
    Check,
    Diagnostic,
    Format,
    HookResult,
    JobRequest,
    JobType,
    LinkTarget,
    OwnHooks,
    PlanContext,
    SourceFile,
    Starter,
    hookimpl,
)
from clm_plugin_notebook.decks.hiding.cell_words import (
    in_any_encoding,
    is_named_like_deck,
    may_have_cells,
)
from clm_plugin_notebook.languages import (
    COMPANION_FILES,
    COMPANION_LIKE_FOLDERS,
    PROG_LANGS,
    ProgLang,
    deck_patterns,
    is_pair,
    prog_langs,
)

if TYPE_CHECKING:
    from clm_plugin_notebook.extensions.registered import Extensions
    from clm_plugin_notebook.payload import NotebookSettings

clm_api_version = 1


def fingerprint() -> str:
    """Return the versions of all tools that affect the outputs of a deck."""
    from clm_plugin_notebook import versions  # most commands run no jobs

    return versions.fingerprint()


def environment(name: str) -> str:
    """Return the version or digest of what a deck's job names in its environment."""
    from clm_plugin_notebook.kernels.environment import installed  # as above

    return installed(name)


@hookimpl
def clm_job_types() -> list[JobType]:
    # Here since the list of commands needs no job types.
    from clm_plugin_notebook.payload import JOB_TYPE, NotebookPayload

    return [
        JobType(
            name=JOB_TYPE,
            patterns=deck_patterns(PROG_LANGS.values()),
            payload=NotebookPayload,
            payload_version=3,
            migrations={1: _with_page_options, 2: _without_environment},
            plan=_plan,
            worker="clm_plugin_notebook.worker:NotebookWorker",
            preload="clm_plugin_notebook.kernels.python_kernels:fork_server",
            fingerprint=fingerprint,
            environment=environment,
            formats=(
                Format("html", "Html"),
                Format("notebook", "Notebooks"),
                _code_format(PROG_LANGS.values()),
                Format("slides", "Presentations", default=False, links_to=("html",)),
                Format("pdf", "Pdf", default=False),
            ),
            numbered=True,
            # Texts for the speaker, and recorded requests, which may contain passwords.
            private_files=(*COMPANION_FILES, "*.http-cassette.yaml", "*.http-cassette.yml"),
            private_folders=(*COMPANION_LIKE_FOLDERS, "cassettes"),
            is_mirror=partial(is_pair, langs=PROG_LANGS.values()),
            configure=_configured,
            public_text=_public_text,
            has_private_content=_has_private_content,
            check=_check,
            resolve_links=_resolve_links,
            extend=_extended,
        )
    ]


def _with_page_options(payload: dict[str, Any]) -> dict[str, Any]:
    """Migrate a payload of version 1, in which the page options were called `look`."""
    return {"page_options" if name == "look" else name: payload[name] for name in payload}


def _without_environment(payload: dict[str, Any]) -> dict[str, Any]:
    """Migrate a payload of version 2, which described the machine that planned the job."""
    kernel = {k: v for k, v in payload["kernel"].items() if k != "environment"}
    return {k: v for k, v in payload.items() if k != "browser"} | {"kernel": kernel}


def _plan(
    source: SourceFile, context: PlanContext, extensions: Extensions | None = None
) -> Iterable[JobRequest]:
    # Imported here since most commands plan nothing.
    from clm_plugin_notebook.planning.plan import plan

    more = (extensions,) if extensions else ()
    return plan(source, context, *more)


def _resolve_links(
    request: JobRequest, targets: Mapping[str, Mapping[str, LinkTarget]]
) -> JobRequest:
    from clm_plugin_notebook.planning.linking import resolve_links  # as above

    return resolve_links(request, targets)


def _public_text(
    source: SourceFile, context: PlanContext, extensions: Extensions | None = None
) -> Iterable[str]:
    # Imported here since few topics have private files.
    from clm_plugin_notebook.planning.public_text import public_text

    more = (extensions,) if extensions else ()
    return public_text(source, context, *more)


def _has_private_content(source: SourceFile, hiding: frozenset[str] = frozenset()) -> bool:
    name = source.topic_path.name
    if not is_named_like_deck(name):
        return False
    try:
        text = source.read_text().replace("\0", "")  # of UTF-16
    except UnicodeDecodeError as error:
        text = in_any_encoding(error.object)
    if not may_have_cells(name, text):
        return False
    # Imported here since not every course has such files.
    from clm_plugin_notebook.decks.hiding.hidden_cells import has_hidden_cells

    return has_hidden_cells(name, text, hiding)


def _check(
    source: SourceFile, context: PlanContext, extensions: Extensions | None = None
) -> Iterable[Diagnostic]:
    # Imported here since it needs the whole conversion, unlike all other commands.
    from clm_plugin_notebook.validation import check

    more = (extensions,) if extensions else ()
    return check(source, context, *more)


def _extended(job_type: JobType, results: Sequence[HookResult]) -> JobType:
    """Return the job type with functions that use what other plugins add."""
    from clm_plugin_notebook.extensions.registered import Extensions  # only if there are any

    extensions = Extensions(results)
    return evolve(
        job_type,
        kinds=extensions.kinds,
        plan=partial(_plan, extensions=extensions),
        public_text=partial(_public_text, extensions=extensions),
        # Of all plugins, until it is known which ones the course names.
        has_private_content=partial(_has_private_content, hiding=extensions.hiding_tags()),
        configure=partial(_configured, extensions=extensions),
        check=partial(_check, extensions=extensions),
    )


@hookimpl
def clm_own_hooks() -> OwnHooks:
    return OwnHooks(
        "clm_plugin_notebook.hookspecs",
        "clm_plugin_notebook.extensions.checks:check",
        "clm_plugin_notebook.extensions.listing:code",
        "clm_plugin_notebook.extensions.listing:names",
    )


def _code_format(langs: Iterable[ProgLang]) -> Format:
    folders = {"": "Code"} | {name: lang.folder for lang in langs for name in lang.names}
    return Format("code", folders, kinds=("completed",))


def _configured(
    job_type: JobType, settings: NotebookSettings, extensions: Extensions | None = None
) -> JobType:
    """Return the job type for the programming languages in the settings."""
    if extensions:
        hiding = extensions.hiding_tags(settings.extensions)
        look = partial(_has_private_content, hiding=hiding)
        job_type = evolve(job_type, has_private_content=look)
    langs = prog_langs(settings.prog_langs).values()
    formats = (_code_format(langs) if f.name == "code" else f for f in job_type.formats)
    return evolve(
        job_type,
        patterns=deck_patterns(langs),
        formats=tuple(formats),
        is_mirror=partial(is_pair, langs=langs),
    )


@hookimpl
def clm_settings() -> type:
    from clm_plugin_notebook.payload import NotebookSettings  # as above

    return NotebookSettings


@hookimpl
def clm_checks() -> list[Check]:
    from clm_plugin_notebook.checks import checks  # no build needs it

    return checks()


@hookimpl
def clm_commands(cli: click.Group) -> None:
    add_commands(cli)


@hookimpl
def clm_starters() -> list[Starter]:
    from clm_plugin_notebook.starters import starters  # as above

    return starters()


_PLAIN = ("jquery", "require")


def add_commands(cli: click.Group) -> None:
    """Add the command `page-scripts` to the group."""
    cli.add_command(page_scripts)


@click.command("page-scripts")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def page_scripts(folder: Path) -> None:
    """Write the scripts of pages to FOLDER, for use with the setting asset-url."""
    from clm_plugin_notebook.page_files import PACKED, asset, unpacked  # only needed here

    folder.mkdir(parents=True, exist_ok=True)
    for name in PACKED:
        (folder / f"{name}.js").write_bytes(unpacked(name))
    for name in _PLAIN:
        (folder / f"{name}.js").write_bytes(asset(f"{name}.js"))
    click.echo(f"{len(PACKED) + len(_PLAIN)} scripts written to {folder}")
