"""Drawings in containers, by a browser that keeps its own sandbox."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from clm_program import CLM, run_clm
from docker_engine import BASE, DockerEngine
from one_deck import DOCKER

from clm_plugin_docker import executor

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "sample-course"
IMAGE_SECONDS = 600


@pytest.fixture(scope="module")
def drawing_engine(built_images: DockerEngine) -> DockerEngine:
    """The engine with an image for drawings, whose browser comes from Debian."""
    subprocess.run(
        [*CLM, "workers", "images", "build", "--base", BASE, "--network", "host", "drawio"],
        env=os.environ | built_images.environment,
        check=True,
        timeout=IMAGE_SECONDS,
    )
    return built_images


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


def test_drawn_in_sandbox(drawing_engine: DockerEngine, images: DockerEngine, course: Path):
    assert run_clm("build", course / "course.yaml", *DOCKER).returncode == 0
    contained = drawings(course)
    shutil.rmtree(course / ".clm")
    shutil.rmtree(course / "output")
    assert run_clm("build", course / "course.yaml").returncode == 0
    assert contained
    assert contained == drawings(course)


def test_browser_needs_profile(
    drawing_engine: DockerEngine, images: DockerEngine, course: Path, tmp_path: Path
):
    # With the engine's own profile the sandbox cannot start: so it is in use with ours.
    name = "clm-drawio:0.3.0"
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(f'FROM {name}\nLABEL {executor.SANDBOX_LABEL}=""\n')
    own = images.docker("image", "inspect", "--format", "{{.Id}}", name).strip()
    try:
        images.docker("build", "--quiet", "--tag", name, str(tmp_path))
        result = run_clm("build", course / "course.yaml", *DOCKER)
    finally:
        images.docker("tag", own, name)
    assert result.returncode == 1
    assert "sandbox" in result.stderr
