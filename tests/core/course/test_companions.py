"""Companion files of single-file topics."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from clm.course.companions import companions, imported_modules, included


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "img/a.png",
        "img/b c.png",
        "helper.py",
        "other.py",
        "pkg/__init__.py",
        "pkg/m.py",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("", encoding="utf-8")
    return tmp_path


def found(folder: Path, text: str, name: str = "topic_100_x.py") -> list[str]:
    deck = folder / name
    deck.write_text(text, encoding="utf-8")
    return [str(path) for path in companions(deck)]


@pytest.mark.parametrize(
    "text",
    [
        '# <img src="img/a.png">',
        "# <img alt='x'\n# src='img/a.png' />",
        '# <IMG style="width:50%" SRC="./img/a.png"/>',
        "# ![Bild](img/a.png)",
        '# ![Bild](img/a.png "Titel")',
        "# ![Bild](<img/a.png>)",
    ],
)
def test_shown_images_found(folder: Path, text: str) -> None:
    assert found(folder, text) == ["img/a.png"]


@pytest.mark.parametrize(
    "statement",
    [
        '{%include "helper.py"%}',
        '{%-include "helper.py"-%}',
        '{% include\n"helper.py" %}',
        '{% include ["none.py", "helper.py"] %}',
        '{% include "none.py" if notes else "helper.py" %}',
        '{% include("helper.py") %}',
        '{% import"helper.py" as helper %}',
        '{% set part = "helper.py" %}{% include part %}',
        'j2 include ["none.py", "helper.py"]',
    ],
)
def test_included_in_any_spelling(folder: Path, statement: str) -> None:
    deck = folder / "topic_100_x.py"
    deck.write_text(f"# %%\n# {statement}\n", encoding="utf-8")
    assert [str(path) for path in included(deck)] == ["helper.py"]


def test_other_strings_of_templates_are_no_parts(folder: Path) -> None:
    deck = folder / "topic_100_x.py"
    deck.write_text('# {% set part = "helper.py" %}{{ "other.py" }}\n', encoding="utf-8")
    assert included(deck) == ()


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC")])
def test_names_in_other_normal_form_found(folder: Path, forms: tuple[str, str]) -> None:
    stored, written = (unicodedata.normalize(form, "größe.png") for form in forms)
    (folder / "img" / stored).touch()

    assert found(folder, f"# ![Größe](img/{written})") == [f"img/{stored}"]


def test_escaped_image_names_decoded(folder: Path) -> None:
    assert found(folder, "# ![](img/b%20c.png)") == ["img/b c.png"]


@pytest.mark.parametrize(
    "target",
    [
        "img/missing.png",
        "https://x.org/a.png",
        "//x/a.png",
        "data:image/png;base64,AA",
        "../../etc/passwd",
        "/etc/passwd",
        "x\0y",
        "img",
        "a" * 400,
    ],
)
def test_missing_or_external_images_ignored(folder: Path, target: str) -> None:
    assert found(folder, f'# <img src="{target}">') == []


def test_overlong_module_name_ignored(folder: Path) -> None:
    assert found(folder, f"import helper, {'x' * 400}\n") == ["helper.py"]


def test_sibling_modules_found(folder: Path) -> None:
    assert found(folder, "import os, helper\nfrom other import f\n") == ["helper.py", "other.py"]


def test_transitive_modules_found(folder: Path) -> None:
    (folder / "helper.py").write_text("import other\n")
    (folder / "other.py").write_text("import helper\n")
    assert found(folder, "import helper\n") == ["helper.py", "other.py"]


def test_imported_packages_found(folder: Path) -> None:
    assert found(folder, "from pkg import m\n") == ["pkg/__init__.py", "pkg/m.py"]


def test_unparsable_deck_searched_by_line(folder: Path) -> None:
    assert found(folder, "%matplotlib inline\n# %%\n    import helper as h\n") == ["helper.py"]


def test_only_python_decks_import(folder: Path) -> None:
    assert found(folder, "import helper\n", "topic_100_x.md") == []


def test_deck_not_its_own_companion(folder: Path) -> None:
    assert found(folder, "import topic_100_x\n") == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import a.b as c", {"a", "a.b"}),
        ("from . import x", {"x"}),
        ("from .y import x", {"y", "y.x"}),
        ("!ls\nfrom a.b import c", {"a", "a.b"}),
        ("!ls\nimport a, b as c", {"a", "b"}),
        ("'\\d'; import a", {"a"}),
        ("import a\0", {"a"}),
    ],
)
def test_import_statements_recognized(text: str, names: set[str]) -> None:
    assert imported_modules(text) == names


def test_pathological_text_searched_quickly(folder: Path) -> None:
    assert found(folder, "![" * 200_000 + "<img " * 200_000) == []


def test_template_parts_and_images_found(folder: Path) -> None:
    (folder / "part.java").write_text('// ![a](img/a.png)\n// j2 include "other.py"\n')
    text = "// j2 include 'part.java'\n// j2 from 'macros.j2' import header\n"
    assert found(folder, text, "topic_100_x.java") == ["img/a.png"]
    parts = included(folder / "topic_100_x.java")
    assert [str(path) for path in parts] == ["other.py", "part.java"]


def test_circular_parts_found_once(folder: Path) -> None:
    (folder / "a.java").write_text('{% include "b.java" %}')
    (folder / "b.java").write_text('{%- include "a.java" %}')
    (folder / "topic_100_x.java").write_text('// j2 include "a.java"')
    parts = included(folder / "topic_100_x.java")
    assert [str(path) for path in parts] == ["a.java", "b.java"]


@pytest.mark.parametrize(
    "line",
    ['#include "helper.h"', 'import { x } from "./helper.h";', "import './helper.h'"],
)
def test_imports_by_file_name_found(folder: Path, line: str) -> None:
    (folder / "helper.h").write_text("")
    assert found(folder, f"{line}\n", "topic_100_x.cpp") == ["helper.h"]
