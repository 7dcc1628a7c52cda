"""The cohorts of a publication: what they get, and the record of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, time
from pathlib import Path

from attrs import define, evolve, field

from clm import UsageError, listing, nearest
from clm.builds import FinishedBuild
from clm_plugin_publish.cohorts.freezing import EVERYTHING, Release, moved, next_given, with_content
from clm_plugin_publish.contents import MOST_NAMED, Contents
from clm_plugin_publish.dates import moment
from clm_plugin_publish.destinations.places import Place, contents_in, place_for
from clm_plugin_publish.publishing import Prepared
from clm_plugin_publish.records.given import Given, KeptContents, Record
from clm_plugin_publish.records.ledger import Ledger
from clm_plugin_publish.settings import Cohort, Destination, PublishSettings


@define
class CohortRelease:
    """The release to a cohort in one run; it is recorded before the first destination has it.

    So a publication that is interrupted anywhere is completed by the next one, with what it began
    with. One that has failed at its first destination has not happened, and is recorded nowhere.
    """

    record: Record
    kept: KeptContents
    before: Given
    given: Given
    again: frozenset[str] = frozenset()
    _recorded: bool = field(default=False, init=False)

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Keep what is given while it is published to a destination."""
        first, old = not self._recorded, self.record.read()
        if first and (self.given != self.before or old is None):
            for file in self.given.files.values():
                if file.content is not None and not self.kept.has(file.digest):
                    folder, name = file.content
                    self.kept.add(file.digest, (folder / name).read_bytes())
            self.record.save(self.given)
        try:
            yield
        except UsageError:
            if first:
                self.record.restore(old)
            raise
        self._recorded = True

    def with_strangers(self, item: Prepared) -> Prepared:
        """The destination, with what it has of topics that by the record were never given."""
        known, old = item.state.known, self.before.files
        if self.again or not known:
            return item
        root = f"{item.destination.root.strip('/')}/" if item.destination.root else ""
        new = {i.path for i in item.contents.items if i.topic and f"{root}{i.path}" not in old}
        strange = [path for path in item.changes.changed if path in new]
        if not old:
            strange += item.changes.removed
        strangers = tuple(sorted({*item.state.strangers, *strange}))
        return evolve(item, state=evolve(item.state, strangers=strangers))


def release_for(
    name: str,
    settings: PublishSettings,
    build: FinishedBuild,
    kinds: Mapping[str, Collection[str]],
    own: Path,
    now: datetime,
    again: frozenset[str] = frozenset(),
    *,
    until_now: bool = False,
) -> CohortRelease:
    """What a cohort has after this release; with `until_now`, from what it had at that time.

    Raises:
        UsageError: what it was given is not known, not to be had, or not for it.
    """
    record, cohort = Record.of(name, build.course), settings.cohorts[name]
    _refuse_lost(record, Ledger.of(build.course), again)
    before, at = record.load(), now.astimezone(UTC).isoformat(timespec="seconds")
    if until_now:
        before = before.until(at)
    _check_again(again, before, build)
    more = not is_over(cohort, settings.time_zone, now)
    given = next_given(before, Release(build, kinds, at, again, more, lists=until_now))
    kept = KeptContents(own / "given")
    sources = {n: d for n, d in settings.destinations.items() if d.cohort == name}
    given = with_content(given, _contents(given, kept, build, sources, own))
    return CohortRelease(record, kept, before, given, again)


def is_over(cohort: Cohort, time_zone: str, now: datetime) -> bool:
    """Whether a cohort gets nothing more."""
    if not cohort.end:
        return False
    end = moment(cohort.end, time_zone)
    if len(cohort.end.strip()) == len("2027-03-01"):
        end = datetime.combine(end.date(), time.max, end.tzinfo)
    return now.astimezone(UTC) > end.astimezone(UTC)


def moved_topics(release: CohortRelease, build: FinishedBuild) -> tuple[str, ...]:
    """The topics that new lists of the course do not find where the cohort has them."""
    return moved(release.given, build) if release.given != release.before else ()


def _refuse_lost(record: Record, ledger: Ledger, again: frozenset[str]) -> None:
    if record.file.exists() or EVERYTHING in again or not ledger.has_cohort(record.cohort):
        return
    raise UsageError(
        f"{record.file} is missing, which says what the cohort {record.cohort!r} was given",
        hint="restore it from version control, or release all that is due anew, as it is now:"
        f" `clm publish {record.cohort} --correct '*' --note TEXT`",
    )


def _check_again(again: frozenset[str], before: Given, build: FinishedBuild) -> None:
    sections = build.course.sections
    known = {n for s in sections for n in (s.id, *(t.id for t in s.topics))} | before.names
    for name in again - {EVERYTHING}:
        if name not in known:
            message = f"neither the course nor the cohort has a topic or section {name!r}"
            raise UsageError(message, hint=nearest(name, sorted(known)))


# --- contents --------------------------------------------------------------------------------


def _contents(
    given: Given,
    kept: KeptContents,
    build: FinishedBuild,
    destinations: Mapping[str, Destination],
    own: Path,
) -> Mapping[str, tuple[Path, str]]:
    """The files with their contents by digest: kept ones, and else what is still somewhere.

    Raises:
        UsageError: a content is nowhere.
    """
    old = {file.digest: file for file in given.files.values() if file.content is None}
    found = kept.find(old)
    missing = {digest: file for digest, file in old.items() if digest not in found}
    if not missing:
        return found
    for source in _sources(build, destinations, own):
        wanted = {file.path: digest for digest, file in missing.items()}
        for path, data in source(wanted):
            digest = wanted[path]
            if digest in missing and hashlib.sha256(data).hexdigest() == digest:
                kept.add(digest, data)
                del missing[digest]
        if not missing:
            break
    if missing:
        lost = sorted(file.path for file in missing.values())
        topics = sorted({file.topic for file in missing.values() if file.topic}) or [EVERYTHING]
        raise UsageError(
            f"the contents of {len(lost)} file(s) that the cohort was given are lost:"
            f" {listing(lost, MOST_NAMED)}; nothing was published",
            hint=f"restore {kept.folder} or one of the cohort's destinations, or release anew what"
            f" is lost: {' '.join(f'--correct {topic}' for topic in topics)} --note TEXT",
        )
    return kept.find(old)


Source = Callable[[Collection[str]], Iterator[tuple[str, bytes]]]


def _sources(
    build: FinishedBuild, destinations: Mapping[str, Destination], own: Path
) -> Iterator[Source]:
    """Where contents may be: in the outputs, and in what was published."""

    def built(paths: Collection[str]) -> Iterator[tuple[str, bytes]]:
        for path in paths:
            file = build.folder / path
            if file.is_file() and not file.is_symlink():
                yield path, file.read_bytes()

    yield built
    for name, destination in destinations.items():
        if destination.kind in ("folder", "zip", "git"):
            yield _published(place_for(name, destination, Contents(()), build, own), destination)


def _published(place: Place, destination: Destination) -> Source:
    root = f"{destination.root.strip('/')}/" if destination.root else ""

    def published(paths: Collection[str]) -> Iterator[tuple[str, bytes]]:
        below = [path.removeprefix(root) for path in paths if path.startswith(root)]
        for path, data in contents_in(place, below):
            yield f"{root}{path}", data

    return published
