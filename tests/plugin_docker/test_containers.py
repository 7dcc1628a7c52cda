"""Builds whose workers run in containers of a real engine."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from clm_program import CLM, run_clm
from course_folder import until
from docker_engine import DockerEngine
from one_deck import DOCKER, deck

from clm.testing.course_project import files_below

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]
SAMPLE = REPOSITORY / "docs" / "examples" / "sample-course"


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A copy of the sample course."""
    course = tmp_path / "course"
    shutil.copytree(SAMPLE, course, ignore=shutil.ignore_patterns("output", ".clm"))
    return course


def outputs(course: Path) -> dict[Path, bytes]:
    root = course / "output"
    return {path.relative_to(root): path.read_bytes() for path in files_below(root)}


def test_containers_give_same_bytes(
    docker: DockerEngine,
    built_plantuml: None,
    java: str,
    sample: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("JAVA_HOME", java)
    other = tmp_path / "direct"
    shutil.copytree(sample, other)
    chosen = ("--executor", "notebook=docker", "--executor", "plantuml=docker")
    contained = run_clm("build", sample / "course.yaml", *chosen)
    direct = run_clm("build", other / "course.yaml")
    assert (contained.returncode, contained.stderr) == (0, "")
    assert direct.returncode == 0
    assert outputs(sample) == outputs(other)
    assert docker.containers() == []


def test_code_runs_inside_container(docker: DockerEngine, tmp_path: Path):
    code = f"import os\nprint('user', os.getuid(), 'course', os.path.exists({str(tmp_path)!r}))"
    assert run_clm("build", deck(tmp_path, code), *DOCKER).returncode == 0
    pages = [text.decode() for path, text in outputs(tmp_path).items() if path.suffix == ".html"]
    assert any("user 10001 course False" in page for page in pages)


def test_killed_builder_leaves_nothing(docker: DockerEngine, tmp_path: Path):
    spec = deck(tmp_path, "import time\ntime.sleep(600)")
    process = subprocess.Popen(
        [*CLM, "build", str(spec), *DOCKER],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until(docker.containers, "a container")
    process.kill()
    process.wait()
    until(lambda: not docker.containers(), "the end of the container", seconds=10)


def test_killed_container_replaced(docker: DockerEngine, tmp_path: Path):
    spec = deck(tmp_path, "import time\ntime.sleep(3)")
    process = subprocess.Popen(
        [*CLM, "build", str(spec), *DOCKER], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    running = until(lambda: docker.docker("ps", "--quiet").split(), "a running container")
    docker.docker("kill", running[0])
    output = process.communicate(timeout=120)[0].decode()
    assert process.returncode == 0, output
    assert "1 built" in output
    assert docker.containers() == []


def test_results_of_image_kept_apart(docker: DockerEngine, tmp_path: Path):
    spec = deck(tmp_path, "1")

    def build(*options: str) -> str:
        shutil.rmtree(tmp_path / "output", ignore_errors=True)
        result = run_clm("build", spec, *options)
        assert result.returncode == 0, result.stderr
        return result.stdout

    assert "1 built" in build(*DOCKER)
    # This environment has the packages of the tests, too.
    assert "1 built" in build()
    for options in (DOCKER, ()):
        assert "1 from cache" in build(*options)
    remembered = json.loads((tmp_path / ".clm" / "tools.json").read_text())
    assert [key.split()[0] for key in remembered] == ["notebook"]


def test_missing_image_named(engine: DockerEngine, tmp_path: Path):
    result = run_clm(
        "build", deck(tmp_path, "1"), *DOCKER, CLM_DOCKER_IMAGES="registry.example.org/none/"
    )
    assert result.returncode == 1
    assert "no image 'registry.example.org/none/notebook:0.3.0'" in result.stderr
    assert "clm workers images build notebook" in result.stderr
