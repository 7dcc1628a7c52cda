"""What `clm publish` does: build, compare all destinations, publish, and print."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve, frozen

from clm import Diagnostic, Severity, UsageError, listing, nearest
from clm.builds import FinishedBuild
from clm.commands import OpenCourse, echo, plain, show, write_json
from clm_plugin_publish.cohorts.releases import CohortRelease, is_over, moved_topics, release_for
from clm_plugin_publish.dates import moment, now_in
from clm_plugin_publish.destinations.folders import refuse_strangers
from clm_plugin_publish.publishing import Prepared, carry_out, one_at_a_time, own_folder, prepare
from clm_plugin_publish.records.given import Record
from clm_plugin_publish.records.ledger import Ledger
from clm_plugin_publish.schedule.plans import plan_for
from clm_plugin_publish.schedule.schedule import Schedule, schedule_of
from clm_plugin_publish.settings import Destination, DestinationError

_SHOWN = 10


@frozen
class Options:
    """The options of a publication; see the command."""

    dry_run: bool = False
    force: bool = False
    note: str = ""
    as_json: bool = False
    due: bool = False
    as_of: str = ""
    correct: tuple[str, ...] = ()


def publish(
    course: OpenCourse, name: str, options: Options, now: datetime | None = None
) -> list[dict[str, Any]]:
    """Build the course and publish it to the destination with this name, or to all.

    Returns what was published, as plain data. `now` is the present moment.

    Raises:
        ClmError: there is no such destination, or something is not to be published.
    """
    chosen = _chosen(course, name)
    _check_correction(chosen, options)
    now = now or now_in(course.settings.time_zone)
    if options.as_of:
        now = as_of(options.as_of, course.settings.time_zone)
        options = Options(dry_run=True, as_json=options.as_json, as_of=options.as_of)
    schedules = {name: schedule_for(course, name) for name in chosen}
    if options.due:
        chosen = {n: d for n, d in chosen.items() if _is_due(course, n, d, schedules[n], now)}
    with one_at_a_time(own_folder(course.info)):
        results = _publish(course, chosen, schedules, options, now)
    if options.as_json:
        write_json(dry_run=options.dry_run, destinations=results)
    return results


def schedule_for(course: OpenCourse, name: str) -> Schedule:
    """The releases to a destination or cohort, or with an empty name those of the course.

    Raises:
        ClmError: there is no such destination, or a date is none.
    """
    plan = plan_for(name, course.settings, course.place)
    if plan.cohort and plan.dates:
        # Dates may be those of topics that the course has no more, but the cohort has.
        plan = evolve(plan, gone=Record.of(plan.cohort, course.info).load().names)
    return schedule_of(course.info, plan)


def _check_correction(chosen: Mapping[str, Destination], options: Options) -> None:
    cohorts = {destination.cohort for destination in chosen.values()}
    if not options.correct:
        return
    if len(cohorts) != 1 or cohorts == {""}:
        hint = "name a cohort or one of its destinations: only what is frozen is corrected"
        raise UsageError("--correct is for one cohort", hint=hint)
    if not options.note:
        raise UsageError("a correction needs a note", hint="say why with `--note TEXT`")
    if options.due or options.as_of:
        raise UsageError("--correct publishes now: leave out --due and --as-of")


def as_of(text: str, time_zone: str) -> datetime:
    """The moment of `--as-of`: for a day, its end.

    Raises:
        UsageError: it is none.
    """
    try:
        at = moment(text, time_zone)
    except ValueError as error:
        raise UsageError(f"--as-of: {error}") from error
    is_day = len(text.strip()) == len("2027-03-01")
    return at + timedelta(days=1, microseconds=-1) if is_day else at


def _publish(
    course: OpenCourse,
    chosen: Mapping[str, Destination],
    schedules: Mapping[str, Schedule],
    options: Options,
    now: datetime,
) -> list[dict[str, Any]]:
    prepared, releases = _prepared(course, chosen, schedules, options, now)
    for item in () if options.dry_run or options.force else prepared:
        refuse_strangers(item.place.where, item.state.strangers)
    results = []
    for item in prepared:
        release = releases.get(item.destination.cohort)
        done = False
        if not options.dry_run:
            with release.recorded() if release else nullcontext():
                done = carry_out(
                    item, now, force=options.force, note=options.note, corrected=_corrected(release)
                )
        results.append({**item.as_data(), "published": done})
        if not options.as_json and (done or not options.due):
            _print(item, done=done, dry_run=options.dry_run)
    return results


def _prepared(
    course: OpenCourse,
    chosen: Mapping[str, Destination],
    schedules: Mapping[str, Schedule],
    options: Options,
    now: datetime,
) -> tuple[list[Prepared], dict[str, CohortRelease]]:
    """All destinations compared first: what is wrong is known before anything is published."""
    own = own_folder(course.info)
    built = _builds(course, schedules, options, now)
    prepared: list[Prepared] = []
    releases: dict[str, CohortRelease] = {}
    environment = course.settings.environment
    environment = course.info.folder / environment if environment else None
    more = {kind.name: kind for result in course.hook_results for kind in result.value}
    for name, destination in chosen.items():
        build, kinds = built(_tree(name, destination, schedules[name], options), name)
        cohort = destination.cohort
        if cohort and cohort not in releases:
            releases[cohort] = _release(course, cohort, build, kinds, options, now)
        release = releases.get(cohort)
        cohorts = (release.given, release.earlier(name)) if release else ()
        try:
            item = prepare(name, destination, build, own, kinds, more, environment, *cohorts)
        except DestinationError as error:
            place = course.place("destinations", name, error.key)
            raise UsageError(error.message, place=place, hint=error.hint) from error
        if release:
            release.add(item)
            item = release.with_strangers(item)
        prepared.append(item)
    for problem in dict.fromkeys(p for item in prepared for p in item.problems):
        show(problem)
    return prepared, releases


def _release(
    course: OpenCourse,
    cohort: str,
    build: FinishedBuild,
    kinds: Kinds,
    options: Options,
    now: datetime,
) -> CohortRelease:
    again = frozenset(options.correct)
    release = release_for(
        cohort,
        course.settings,
        build,
        kinds,
        own_folder(course.info),
        now,
        again,
        until_now=bool(options.as_of),
    )
    if topics := moved_topics(release, build):
        message = f"lists of the course do not find what {cohort!r} has of {listing(topics)}"
        hint = "their decks have other names now: release them anew with `--correct TOPIC`"
        show(Diagnostic(message, Severity.WARNING, hint=hint))
    return release


def _corrected(release: CohortRelease | None) -> str:
    return ", ".join(sorted(release.again)) if release else ""


Kinds = dict[str, frozenset[str]]


def _tree(name: str, destination: Destination, schedule: Schedule, options: Options) -> str:
    """The folder of the outputs for a destination; empty for that of `clm build`.

    What is released needs a tree of its own: the outputs of `clm build` have everything.
    """
    if destination.audience != "students" or not schedule.releases:
        return ""
    tree = "as-of" if options.as_of else "due"
    own = destination.cohort or (name if destination.dates else "")
    return f"{tree}-{own}" if own else tree


def _builds(
    course: OpenCourse, schedules: Mapping[str, Schedule], options: Options, now: datetime
) -> Callable[[str, str], tuple[FinishedBuild, Kinds]]:
    """Builds the course in a tree, once, with only what is released to its destination."""
    quiet = options.as_json or options.due
    done: dict[str, tuple[FinishedBuild, Kinds]] = {}

    def built(tree: str, name: str) -> tuple[FinishedBuild, Kinds]:
        if tree not in done:
            kinds = schedules[name].kinds_at(now) if tree else {}
            folder = own_folder(course.info) / tree if tree else None
            build = course.build(folder, kinds, quiet=quiet)
            # Links to what is left out lead nowhere: the warnings are those of `clm build`.
            _check_build(build, warnings=not kinds)
            if options.as_of and not quiet:
                echo(plain(f"the outputs as of {now:%Y-%m-%d %H:%M} are in {build.folder}"))
            done[tree] = build, kinds
        return done[tree]

    return built


def _is_due(
    course: OpenCourse, name: str, destination: Destination, schedule: Schedule, now: datetime
) -> bool:
    """Whether something was released to a destination since its last publication."""
    cohort = course.settings.cohorts.get(destination.cohort)
    if cohort is not None and is_over(cohort, course.settings.time_zone, now):
        return False
    last = Ledger.of(course.info).last(name)
    since = datetime.fromisoformat(last["time"]) if last else None
    return since is None or bool(schedule.became_due(since, now))


def _chosen(course: OpenCourse, name: str) -> dict[str, Destination]:
    known: dict[str, Destination] = course.settings.destinations
    if not known:
        hint = "add one: plugins: {publish: {destinations: {web: {kind: folder, path: ../web}}}}"
        raise UsageError("the course has no destinations", hint=hint)
    if name in course.settings.cohorts:
        found = {key: known[key] for key in known if known[key].cohort == name}
        if not found:
            hint = f"add `cohort: {name}` to those that it reads"
            raise UsageError(f"the cohort {name!r} has no destinations", hint=hint)
        return found
    if name and name not in known:
        names = [*known, *course.settings.cohorts]
        raise UsageError(f"the course has no destination {name!r}", hint=nearest(name, names))
    return {name: known[name]} if name else known


def _check_build(build: FinishedBuild, *, warnings: bool) -> None:
    for problem in build.problems:
        if warnings or problem.severity is Severity.ERROR:
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
