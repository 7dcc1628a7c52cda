"""Files that a cell names and that an output does not have."""

from __future__ import annotations

import base64
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from attrs import evolve

from clm import Diagnostic
from clm.testing.course_project import CourseProject
from clm_plugin_notebook.payload import NotebookSettings

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def assets(topic: Any) -> Any:
    """A topic with files of both languages, and a private one."""
    names = ("img/x.de.png", "img/x.en.png", "img/x.png", "secret.png")
    topic.files = dict.fromkeys(names, PNG) | {"data.de.csv": b"1"}
    topic.context = evolve(topic.context, private_files=frozenset({"secret.png"}))
    return topic


def warned(topic: Any, deck: str) -> list[Diagnostic]:
    found = topic.convert(deck).diagnostics
    return [d for d in found if "missing in" in d.message or "kept from" in d.message]


def test_file_of_other_language_warned(assets: Any) -> None:
    (warning,) = warned(assets, "# %% [markdown]\n# # T\n#\n# ![x](img/x.de.png)\n")

    assert warning.message == "img/x.de.png is missing in 'en': it is for 'de' only"
    assert warning.place is not None
    assert warning.place.line == 4


@pytest.mark.parametrize(
    "deck",
    [
        '# %% [markdown] lang="de"\n# <video src="img/x.de.png"></video>\n',
        '# %% [markdown] lang="en"\n# ![x](img/x.en.png)\n',
        "# %% [markdown]\n# ![x](img/x.png)\n",
        '# %% [markdown] tags=["notes"]\n# ![x](secret.png)\n',
        '# %% [markdown] tags=["private"]\n# ![x](secret.png)\n',
    ],
)
def test_file_of_same_audience_not_warned(assets: Any, deck: str) -> None:
    assert warned(assets, deck) == []


@pytest.mark.parametrize(
    ("deck", "line"),
    [
        ('# %% tags=["keep"]\nx = 1\nopen("data.de.csv")\n', 3),
        ('# %% [markdown] lang="en"\n# <video src="./img/x.de.png"></video>\n', 2),
        ('# %% [markdown] lang="en"\n# [data](data.de.csv)\n', 2),
    ],
)
def test_any_mention_warned(assets: Any, deck: str, line: int) -> None:
    (warning,) = warned(assets, deck)
    assert warning.place is not None
    assert warning.place.line == line


def test_private_file_on_page_warned(assets: Any) -> None:
    (warning,) = warned(assets, "# %% [markdown]\n# ![x](secret.png)\n")
    assert "secret.png is kept from students" in warning.message


def test_absent_image_not_inlined(assets: Any) -> None:
    assets.context = evolve(assets.context, settings=NotebookSettings(images="inlined"))
    cell = "![a](secret.png) ![b](img/x.de.png) ![c](img/x.png) ![d](img/../secret.png)"
    outputs = assets.outputs(f"# %% [markdown]\n# {cell}\n")

    count = {
        f"{language}/{kind}": outputs[f"{language}/html/{kind}"].count("data:image/png")
        for language in ("de", "en")
        for kind in ("completed", "speaker")
    }
    assert count == {"de/completed": 2, "de/speaker": 4, "en/completed": 1, "en/speaker": 3}


def test_asset_copied_to_its_language(tmp_path: Path) -> None:
    course = CourseProject(tmp_path)
    course.add("intro/slides_a.py", "# %% [markdown]\n# # A\n")
    for name in ("img/demo.de.mp4", "data.en.csv", "both.csv"):
        course.add(f"intro/{name}", b"x")

    course.build()

    found = {PurePosixPath(p).name: set() for p in course.outputs()}
    for path in map(PurePosixPath, course.outputs()):
        found[path.name].add(path.parts[1])
    assert found["demo.de.mp4"] == {"De"}
    assert found["data.en.csv"] == {"En"}
    assert found["both.csv"] == {"De", "En"}
