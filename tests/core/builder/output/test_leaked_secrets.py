"""Outputs that have secrets of the account that builds."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path, PurePosixPath

import pytest

from clm.builder.output.leaked_secrets import LeakedSecrets, withheld_values
from clm.database.cache.results import ResultsCache
from clm.errors import Diagnostic, Severity
from clm.jobs.request import JobRequest, OutputSpec

VALUE = 'tängerine-7&"<'
PAGE = PurePosixPath("html/page.html")


def warnings(folder: Path, text: str, *places: PurePosixPath) -> tuple[Diagnostic, ...]:
    outputs = (OutputSpec("page", places),)
    request = JobRequest("job", "kind", None, "deck.py", outputs=outputs)
    with ResultsCache(folder / "cache.db") as cache:
        result = cache.add_to_cache("key", "kind", {"page": text.encode()})
        return LeakedSecrets(cache, {VALUE: "CLASS_TOKEN"}).noted(request, result).diagnostics


@pytest.mark.parametrize(
    "text", [VALUE, escape(VALUE), json.dumps(VALUE), json.dumps(VALUE, ensure_ascii=False)]
)
def test_withheld_value_found(tmp_path: Path, text: str) -> None:
    (warning,) = warnings(tmp_path, f"one\ntwo {text}\n", PAGE)
    assert warning.severity is Severity.WARNING
    assert warning.message == "html/page.html has the value of the variable CLASS_TOKEN (line 2)"


def test_other_text_not_warned(tmp_path: Path) -> None:
    assert warnings(tmp_path, VALUE[1:], PAGE) == ()


def test_undelivered_output_skipped(tmp_path: Path) -> None:
    assert warnings(tmp_path, VALUE) == ()


def test_passed_values_left_to_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLASS_TOKEN", "tangerine-7")
    assert withheld_values()["tangerine-7"] == "CLASS_TOKEN"
    monkeypatch.setenv("CLM_PASS_ENVIRONMENT", "CLASS_TOKEN")
    assert "tangerine-7" not in withheld_values()
