"""The plugin of the plugin author's guide, made from the guide's own blocks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clm.testing.installing import write_metadata

pytestmark = pytest.mark.integration

GUIDE = Path(__file__).parents[2] / "docs" / "plugin-authors-guide.md"
BLOCK = re.compile(r"^```\{code-block\} python\n:caption: (\S+)\n\n(.*?)^```$", re.M | re.S)
COURSE = """\
name: {en: Course}
sections: [{name: {en: One}, topics: [a]}]
plugins: {shout: {mark: "?"}}
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The guide's package, as if it were installed for the processes that a test starts."""
    for name, text in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    plugins = {"shout": "clm_plugin_shout.plugin"}
    write_metadata(tmp_path / "src", "clm-plugin-shout", "1", plugins)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "src"))
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "shout")
    monkeypatch.setenv("CLM_UPDATE_GOLDEN", "1")
    return tmp_path


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_guide_plugin_tests_pass(package):
    run(sys.executable, "-m", "pytest", "-q", "tests", cwd=package)


def test_guide_plugin_builds_course(package):
    topic = package / "slides" / "module_1_m" / "topic_1_a"
    topic.mkdir(parents=True)
    (topic / "hello.shout").write_text("is anybody there", encoding="utf-8")
    (package / "course.yaml").write_text(COURSE, encoding="utf-8")
    clm = shutil.which("clm", path=Path(sys.executable).parent)
    assert clm, "clm is not installed beside this Python"
    run(clm, "validate", "course.yaml", cwd=package)
    run(clm, "build", "course.yaml", cwd=package)
    texts = [file.read_text("utf-8") for file in package.glob("output/**/hello.txt")]
    assert set(texts) == {"IS ANYBODY THERE?"}
