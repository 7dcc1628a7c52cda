"""Packages that code imports, in environments that the tests write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clm_plugin_publish.handouts.packages import Environment, imported_modules, is_of_python


def notebook(*cells: str, language: str = "python", **metadata: object) -> bytes:
    found = [{"cell_type": "code", "source": cell} for cell in cells]
    text = [{"cell_type": "markdown", "source": "import markdown"}]
    kernel = {"kernelspec": {"language": language}, **metadata}
    return json.dumps({"cells": [*text, *found], "metadata": kernel}).encode()


def install(folder: Path, name: str, version: str, files: dict[str, str], **more: str) -> None:
    site = folder / "lib" / "python3.12" / "site-packages"
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "RECORD").write_text("".join(f"{path},,\n" for path in files))
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
    for file, text in more.items():
        (info / file.replace("__", ".")).write_text(text)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import a.b, c as d\nfrom e.f import g", {"a.b", "c", "e.f"}),
        ("from . import a\nfrom .b import c", set()),
        ("def f():\n    import inside", {"inside"}),
        ("%matplotlib inline\nimport a\n!pip install b\nx = !ls\na?", {"a"}),
        ("%%bash\nimport -window root x.png", set()),
        ("%%time\nimport a", {"a"}),
        ("'''\nimport text\n'''", set()),
        ("import a\nthis is wrong (", {"a"}),
        ("import a, \nfrom b import (", {"a", "b"}),
        ("# import a", set()),
    ],
)
def test_modules_of_code(code, expected):
    assert imported_modules("x.ipynb", notebook(code)) == expected


def test_script_has_modules():
    assert imported_modules("x.py", "\ufeffimport a\n".encode()) == {"a"}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.ipynb", b"\xff"), ("x.ipynb", b"[]"), ("x.ipynb", b'{"cells": [1]}'),
        ("x.ipynb", b'{"cells": [{"cell_type": "code"}]}'), ("x.csv", b"import a"),
        ("x.ipynb", notebook("import a", language="R")),
        ("x.ipynb", notebook("import a", language="", language_info={"name": "java"})),
    ],
)  # fmt: skip
def test_other_files_have_none(name, data):
    assert imported_modules(name, data) == set()


def test_python_itself_is_known():
    assert is_of_python("os.path") and is_of_python("__future__")
    assert not is_of_python("numpy")


def test_module_leads_to_package(tmp_path):
    install(tmp_path, "PyYAML", "6.0", {"yaml/__init__.py": "", "_yaml/__init__.py": ""})
    install(tmp_path, "old-one", "1.0", {"old.py": ""}, top_level__txt="old\n")
    found, missing = Environment(tmp_path).packages_of({"yaml.nodes", "old", "other"})
    assert {(p.name, p.version) for p in found.values()} == {("PyYAML", "6.0"), ("old-one", "1.0")}
    assert missing == ("other",)


def test_shared_module_leads_to_its_package(tmp_path):
    install(tmp_path, "google-a", "1", {"google/a/__init__.py": ""})
    install(tmp_path, "google-b", "2", {"google/b.py": ""})
    found, _ = Environment(tmp_path).packages_of({"google.b"})
    assert [package.name for package in found.values()] == ["google-b"]
    found, _ = Environment(tmp_path).packages_of({"google"})
    assert len(found) == 2


def test_local_version_is_none_of_an_index(tmp_path):
    install(tmp_path, "torch", "2.1+cu118", {"torch/__init__.py": ""})
    install(tmp_path, "own", "1", {"own.py": ""}, direct_url__json="{}")
    found, _ = Environment(tmp_path).packages_of({"torch", "own"})
    assert (found["torch"].version, found["torch"].is_local) == ("2.1", False)
    assert found["own"].is_local
