"""`clm cache push|pull`: results between the local and the shared cache."""

from __future__ import annotations

from pathlib import Path

import click

from clm.builder import BuildOptions
from clm.builder.pulling import pull_results
from clm.cli.database_options import locate, operator_options, spec_argument
from clm.cli.groups import load_plugins
from clm.cli.options import Settings
from clm.cli.output.console import answer, show_all
from clm.cli.shell_completion import course_spec
from clm.database.cache.results import ResultsCache
from clm.errors import UsageError
from clm.stores.opening import open_store
from clm.stores.settings import URL_VARIABLE, SharedCacheSettings
from clm.stores.writer import write_result


@click.command("push")
@spec_argument
@operator_options
def push_cache(settings: Settings, /, spec: Path | None, as_json: bool) -> None:
    """Write all local results to the shared cache.

    Exit codes: 0 success, 1 the shared cache cannot be written to.
    """
    path = locate(settings, spec).cache_db
    if not path.is_file():
        raise UsageError(f"no results cache at {path}", hint="the first build creates it")
    shared = _shared_settings()
    if not shared.writes:
        raise UsageError("the shared cache is read-only", hint="unset CLM_SHARED_CACHE_MODE")
    store = open_store(load_plugins(), shared)
    try:
        with ResultsCache(path) as cache:
            types = cache.job_types()
            stored = cache.check_cache_many(types)
            written = sum(
                write_result(store, cache, result, types[key]) for key, result in stored.items()
            )
            cache.record_shared_use(0, 0, written)
    finally:
        store.close()
    answer(f"wrote {written} result(s)", as_json=as_json, written=written)


@click.command("pull")
@course_spec
@operator_options
def pull_cache(settings: Settings, /, spec: Path, as_json: bool) -> None:
    """Fetch the results of a course from the shared cache.

    Builds nothing; a build afterwards needs no shared cache for what was fetched.
    """
    _shared_settings()
    pulled = pull_results(BuildOptions(spec_path=spec, db_path=settings.db_path))
    show_all(pulled.warnings)
    answer(
        f"fetched {pulled.fetched} result(s); {pulled.present} were there, "
        f"{pulled.missing} not found",
        as_json=as_json,
        fetched=pulled.fetched,
        present=pulled.present,
        missing=pulled.missing,
    )


def _shared_settings() -> SharedCacheSettings:
    shared = SharedCacheSettings.of()
    if shared is None:
        raise UsageError("no shared cache", hint=f"set {URL_VARIABLE}")
    return shared
