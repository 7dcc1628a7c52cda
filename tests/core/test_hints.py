"""What is said of a name that is not known."""

from __future__ import annotations

import pytest

from clm.hints import nearest


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (["loops", "functions"], "did you mean 'loops'?"),
        (["xyz", "abc"], "available: abc, xyz"),
        ([], "available: none"),
    ],
)
def test_the_nearest_name_is_said_else_those_there_are(known: list[str], said: str) -> None:
    assert nearest("loop", known) == said


def test_of_many_names_the_first_are_said() -> None:
    hint = nearest("loop", [f"{number:03}" for number in range(150)])
    assert hint.startswith("available: 000, 001, ")
    assert hint.endswith(", 019 and 130 more")
