"""Files of dir-groups that students must not see."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from deck_plans import DECK, DRAWING, MODULE, PlanOf, copied

GROUP = "dir-groups: [{name: G, path: PATH}]\n"
TYPES = (evolve(DECK, private_files=("voice_*",)), DRAWING)


@pytest.mark.parametrize("name", ["voice_x.py", "deep/voice_x.py"])
def test_private_files_not_copied(plan_of: PlanOf, tmp_path: Path, name: str) -> None:
    path = tmp_path / "code" / name
    path.parent.mkdir(parents=True)
    path.touch()

    plan = plan_of("a/x.deck", types=TYPES, more=GROUP.replace("PATH", "code"))

    assert copied(plan) == set()
    (problem,) = plan.problems
    assert f"code/{name}" in (problem.excerpt or "")


def test_private_folders_in_slides_not_copied(plan_of: PlanOf) -> None:
    more = GROUP.replace("PATH", f"{MODULE}/topic_100_a")

    plan = plan_of("a/x.deck", "a/notes/n.txt", "a/d.txt", types=TYPES, more=more)

    assert copied(plan) == {"d.txt", "x.deck"}


def test_files_outside_of_slides_copied(plan_of: PlanOf, tmp_path: Path) -> None:
    for name in ("notes/n.txt", "y.deck", "z.draw"):
        (tmp_path / "code" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "code" / name).touch()

    plan = plan_of("a/x.deck", types=TYPES, more=GROUP.replace("PATH", "code"))

    assert copied(plan) == {"notes/n.txt", "y.deck", "z.draw"}
    assert plan.problems == ()
