"""A topic with diagrams, planned and converted without a queue."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath

from attrs import define, evolve, field

from clm import FileInput, Job, JobRequest, PlanContext, Result, SourceFile
from clm.jobs.envelope import dump_payload, load_payload
from clm.jobs.key import digest_file
from clm_plugin_plantuml.payload import PlantUmlSettings
from clm_plugin_plantuml.plugin import clm_job_types
from clm_plugin_plantuml.worker import PlantUmlWorker

FOLDER = "slides/module_100_a/topic_100_b"


@define
class Topic:
    """A topic's folder with its files; `convert` does what a worker does."""

    folder: Path
    worker: PlantUmlWorker
    settings: PlantUmlSettings = field(factory=PlantUmlSettings)
    _jobs: int = 0

    def write(self, name: str, content: str | bytes) -> FileInput:
        path = self.folder / FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return FileInput(name, path, digest_file(path))

    def set(self, **changes: object) -> None:
        self.settings = evolve(self.settings, **changes)

    def requests(self, name: str = "pu/x.pu") -> list[JobRequest]:
        root = self.folder / FOLDER
        files = [path for path in sorted(root.rglob("*")) if path.is_file()]
        inputs = [
            FileInput(path.relative_to(root).as_posix(), path, digest_file(path)) for path in files
        ]
        (source,) = (file for file in inputs if file.name == name)
        context = PlanContext(
            course_name={"de": "Kurs", "en": "Course"},
            section_name={"de": "Woche", "en": "Week"},
            topic_id="b",
            prog_lang="python",
            author="",
            organization={},
            number=0,
            variants=(),
            topic_files=tuple(file for file in inputs if file is not source),
            settings=self.settings,
        )
        file = SourceFile(source.path, PurePosixPath(name), f"{FOLDER}/{name}", source.digest)
        (job_type,) = clm_job_types()
        return list(job_type.plan(file, context))

    def plan(self, name: str = "pu/x.pu") -> JobRequest:
        (request,) = self.requests(name)
        return request

    def convert(self, name: str = "pu/x.pu") -> Result:
        request = self.plan(name)
        (job_type,) = clm_job_types()
        payload = load_payload(job_type, dump_payload(job_type, request.payload))
        self._jobs += 1
        folder = self.folder / f"job-{self._jobs}"
        for file in request.inputs:
            assert isinstance(file, FileInput)
            (folder / file.name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.path, folder / file.name)
        names = tuple(output.name for output in request.outputs)
        job = Job(folder, request.source, names, "test", is_cancelled=lambda: False)
        result = self.worker.convert(payload, job)
        assert set(result.outputs) == set(names)
        return result

    def pictures(self, name: str = "pu/x.pu") -> dict[str, bytes]:
        return {n: data for n, data in self.convert(name).outputs.items() if type(data) is bytes}

    def draw(self, text: str) -> bytes:
        """The one picture of a diagram."""
        self.write("pu/x.pu", text)
        (picture,) = self.pictures().values()
        return picture

    def draw_svg(self, text: str) -> str:
        """The one picture of a diagram as SVG text, with ordinary spaces."""
        self.set(format="svg")
        return self.draw(text).decode().replace("\xa0", " ")


def uml(*lines: str) -> str:
    """A diagram of these lines."""
    return "\n".join(("@startuml", *lines, "@enduml", ""))
