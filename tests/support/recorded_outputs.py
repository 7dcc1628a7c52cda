"""An output folder with its record of outputs."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Coroutine
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import define, field

from clm import JobRequest, OutputSpec
from clm.backends.backend import Operation
from clm.backends.local_ops import LocalOpsBackend
from clm.builder.output.delivery import Delivery
from clm.builder.output.record import OutputsRecord
from clm.builder.report import BuildReport
from clm.database.cache.results import ResultsCache
from clm.jobs.key import digest_bytes
from clm.jobs.result import StoredResult

ONE = PurePosixPath("a/one")


class Watched(LocalOpsBackend):
    """Calls `before`, then executes the operation."""

    def __init__(self) -> None:
        context: Any = None
        super().__init__(context)
        self.before: Any = lambda operation: None

    async def execute_operation(self, operation: Operation) -> None:
        self.before(operation)
        await super().execute_operation(operation)


@define
class Outputs:
    """An output folder with its record; `delivery` starts a build."""

    base: Path
    record: OutputsRecord
    cache: ResultsCache
    backend: Watched = field(factory=Watched)
    report: BuildReport = field(factory=BuildReport)

    @property
    def root(self) -> Path:
        return self.base / "output"

    def delivery(self, *, force: bool = False, course: str = "/course.yaml") -> Delivery:
        self.report = BuildReport()
        return Delivery(
            self.root, course, self.record, self.cache, self.backend, self.report, force
        )

    def result(self, content: bytes) -> StoredResult:
        return self.cache.add_to_cache(digest_bytes(b"key of " + content), "t", {"out": content})

    def deliver(self, content: bytes, *paths: str, delivery: Delivery | None = None) -> None:
        places = tuple(PurePosixPath(path) for path in paths) or (ONE,)
        request = JobRequest("id", "t", None, "a.t", outputs=(OutputSpec("out", places),))
        run((delivery or self.delivery()).deliver(request, self.result(content)))

    def is_current(self, content: bytes) -> bool:
        request = JobRequest("id", "t", None, "a.t", outputs=(OutputSpec("out", (ONE,)),))
        return self.delivery().is_current(request, self.result(content).key)

    def read(self, path: str = "a/one") -> bytes:
        return (self.root / path).read_bytes()

    def put(self, content: bytes, path: str = "a/one") -> None:
        """Writes a file that is not from CLM."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(content)
        moment = time.time() - 50
        os.utime(self.root / path, (moment, moment))

    def files(self) -> set[str]:
        return {p.relative_to(self.root).as_posix() for p in self.root.rglob("*") if p.is_file()}


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(coroutine)
