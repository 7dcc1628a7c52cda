"""What a job needs of a results cache, on a machine that has none of its build."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import define, field

from clm import Diagnostic
from clm.backends.remote import ResultsCache, StoredResult, digest_bytes


@define(eq=False, repr=False)
class HostJobCache:
    """The inputs of one job by digest, its outputs once it has ended, and the machine's memos."""

    key: str
    inputs: Mapping[str, bytes]
    memos: ResultsCache
    outputs: Mapping[str, bytes] = field(factory=dict, init=False)

    def check_cache(self, key: str) -> StoredResult | None:
        """The memo with this key; None if there is none."""
        return self.memos.check_cache(key)

    def mark_used(self, key: str) -> None:
        self.memos.mark_used(key)

    def add_to_cache(
        self,
        key: str,
        job_type: str,
        outputs: Mapping[str, bytes],
        diagnostics: Iterable[Diagnostic] = (),
        metadata: Mapping[str, Any] | None = None,
        *,
        replace: bool = False,
    ) -> StoredResult:
        """Takes the outputs of the job, or stores a memo."""
        if key != self.key:
            return self.memos.add_to_cache(
                key, job_type, outputs, diagnostics, metadata, replace=replace
            )
        self.outputs = dict(outputs)
        digests = {name: digest_bytes(data) for name, data in outputs.items()}
        return StoredResult(key, digests, tuple(diagnostics), metadata or {})

    def read_blob(self, digest: str) -> bytes:
        """An input, whose bytes are verified, or a memo.

        Raises:
            KeyError: there is none.
        """
        if digest not in self.inputs:
            return self.memos.read_blob(digest)
        data = self.inputs[digest]
        if digest_bytes(data) != digest:
            raise KeyError(digest)
        return data


@define(eq=False, repr=False)
class MemoFile:
    """The database of the memos, for one thread; a new one if it is gone.

    Systems remove temporary files that were not used for days, while workers run.
    """

    path: Path
    _opened: ResultsCache | None = field(default=None, init=False)

    def opened(self) -> ResultsCache:
        if self._opened is not None and not self.path.exists():
            self.close()
        if self._opened is None:
            self._opened = ResultsCache(self.path)
        return self._opened

    def close(self) -> None:
        memos, self._opened = self._opened, None
        if memos is not None:
            memos.close()
