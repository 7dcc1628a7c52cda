"""Packages for Moodle, checked by the rules of the specification of Common Cartridge 1.1."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from clm import UsageError
from clm_plugin_publish.contents import Item
from clm_plugin_publish.destinations.moodle import titles
from clm_plugin_publish.settings import DestinationError

SITE = {"kind": "moodle", "path": "../course.zip", "root": "public/en"}
CARTRIDGE = {"kind": "moodle", "path": "../course.imscc", "package": "cartridge"}
NS = {
    "cp": "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1",
    "lom": "http://ltsc.ieee.org/xsd/imsccv1p1/LOM/manifest",
}


@pytest.fixture
def site(course):
    course.texts["public/en/index.html"] = "front"
    course.texts["public/en/week/data.csv"] = "1"
    return course


def names(file: Path) -> list[str]:
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def manifest(course) -> ET.Element:
    with zipfile.ZipFile(course.path.parent / "course.imscc") as archive:
        return ET.fromstring(archive.read("imsmanifest.xml"))


def test_index_is_in_root(site):
    assert site.publish(**SITE)
    found = names(site.path.parent / "course.zip")
    assert found == ["index.html", "week/a.html", "week/b.html", "week/data.csv"]
    assert not site.publish(**SITE)


def test_missing_index_has_hint(site):
    with pytest.raises(DestinationError, match=r"needs index\.html in the root") as caught:
        site.publish(**{**SITE, "root": ""})
    assert caught.value.hint == "write `root: public/en`"


@pytest.mark.parametrize("name", ["R&D", "a'b", "a`b", "x..y", "1<2"])
@pytest.mark.parametrize("keys", [SITE, CARTRIDGE])
def test_names_that_moodle_changes_refused(site, keys, name):
    site.texts[f"public/en/week/{name}.csv"] = "1"
    with pytest.raises(UsageError, match="Moodle changes the names") as caught:
        site.publish(**keys)
    assert name in caught.value.message


def test_cartridge_lists_each_file_once(site):
    site.publish(**CARTRIDGE)
    files = [file.get("href") for file in manifest(site).iterfind(".//cp:file", NS)]
    assert sorted([*files, "imsmanifest.xml"]) == sorted(names(site.path.parent / "course.imscc"))
    assert len(files) == len(set(files))


def test_cartridge_names_version(site):
    site.publish(**CARTRIDGE)
    metadata = manifest(site)[0]
    texts = [part.text for part in metadata[:2]]
    assert texts == ["IMS Common Cartridge", "1.1.0"]
    title = metadata.find("lom:lom/lom:general/lom:title/lom:string", NS)
    assert title is not None and (title.text, title.get("language")) == ("Course", "en")
    parts = [part.tag.rpartition("}")[2] for part in manifest(site)]
    assert parts == ["metadata", "organizations", "resources"]


def test_cartridge_has_sections_and_decks(site):
    site.texts |= {"public/de/week/a.html": "a", "public/en/week/a.ipynb": "{}"}
    site.publish(**CARTRIDGE)
    root = manifest(site).find("cp:organizations/cp:organization/cp:item", NS)
    assert root is not None and root.find("cp:title", NS) is None
    found = [[title.text for title in section.iter(f"{{{NS['cp']}}}title")] for section in root]
    assert found == [["Week", "Title"], ["Week", "a", "b"]]


def test_cartridge_references_resolve(site):
    site.publish(**CARTRIDGE)
    found = manifest(site)
    resources = {r.get("identifier"): r for r in found.iterfind(".//cp:resource", NS)}
    shown = [item for item in found.iterfind(".//cp:item", NS) if item.get("identifierref")]
    assert len(shown) == 2
    for item in shown:
        resource = resources[item.get("identifierref")]
        assert resource.get("type") == "webcontent"
        assert resource.get("href") in [f.get("href") for f in resource.iterfind("cp:file", NS)]
        for needed in resource.iterfind("cp:dependency", NS):
            assert needed.get("identifierref") in resources


def test_identifiers_are_unique_names(site):
    site.texts |= {f"public/de/week/{n}.html": "a" for n in range(5)}
    site.publish(**CARTRIDGE)
    found = [e.get("identifier") for e in manifest(site).iter() if e.get("identifier")]
    assert len(found) == len(set(found)) > 10
    assert all(re.fullmatch(r"[A-Z][A-Z0-9a-z_]*", name) for name in found if name)


def test_cartridge_has_same_bytes(site, tmp_path):
    site.publish(**CARTRIDGE)
    first = (tmp_path / "course.imscc").read_bytes()
    (tmp_path / "course.imscc").unlink()
    site.publish(**CARTRIDGE)
    assert (tmp_path / "course.imscc").read_bytes() == first
    assert not site.publish(**CARTRIDGE)


def test_names_are_no_markup(course):
    course.texts = {"public/en/week/ä é 100% [x] #1.html": "a"}
    course.publish(**CARTRIDGE)
    files = [file.get("href") for file in manifest(course).iterfind(".//cp:file", NS)]
    assert files == ["public/en/week/ä é 100% [x] #1.html"]


def test_own_manifest_refused(site):
    site.texts["public/en/imsmanifest.xml"] = "<x/>"
    with pytest.raises(UsageError, match=r"has a file imsmanifest\.xml"):
        site.publish(**{**CARTRIDGE, "root": "public/en"})


def test_equal_titles_get_details(tmp_path):
    def item(path: str, kind: str, form: str) -> Item:
        return Item(path, "", tmp_path, path, title="Sums & <more>", kind=kind, format=form)

    def found(*items: Item) -> list[str]:
        return list(titles(items).values())

    assert found(item("x/a", "completed", "html"), item("y/a", "code-along", "html")) == [
        "Sums & <more> (completed)", "Sums & <more> (code-along)",
    ]  # fmt: skip
    assert found(item("x/a", "completed", "html"), item("y/a", "completed", "pdf")) == [
        "Sums & <more> (html)", "Sums & <more> (pdf)",
    ]  # fmt: skip
    two = (item(f"{number} S.html", "completed", "html") for number in ("01", "02"))
    assert found(*two) == ["01 S", "02 S"]
    assert found(Item("x/01 One.html", "", tmp_path, "")) == ["01 One"]
