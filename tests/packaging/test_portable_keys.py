"""Results of a course, found again from an environment at another place."""

from __future__ import annotations

import json
import re
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


def release(site: Path, project: str, version: str) -> Path:
    """Makes an installed plugin one from an index, in this version; returns its metadata."""
    (metadata,) = site.glob(f"{project}-*.dist-info")
    (metadata / "direct_url.json").unlink(missing_ok=True)
    file = metadata / "METADATA"
    text = re.sub(r"^Version: .*$", f"Version: {version}", file.read_text("utf-8"), flags=re.M)
    file.write_text(text, encoding="utf-8")
    return metadata.rename(site / f"{project}-{version}.dist-info")


def install_other_plugin(site: Path) -> None:
    metadata = site / "acme_converters-1.0.dist-info"
    metadata.mkdir()
    (site / "acme_converters.py").write_text("clm_api_version = 1\n", encoding="utf-8")
    text = "Metadata-Version: 2.1\nName: acme-converters\nVersion: 1.0\n"
    (metadata / "METADATA").write_text(text, encoding="utf-8")
    text = "[clm.plugins]\nacme = acme_converters\n"
    (metadata / "entry_points.txt").write_text(text, encoding="utf-8")


def test_releases_and_plugins_run_nothing(build: Build, sites: tuple[Path, Path]) -> None:
    _, site = sites
    for project in ("clm_plugin_notebook", "clm_plugin_plantuml"):
        release(site, project, "0.3.98")
    assert build(site) == (2, 0)
    for project in ("clm_plugin_notebook", "clm_plugin_plantuml"):
        release(site, project, "0.3.99")
    install_other_plugin(site)
    assert build(site) == (0, 2)

    metadata = release(site, "clm_plugin_notebook", "0.3.100")
    (metadata / "direct_url.json").write_text('{"url": "file:///clm", "dir_info": {}}')
    assert build(site) == (1, 1)
    with (site / "clm_plugin_notebook" / "worker.py").open("a", encoding="utf-8") as module:
        module.write("\n# edited\n")
    assert build(site) == (1, 1)
