"""What a cohort is to have: what it was given, as it was, and what is due and new."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from attrs import evolve, frozen

from clm import UsageError, listing
from clm.builds import BuildOutput, FinishedBuild
from clm_plugin_publish.contents import MOST_NAMED, is_early, topics_of
from clm_plugin_publish.records.given import EVERYTHING, Given, GivenFile


@frozen
class Release:
    """A release of a build to a cohort.

    `kinds` are the only kinds that are due of topics, by their ids. `again` are ids of topics and
    sections that are released anew. `more` says whether the cohort gets what it does not have,
    `lists` whether the lists of the course are made anew even if it gets nothing.
    """

    build: FinishedBuild
    kinds: Mapping[str, Collection[str]]
    at: str
    again: frozenset[str] = frozenset()
    more: bool = True
    lists: bool = False

    def is_again(self, file: GivenFile) -> bool:
        """Whether a given file is released anew."""
        return bool({file.topic, file.section, EVERYTHING} & self.again)


def next_given(before: Given, release: Release) -> Given:
    """What the cohort is to have after a release; what it was given stays as it was.

    Raises:
        UsageError: something that it was given is not for it now, or is in the place of a new file.
    """
    kept = {path: f for path, f in before.files.items() if not release.is_again(f)}
    _refuse_private(kept.values(), release.build)
    _refuse_early(kept.values(), release.kinds)
    new = _new_parts(kept.values(), before, release)
    if not (new or release.again or release.lists):
        return before
    topics = {topic for topic, _ in new}
    added = {f.path: f for f in _public_files(release) if _is_added(f, kept, new, topics)}
    for path in added.keys() & kept.keys():
        if not (added[path].page and kept[path].page):
            raise _taken(kept[path], added[path])
    return evolve(before, files={**kept, **added})


def _public_files(release: Release) -> Iterable[GivenFile]:
    topics = topics_of(release.build.course)
    for output in release.build.outputs:
        if output.audience.public is True:
            yield _file(output, topics, release.at)


def _file(output: BuildOutput, topics: Mapping[str, str], at: str) -> GivenFile:
    audience = output.audience
    topic = topics.get(output.source, "") if output.section else ""
    return GivenFile(
        path=output.path,
        digest=output.digest,
        at=at,
        topic=topic,
        kind=audience.kind,
        section=output.section,
        language=audience.language,
        format=audience.format,
        target=output.target,
        source=output.source,
        deck=output.source if output.job and output.title and topic else "",
        copied=not output.job,
        page=not topic and bool(output.job or not output.source),
        content=(output.folder, output.path),
    )


Part = tuple[str, str]


def _new_parts(kept: Iterable[GivenFile], before: Given, release: Release) -> set[Part]:
    """The topics with the kinds that the cohort is given now."""
    topics = topics_of(release.build.course)
    found = {
        (topics.get(output.source, ""), output.audience.kind)
        for output in release.build.outputs
        if output.section and output.audience.public is True
    }
    new = {part for part in found if part[0]} - {(file.topic, file.kind) for file in kept}
    if release.more:
        return new
    return new & {(file.topic, file.kind) for file in before.files.values()}


def _is_added(
    file: GivenFile, kept: Mapping[str, GivenFile], new: Collection[Part], topics: Collection[str]
) -> bool:
    if file.page:
        return True
    if file.topic and file.kind:
        return (file.topic, file.kind) in new
    # Other files of a topic or the course come with more decks; those that are there stay.
    return file.path not in kept and (not file.topic or file.topic in topics)


def _refuse_private(kept: Iterable[GivenFile], build: FinishedBuild) -> None:
    """Refuse what students would not get of the course as it is now.

    A file that is gone from the course was for them when they were given it.
    """
    topics = topics_of(build.course)
    private = {p for s in build.course.sections for topic in s.topics for p in topic.private}
    public = [output for output in build.outputs if output.audience.public is True]
    sources = {output.source for output in public}
    parts = {(topics.get(output.source), output.audience.kind) for output in public}
    found = set()
    for file in kept:
        # A deck, or a file that is passed on, is among the outputs as long as its topic is.
        is_there = file.source in topics and (file.topic, file.kind) in parts
        has_output = bool(file.deck) or file.copied
        is_missing = is_there and has_output and file.source not in sources
        if file.source in private or is_missing:
            found.add(file.source)
    if found:
        raise UsageError(
            f"the cohort was given what is private now: {listing(sorted(found), MOST_NAMED)};"
            " nothing was published",
            hint="take it back with `--correct TOPIC --note TEXT`",
        )


def _refuse_early(kept: Iterable[GivenFile], kinds: Mapping[str, Collection[str]]) -> None:
    early = sorted({f.topic for f in kept if is_early(f.topic, f.kind, kinds)})
    if early:
        raise UsageError(
            f"the cohort was given what is not due now: {listing(early, MOST_NAMED)};"
            " nothing was published",
            hint="mend the dates, or take it back with `--correct TOPIC --note TEXT`",
        )


def _taken(old: GivenFile, new: GivenFile) -> UsageError:
    return UsageError(
        f"{new.path} is new, but the cohort was given another file with this name,"
        f" of {old.topic or 'the course'}; nothing was published",
        hint=f"release it anew with `--correct {old.topic or EVERYTHING} --note TEXT`",
    )


def moved(given: Given, build: FinishedBuild) -> tuple[str, ...]:
    """The topics whose decks the cohort has elsewhere than the lists of the course now say."""
    topics = topics_of(build.course)
    decks = {f.topic for f in given.files.values() if f.deck}
    found = {
        topics.get(output.source, "")
        for output in build.outputs
        if output.audience.public is True and output.title and output.path not in given.files
    }
    return tuple(sorted(found & decks))


def with_content(given: Given, found: Mapping[str, tuple[Path, str]]) -> Given:
    """The files with their contents, of which those are that were looked for, by digest."""
    files = {
        path: file if file.content else evolve(file, content=found[file.digest])
        for path, file in given.files.items()
    }
    return evolve(given, files=files)
