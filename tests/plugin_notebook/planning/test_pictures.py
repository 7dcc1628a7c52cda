"""Pictures of a topic that the outputs of its decks share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest

from clm import FileInput, JobInput, PlanContext, Variant
from clm_plugin_notebook.languages import prog_langs
from clm_plugin_notebook.planning.pictures import PictureFolders, TopicPictures

FORMATS = ("html", "slides", "pdf", "notebook", "code")
ROOT = PurePosixPath("public/En/Course")
ALL, PAGES, NOWHERE = set(FORMATS), {"html", "slides", "pdf"}, set[str]()
NONE: set[str] | None = None
SHOWN = "# ![A plot](img/a.png)\n"


def variant(format_: str, kind: str = "completed") -> Variant:
    public = kind != "speaker"
    return Variant("en", kind, format_, ROOT / format_ / kind, public, ROOT)


def carried(text: str, names: Iterable[str], tmp_path: Path, **files: str) -> dict[str, set[str]]:
    inputs = [JobInput(name, "job", "x") for name in names]
    for name, content in files.items():
        path = tmp_path / f"{name}.py"
        path.write_text(content, encoding="utf-8")
        inputs.append(FileInput(path.name, path, "digest"))  # type: ignore[arg-type]
    variants = tuple(map(variant, FORMATS))
    context = PlanContext(
        course_name={"en": "Course"},
        section_name={"en": "S"},
        topic_id="t",
        prog_lang="python",
        author="",
        organization={},
        number=1,
        variants=variants,
        topic_files=tuple(inputs),
    )
    found = TopicPictures((text,), context, prog_langs({}).values()).carried(variants)
    return {name: {folder.parent.name for folder in folders} for name, folders in found.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SHOWN, ALL),
        ('# <img src="img/a.png" alt="x">\n', ALL),
        ("# <img\n#   alt='x' src='img/a.png'>\n", ALL),
        ("# ![a](<img/a.png>)", ALL),
        ("# ![a](img/{{ name }}.png)", ALL),
        ('# ![a](img/a.png "Title")', ALL),
        ("# ![a](./img/a.png)", ALL),
        (SHOWN + "# [a](img/a.png)", NOWHERE),
        (SHOWN + 'show("a.png")', NOWHERE),
        (SHOWN + '# <a href="img/a.png">a</a>', NOWHERE),
        ("# [![a](img/a.png)](img/a.png)", NOWHERE),
        (SHOWN + 'for file in Path("img").iterdir(): print(file)', PAGES),
        (SHOWN + 'open(f"img/{name}")', PAGES),
        (SHOWN + 'open(name + ".png")', PAGES),
        (SHOWN + "list(Path().glob('*'))", PAGES),
        ("# nothing", NONE),
        ("# ![a](img/b.png)", NONE),
    ],
)
def test_what_needs_a_picture(text: str, expected: set[str] | None, tmp_path: Path) -> None:
    assert carried(text, ["img/a.png"], tmp_path).get("img/a.png") == expected


def test_picture_of_a_module_stays_with_code(tmp_path: Path) -> None:
    found = carried(SHOWN, ["img/a.png"], tmp_path, tool='open("img/" + name)')
    assert found == {"img/a.png": PAGES}


def test_picture_of_a_language_found(tmp_path: Path) -> None:
    found = carried("# ![a](img/a.{{ lang }}.svg)", ["img/a.de.svg", "img/b.de.svg"], tmp_path)
    assert found == {"img/a.de.svg": ALL}


def test_link_to_a_language_needs_it(tmp_path: Path) -> None:
    text = "# ![a](img/a.de.svg)\n# [a](img/a.{{ lang }}.svg)"
    assert carried(text, ["img/a.de.svg"], tmp_path) == {"img/a.de.svg": NOWHERE}


def test_other_files_are_no_pictures(tmp_path: Path) -> None:
    assert not carried("# ![a](a.csv)", ["a.csv"], tmp_path)


def test_speakers_have_a_folder_of_their_own() -> None:
    folders = PictureFolders({})
    places = [folders.place(variant("html", kind)) for kind in ("completed", "speaker")]
    assert places == [("../../assets", 0, ()), ("../../assets", 1, ())]
    assert [f.public for f in folders.outputs()[0].folders] == [True, False]


def test_notebook_refers_to_moved_pictures_only() -> None:
    notebook, code = variant("notebook"), variant("code")
    folders = PictureFolders({"a.png": (notebook.directory,)})
    assert folders.place(notebook) == ("../../assets", 0, ("a.png",))
    assert folders.place(code) == ("", 0, ())


def test_pdf_contains_its_pictures() -> None:
    folders = PictureFolders({"a.png": (variant("pdf").directory,)})
    assert folders.place(variant("pdf")) == ("", 0, ())
    assert not folders.outputs()
