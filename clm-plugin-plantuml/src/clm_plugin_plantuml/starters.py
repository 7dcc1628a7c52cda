"""Starter diagram of new courses."""

from __future__ import annotations

from attrs import frozen

from clm import Starter, StarterFiles, StarterPicture, StarterRequest

_NAME = "dialogue"


@frozen(repr=False)
class _Texts:
    student: str
    program: str
    question: str
    answer: str
    shown: str


_TEXTS = {
    "de": _Texts("Sie", "Programm", "Frage", "Antwort", "Eine Frage und ihre Antwort"),
    "en": _Texts("You", "Program", "Question", "Answer", "A question and its answer"),
}

_SOURCE = """\
@startuml
actor "{student}" as student
participant "{program}" as program
student -> program : {question}
student <-- program : {answer}
@enduml
"""


def starters() -> list[Starter]:
    return [Starter("sequence-diagram", make_diagram, checks=("Java", "PlantUML", "fonts"))]


def make_diagram(request: StarterRequest) -> StarterFiles:
    """A sequence diagram; one for each language where the course has several."""
    files: dict[str, str | bytes] = {}
    pictures = []
    single = len(request.languages) == 1
    for language in request.languages:
        texts = _TEXTS.get(language.partition("-")[0], _TEXTS["en"])
        name = _NAME if single else f"{_NAME}.{language}"
        files[f"pu/{name}.pu"] = _SOURCE.format(
            student=texts.student,
            program=texts.program,
            question=texts.question,
            answer=texts.answer,
        )
        pictures.append(StarterPicture(f"img/{name}.png", texts.shown, language))
    return StarterFiles(files, tuple(pictures))
