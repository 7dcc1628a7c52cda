"""Packages that the code of a deck uses."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

import pytest

from clm_plugin_notebook.kernels.used_packages import used_packages

PYTHON = f"Python {platform.python_version()}"
ATTRS, JINJA = f"attrs {version('attrs')}", f"Jinja2 {version('jinja2')}"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import attrs", (ATTRS,)),
        ("from attr import define\nimport jinja2.ext as x, os", (ATTRS, JINJA)),
        ("if True:\n    import jinja2", (JINJA,)),
        ("import os, sys\nfrom pathlib import Path", ()),
        ("import nowhere_at_all", ()),
        ("%matplotlib inline\nprint(1)", ()),
    ],
)
def test_packages_of_imports(code: str, found: tuple[str, ...]) -> None:
    assert used_packages(code, "", ()) == (PYTHON, *found)


def test_module_of_the_topic_is_no_package() -> None:
    assert used_packages("import attrs, jinja2", "", {"jinja2"}) == (PYTHON, ATTRS)


def test_packages_of_another_interpreter(tmp_path: Path) -> None:
    (tmp_path / "pyvenv.cfg").write_text("version = 3.12.7\n", encoding="utf-8")
    package = tmp_path / "lib/python3.12/site-packages/shapes-1.2.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Name: shapes\nVersion: 1.2\n", encoding="utf-8")
    (package / "RECORD").write_text("shapely/__init__.py,,\n", encoding="utf-8")
    found = used_packages("import shapely, attrs", str(tmp_path / "bin" / "python"), ())
    assert found == ("Python 3.12.7", "shapes 1.2")
