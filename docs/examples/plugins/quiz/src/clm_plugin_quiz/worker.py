"""The converter: reads questions and writes Moodle XML."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from attrs import define, field
from clm import ConversionError, Job, Place, Result, Worker

from clm_plugin_quiz.plugin import QuizPayload


@define
class Question:
    text: str
    place: Place
    answers: dict[str, bool] = field(factory=dict)


class QuizWorker(Worker):
    def convert(self, payload: QuizPayload, job: Job) -> Result:
        quiz = Element("quiz")
        category = SubElement(quiz, "question", type="category")
        # A single slash would begin a category of its own.
        add_text(category, "category", "$course$/top/" + payload.category.replace("/", "//"))
        for source in payload.sources:
            for question in questions(job.folder / source, source):
                add_question(quiz, question)
        indent(quiz)
        return Result({"xml": tostring(quiz, encoding="utf-8", xml_declaration=True)})


def questions(file: Path, source: str) -> Iterator[Question]:
    question = None
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        mark, text = line[:1], line[1:].strip()
        if mark == "?":
            if question is not None:
                yield checked(question)
            question = Question(text, Place(source, number))
        elif mark in ("+", "-") and question is not None:
            question.answers[text] = mark == "+"
        elif line.strip():
            raise ConversionError(
                "neither a question nor an answer",
                place=Place(source, number),
                excerpt=line,
                hint="begin the line with `?`, `+` or `-`",
            )
    if question is not None:
        yield checked(question)


def checked(question: Question) -> Question:
    if True not in question.answers.values():
        raise ConversionError("the question has no right answer", place=question.place)
    return question


def add_question(quiz: Element, question: Question) -> None:
    element = SubElement(quiz, "question", type="multichoice")
    add_text(element, "name", question.text[:80])
    add_text(element, "questiontext", question.text, format="plain_text")
    right = sum(question.answers.values())
    SubElement(element, "single").text = "true" if right == 1 else "false"
    for text, is_right in question.answers.items():
        share = f"{100 / right:.5f}" if is_right else "0"
        add_text(element, "answer", text, fraction=share, format="plain_text")


def add_text(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(SubElement(parent, name, attributes), "text").text = text
