"""The package made by `clm plugins new`, with only CLM's wheel and the test kit."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]

COURSE = """\
name: {de: Kurs, en: Course}
sections: [{name: {de: Eins, en: One}, topics: [a]}]
plugins:
  my-thing: {heading-level: 2}
"""
WRONG = """\
from __future__ import annotations

from attrs import frozen
from clm import Job, PlanContext, Place, Result, Worker


@frozen
class Settings:
    heading_level: int = 1


def level(context: PlanContext[Settings]) -> int:
    return context.settings.heading_levl


def anything(context: PlanContext) -> int:
    return int(context.settings.anything)


class Converter(Worker[Settings]):
    def convert(self, payload: str, job: Job) -> Result:
        return Result({})


class Other(Worker):
    def convert(self, payload: Settings, job: Job) -> Result:
        return Result({})


Place("a.txt", line="3")
"""


@attrs.frozen
class NewPlugin:
    """The package's folder, and the programs of the environment in which it is installed."""

    folder: Path
    programs: Path


@pytest.fixture(scope="module")
def begun(
    environment: Callable[..., Path],
    run: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
) -> NewPlugin:
    parent = tmp_path_factory.mktemp("new")
    run(environment("clm") / "clm", "plugins", "new", "my-thing", parent)
    folder = parent / "clm-plugin-my-thing"
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", cwd=folder)
    (wheel,) = (folder / "dist").iterdir()
    return NewPlugin(folder, environment("clm[testing]", wheel))


def test_its_tests_pass(begun: NewPlugin, run: Callable[..., str]) -> None:
    done = run(begun.programs / "python", "-m", "pytest", "-q", cwd=begun.folder)
    # The skipped tests are for samples that are endless or slow; it has none.
    assert " passed, 2 skipped" in done


def test_it_passes_ruff(begun: NewPlugin, run: Callable[..., str]) -> None:
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent))
    assert ruff, "ruff is not installed beside this Python"
    run(ruff, "check", cwd=begun.folder)
    run(ruff, "format", "--check", cwd=begun.folder)


def test_it_passes_mypy(begun: NewPlugin, run: Callable[..., str]) -> None:
    python = begun.programs / "python"
    run(sys.executable, "-m", "mypy", "--python-executable", python, cwd=begun.folder)


def test_mypy_reports_wrong_use(begun: NewPlugin, tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text(WRONG, encoding="utf-8")
    python = begun.programs / "python"
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", python, file]
    done = subprocess.run(command, cwd=begun.folder, capture_output=True, text=True, check=False)
    assert 'Argument "line" to "Place" has incompatible type "str"' in done.stdout, done.stdout
    assert '"Settings" has no attribute "heading_levl"; maybe "heading_level"?' in done.stdout
    assert 'Argument 1 of "convert" is incompatible with supertype "clm.jobs.worker.Worker"' in (
        done.stdout
    )
    assert "Found 4 errors" in done.stdout, done.stdout


def test_build_uses_it(begun: NewPlugin, run: Callable[..., str], tmp_path: Path) -> None:
    source = tmp_path / "slides" / "module_1_m" / "topic_1_a" / "one.my-thing"
    source.parent.mkdir(parents=True)
    source.write_text("A title\n\nText\n", encoding="utf-8")
    spec = tmp_path / "course.yaml"
    spec.write_text(COURSE, encoding="utf-8")
    summary = json.loads(run(begun.programs / "clm", "build", spec, "--json").splitlines()[-1])
    assert (summary["ok"], summary["built"], summary["problems"]) == (True, 1, [])
    pages = [path.read_text(encoding="utf-8") for path in (tmp_path / "output").rglob("one.html")]
    assert len(pages) > 1
    assert all("<h2>A title</h2>\n<p>Text</p>" in page for page in pages)


def test_readme_commands_work(begun: NewPlugin, run: Callable[..., str], tmp_path: Path) -> None:
    readme = (begun.folder / "README.md").read_text(encoding="utf-8")
    lines = [line.split() for line in readme.splitlines() if line.startswith("    clm ")]
    assert [words[1] for words in lines] == ["init", "build"]
    for program, *arguments in lines:
        run(begun.programs / program, *arguments, cwd=tmp_path)
    pages = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("introduction.html")]
    assert pages
    assert all("<p>A paragraph.</p>" in page for page in pages)


def test_new_plugin_for_pictures_passes(
    environment: Callable[..., Path], run: Callable[..., str], tmp_path: Path
) -> None:
    run(environment("clm") / "clm", "plugins", "new", "steps", tmp_path, "--picture")
    folder = tmp_path / "clm-plugin-steps"
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", cwd=folder)
    (wheel,) = (folder / "dist").iterdir()
    programs = environment("clm[testing]", wheel)
    assert " passed, 2 skipped" in run(programs / "python", "-m", "pytest", "-q", cwd=folder)
    run(sys.executable, "-m", "mypy", "--python-executable", programs / "python", cwd=folder)


def test_doctor_has_its_check(begun: NewPlugin, run: Callable[..., str]) -> None:
    assert "my-thing" in run(begun.programs / "clm", "doctor")
