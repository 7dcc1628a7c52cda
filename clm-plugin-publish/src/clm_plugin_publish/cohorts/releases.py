"""The cohorts of a publication: what they get, and the record of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, time
from pathlib import Path

from attrs import define, evolve, field

from clm import UsageError, nearest
from clm.builds import FinishedBuild
from clm_plugin_publish.cohorts.freezing import Release, moved, next_given, with_content
from clm_plugin_publish.cohorts.recovery import Sources
from clm_plugin_publish.contents import Item
from clm_plugin_publish.dates import moment
from clm_plugin_publish.handouts.handouts import Earlier, files_digest
from clm_plugin_publish.publishing import Prepared
from clm_plugin_publish.records.given import EVERYTHING, Given, Handout, KeptContents, Record
from clm_plugin_publish.records.ledger import Ledger
from clm_plugin_publish.settings import Cohort, PublishSettings


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
    sources: Sources
    at: str
    again: frozenset[str] = frozenset()
    _along: dict[str, Item] = field(factory=dict, init=False)
    _recorded: bool = field(default=False, init=False)

    def earlier(self, destination: str) -> Earlier:
        """What went along with a destination before; nothing if everything is released anew."""
        known = {} if EVERYTHING in self.again else self.given.handouts_of(destination)
        texts, lost = {}, {}
        for name, handout in known.items():
            data = self.kept.read(handout.digest)
            if data is None:
                data = self.sources.handout(handout)
            if data is None:
                lost[name] = handout.digest
            else:
                texts[name] = data
        return Earlier(texts, {name: handout.contents for name, handout in known.items()}, lost)

    def add(self, item: Prepared) -> None:
        """Add what goes along with a destination to what the cohort is given."""
        files = files_digest(item.contents, item.destination)
        new = {
            (item.name, i.path): Handout(item.name, i.path, i.digest, self.at, files)
            for i in item.along
        }
        old = self.given.handouts
        # What is the same has been given before.
        new = {
            k: old[k] if k in old and evolve(old[k], at=self.at) == h else h for k, h in new.items()
        }
        self.given = evolve(self.given, handouts={**old, **new})
        self._along |= {i.digest: i for i in item.along}

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Keep what is given while it is published to a destination."""
        first, old = not self._recorded, self.record.read()
        if first and (self.given != self.before or old is None):
            for file in self.given.files.values():
                if file.content is not None and not self.kept.has(file.digest):
                    folder, name = file.content
                    self.kept.add(file.digest, (folder / name).read_bytes())
            for digest, item in self._along.items():
                if not self.kept.has(digest):
                    self.kept.add(digest, item.read())
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
    read_from = {n: d for n, d in settings.destinations.items() if d.cohort == name}
    sources = Sources(build, read_from, own)
    given = with_content(given, sources.contents(given, kept))
    return CohortRelease(record, kept, before, given, sources, at, again)


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
