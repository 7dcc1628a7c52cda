"""A course with two cohorts, of which nothing is published yet."""

from __future__ import annotations

import pytest
from published_cohorts import SPEC


@pytest.fixture
def cohorts(term):
    (term.path / "course.yaml").write_text(SPEC)
    for topic in ("one", "two", "three"):
        term.lesson(topic)
    return term
