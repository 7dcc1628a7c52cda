"""Builds of courses whose outputs share their pictures."""

from __future__ import annotations

import base64
import json
import random
import re
import shutil
import struct
import zlib
from pathlib import Path

import pytest

from clm.builder import Outcome
from clm.builder.options import BuildFilter
from clm.builder.unchanged import clock
from clm.testing import CourseProject, MakeProject, outcomes

pytestmark = pytest.mark.integration


def png(seed: int) -> bytes:
    """A picture that no compression makes smaller."""
    rows = b"".join(b"\0" + random.Random(f"{seed} {n}").randbytes(96) for n in range(32))

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)
    data = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*item) for item in data)


PLOT = f"""
# %% tags=["keep"]
import base64
from IPython.display import Image, display
display(Image(base64.b64decode("{base64.b64encode(png(1)).decode()}")))
"""
NOTE = f"""
# %% [markdown] tags=["notes"]
# ![Secret](img/secret.png) ![Hidden](data:image/png;base64,{base64.b64encode(png(2)).decode()})
"""
DECK = "# %% [markdown]\n# # Title\n#\n# ![A picture](img/a.png)\n"
TARGETS = """
output-targets:
  - {path: students, kinds: [code-along, completed], formats: [html, slides, notebook, code]}
  - {path: teachers, kinds: [speaker], formats: [html]}
"""
MIXED = "\noutput-targets:\n  - {path: all, kinds: [completed, speaker], formats: [html]}\n"


@pytest.fixture
def course(course_project: MakeProject) -> CourseProject:
    course = course_project({"intro/slides_a.py": DECK + NOTE}, plugins=["notebook"])
    for name, seed in (("a", 3), ("secret", 4)):
        add_picture(course, name, seed)
    return with_setting(course)


def add_picture(course: CourseProject, name: str, seed: int, topic: str = "intro") -> None:
    (picture,) = course.path.rglob(f"topic_*_{topic}")
    (picture / "img").mkdir(exist_ok=True)
    (picture / "img" / f"{name}.png").write_bytes(png(seed))


def remove_picture(course: CourseProject, name: str) -> None:
    next(course.path.rglob(f"topic_*_intro/img/{name}.png")).unlink()


def with_setting(
    course: CourseProject, value: str = "shared", more: str = TARGETS, *, run: bool = False
) -> CourseProject:
    course.settings = {"notebook": {"evaluate": run, "page_assets": value}}
    course.more_spec = more
    course.write_spec()
    return course


def pictures(course: CourseProject, tree: str) -> list[str]:
    """The pictures in a tree of one language, without the digests in their names."""
    found = (course.path / tree / "En").rglob("*.png")
    return sorted(re.sub(r"\.[0-9a-f]{12}\.", ".", file.name) for file in found)


def shown(page: Path) -> set[bytes]:
    """The pictures that a page or notebook shows."""
    text = page.read_text(encoding="utf-8")
    urls = re.findall(r'<img[^<>]*? src="([^"]+)"|!\[[^\]]*\]\(([^)]+)\)', text)
    return {(page.parent / (one or other)).read_bytes() for one, other in urls}


def test_picture_stored_once_a_tree(course: CourseProject) -> None:
    assert course.build().ok
    assert pictures(course, "students") == ["a.png"]
    assert pictures(course, "teachers") == ["a.png", "picture.png", "secret.png"]
    pages = [*course.path.rglob("*.html"), *course.path.rglob("*.ipynb")]
    assert pages
    assert all(png(3) in shown(page) for page in pages)


def test_equal_pictures_of_decks_are_one(course: CourseProject) -> None:
    course.add("more/slides_b.py", DECK)
    add_picture(course, "a", 3, "more")
    course.build()
    assert pictures(course, "students") == ["a.png"]


