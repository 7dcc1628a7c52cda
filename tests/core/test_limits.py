"""Limits from the environment."""

from __future__ import annotations

import pytest

from clm.errors import UsageError
from clm.limits import Limits, parse_age, parse_size


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("512", 512), ("1.5 kB", 1500), ("2GB", 2 * 10**9), ("3m", 3 * 10**6)],
)
def test_a_size_has_a_number_and_a_unit(text: str, number: int) -> None:
    assert parse_size(text) == number


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("12h", 43200), ("1.5 d", 129600)])
def test_an_age_has_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert parse_age(text) == seconds


@pytest.mark.parametrize("text", ["", "much", "-1", "1 parsec", "GB", "1e9"])
def test_what_is_no_size_or_age_is_refused_with_an_example(text: str) -> None:
    for parse in (parse_size, parse_age):
        with pytest.raises(UsageError) as caught:
            parse(text, "--max")
        assert "--max" in caught.value.message
        assert caught.value.hint is not None


def test_the_environment_sets_limits() -> None:
    limits = Limits.of({"CLM_CACHE_SIZE": "1MB", "CLM_KEPT_BUILDS": "3", "CLM_WORKER_JOBS": ""})

    assert (limits.cache_size, limits.kept_builds) == (10**6, 3)
    assert limits.worker_jobs == Limits().worker_jobs


@pytest.mark.parametrize("variable", ["CLM_CACHE_SIZE", "CLM_KEPT_BUILDS", "CLM_WORKER_MEMORY"])
def test_a_limit_without_meaning_is_named(variable: str) -> None:
    with pytest.raises(UsageError, match=variable):
        Limits.of({variable: "some"})
