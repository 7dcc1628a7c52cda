"""Contents that a cohort was given and that are no longer kept, in what was published to it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from attrs import define, field

from clm import UsageError, listing
from clm.builds import FinishedBuild
from clm_plugin_publish.contents import MOST_NAMED, Contents
from clm_plugin_publish.destinations.places import contents_in, place_for
from clm_plugin_publish.records.given import EVERYTHING, Given, GivenFile, Handout, KeptContents
from clm_plugin_publish.settings import KINDS, Destination


@define
class Sources:
    """Where contents may be: in the outputs, and in the `destinations` of the cohort.

    `_unread` says which of these could not be looked at, and why.
    """

    build: FinishedBuild
    destinations: Mapping[str, Destination]
    own: Path
    _unread: dict[str, str] = field(factory=dict, init=False)

    def contents(self, given: Given, kept: KeptContents) -> Mapping[str, tuple[Path, str]]:
        """The files with their contents by digest: kept ones, and else what is still somewhere.

        Raises:
            UsageError: a content is nowhere.
        """
        old = {file.digest: file for file in given.files.values() if file.content is None}
        found = kept.find(old)
        missing = {digest: file for digest, file in old.items() if digest not in found}
        if not missing:
            return found
        for source in ("", *self.destinations):
            wanted = {file.path: digest for digest, file in missing.items()}
            for path, data in self._published(source, wanted) if source else self._built(wanted):
                digest = wanted[path]
                if digest in missing and hashlib.sha256(data).hexdigest() == digest:
                    kept.add(digest, data)
                    del missing[digest]
            if not missing:
                return kept.find(old)
        raise self._lost(missing.values(), kept)

    def handout(self, handout: Handout) -> bytes | None:
        """What went along with a destination, as that has it now; None if it has another one."""
        if handout.destination not in self.destinations:
            return None
        for _, data in self._read(handout.destination, [handout.path]):
            if hashlib.sha256(data).hexdigest() == handout.digest:
                return data
        return None

    def _built(self, paths: Collection[str]) -> Iterator[tuple[str, bytes]]:
        for path in paths:
            file = self.build.folder / path
            if file.is_file() and not file.is_symlink():
                yield path, file.read_bytes()

    def _published(self, name: str, paths: Collection[str]) -> Iterator[tuple[str, bytes]]:
        destination = self.destinations[name]
        root = f"{destination.root.strip('/')}/" if destination.root else ""
        below = [path.removeprefix(root) for path in paths if path.startswith(root)]
        for path, data in self._read(name, below):
            yield f"{root}{path}", data

    def _read(self, name: str, paths: Collection[str]) -> Iterator[tuple[str, bytes]]:
        destination = self.destinations[name]
        if destination.kind not in KINDS:
            self._unread[name] = f"the kind {destination.kind!r} gives nothing back"
            return
        try:
            place = place_for(name, destination, Contents(()), self.build, self.own)
            yield from contents_in(place, paths)
        except UsageError as error:  # another one may have it
            self._unread[name] = error.message

    def _lost(self, missing: Collection[GivenFile], kept: KeptContents) -> UsageError:
        lost = sorted(file.path for file in missing)
        topics = sorted({file.topic for file in missing if file.topic}) or [EVERYTHING]
        unread = "".join(f"; {name} was not looked at: {why}" for name, why in self._unread.items())
        corrections = " ".join(f"--correct {topic}" for topic in topics)
        return UsageError(
            f"the contents of {len(lost)} file(s) that the cohort was given are lost:"
            f" {listing(lost, MOST_NAMED)}; nothing was published{unread}",
            hint=f"restore {kept.folder} or one of the cohort's destinations, or release anew what"
            f" is lost: {corrections} --note TEXT",
        )