def test_picture_that_code_made_stored_once(course: CourseProject) -> None:
    course.add("intro/slides_a.py", DECK + PLOT)
    remove_picture(course, "secret")
    assert with_setting(course, run=True).build().ok
    assert pictures(course, "students") == ["a.png", "picture.png"]
    pages = list((course.path / "students").rglob("Completed/**/*.html"))
    assert len(pages) == 4
    assert all(shown(page) == {png(1), png(3)} for page in pages)


def test_embedded_leaves_pictures_as_they_were(course: CourseProject) -> None:
    course.build()
    with_setting(course, "embedded").build()
    names = {file.relative_to(course.path).parts[-2] for file in course.path.rglob("a.png")}
    assert names == {"img"}
    assert not [file for file in course.path.rglob("assets/*")]


def test_linked_picture_stays_beside_pages(course: CourseProject) -> None:
    course.add("intro/slides_a.py", f"{DECK}#\n# [large](img/a.png)\n")
    course.build()
    pages = list((course.path / "students").rglob("*.html"))
    assert all((page.parent / "img" / "a.png").is_file() for page in pages)


def test_unused_picture_removed(course: CourseProject) -> None:
    course.build()
    add_picture(course, "a", 5)
    assert course.build().files_removed
    assert pictures(course, "students") == ["a.png"]
    course.add("intro/slides_a.py", "# %% [markdown]\n# # Title\n")
    for name in ("a", "secret"):
        remove_picture(course, name)
    course.build()
    assert pictures(course, "students") == []


def test_build_without_change_writes_nothing(course: CourseProject) -> None:
    written = course.build().files_written
    report = course.build()
    assert set(outcomes(report).values()) == {Outcome.SKIPPED}
    assert (report.files_written, report.files_removed) == (0, 0)
    assert report.files_unchanged == written


def test_filtered_build_brings_no_other_pictures(course: CourseProject) -> None:
    course.build()
    for tree in ("students", "teachers"):
        shutil.rmtree(course.path / tree)
    course.build(filter=BuildFilter(targets=("students",)))
    assert pictures(course, "students") == ["a.png"]
    assert not (course.path / "teachers").exists()


@pytest.mark.parametrize("kind", ["author's", "deck's"])
def test_lost_picture_written_again(course: CourseProject, kind: str) -> None:
    course.build()
    name = "a" if kind == "author's" else "picture"
    lost = next((course.path / "teachers").rglob(f"{name}.*.png"))
    content = lost.read_bytes()
    lost.unlink()
    assert course.build().files_written == 1
    assert lost.read_bytes() == content


def test_page_of_failed_deck_keeps_pictures(course: CourseProject) -> None:
    course.build()
    course.add("intro/slides_a.py", "# %% [markdown\n# # Title\n")
    assert not course.build().ok
    assert all(png(3) in shown(page) for page in course.path.rglob("*.html"))


def test_picture_of_speakers_is_not_public(course: CourseProject) -> None:
    report = with_setting(course, more=MIXED).build()
    found = {
        re.sub(r"\.[0-9a-f]{12}\.", ".", Path(output.path).name): output.audience.public
        for output in report.delivered()
        if output.path.endswith(".png")
    }
    assert found == {"a.png": True, "picture.png": False, "secret.png": False}


def test_notebook_is_json_with_links(course: CourseProject) -> None:
    course.build()
    notebook = next((course.path / "students").rglob("*.ipynb"))
    text = "".join(json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]["source"])
    assert re.search(r"!\[A picture\]\((\.\./)+assets/a\.[0-9a-f]{12}\.png\)", text)


def test_lost_picture_is_no_unchanged_output(
    course: CourseProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_RACY_NS", 0)  # the files are new
    course.build()
    report = course.build()
    assert (course.own / "unchanged-course.yaml.json").exists()
    assert course.build().files_unchanged == report.files_unchanged
    lost = next((course.path / "students").rglob("a.*.png"))
    lost.unlink()
    course.build()
    assert lost.exists()
