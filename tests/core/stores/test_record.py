"""Records of results, and what is refused in those that come from a store."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm.errors import Diagnostic, Place, Severity
from clm.jobs.key import digest_bytes
from clm.jobs.result import StoredResult
from clm.stores.record import MAX_CONTENT, InvalidRecordError, dump_record, load_record

KEY, DIGEST = digest_bytes(b"key"), digest_bytes(b"page")
WARNING = Diagnostic("loud", Severity.WARNING, Place("a.py", 3))
RESULT = StoredResult(KEY, {"page": DIGEST}, (WARNING,), {"cells": 3})


def changed(**values: Any) -> bytes:
    return json.dumps(json.loads(dump_record(RESULT, "deck", {DIGEST: 4})) | values).encode()


def test_record_read_back_unchanged():
    record = load_record(changed(), KEY, "deck", ["page"])

    assert (record.result, record.contents) == (RESULT, {DIGEST: 4})


@pytest.mark.parametrize(
    "values",
    [
        {"format": "clm-result-2"},
        {"key": DIGEST},
        {"job_type": "other"},
        {"outputs": {}},
        {"outputs": {"../page": {"digest": DIGEST, "size": 4}}},
        {"outputs": {"page": {"digest": "../../etc/passwd", "size": 4}}},
        {"outputs": {"page": {"digest": DIGEST, "size": -1}}},
        {"outputs": {"page": {"digest": DIGEST, "size": MAX_CONTENT + 1}}},
        {"outputs": {"page": {"digest": DIGEST, "size": "4"}}},
        {"diagnostics": [{"message": "no", "severity": "error"}]},
        {"diagnostics": [{"message": "loud", "severity": "warning", "more": 1}]},
        {"diagnostics": "loud"},
        {"metadata": []},
        {"metadata": {"cells": float("nan")}},
        {"metadata": {"cells": "\ud800"}},
        {"diagnostics": [{"message": "\ud800", "severity": "warning"}]},
        {"unknown": 1},
    ],
    ids=str,
)
def test_changed_record_refused(values):
    with pytest.raises(InvalidRecordError):
        load_record(changed(**values), KEY, "deck", ["page"])


@pytest.mark.parametrize(
    "data", [b"", b"null", b"\xff", pytest.param(b"[" * 10**5, id="deep"), b"wrong bytes"]
)
def test_bytes_that_are_none_refused(data):
    with pytest.raises(InvalidRecordError):
        load_record(data, KEY, "deck", ["page"])


@given(st.binary(), st.integers(0, 400), st.integers(0, 400))
def test_damaged_record_never_escapes(noise, start, end):
    data = changed()
    try:
        record = load_record(data[:start] + noise + data[end:], KEY, "deck", ["page"])
    except InvalidRecordError:
        return
    assert list(record.outputs) == ["page"] and record.key == KEY
