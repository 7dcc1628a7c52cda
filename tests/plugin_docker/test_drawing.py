"""Drawings in containers, by a browser that keeps its own sandbox."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from clm_program import run_clm
from docker_engine import DockerEngine
from one_deck import DOCKER

from clm_plugin_docker import executor

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "sample-course"


def drawings(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("output/**/*.png")}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with the drawings of the sample course."""
    course = tmp_path / "course"
    topic = course / "slides" / "module_100_all" / "topic_100_all"
    for source in SAMPLE.rglob("*.drawio"):
        (topic / "drawio").mkdir(parents=True, exist_ok=True)
        shutil.copy(source, topic / "drawio")
    (topic / "slides_all.py").write_text('# %% [markdown] lang="en"\n# # All\n')
    sections = "sections:\n  - name: {en: All}\n    topics: [all]\n"
    (course / "course.yaml").write_text(f"name: {{en: C}}\nlanguages: [en]\n{sections}")
    return course


def test_drawn_in_sandbox(built_drawio: None, engine: DockerEngine, course: Path):
    assert run_clm("build", course / "course.yaml", *DOCKER).returncode == 0
    contained = drawings(course)
    shutil.rmtree(course / ".clm")
    shutil.rmtree(course / "output")
    assert run_clm("build", course / "course.yaml").returncode == 0
    assert contained
    assert contained == drawings(course)


def test_browser_needs_profile(
    built_drawio: None, engine: DockerEngine, course: Path, tmp_path: Path
):
    # With the engine's own profile the sandbox cannot start: so it is in use with ours.
    name = "clm-drawio:0.3.0"
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(f'FROM {name}\nLABEL {executor.SANDBOX_LABEL}=""\n')
    own = engine.docker("image", "inspect", "--format", "{{.Id}}", name).strip()
    try:
        engine.docker("build", "--quiet", "--tag", name, str(tmp_path))
        result = run_clm("build", course / "course.yaml", *DOCKER)
    finally:
        engine.docker("tag", own, name)
    assert result.returncode == 1
    assert "sandbox" in result.stderr
