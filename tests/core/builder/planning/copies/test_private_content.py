"""Files whose content students must not see, although no job type converts them."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from deck_plans import DECK, PlanOf, copied

from clm import Severity, SourceFile
from clm.builder.plan import BuildPlan

LOOKING = evolve(DECK, has_private_content=lambda source: "SECRET" in source.read_text())


@pytest.fixture
def plan_files(plan_of: PlanOf, tmp_path: Path):
    """Plan the topic `a` with a deck and files with these texts."""

    def make(texts: dict[str, str], deck: str = "", types=(LOOKING,)) -> BuildPlan:
        plan_of("a/x.deck", *(f"a/{name}" for name in texts), types=types)
        topic = tmp_path / "slides/module_100_m/topic_100_a"
        (topic / "x.deck").write_text(deck)
        for name, text in texts.items():
            (topic / name).write_text(text)
        return plan_of(topics=["a"], types=types)

    return make


def trees(plan: BuildPlan, name: str) -> set[str]:
    (copy,) = (copy for copy in plan.copies if copy.file.name == name)
    return {place.split("/")[0] for place in copy.destinations}


def test_file_with_private_content_for_speakers(plan_files) -> None:
    plan = plan_files({"y.py": "SECRET", "z.py": "x"})

    assert trees(plan, "y.py") == {"speaker"}
    assert trees(plan, "z.py") == {"public", "speaker"}
    (warning,) = plan.problems
    assert warning.severity is Severity.WARNING
    assert warning.excerpt == "a/y.py"


def test_included_file_not_warned_of(plan_files) -> None:
    plan = plan_files({"y.py": "SECRET"}, deck='# j2 include "y.py"\n')

    assert trees(plan, "y.py") == {"speaker"}
    assert plan.problems == ()


@pytest.mark.parametrize("name", ["y.png", "y.mp4"])
def test_media_not_read(plan_files, name: str) -> None:
    assert trees(plan_files({name: "SECRET"}), name) == {"public", "speaker"}


def test_failing_plugin_keeps_file_private(plan_files) -> None:
    def fail(source: SourceFile) -> bool:
        raise RuntimeError("oops")

    plan = plan_files({"y.py": ""}, types=(evolve(DECK, has_private_content=fail),))

    assert trees(plan, "y.py") == {"speaker"}
    assert any("oops" in str(problem) for problem in plan.problems)


def test_private_content_in_dir_group_left_out(plan_of: PlanOf, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "y.py").write_text("SECRET")
    (tmp_path / "code" / "z.py").write_text("x")
    group = "dir-groups: [{name: Code, path: code}]\n"
    plan = plan_of("a/x.deck", types=(LOOKING,), more=group)

    assert "z.py" in copied(plan)
    assert "y.py" not in copied(plan)
    assert [problem.excerpt for problem in plan.problems] == ["code/y.py"]
