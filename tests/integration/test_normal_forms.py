"""Courses whose names are in one Unicode normal form on disk and in the other elsewhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from clm_program import run_clm
from course_folder import CourseFolder, messages

from clm.builder.options import BuildFilter
from clm.builder.validation.course import validate_course
from clm.errors import Severity
from clm.plugins import PluginRegistry

pytestmark = pytest.mark.integration

Form = Callable[[str], str]


def composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.fixture(params=[(composed, decomposed), (decomposed, composed)], ids=["nfc", "nfd"])
def forms(request: pytest.FixtureRequest) -> tuple[Form, Form]:
    """The form of the names on disk, and that of the spec and the command line."""
    pair: tuple[Form, Form] = request.param
    return pair


@pytest.fixture
def umlauts(new_course: Callable[[str], CourseFolder], forms: tuple[Form, Form]) -> CourseFolder:
    stored, other = forms
    course = new_course(stored("Übungen"))
    course.add(f"{stored('einführung')}/{stored('größe.shout')}", "one\n")
    course.add("loops/two.shout", "two\n")
    for folder in ("Daten für alle", "gemeinsam für/Ä"):
        (course.path / stored(folder)).mkdir(parents=True)
        (course.path / stored(folder) / stored("maß.csv")).write_text("1")
    course.spec.write_text(
        other(
            "name: {de: Übung, en: Exercise}\n"
            "sections:\n"
            "  - name: {de: Wöche, en: Week}\n"
            "    topics:\n"
            "      - {id: einführung, includes: [gemeinsam für/Ä]}\n"
            "      - loops\n"
            "dir-groups: [{name: Daten, path: Daten für alle}]\n"
        ),
        encoding="utf-8",
    )
    return course


def test_spec_names_found(umlauts: CourseFolder) -> None:
    report = umlauts.build(backend="inline")

    assert report.ok, messages(report)
    assert umlauts.texts("größe.txt") | umlauts.texts(decomposed("größe.txt")) == {"ONE\n"}
    paths = {unicodedata.normalize("NFC", path) for path in umlauts.outputs()}
    assert any(path.endswith("/Daten/maß.csv") for path in paths)
    assert any(path.endswith("/Ä/maß.csv") for path in paths)


def test_used_topic_not_reported(umlauts: CourseFolder) -> None:
    problems = validate_course(umlauts.spec, PluginRegistry.load()).diagnostics

    assert [p.message for p in problems if p.severity is not Severity.INFO] == []


@pytest.mark.parametrize(
    ("name", "jobs"),
    [
        ("einführung", 1),
        ("Wöche", 2),
        ("slides/module_100_tests/topic_100_einführung/größe.shout", 1),
        ("{folder}/slides/module_100_tests/topic_100_einführung/größe.shout", 1),
    ],
)
def test_only_takes_either_form(
    umlauts: CourseFolder, forms: tuple[Form, Form], name: str, jobs: int
) -> None:
    name = name.replace("{folder}", str(umlauts.path))
    for form in forms:
        report = umlauts.build(backend="inline", filter=BuildFilter(only=(form(name),)))

        assert report.ok
        assert len(report.jobs) == jobs
        assert "größe.shout" in {composed(job.source).rpartition("/")[2] for job in report.jobs}


def test_spec_argument_takes_either_form(umlauts: CourseFolder, forms: tuple[Form, Form]) -> None:
    _, other = forms
    folder = umlauts.path.parent / other(umlauts.path.name)

    built = run_clm("build", folder / "course.yaml", "-d", folder, cwd=umlauts.path.parent)
    status = run_clm("status", folder / "course.yaml", cwd=umlauts.path.parent)

    assert (built.returncode, status.returncode) == (0, 0), built.stderr + status.stderr
    assert "%" not in built.stdout + built.stderr


def test_target_names_take_either_form(umlauts: CourseFolder, forms: tuple[Form, Form]) -> None:
    stored, other = forms
    with umlauts.spec.open("a", encoding="utf-8") as file:
        file.write(f"output-targets: [{{name: {other('Prüfung')}, path: out/exam}}]\n")

    report = umlauts.build(backend="inline", filter=BuildFilter(targets=(stored("Prüfung"),)))

    assert report.ok
    assert [place.target for place in report.outputs] == [other("Prüfung")]
