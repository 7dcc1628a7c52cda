"""`clm db check|migrate|path`: the database files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from attrs import frozen

from clm.backends.paths import ClmPaths
from clm.builder.output.record import OUTPUTS_SCHEMA
from clm.cli.database_options import confirm, locate, operator_options, spec_argument, yes_option
from clm.cli.options import Settings
from clm.cli.output.console import write_json
from clm.cli.output.formatting import size
from clm.cli.output.tables import show_table
from clm.database.cache.results import CACHE_SCHEMA
from clm.database.queue.schema import QUEUE_SCHEMA
from clm.database.sqlite.connection import Database, open_database
from clm.database.sqlite.read_only import open_for_reading, version_of
from clm.database.sqlite.schema import Schema
from clm.errors import DatabaseError

_COLUMNS = ("Database", "Version", "Size", "State")


@frozen
class _Finding:
    name: str
    path: Path
    version: int | None
    state: str
    ok: bool


@click.command("check")
@spec_argument
@operator_options
@click.pass_context
def check_databases(
    context: click.Context, settings: Settings, /, spec: Path | None, as_json: bool
) -> None:
    """Check the databases for damage.

    Exit codes: 0 no problems, 1 a database is damaged or has a different version.
    """
    found = [_check(path, schema) for path, schema in _databases(locate(settings, spec))]
    if as_json:
        write_json(
            ok=all(f.ok for f in found),
            databases=[
                {"name": f.name, "path": str(f.path), "version": f.version, "state": f.state}
                for f in found
            ],
        )
    else:
        show_table(_COLUMNS, [_cells(f) for f in found])
    context.exit(0 if all(f.ok for f in found) else 1)


@click.command("migrate")
@spec_argument
@yes_option
@operator_options
def migrate_databases(settings: Settings, /, spec: Path | None, yes: bool, as_json: bool) -> None:
    """Migrate the databases to the current version.

    A backup of each database of an older CLM is made first.
    """
    migrated = []
    for path, schema in _databases(locate(settings, spec)):
        if not path.is_file():
            continue
        version = version_of(path, schema)
        if version < schema.version:
            confirm(f"migrate {path} from version {version} to {schema.version}?", yes=yes)
        open_database(path, schema, create=False).close()
        migrated.append({"path": str(path), "from": version, "to": schema.version})
    if as_json:
        write_json(databases=migrated)
    else:
        rows = [(str(d["path"]), str(d["from"]), str(d["to"])) for d in migrated]
        show_table(("Database", "From version", "To version"), rows)


@click.command("path")
@spec_argument
@operator_options
def show_paths(settings: Settings, /, spec: Path | None, as_json: bool) -> None:
    """Show the paths of the databases."""
    paths = locate(settings, spec)
    if as_json:
        write_json(
            jobs=str(paths.jobs_db),
            cache=str(paths.cache_db),
            outputs=str(paths.outputs_db),
            logs=str(paths.logs),
        )
        return
    for path in (paths.jobs_db, paths.cache_db, paths.outputs_db):
        click.echo(str(path))


def _databases(paths: ClmPaths) -> Iterator[tuple[Path, Schema]]:
    yield paths.jobs_db, QUEUE_SCHEMA
    yield paths.cache_db, CACHE_SCHEMA
    yield paths.outputs_db, OUTPUTS_SCHEMA


def _check(path: Path, schema: Schema) -> _Finding:
    if not path.is_file():
        return _Finding(schema.name, path, None, "does not exist yet", True)
    version = None
    try:
        version = version_of(path, schema)
        with Database(path, schema, open_for_reading(path, schema)) as database:
            sound = database.is_sound()
    except DatabaseError as error:
        return _Finding(schema.name, path, version, str(error), False)
    return _Finding(schema.name, path, version, "sound" if sound else "damaged", sound)


def _cells(finding: _Finding) -> tuple[str, ...]:
    exists = finding.path.is_file()
    return (
        str(finding.path),
        "-" if finding.version is None else str(finding.version),
        size(finding.path.stat().st_size) if exists else "-",
        finding.state,
    )
