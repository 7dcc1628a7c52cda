"""Memos: bytes that a job computes, and that other jobs of its type may share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from attrs import frozen

from clm.errors import Diagnostic
from clm.jobs.key import cache_key
from clm.jobs.resolved import ResolvedJob
from clm.jobs.result import StoredResult
from clm.jobs.tools import tools_in

_MEMO = "memo"


class JobCache(Protocol):
    """What jobs need of the results cache, see `ResultsCache`."""

    def check_cache(self, key: str) -> StoredResult | None: ...

    def mark_used(self, key: str) -> None: ...

    def add_to_cache(
        self,
        key: str,
        job_type: str,
        outputs: Mapping[str, bytes],
        diagnostics: Iterable[Diagnostic] = (),
        metadata: Mapping[str, Any] | None = None,
        *,
        replace: bool = False,
    ) -> StoredResult: ...

    def read_blob(self, digest: str) -> bytes: ...


class MemoStore(Protocol):
    """Memos of one job; `parts` is canonical JSON that says what a memo depends on."""

    def recall(self, parts: str) -> bytes | None:
        """The memo; None if there is none."""

    def remember(self, parts: str, data: bytes) -> bytes:
        """Keep a memo and return it, or another one that was kept meanwhile."""


@frozen(repr=False)
class CachedMemos:
    """Memos in the results cache; without `use_cache` they are replaced by new ones."""

    cache: JobCache
    job: ResolvedJob
    use_cache: bool = True

    def recall(self, parts: str) -> bytes | None:
        if not self.use_cache:
            return None
        key = self._key(parts)
        stored = self.cache.check_cache(key)
        if stored is None:
            return None
        self.cache.mark_used(key)
        return self.cache.read_blob(stored.outputs[_MEMO])

    def remember(self, parts: str, data: bytes) -> bytes:
        stored = self.cache.add_to_cache(
            self._key(parts), self.job.job_type, {_MEMO: data}, replace=not self.use_cache
        )
        return self.cache.read_blob(stored.outputs[_MEMO])

    def _key(self, parts: str) -> str:
        # It cannot be the key of a result, whatever the parts are: these have other envelopes.
        envelope = f'["{self.job.job_type}",{parts}]'
        return cache_key(envelope, tools_in(self.job.fingerprint), inputs={}, outputs=[_MEMO])
