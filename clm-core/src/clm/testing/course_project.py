"""Small courses on disk, built in this process."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import define, field

from clm.builder import BuildListener, BuildOptions, BuildReport, Outcome, build_course

_MODULE = "slides/module_100_tests"
_REAL = ("plugins/", "slides/", "templates/")


@define
class CourseProject:
    """A course of one section with a topic for each topic name of its files.

    Files are named `<topic>/<path in the topic>`, or by their paths in the course if these start
    with `slides/`, `templates/` or `plugins/`. `settings` maps plugins to their settings.
    `more_spec` is YAML that is appended to the spec. `backend` is the default backend of builds:
    `inline` runs jobs in this process, `sqlite` in worker processes.
    """

    path: Path
    more_spec: str = ""
    settings: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    backend: str = "inline"
    _topics: dict[str, None] = field(factory=dict)
    _age: int = 0

    @property
    def spec(self) -> Path:
        """The course spec."""
        return self.path / "course.yaml"

    @property
    def own(self) -> Path:
        """The folder with the databases."""
        return self.path / ".clm"

    def add(self, name: str, text: str | bytes) -> Path:
        """Write a file of the course and add its topic to the spec; return the file's path."""
        path = self.path_of(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        # Old enough for its digest to be cached, and different on each call.
        self._age += 1
        moment = time.time() - 1000 + self._age
        os.utime(path, (moment, moment))
        if not name.startswith(_REAL):
            self._topics[name.partition("/")[0]] = None
        self.write_spec()
        return path

    def remove(self, name: str) -> None:
        """Remove a file of the course."""
        self.path_of(name).unlink()

    def path_of(self, name: str) -> Path:
        """Return the path of a file of the course."""
        if name.startswith(_REAL):
            return self.path / name
        topic, _, rest = name.partition("/")
        return self.path / _MODULE / f"topic_100_{topic}" / rest

    def write_spec(self) -> None:
        """Rewrite the spec with the current topics and settings."""
        plugins = f"plugins: {json.dumps(dict(self.settings))}\n" if self.settings else ""
        self.spec.write_text(
            "name: {de: Kurs, en: Course}\n"
            "sections:\n"
            "  - name: {de: Woche, en: Week}\n"
            f"    topics: [{', '.join(self._topics)}]\n{plugins}{self.more_spec}",
            encoding="utf-8",
        )

    def build(self, listener: BuildListener | None = None, **options: Any) -> BuildReport:
        """Build the course; `options` are fields of `clm.builder.BuildOptions`."""
        values = {"spec_path": self.spec, "jobs": 1, "backend": self.backend, **options}
        return build_course(BuildOptions(**values), listener or BuildListener())

    def outputs(self, folder: Path | None = None) -> dict[str, bytes]:
        """Return the contents of all files in the output folder by relative path."""
        root = folder or self.path / "output"
        return {p.relative_to(root).as_posix(): p.read_bytes() for p in files_below(root)}

    def texts(self, name: str) -> set[str]:
        """Return the contents of all outputs whose paths end with `name`."""
        return {data.decode() for path, data in self.outputs().items() if path.endswith(name)}


def outcomes(report: BuildReport) -> dict[str, Outcome]:
    """Return the outcomes of the jobs by the names of their sources."""
    return {job.source.rpartition("/")[2]: job.outcome for job in report.jobs}


def messages(report: BuildReport) -> str:
    """Return all diagnostics of a build, one per line."""
    of_jobs = [d for job in report.jobs for d in job.diagnostics]
    return "\n".join(str(d) for d in (*of_jobs, *report.problems))


def files_below(folder: Path) -> Iterator[Path]:
    """Return all files below the folder, sorted."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
