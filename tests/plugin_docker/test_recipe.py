"""Dockerfiles of images, and the wheels for another Python."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from clm import ImageNeeds
from clm_plugin_docker import wheels
from clm_plugin_docker.recipe import Recipe
from clm_plugin_docker.wheels import ImagePython


def test_two_stages_leave_wheels_behind():
    text = Recipe("base:1", "notes", ImageNeeds()).dockerfile()
    first, second = text.split("FROM base:1")[1:]
    assert "wheels" in first
    assert "wheels" not in second
    assert "apt-get" not in text
    assert "USER 10001" in second


def test_debian_packages_installed():
    text = Recipe("base:1", "notes", ImageNeeds(debian_packages=("a-b", "cd"))).dockerfile()
    assert "--no-install-recommends a-b cd" in text


@pytest.mark.parametrize("name", ["-o", "a b", "a;b", "A", "$(x)"])
def test_invalid_debian_package_refused(name: str):
    with pytest.raises(ValueError, match="invalid names"):
        Recipe("base:1", "notes", ImageNeeds(debian_packages=(name,))).dockerfile()


def test_sandbox_labelled():
    assert "clm.sandbox" in Recipe("b", "p", ImageNeeds(own_sandbox=True)).dockerfile()
    assert "clm.sandbox" not in Recipe("b", "p", ImageNeeds()).dockerfile()


def test_platforms_newest_first():
    platforms = ImagePython("3.11.2", "x86_64", 36).platforms
    assert platforms[0] == "manylinux_2_36_x86_64"
    assert platforms[-1] == "linux_x86_64"
    assert "manylinux_2_37_x86_64" not in platforms


def test_modules_of_python_compiled():
    last = Recipe("base:1", "notes", ImageNeeds()).dockerfile().split("FROM base:1")[2]
    command = next(line for line in last.splitlines() if "compileall" in line)
    assert last.index(command) < last.index("USER 10001")


@pytest.mark.parametrize(
    ("name", "is_taken"), [("x-1-py3-none-any.whl", True), ("gone.whl", False)]
)
def test_installed_wheel_taken(
    name: str, is_taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x-1-py3-none-any.whl").touch()
    text = json.dumps({"url": (tmp_path / name).as_uri(), "archive_info": {}})
    found = SimpleNamespace(read_text=lambda file: text)
    monkeypatch.setattr(wheels, "distribution", lambda name: found)
    assert (wheels._place("x") == tmp_path / name) is is_taken
