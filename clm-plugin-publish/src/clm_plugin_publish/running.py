"""What `clm publish` does: build, compare all destinations, publish, and print."""

from __future__ import annotations

from attrs import frozen

from clm import Severity, UsageError, nearest
from clm.builds import FinishedBuild
from clm.commands import OpenCourse, echo, plain, show, write_json
from clm_plugin_publish.dates import now_in
from clm_plugin_publish.folders import refuse_strangers
from clm_plugin_publish.publishing import (
    Prepared,
    built,
    carry_out,
    one_at_a_time,
    own_folder,
    prepare,
)
from clm_plugin_publish.settings import Destination

_SHOWN = 10


@frozen
class Options:
    """The options of a publication."""

    dry_run: bool
    force: bool
    note: str
    as_json: bool


def publish(course: OpenCourse, name: str, options: Options) -> None:
    """Build the course and publish it to the destination with this name, or to all.

    Raises:
        UsageError: there is no such destination, or something is not to be published.
    """
    chosen = _chosen(course, name)
    with one_at_a_time(own_folder(course.info)):
        _publish(course, chosen, options)


def _publish(course: OpenCourse, chosen: dict[str, Destination], options: Options) -> None:
    own, now = own_folder(course.info), now_in(course.settings.time_zone)
    build = built(course, quiet=options.as_json)
    _check_build(build)
    # All are compared first: what is wrong with one is known before another is published.
    prepared = [prepare(name, place, build, own) for name, place in chosen.items()]
    for item in prepared if not (options.dry_run or options.force) else ():
        refuse_strangers(item.place.where, item.state.strangers)
    results = []
    for item in prepared:
        done = not options.dry_run and carry_out(item, now, force=options.force, note=options.note)
        results.append({**item.as_data(), "published": done})
        if not options.as_json:
            _print(item, done=done, dry_run=options.dry_run)
    if options.as_json:
        write_json(dry_run=options.dry_run, destinations=results)


def _chosen(course: OpenCourse, name: str) -> dict[str, Destination]:
    known: dict[str, Destination] = course.settings.destinations
    if not known:
        hint = "add one: plugins: {publish: {destinations: {web: {kind: folder, path: ../web}}}}"
        raise UsageError("the course has no destinations", hint=hint)
    if name and name not in known:
        raise UsageError(f"the course has no destination {name!r}", hint=nearest(name, known))
    return {name: known[name]} if name else known


def _check_build(build: FinishedBuild) -> None:
    for problem in build.problems:
        show(problem)
    if not build.ok or not build.complete:
        errors = sum(problem.severity is Severity.ERROR for problem in build.problems)
        hint = "mend what is above; `clm build` shows it again"
        raise UsageError(f"the build has {errors} error(s); nothing was published", hint=hint)


def _print(item: Prepared, *, done: bool, dry_run: bool) -> None:
    changes = item.changes
    for mark, paths in (("+", changes.added), ("~", changes.changed), ("-", changes.removed)):
        for path in paths[:_SHOWN]:
            echo(plain(f"  {mark} {path}"))
        if len(paths) > _SHOWN:
            echo(f"  {mark} {len(paths) - _SHOWN} more")
    for path in item.state.strangers[:_SHOWN]:
        echo(plain(f"  ! {path}: not published by CLM, or changed since"))
    counts = (
        f"{len(changes.added)} new, {len(changes.changed)} changed, {len(changes.removed)} removed"
        f" of {len(item.place.wanted)} file(s); {len(item.decks)} deck(s); {_size(changes.bytes)}"
    )
    if not changes and not item.state.strangers:
        echo(plain(f"{item.name}: nothing to do ({item.place.where})"))
    else:
        what = "would be published" if dry_run else "published" if done else "not published"
        echo(plain(f"{item.name}: {what} to {item.place.where}: {counts}"))


def _size(count: int) -> str:
    for unit, factor in (("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} bytes"
