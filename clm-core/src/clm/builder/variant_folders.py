"""Which section and audience the files below a folder are for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

from attrs import define, field

from clm.builder.plan import TopicVariants
from clm.jobs.planning import Variant


@define(eq=False, repr=False)
class VariantFolders:
    """The variants of a course by their folders, each with the id of its section.

    The folder above those of the sections, for outputs of the whole course, has an empty id.
    """

    _by_folder: dict[str, list[tuple[str, Variant]]] = field(factory=dict)
    _known: dict[tuple[str, Collection[str]], tuple[str, Variant] | None] = field(factory=dict)

    @classmethod
    def of(cls, topics: Iterable[TopicVariants]) -> VariantFolders:
        """The folders of these topics."""
        folders: dict[str, list[tuple[str, Variant]]] = {}
        # Topics of a section have the same tuples.
        for section, variants in dict.fromkeys(topics):
            for variant in variants:
                folders.setdefault(str(variant.directory), []).append((section, variant))
                above = folders.setdefault(str(variant.directory.parent), [])
                if all(variant.format != known.format for _, known in above):
                    above.append(("", variant))
        return cls(folders)

    def find(self, folder: str, formats: frozenset[str]) -> tuple[str, Variant] | None:
        """The section and variant of a folder, or of the nearest one above it.

        Several formats may share a folder: one of `formats` is preferred.
        """
        key = folder, formats
        if key not in self._known:
            self._known[key] = self._find(folder, formats)
        return self._known[key]

    def _find(self, folder: str, formats: frozenset[str]) -> tuple[str, Variant] | None:
        path = PurePosixPath(folder)
        above = (str(parent) for parent in (path, *path.parents))
        found = next((self._by_folder[name] for name in above if name in self._by_folder), None)
        if not found:
            return None
        return next((item for item in found if item[1].format in formats), found[0])
