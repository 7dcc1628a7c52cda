"""Paths of the outputs."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from clm.course.output_tree import (
    check_formats,
    default_output_folder,
    language_root,
    language_roots,
    output_variants,
)
from clm.course.spec import KINDS, CourseSpec, LanguageSpec, OutputTargetSpec, SectionSpec
from clm.course.syntax.reader import load_spec
from clm.errors import Place, SpecError
from clm.jobs.planning import Format

HTML = Format("html", "Html")
SLIDES = Format("ipynb", "Notebooks")
CODE = Format("code", {"python": "Python", "csharp": "CSharp", "": "Code"}, ("completed",))
SECTION = SectionSpec({"de": "Woche 1: Los!", "en": "Week 1"}, ())


def course(*targets: OutputTargetSpec, prog_lang: str = "python") -> CourseSpec:
    name = {"de": "Mein Kurs", "en": "My C#"}
    return CourseSpec(name, (SECTION,), prog_lang=prog_lang, output_targets=targets)


def target(path: str = "out/x", **more) -> OutputTargetSpec:
    return OutputTargetSpec(PurePosixPath(path), **more)


def directories(spec: CourseSpec, *formats: Format) -> list[str]:
    return [str(variant.directory) for variant in output_variants(spec, SECTION, formats)]


def test_default_tree_has_fourteen_variants() -> None:
    assert directories(course(), HTML, SLIDES, CODE) == [
        "public/De/Mein Kurs/Folien/Html/Code-Along/Woche 1 Los",
        "public/De/Mein Kurs/Folien/Html/Completed/Woche 1 Los",
        "speaker/De/Mein Kurs/Folien/Html/Speaker/Woche 1 Los",
        "public/De/Mein Kurs/Folien/Notebooks/Code-Along/Woche 1 Los",
        "public/De/Mein Kurs/Folien/Notebooks/Completed/Woche 1 Los",
        "speaker/De/Mein Kurs/Folien/Notebooks/Speaker/Woche 1 Los",
        "public/De/Mein Kurs/Folien/Python/Completed/Woche 1 Los",
        "public/En/My CSharp/Slides/Html/Code-Along/Week 1",
        "public/En/My CSharp/Slides/Html/Completed/Week 1",
        "speaker/En/My CSharp/Slides/Html/Speaker/Week 1",
        "public/En/My CSharp/Slides/Notebooks/Code-Along/Week 1",
        "public/En/My CSharp/Slides/Notebooks/Completed/Week 1",
        "speaker/En/My CSharp/Slides/Notebooks/Speaker/Week 1",
        "public/En/My CSharp/Slides/Python/Completed/Week 1",
    ]


def test_teaching_kinds_not_public() -> None:
    variants = output_variants(course(target(kinds=KINDS)), SECTION, [HTML])
    private = {variant.kind for variant in variants if not variant.public}
    assert private == {"speaker", "trainer", "recording", "recording-code-along"}
    assert {v.kind for v in variants if v.public} == {"code-along", "completed", "partial"}


@pytest.mark.parametrize(("prog_lang", "folder"), [("csharp", "CSharp"), ("rust", "Code")])
def test_course_prog_lang_code_folder(prog_lang: str, folder: str) -> None:
    paths = directories(course(prog_lang=prog_lang), CODE)
    assert len(paths) == 2
    assert all(f"/{folder}/" in path for path in paths)


def test_topic_prog_lang_code_folder() -> None:
    variants = output_variants(course(), SECTION, [CODE], "csharp")
    assert len(variants) == 2
    assert all("/CSharp/" in str(variant.directory) for variant in variants)


def test_language_spec_sets_folders() -> None:
    french = LanguageSpec("fr", "Français", "Diapositives")
    spec = CourseSpec({"fr": "Cours"}, (), languages=("fr",), language_specs={"fr": french})
    section = SectionSpec({"fr": "Semaine"}, ())
    (variant,) = output_variants(spec, section, [CODE])
    folder = "public/Français/Cours/Diapositives/Python/Completed/Semaine"
    assert str(variant.directory) == folder
    assert str(language_root(spec, "fr")) == "public/Français/Cours"


def test_unspecified_language_named_by_code() -> None:
    spec = CourseSpec({"fr": "Cours"}, (), languages=("fr",))
    (variant,) = output_variants(spec, SectionSpec({"fr": "S"}, ()), [CODE])
    assert str(variant.directory) == "public/Fr/Cours/Slides/Python/Completed/S"


def test_optional_kinds_only_on_request() -> None:
    further = {"trainer", "recording", "partial"}
    assert further.isdisjoint(v.kind for v in output_variants(course(target()), SECTION, [HTML]))
    asked = course(target(kinds=tuple(sorted(further))))
    assert {v.kind for v in output_variants(asked, SECTION, [HTML])} == further


def test_output_targets_replace_default_tree() -> None:
    spec = course(target(languages=("de",), kinds=("completed",), formats=("html",)))
    assert directories(spec, HTML, SLIDES, CODE) == [
        "out/x/De/Mein Kurs/Folien/Html/Completed/Woche 1 Los"
    ]


def test_unlimited_target_matches_default_tree() -> None:
    assert len(directories(course(target()), HTML, SLIDES, CODE)) == 14


def test_named_format_gets_named_kinds() -> None:
    spec = course(target(kinds=("code-along",), formats=("code",)))
    assert len(directories(spec, HTML, CODE)) == 2


def test_unnamed_format_keeps_own_kinds() -> None:
    assert directories(course(target(kinds=("code-along",))), CODE) == []


def test_non_default_format_on_request() -> None:
    pdf = Format("pdf", "Pdf", default=False)
    assert directories(course(), pdf) == []
    assert directories(course(target(kinds=("completed",))), pdf) == []
    assert len(directories(course(target(formats=("pdf",))), pdf)) == 6


def test_targets_add_up() -> None:
    spec = course(target("a", formats=("html",)), target("b", formats=("html",)))
    assert len(directories(spec, HTML)) == 12


def test_unknown_target_format_rejected(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(
        "name: K\nsections: [{name: W, topics: [a]}]\n"
        "output-targets:\n- path: a\n  formats:\n  - html\n  - htlm\n"
    )
    with pytest.raises(SpecError) as caught:
        check_formats(load_spec(path), ["html", "code"])
    (problem,) = caught.value.problems
    assert (problem.excerpt, problem.place) == ("htlm", Place(str(path), 7, 5))
    assert problem.hint == "did you mean 'html'? allowed: code, html"


def test_unknown_kind_rejected(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(
        "name: K\nsections: [{name: W, topics: [a]}]\n"
        "output-targets:\n- path: a\n  kinds:\n  - exam\n  - examm\n"
    )
    with pytest.raises(SpecError) as caught:
        check_formats(load_spec(path), [], ["exam"])
    (problem,) = caught.value.problems
    assert (problem.excerpt, problem.place) == ("examm", Place(str(path), 7, 5))
    assert problem.hint is not None
    assert problem.hint.startswith("did you mean 'exam'? allowed: code-along, ")


@pytest.mark.parametrize(
    "more",
    [
        "defaults: {formats: [htlm]}\nsections: [{name: W, topics: [a]}]",
        "sections: [{name: W, defaults: {formats: [htlm]}, topics: [a]}]",
        "sections: [{name: W, topics: [{id: a, formats: [htlm]}]}]",
    ],
)
def test_unknown_format_outside_targets_rejected(tmp_path: Path, more: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(f"name: K\n{more}\n")
    with pytest.raises(SpecError, match="'htlm'"):
        check_formats(load_spec(path), ["html"])


def test_offered_formats_accepted() -> None:
    check_formats(course(target(formats=("html",))), ["html"])


def test_language_root_is_course_folder() -> None:
    assert language_root(course(), "de") == PurePosixPath("public/De/Mein Kurs")
    assert language_root(course(), "en", target("t")) == PurePosixPath("t/En/My CSharp")


def test_language_roots_are_public() -> None:
    spec = course(target("a", kinds=("speaker",)), target("b", languages=("en",)))
    assert [str(root.path) for root in language_roots(spec)] == ["b/En/My CSharp"]
    assert [root.language for root in language_roots(course())] == ["de", "en"]


def test_default_output_folder() -> None:
    assert default_output_folder(course()) == PurePosixPath("output")
    assert default_output_folder(course(target())) == PurePosixPath()
