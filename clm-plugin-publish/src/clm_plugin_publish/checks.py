"""Checks for `clm validate`: the dates, destinations and cohorts that the spec names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import evolve

from clm import Diagnostic, Severity, nearest
from clm.builds import CheckedCourse
from clm_plugin_publish.contents import own_file
from clm_plugin_publish.destinations.rsync_commands import address
from clm_plugin_publish.records.given import Record
from clm_plugin_publish.schedule.plans import plan_for
from clm_plugin_publish.schedule.schedule import checked_schedule
from clm_plugin_publish.settings import KINDS, Cohort, Destination, DestinationError


def problems_of(course: CheckedCourse) -> Iterator[Diagnostic]:
    """All that `clm publish` and `clm schedule` would refuse, as far as the spec tells."""
    destinations: Mapping[str, Destination] = course.settings.destinations
    cohorts: Mapping[str, Cohort] = course.settings.cohorts
    yield from _of_dates(course, destinations, cohorts)
    for name, destination in destinations.items():
        yield from _of_destination(name, destination, course)
    yield from _of_places(course, destinations)
    for name in cohorts:
        if not any(destination.cohort == name for destination in destinations.values()):
            yield Diagnostic(
                f"the cohort {name!r} has no destinations",
                Severity.WARNING,
                course.place("cohorts", name),
                hint=f"add `cohort: {name}` to those that it reads",
                excerpt=name,
            )


def _of_dates(
    course: CheckedCourse, destinations: Mapping[str, Destination], cohorts: Mapping[str, Cohort]
) -> Iterator[Diagnostic]:
    own = [name for name, destination in destinations.items() if destination.dates]
    # Of a course that only cohorts read, the dates need no start but theirs.
    whole = len(own) + sum(bool(d.cohort) for d in destinations.values()) < len(destinations)
    names = ["", *own, *cohorts] if whole or not destinations else [*own, *cohorts]
    found: dict[Diagnostic, None] = {}
    for name in names:
        plan = plan_for(name, course.settings, course.place)
        if plan.cohort and plan.dates:
            plan = evolve(plan, gone=Record.of(plan.cohort, course.info).load().names)
        _, problems = checked_schedule(course.info, plan)
        found.update(dict.fromkeys(d for problem in problems for d in problem.diagnostics))
    yield from found


def _of_destination(
    name: str, destination: Destination, course: CheckedCourse
) -> Iterator[Diagnostic]:
    kinds = [*KINDS, *(kind.name for result in course.hook_results for kind in result.value)]
    known = {
        "kind": (destination.kind, kinds),
        "target": (destination.target, [target for target in course.targets if target]),
        "cohort": (destination.cohort, course.settings.cohorts),
    }
    for key, (value, names) in known.items():
        # A cohort that is itself wrong is not among the settings, but has a place in the spec.
        is_wrong = course.place("cohorts", value) != course.place("cohorts")
        if value and value not in names and not (key == "cohort" and is_wrong):
            yield _unknown(f"there is no {key} {value!r}", value, names, course, name, key)
    for number, language in enumerate(destination.languages):
        if language not in course.info.languages:
            message, names = f"the course has no language {language!r}", course.info.languages
            yield _unknown(message, language, names, course, name, "languages", number)
    if destination.kind == "rsync" or destination.launch:
        try:
            if destination.launch:
                from clm_plugin_publish.handouts.handouts import launch_repository  # few have links

                launch_repository(destination, course.info)
            else:
                address(destination.remote)
        except DestinationError as error:
            place = course.place("destinations", name, error.key)
            yield from (evolve(d, place=place) for d in error.diagnostics)
    for number, path in enumerate(destination.files):
        try:
            own_file(course.info, path)
        except DestinationError as error:
            place = course.place("destinations", name, "files", number)
            yield from (evolve(d, place=place, excerpt=path) for d in error.diagnostics)


def _unknown(
    message: str,
    value: str,
    names: Mapping[str, object] | list[str] | tuple[str, ...],
    course: CheckedCourse,
    *keys: str | int,
) -> Diagnostic:
    hint = nearest(value, names, f"there is {', '.join(names)}" if names else "")
    place = course.place("destinations", *keys)
    return Diagnostic(message, place=place, hint=hint or None, excerpt=value)


def _of_places(
    course: CheckedCourse, destinations: Mapping[str, Destination]
) -> Iterator[Diagnostic]:
    """An error for each destination in the place of another one, which they would both replace."""
    first: dict[tuple[str, ...], str] = {}
    for name, destination in destinations.items():
        if destination.kind in ("git", "rsync"):
            branch = destination.branch if destination.kind == "git" else ""
            place: tuple[str, ...] = (destination.kind, destination.remote, branch)
        elif destination.kind in KINDS:
            place = (str(course.info.folder / destination.path),)
        else:
            continue
        other = first.setdefault(place, name)
        if other != name:
            yield Diagnostic(
                f"the destinations {other!r} and {name!r} have the same place",
                place=course.place("destinations", name),
                hint="give each of them a folder, archive or branch of its own",
                excerpt=name,
            )
