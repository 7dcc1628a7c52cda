"""What a converter returns, and what is kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from clm.errors import Diagnostic


@frozen
class Result:
    """What a converter returns: every declared output by name, and what it has to say.

    An output is its bytes, or the path of a file inside the job's folder. `metadata` is kept
    with the result and must be JSON (no NaN); it must not change what the outputs are.
    """

    outputs: Mapping[str, bytes | Path]
    diagnostics: tuple[Diagnostic, ...] = ()
    metadata: Mapping[str, Any] = field(factory=dict)


@frozen
class StoredResult:
    """A result in the results cache: the digests of its outputs in place of their bytes."""

    key: str
    outputs: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...] = ()
    metadata: Mapping[str, Any] = field(factory=dict)
