"""Results of converters, and the form in which the cache stores them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from clm.errors import Diagnostic
from clm.field_repr import field_repr


@frozen(repr=False)
class Result:
    """The result of a converter: every declared output by name, and diagnostics.

    An output is its bytes, or the path of a file inside the job's folder. `metadata` is stored
    with the result and must be JSON (no NaN); the outputs must not depend on it.
    """

    __repr__ = field_repr

    outputs: Mapping[str, bytes | Path]
    diagnostics: tuple[Diagnostic, ...] = ()
    metadata: Mapping[str, Any] = field(factory=dict)


@frozen(repr=False)
class StoredResult:
    """A result in the results cache, with digests of the outputs instead of their bytes."""

    __repr__ = field_repr

    key: str
    outputs: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...] = ()
    metadata: Mapping[str, Any] = field(factory=dict)
