"""Results of a course, found again from an environment at another place."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]

SPEC = """\
name: {de: Kurs, en: Course}
prog-lang: python
sections: [{name: {de: Eins, en: One}, topics: [a]}]
"""
DECK = """\
# j2 from 'macros.j2' import header
# {{ header("B", "P") }}

# %% [markdown]
# ![A picture](img/y.png)

# %%
1 + 1
"""
TOPIC = {"slides_a.py": DECK, "pu/y.pu": "@startuml\nA -> B\n@enduml\n"}

Build = Callable[[Path], tuple[int, int]]


@pytest.fixture
def build(tmp_path: Path, run: Callable[..., str]) -> Build:
    """Builds the course anew from an environment; returns how many jobs ran and were cached."""
    spec = tmp_path / "course" / "course.yaml"
    for name, text in TOPIC.items():
        path = spec.parent / "slides" / "module_1_m" / "topic_1_a" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    spec.write_text(SPEC, encoding="utf-8")

    def build_from(site: Path) -> tuple[int, int]:
        shutil.rmtree(spec.parent / "output", ignore_errors=True)
        program = "import sys; from clm.cli.main import run; sys.exit(run())"
        output = run(python_of(site), "-c", program, "build", spec, "--json")
        summary = json.loads(output.splitlines()[-1])
        assert summary["ok"], summary
        return summary["built"], summary["cached"]

    return build_from


def python_of(site: Path) -> Path:
    return next(
        parent / place
        for parent in site.parents
        for place in ("bin/python", "Scripts/python.exe")
        if (parent / place).exists()
    )


def site_of(folder: Path) -> Path:
    (site,) = (*folder.glob("lib/python*/site-packages"), *folder.glob("Lib/site-packages"))
    return site


@pytest.fixture
def sites(
    environment: Callable[..., Path], run: Callable[..., str], tmp_path: Path
) -> tuple[Path, Path]:
    """The packages of two environments with the same versions, installed at other times."""
    first = site_of(environment("clm", "clm-plugin-notebook", "clm-plugin-plantuml").parent)
    second = tmp_path / "elsewhere" / "second"
    run(sys.executable, "-m", "venv", "--without-pip", second)
    shutil.copytree(
        first, site_of(second), copy_function=shutil.copyfile, dirs_exist_ok=True, symlinks=True
    )
    return first, site_of(second)


def editable(site: Path, project: Path) -> Path:
    """An editable package in an environment; returns its module."""
    module = project / "src" / "library.py"
    module.parent.mkdir(parents=True)
    module.write_text("x = 1\n", encoding="utf-8")
    metadata = site / "library-1.0.dist-info"
    metadata.mkdir()
    origin = {"url": project.as_uri(), "dir_info": {"editable": True}}
    (metadata / "direct_url.json").write_text(json.dumps(origin), encoding="utf-8")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: library\nVersion: 1.0\n")
    (site / "library.pth").write_text(str(module.parent), encoding="utf-8")
    return module


def test_results_found_from_elsewhere(
    build: Build, sites: tuple[Path, Path], tmp_path: Path
) -> None:
    first, second = sites
    assert build(first) == (2, 0)
    assert build(second) == (0, 2)

    module = editable(second, tmp_path / "project")
    assert build(second) == (1, 1)
    assert build(second) == (0, 2)
    module.write_text("x = 22\n", encoding="utf-8")
    assert build(second) == (1, 1)

    metadata = second / "library-1.0.dist-info"
    metadata.rename(second / "library-1.1.dist-info")
    assert build(second) == (1, 1)
