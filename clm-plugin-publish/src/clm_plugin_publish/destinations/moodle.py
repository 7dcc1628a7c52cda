"""Packages for Moodle: a website in a zip archive, or a Common Cartridge of IMS.

A cartridge follows version 1.1 of the specification, the newest that Moodle reads.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from xml.sax.saxutils import escape, quoteattr

from clm import UsageError, listing
from clm.builds import CourseInfo
from clm_plugin_publish.contents import MOST_NAMED, Contents, Item
from clm_plugin_publish.generated import generated, with_files
from clm_plugin_publish.settings import Destination, DestinationError

INDEX = "index.html"
MANIFEST = "imsmanifest.xml"

# What Moodle removes from the names of files, so that links to them lead nowhere.
_REMOVED = re.compile(r"[\x00-\x1f\x7f&<>\"`|':\\]|\.\.")
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PROFILE = "http://www.imsglobal.org/profile/cc/ccv1p1"
_PACKAGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
_METADATA = "http://ltsc.ieee.org/xsd/imsccv1p1/LOM/manifest"
_SHARED = "FILES"


def packaged(
    contents: Contents, destination: Destination, course: CourseInfo, folder: Path
) -> Contents:
    """The contents of the archive; what is made for it is kept in the folder.

    Raises:
        UsageError: Moodle would not show them.
    """
    bad = [item.path for item in contents.items if _REMOVED.search(item.path)]
    if bad:
        raise UsageError(
            f"Moodle changes the names of these files, so links would break: "
            f"{listing(bad, MOST_NAMED)}; nothing was published",
            hint="name them without & < > \" ` | ' : \\ and `..`",
        )
    if not contents.items:
        return contents
    if destination.package == "cartridge":
        if MANIFEST in contents.by_path:
            raise UsageError(f"the course has a file {MANIFEST}", hint="rename it")
        data = manifest(contents.items, course).encode()
        return with_files(contents, [generated(folder, MANIFEST, data)])
    if INDEX not in contents.by_path:
        paths = (PurePosixPath(item.path) for item in contents.items)
        found = sorted({path.parent.as_posix() for path in paths if path.name == INDEX})
        roots = ", ".join(f"`root: {root}`" for root in found)
        raise DestinationError(
            f"Moodle needs {INDEX} in the root of the package",
            "root",
            hint=f"write {roots}" if found else "use clm-plugin-site, or `package: cartridge`",
        )
    return contents


def manifest(items: Iterable[Item], course: CourseInfo) -> str:
    """The manifest of a cartridge: an item for each section, with one for each of its documents.

    Other files belong to all documents. Paths are as they are in the archive, without escapes:
    this is how Moodle looks for them.
    """
    items = list(items)
    # By their numbers, so that the kinds of a deck are together.
    documents = sorted(_documents(items), key=lambda i: (PurePosixPath(i.path).name, i.path))
    shown = {item.path for item in documents}
    language = next((item.language for item in documents if item.language), course.languages[0])
    title = course.name.get(language) or next(iter(course.name.values()))
    return "".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>\n',
            f'<manifest identifier="{_id("M", course.spec.stem)}" xmlns="{_PACKAGE}"',
            f' xmlns:lomimscc="{_METADATA}"',
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
            f' xsi:schemaLocation="{_PACKAGE} {_PROFILE}/ccv1p1_imscp_v1p2_v1p0.xsd',
            f' {_METADATA} {_PROFILE}/LOM/ccv1p1_lommanifest_v1p0.xsd">\n',
            *_metadata(title, language),
            *_organization(documents, course),
            *_resources(documents, [item for item in items if item.path not in shown]),
            "</manifest>\n",
        )
    )


def _documents(items: Iterable[Item]) -> Iterator[Item]:
    """The pages of decks, or what there is of a deck without pages, in their order."""
    decks: dict[tuple[str, str, str], list[Item]] = {}
    for item in items:
        if item.deck:
            decks.setdefault((item.deck, item.language, item.kind), []).append(item)
    for found in decks.values():
        pages = [item for item in found if item.path.endswith((".html", ".pdf"))]
        yield from pages or found


def _metadata(title: str, language: str) -> Iterator[str]:
    yield "  <metadata>\n    <schema>IMS Common Cartridge</schema>\n"
    yield "    <schemaversion>1.1.0</schemaversion>\n"
    yield "    <lomimscc:lom><lomimscc:general><lomimscc:title><lomimscc:string language="
    yield f"{quoteattr(language)}>{_text(title)}</lomimscc:string></lomimscc:title>"
    yield "</lomimscc:general></lomimscc:lom>\n  </metadata>\n"


def _organization(documents: list[Item], course: CourseInfo) -> Iterator[str]:
    yield '  <organizations>\n    <organization identifier="O" structure="rooted-hierarchy">\n'
    yield '      <item identifier="ROOT">\n'
    languages = dict.fromkeys(item.language for item in documents)
    for language in languages:
        for section in course.sections:
            found = [i for i in documents if (i.language, i.section) == (language, section.id)]
            if found:
                name = section.name.get(language) or next(iter(section.name.values()), section.id)
                yield f'        <item identifier="{_id("S", language, section.id)}">\n'
                yield f"          <title>{_text(name)}</title>\n"
                yield from _entries(found)
                yield "        </item>\n"
    yield "      </item>\n    </organization>\n  </organizations>\n"


def _entries(documents: list[Item]) -> Iterator[str]:
    for item, title in zip(documents, titles(documents).values(), strict=True):
        yield f'          <item identifier="{_id("I", item.path)}"'
        yield f' identifierref="{_id("R", item.path)}"><title>{_text(title)}</title></item>\n'


def titles(documents: Iterable[Item]) -> Mapping[str, str]:
    """The titles of documents by path; with number, kind and format where others have the same."""
    documents = list(documents)
    found = {item.path: item.title or _stem(item) for item in documents}
    for title, same in _groups(found, documents):
        numbered = len({_stem(item) for item in same}) > 1
        found |= {item.path: _stem(item) if numbered else title for item in same}
    for detail in ("kind", "format"):
        for title, same in _groups(found, documents):
            if len({getattr(item, detail) for item in same}) > 1:
                found |= {item.path: f"{title} ({getattr(item, detail)})" for item in same}
    return found


def _groups(found: Mapping[str, str], documents: list[Item]) -> list[tuple[str, list[Item]]]:
    by_title: dict[str, list[Item]] = {}
    for item in documents:
        by_title.setdefault(found[item.path], []).append(item)
    return list(by_title.items())


def _stem(item: Item) -> str:
    return PurePosixPath(item.path).stem


def _resources(documents: list[Item], others: list[Item]) -> Iterator[str]:
    yield "  <resources>\n"
    needed = f'<dependency identifierref="{_SHARED}"/>' if others else ""
    for item in documents:
        path = quoteattr(item.path)
        yield f'    <resource identifier="{_id("R", item.path)}" type="webcontent" href={path}>'
        yield f"<file href={path}/>{needed}</resource>\n"
    if others:
        yield f'    <resource identifier="{_SHARED}" type="webcontent">\n'
        for item in others:
            yield f"      <file href={quoteattr(item.path)}/>\n"
        yield "    </resource>\n"
    yield "  </resources>\n"


def _id(letter: str, *names: str) -> str:
    return f"{letter}_{hashlib.sha256('/'.join(names).encode()).hexdigest()[:20]}"


def _text(text: str) -> str:
    return escape(_NO_XML.sub(" ", text))
