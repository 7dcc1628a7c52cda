"""Publication of one destination: build, comparison, replacement, ledger."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from clm import Diagnostic, UsageError
from clm.builds import CourseInfo, FinishedBuild
from clm_plugin_publish.api import DestinationKind, DestinationRequest
from clm_plugin_publish.contents import Contents, Item, contents_for
from clm_plugin_publish.destinations.folders import State, refuse_strangers
from clm_plugin_publish.destinations.git_commands import commit_of, without_password
from clm_plugin_publish.destinations.places import Place, place_for
from clm_plugin_publish.handouts.handouts import NOTHING_EARLIER, Earlier, with_handouts
from clm_plugin_publish.records.given import Given
from clm_plugin_publish.records.ledger import OWN_FILES, Ledger, Publication, stamp
from clm_plugin_publish.settings import Destination


@frozen
class Changes:
    """The paths that a publication adds, changes and removes; `bytes` counts what is new."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    bytes: int

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@frozen
class Prepared:
    """A destination with what it is to get, and the difference from what it has.

    `along` are those of the contents that go along with the others.
    """

    name: str
    destination: Destination
    course: CourseInfo
    contents: Contents
    place: Place
    state: State
    changes: Changes
    decks: tuple[str, ...]
    problems: tuple[Diagnostic, ...] = ()
    along: tuple[Item, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """The difference as plain data."""
        changes = self.changes
        return {
            "destination": self.name,
            "where": self.place.where,
            "files": len(self.place.wanted),
            "decks": len({item.deck for item in self.contents.items if item.deck}),
            "bytes": changes.bytes,
            "added": list(changes.added),
            "changed": list(changes.changed),
            "removed": list(changes.removed),
            "changed_decks": list(self.decks),
        }


def prepare(
    name: str,
    destination: Destination,
    build: FinishedBuild,
    own: Path,
    kinds: Mapping[str, Collection[str]] | None = None,
    more: Mapping[str, DestinationKind] | None = None,
    environment: Path | None = None,
    given: Given | None = None,
    earlier: Earlier = NOTHING_EARLIER,
) -> Prepared:
    """Compare what a destination is to get with what it has.

    `more` are kinds of plugins, `given` is what the cohort of the destination has, and `earlier`
    what went along with it.

    `environment` is the folder of the environment that the code of decks runs in.

    Raises:
        UsageError: the outputs are not up to date, or something is not to be published.
    """
    if not (build.ok and build.complete):
        raise UsageError("the outputs are not up to date; nothing was published")
    files = contents_for(build, destination, kinds, given)
    made = own / f"{name}.made"
    contents, problems = with_handouts(files, destination, build, environment, made, earlier)
    along = tuple(item for item in contents.items if item.path not in files.by_path)
    kind = (more or {}).get(destination.kind)
    if kind is None:
        place = place_for(name, destination, contents, build, own)
    else:
        place = _of_plugin(kind, name, destination, contents, build.course, own)
    state = place.look()
    has_nothing = given is not None and not given.files
    if not (contents.items or has_nothing or (kinds and not state.known)):  # not the first release
        raise UsageError(
            f"there is nothing to publish to {name!r}",
            hint="see its `audience`, `target`, `languages` and `root`, and `clm schedule`",
        )
    changes = _changes(place, state.known)
    decks = _decks(contents, {*changes.added, *changes.changed})
    course = build.course
    about = (course, contents, place, state, changes, decks, problems, along)
    return Prepared(name, destination, *about)


def _of_plugin(
    kind: DestinationKind,
    name: str,
    destination: Destination,
    contents: Contents,
    course: CourseInfo,
    own: Path,
) -> Place:
    return kind.place(
        DestinationRequest(
            name,
            destination.path,
            destination.remote,
            destination.options,
            destination.keep,
            contents,
            course,
            own / name,
        )
    )


def carry_out(
    prepared: Prepared, now: datetime, *, force: bool, note: str = "", corrected: str = ""
) -> bool:
    """Publish, and write it to the ledger; return whether anything was to be published.

    `corrected` are the topics that are published anew on purpose.

    Raises:
        UsageError: others have put or changed something there, and it is not `force`.
    """
    place, ledger = prepared.place, Ledger.of(prepared.course)
    last = ledger.last(prepared.name)
    tree = prepared.contents.digest
    strangers = prepared.state.strangers
    if not strangers and not prepared.changes:
        if not prepared.contents.items:
            return False
        if last is None or last.get("tree") != tree:  # it was interrupted before the ledger
            ledger.add(_publication(prepared, now, "", note, corrected))
        return False
    if not force:
        refuse_strangers(place.where, strangers)
    entry = _publication(prepared, now, "", note, corrected)  # with the commit before
    reference = place.replace()
    ledger.add(evolve(entry, reference=reference))
    return True


def _publication(
    prepared: Prepared, now: datetime, reference: str, note: str, corrected: str
) -> Publication:
    course, contents, changes = prepared.course, prepared.contents, prepared.changes
    return Publication(
        destination=prepared.name,
        time=stamp(now),
        where=_where(prepared.destination),
        files=len(prepared.place.wanted),
        added=len(changes.added),
        changed=len(changes.changed),
        removed=len(changes.removed),
        tree=contents.digest,
        sources=sources_digest(course, contents),
        commit=commit_of(course.folder, course.spec.parent / OWN_FILES),
        reference=reference,
        note=note,
        cohort=prepared.destination.cohort,
        corrected=corrected,
    )


def sources_digest(course: CourseInfo, contents: Contents) -> str:
    """The digest of the files that were published or converted."""
    lines = []
    for source in sorted({item.source for item in contents.items if item.source}):
        file = course.folder / source
        digest = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
        lines.append(f"{digest} {source}\n")
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _where(destination: Destination) -> str:
    """The place as the spec names it, without passwords: other machines have other folders."""
    if destination.kind != "git":
        return destination.path or without_password(destination.remote)
    return f"branch {destination.branch} of {without_password(destination.remote)}"


def _changes(place: Place, known: Mapping[str, str]) -> Changes:
    wanted = place.wanted
    added = tuple(sorted(wanted.keys() - known.keys()))
    changed = tuple(p for p in sorted(wanted) if p in known and known[p] != wanted[p])
    removed = tuple(sorted(known.keys() - wanted.keys()))
    return Changes(added, changed, removed, sum(place.sizes[p] for p in (*added, *changed)))


def _decks(contents: Contents, paths: set[str]) -> tuple[str, ...]:
    by_path = contents.by_path
    return tuple(sorted({by_path[p].deck for p in paths if p in by_path and by_path[p].deck}))


@contextmanager
def one_at_a_time(own: Path) -> Iterator[None]:
    """Refuse a second publication of the course at the same time; the lock ends with the process.

    Raises:
        UsageError: another process publishes the course.
    """
    own.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(own / "lock.db", timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            hint = "wait until it has ended"
            raise UsageError("another process publishes this course", hint=hint) from error
        yield


def own_folder(course: CourseInfo) -> Path:
    """The folder of the course for what the plugin keeps."""
    return course.spec.parent / ".clm" / "publish"
