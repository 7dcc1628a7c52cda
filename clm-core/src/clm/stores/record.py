"""Results as records of a store, and the checks of records that come from one."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from attrs import field, frozen
from cattrs import Converter

from clm.errors import Diagnostic, Severity
from clm.jobs.result import StoredResult
from clm.jobs.structuring import canonical_json, explain, strict_converter

FORMAT = "clm-result-1"
MAX_RECORD = 1_000_000
MAX_CONTENT = 200_000_000

_DIGEST = re.compile(r"[0-9a-f]{64}")


class InvalidRecordError(ValueError):
    """A record is not one of the requested result."""


@frozen
class Content:
    """The digest and the size of an output."""

    digest: str
    size: int


@frozen
class Record:
    """A result without the contents of its outputs."""

    format: str
    key: str
    job_type: str
    outputs: Mapping[str, Content]
    diagnostics: tuple[Diagnostic, ...] = ()
    metadata: Mapping[str, Any] = field(factory=dict)

    @property
    def contents(self) -> dict[str, int]:
        """The sizes of the contents of its outputs, by digest."""
        return {content.digest: content.size for content in self.outputs.values()}

    @property
    def size(self) -> int:
        return sum(self.contents.values())

    @property
    def result(self) -> StoredResult:
        digests = {name: content.digest for name, content in self.outputs.items()}
        return StoredResult(self.key, digests, self.diagnostics, dict(self.metadata))


def dump_record(result: StoredResult, job_type: str, sizes: Mapping[str, int]) -> bytes:
    """The record of a result; `sizes` has the size of each content by its digest."""
    outputs = {name: Content(d, sizes[d]) for name, d in result.outputs.items()}
    record = Record(FORMAT, result.key, job_type, outputs, result.diagnostics, result.metadata)
    return canonical_json(_converter().unstructure(record)).encode()


def load_record(data: bytes, key: str, job_type: str, outputs: Collection[str]) -> Record:
    """The record, which must be of this key and job type and have exactly these outputs.

    Raises:
        InvalidRecordError: it is not.
    """
    try:
        plain = json.loads(data.decode(), parse_constant=_refuse_constant)
        record: Record = _converter().structure(plain, Record)
        canonical_json(plain).encode()  # texts that no database can hold
    except RecursionError:
        raise InvalidRecordError("it is nested too deeply") from None
    except Exception as error:  # bytes of strangers may raise anything
        raise InvalidRecordError(explain(error, path="record")) from error
    if (record.format, record.key, record.job_type) != (FORMAT, key, job_type):
        raise InvalidRecordError("it is the record of another result, or of another format")
    if set(record.outputs) != set(outputs):
        raise InvalidRecordError("it has other outputs than the job")
    for content in record.outputs.values():
        if not _DIGEST.fullmatch(content.digest) or not 0 <= content.size <= MAX_CONTENT:
            raise InvalidRecordError("it has an invalid digest or size")
    if record.size > MAX_CONTENT:
        raise InvalidRecordError("its outputs are too large")
    if any(d.severity is Severity.ERROR for d in record.diagnostics):
        raise InvalidRecordError("a result has no errors")
    return record


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


@cache
def _converter() -> Converter:
    return strict_converter()
