"""Fixtures: a topic with a deck, planned and converted without a queue."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from attrs import define, evolve, field

from clm import (
    FileInput,
    Input,
    Job,
    JobInput,
    JobRequest,
    PlanContext,
    Result,
    SourceFile,
    Variant,
)
from clm.jobs.envelope import dump_payload, load_payload
from clm.jobs.key import digest_file
from clm.jobs.structuring import canonical_json
from clm.jobs.worker import compute_always
from clm_plugin_notebook.payload import NotebookSettings
from clm_plugin_notebook.plugin import clm_job_types
from clm_plugin_notebook.worker import NotebookWorker


def variant(language: str, kind: str, format: str, *, public: bool | None = None) -> Variant:
    is_public = kind != "speaker" if public is None else public
    return Variant(language, kind, format, PurePosixPath(language, format, kind), is_public)


ALL_VARIANTS = tuple(
    variant(language, kind, format)
    for language in ("de", "en")
    for format, kinds in (
        ("html", ("code-along", "completed", "speaker")),
        ("notebook", ("code-along", "completed", "speaker")),
        ("code", ("completed",)),
    )
    for kind in kinds
)


@define
class DeckTopic:
    """A topic with the deck `name` and other files; `convert` runs the job like a worker.

    `made` are the outputs of other jobs for the topic, `claimed` the names of their sources.
    `memory` stores memos; None computes them every time.
    """

    folder: Path
    worker: NotebookWorker
    name: str = "slides_deck.py"
    context: PlanContext = field(
        factory=lambda: PlanContext(
            course_name={"de": "Kurs", "en": "Course"},
            section_name={"de": "Woche 1", "en": "Week 1"},
            topic_id="deck",
            prog_lang="python",
            author="Ada Lovelace",
            organization={"de": "Akademie", "en": "Academy"},
            number=3,
            variants=ALL_VARIANTS,
            settings=NotebookSettings(),
        )
    )
    files: dict[str, bytes] = field(factory=dict)
    made: dict[str, bytes] = field(factory=dict)
    claimed: frozenset[str] = frozenset()
    templates: dict[str, bytes] = field(factory=dict)
    memory: dict[str, bytes] | None = None

    def plan(self, deck: str | bytes) -> JobRequest:
        (request,) = self.requests(deck)
        return request

    def requests(self, deck: str | bytes) -> list[JobRequest]:
        data = deck if isinstance(deck, bytes) else deck.encode()
        source = self._write("slides", self.name, data)
        context = evolve(
            self.context,
            topic_files=(
                *(self._write("slides", *item) for item in self.files.items()),
                *(JobInput(name, f"maker:{name}", "made") for name in self.made),
            ),
            claimed=self.claimed,
            templates=tuple(self._write("templates", *item) for item in self.templates.items()),
        )
        file = SourceFile(
            source.path, PurePosixPath(self.name), f"slides/{self.name}", source.digest
        )
        return list(clm_job_types()[0].plan(file, context))

    def convert(self, deck: str | bytes) -> Result:
        request = self.plan(deck)
        (job_type,) = clm_job_types()
        payload = load_payload(job_type, dump_payload(job_type, request.payload))
        folder = self.folder / "job"
        shutil.rmtree(folder, ignore_errors=True)
        digests = {}
        for file in request.inputs:
            data = self._bytes_of(file)
            digests[file.name] = hashlib.sha256(data).hexdigest()
            target = folder / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        names = tuple(output.name for output in request.outputs)
        job = Job(
            folder,
            request.source,
            names,
            "test",
            is_cancelled=lambda: False,
            input_digests=digests,
            memo=compute_always if self.memory is None else self._remembered,
        )
        result = self.worker.convert(payload, job)
        assert set(result.outputs) == set(names)
        return result

    def _bytes_of(self, file: Input) -> bytes:
        if isinstance(file, FileInput):
            return file.path.read_bytes()
        return self.made[file.producer.removeprefix("maker:")]

    def outputs(self, deck: str | bytes) -> Mapping[str, str]:
        outputs = self.convert(deck).outputs
        return {name: data.decode() for name, data in outputs.items() if isinstance(data, bytes)}

    def only(self, *variants: Variant, **changes: Any) -> DeckTopic:
        """Restrict the plan to these variants, and return the topic."""
        self.context = evolve(self.context, variants=variants, **changes)
        return self

    def _remembered(self, parts: Any, compute: Callable[[], bytes]) -> bytes:
        assert self.memory is not None
        key = canonical_json(parts)
        if key not in self.memory:
            self.memory[key] = compute()
        return self.memory[key]

    def _write(self, base: str, name: str, data: bytes) -> FileInput:
        path = self.folder / base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return FileInput(name, path, digest_file(path))


@pytest.fixture(scope="session")
def worker() -> Iterator[NotebookWorker]:
    worker = NotebookWorker()
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture(scope="session")
def topic_in(worker: NotebookWorker) -> Callable[[Path], DeckTopic]:
    """Create a topic in a folder; for fixtures with a wider scope than a test."""
    return lambda folder: DeckTopic(folder, worker)


@pytest.fixture
def topics(tmp_path: Path, worker: NotebookWorker) -> Callable[[], DeckTopic]:
    """Create topics, each in its own folder."""
    made: list[DeckTopic] = []

    def make() -> DeckTopic:
        made.append(DeckTopic(tmp_path / str(len(made)), worker))
        return made[-1]

    return make


@pytest.fixture
def topic(topics: Callable[[], DeckTopic]) -> DeckTopic:
    return topics()
