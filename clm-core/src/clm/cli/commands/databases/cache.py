"""`clm cache stats|prune|clear|verify`: the results cache."""

from __future__ import annotations

from pathlib import Path

import attrs
import click

from clm.cli.database_options import confirm, locate, operator_options, spec_argument, yes_option
from clm.cli.options import Settings
from clm.cli.output.console import answer, echo_err, write_json
from clm.cli.output.formatting import day, rate, size
from clm.cli.output.tables import show_table
from clm.database.cache.maintenance import Removed, cache_overview, clear, prune, shrink
from clm.database.cache.repair import check_cache_file
from clm.database.cache.results import ResultsCache
from clm.errors import UsageError
from clm.limits import Limits, parse_age, parse_size
from clm.stores.settings import SharedCacheSettings

_COLUMNS = ("Results", "Hit rate", "Size", "Oldest", "Newest")


@click.command("stats")
@spec_argument
@operator_options
def cache_stats(settings: Settings, /, spec: Path | None, as_json: bool) -> None:
    """Show the number of results, hit rate and size, and the use of the shared cache."""
    path = _locate(settings, spec)
    found = cache_overview(path)
    shared = SharedCacheSettings.of()
    if as_json:
        url = shared.url if shared else None
        write_json(path=str(path), shared_cache=url, **attrs.asdict(found))
        return
    hits = rate(found.hits, found.misses)
    row = (str(found.entries), hits, size(found.bytes), day(found.oldest), day(found.newest))
    show_table(_COLUMNS, [row])
    if shared is not None or found.shared_hits or found.shared_misses or found.shared_written:
        where = shared.url if shared else "not set"
        answer(
            f"shared cache: {where}; {found.shared_hits} result(s) read from it, "
            f"{found.shared_misses} not found in it, {found.shared_written} written to it",
            as_json=False,
        )


@click.command("prune")
@spec_argument
@click.option("--max-size", metavar="SIZE", help="Prune the cache to this size, such as 500MB.")
@click.option(
    "--max-age", metavar="AGE", help="Remove results that were not used for this long, such as 30d."
)
@yes_option
@operator_options
def prune_cache(
    settings: Settings,
    /,
    spec: Path | None,
    max_size: str | None,
    max_age: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Remove the least recently used results.

    Without --max-size and --max-age, prune to the size limit of builds (CLM_CACHE_SIZE). No build
    may be running.
    """
    max_bytes = parse_size(max_size, "--max-size") if max_size else None
    age = parse_age(max_age, "--max-age") if max_age else None
    if max_bytes is None and age is None:
        max_bytes = Limits.of().cache_size
    path = _locate(settings, spec)
    confirm(f"remove results from {path}?", yes=yes)
    with ResultsCache(path) as cache:
        removed = prune(cache, max_bytes=max_bytes, max_age=age)
        if removed.entries:
            shrink(cache)
    _report_removed(removed, as_json)


@click.command("clear")
@spec_argument
@yes_option
@operator_options
def clear_cache(settings: Settings, /, spec: Path | None, yes: bool, as_json: bool) -> None:
    """Remove all results.

    Outputs stay as they are; the next builds cannot reuse results and may take longer. No build may
    be running.
    """
    path = _locate(settings, spec)
    confirm(f"remove all results from {path}?", yes=yes)
    with ResultsCache(path) as cache:
        removed = clear(cache)
        shrink(cache)
    _report_removed(removed, as_json)


@click.command("verify")
@spec_argument
@operator_options
@click.pass_context
def verify_cache(
    context: click.Context, settings: Settings, /, spec: Path | None, as_json: bool
) -> None:
    """Verify the results and remove damaged ones.

    Each result is compared with its digest. Exit codes: 0 no damage, 1 some results or the whole
    cache were damaged.
    """
    path = _locate(settings, spec)
    found = check_cache_file(path)
    if found.repaired is not None:
        echo_err(str(found.repaired))
    checked = found.verified
    answer(
        f"{checked.contents} contents verified, {checked.bad} damaged, "
        f"{checked.dropped} result(s) removed",
        as_json=as_json,
        path=str(path),
        set_aside=str(found.repaired.aside) if found.repaired else None,
        **attrs.asdict(checked),
    )
    context.exit(1 if found.repaired or checked.bad or checked.dropped else 0)


def _report_removed(removed: Removed, as_json: bool) -> None:
    message = f"removed {removed.entries} result(s), {size(removed.bytes)}"
    answer(message, as_json=as_json, **attrs.asdict(removed))


def _locate(settings: Settings, spec: Path | None) -> Path:
    path = locate(settings, spec).cache_db
    if not path.is_file():
        raise UsageError(f"no results cache at {path}", hint="the first build creates it")
    return path
