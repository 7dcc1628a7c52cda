"""Validation in several processes: the same findings as in one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clm.builder.validation import course as validation
from clm.builder.validation import helpers as check_helpers
from clm.builder.validation.course import validate_course
from clm.builder.validation.helpers import CheckHelpers, part_of
from clm.plugins import PluginRegistry
from clm.plugins.code_identity import code_identity

TOPICS = 6


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The spec of a course in which each deck has a broken link."""
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "notebook")
    for number in range(TOPICS):
        topic = tmp_path / "slides" / "module_1" / f"topic_{number}00_t{number}"
        topic.mkdir(parents=True)
        cell = f'# %% [markdown] tags=["slide"]\n# ## T\n# ![p](img/gone{number}.png)\n'
        (topic / f"slides_{number}.py").write_text(cell)
    topics = ", ".join(f"t{number}" for number in range(TOPICS))
    spec = tmp_path / "course.yaml"
    sections = f"sections:\n- name: {{de: S, en: S}}\n  topics: [{topics}]\n"
    spec.write_text(f"name: {{de: K, en: C}}\n{sections}")
    return spec


@pytest.fixture
def from_helpers(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each check whether a helper did it, from two processes on."""
    monkeypatch.setattr(validation, "LEAST_TOPICS", 1)
    monkeypatch.setattr(check_helpers, "usable_cores", lambda: 2)
    used, result = list[bool](), CheckHelpers.result

    def noted(self: CheckHelpers, number: int, total: int) -> object:
        found = result(self, number, total)
        used.append(found is not None)
        return found

    monkeypatch.setattr(CheckHelpers, "result", noted)
    return used


@pytest.mark.parametrize("total", [1, 5, 6, 7])
def test_parts_cover_all_checks(total: int) -> None:
    parts = [part_of(number, total, 3) for number in range(total)]
    assert parts == sorted(parts) and set(parts) <= {0, 1, 2}
    assert total < 3 or max(map(parts.count, parts)) - min(map(parts.count, parts)) <= 1


@pytest.mark.integration
def test_helpers_find_the_same(spec: Path, from_helpers: list[bool]) -> None:
    plugins = PluginRegistry.load()
    found = validate_course(spec, plugins)
    assert from_helpers == [False] * 3 + [True] * 3
    validation.LEAST_TOPICS = TOPICS + 1  # which the fixture restores
    assert validate_course(spec, plugins) == found
    assert len(found.diagnostics) == TOPICS


@pytest.mark.integration
def test_useless_helper_harms_nothing(
    spec: Path, from_helpers: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = CheckHelpers.start
    monkeypatch.setattr(
        CheckHelpers, "start", lambda self, path, data, code: start(self, path, data, "other")
    )
    found = validate_course(spec, PluginRegistry.load())
    assert from_helpers == [False] * TOPICS and len(found.diagnostics) == TOPICS


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no processes")
def test_stopped_helper_is_given_up(
    spec: Path, from_helpers: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = CheckHelpers.start

    def stopped(self: CheckHelpers, *arguments: Any) -> None:
        start(self, *arguments)
        for helper in self._helpers:
            helper.process.send_signal(signal.SIGSTOP)

    monkeypatch.setattr(CheckHelpers, "start", stopped)
    monkeypatch.setattr(check_helpers, "_SILENCE", 0.1)
    found = validate_course(spec, PluginRegistry.load())
    assert from_helpers == [False] * TOPICS and len(found.diagnostics) == TOPICS


@pytest.mark.integration
def test_helper_ends_with_its_input(spec: Path) -> None:
    code = code_identity(PluginRegistry.load())
    task = json.dumps([str(spec), None, code, 1, 2])
    command = [sys.executable, "-P", "-m", "clm.builder.validation.helper_process", task]
    # At the end of its input, the process that started it is gone.
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 1
