"""Limits from the environment."""

from __future__ import annotations

import pytest

from clm.errors import UsageError
from clm.limits import Limits, parse_age, parse_size


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("512", 512), ("1.5 kB", 1500), ("2GB", 2 * 10**9), ("3m", 3 * 10**6)],
)
def test_size_with_unit_parsed(text: str, number: int) -> None:
    assert parse_size(text) == number


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("12h", 43200), ("1.5 d", 129600)])
def test_age_with_unit_parsed(text: str, seconds: float) -> None:
    assert parse_age(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "much", "-1", "1 parsec", "GB", "1e9", "9" * 400 + "d", "5\u017f"]
)
def test_invalid_size_or_age_refused(text: str) -> None:
    for parse in (parse_size, parse_age):
        with pytest.raises(UsageError) as caught:
            parse(text, "--max")
        assert caught.value.message.startswith("--max: invalid ")
        assert caught.value.hint is not None


def test_century_is_longest_age() -> None:
    assert parse_age("999999999w") == parse_age("5300w") == 3e9


def test_environment_sets_limits() -> None:
    limits = Limits.of({"CLM_CACHE_SIZE": "1MB", "CLM_KEPT_BUILDS": "3", "CLM_WORKER_JOBS": ""})

    assert (limits.cache_size, limits.kept_builds) == (10**6, 3)
    assert limits.worker_jobs == Limits().worker_jobs


@pytest.mark.parametrize("variable", ["CLM_CACHE_SIZE", "CLM_KEPT_BUILDS", "CLM_WORKER_MEMORY"])
@pytest.mark.parametrize("text", ["some", "9" * 5000])
def test_invalid_limit_names_variable(variable: str, text: str) -> None:
    with pytest.raises(UsageError, match=variable):
        Limits.of({variable: text})
