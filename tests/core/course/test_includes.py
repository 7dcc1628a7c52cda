"""Files included from elsewhere in the course."""

from __future__ import annotations

import pytest

from clm.course.course import Course
from clm.course.syntax.reader import load_spec
from clm.errors import SpecError

INTRO = "slides/module_1/topic_100_intro/slides_intro.py"
PACKAGE = {"shared/pkg/__init__.py": "", "shared/pkg/deep/tools.py": "TOOLS = 1\n"}


def files(course: Course) -> dict[str, str]:
    """The first topic's files: paths in the topic, mapped to paths in the data folder."""
    topic = course.sections[0].topics[0]
    return {str(f.topic_path): f.path.relative_to(course.data_dir).as_posix() for f in topic.files}


def topic(include: str) -> str:
    return f"[{{id: intro, includes: [{include}]}}]"


def test_included_folder_keeps_name(make_course) -> None:
    course = make_course({INTRO: "", **PACKAGE}, topic("shared/pkg"))
    assert files(course) == {
        "pkg/__init__.py": "shared/pkg/__init__.py",
        "pkg/deep/tools.py": "shared/pkg/deep/tools.py",
        "slides_intro.py": INTRO,
    }


def test_as_renames_included_file(make_course) -> None:
    course = make_course(
        {INTRO: "", **PACKAGE}, topic("{source: shared/pkg/deep/tools.py, as: lib/t.py}")
    )
    assert files(course)["lib/t.py"] == "shared/pkg/deep/tools.py"


def test_single_file_topic_has_includes(make_course) -> None:
    deck = "slides/module_1/topic_100_intro.py"
    course = make_course({deck: "", **PACKAGE}, topic("shared/pkg/deep"))
    assert files(course) == {
        "deep/tools.py": "shared/pkg/deep/tools.py",
        "topic_100_intro.py": deck,
    }


def test_included_file_course_path(make_course) -> None:
    course = make_course({INTRO: "", **PACKAGE}, topic("shared/pkg/deep"))
    paths = [file.course_path for file in course.sections[0].topics[0].files]
    assert "slides/module_1/topic_100_intro/deep/tools.py" in paths


def test_section_include_in_all_topics(make_course) -> None:
    source = "slides/module_1/topic_200_other/slides_other.py"
    course = make_course(
        {INTRO: "", source: "", **PACKAGE}, "[intro, other]\n    includes: [shared/pkg/deep]"
    )
    intro, other = course.sections[0].topics
    for topic in (intro, other):
        assert "deep/tools.py" in {str(file.topic_path) for file in topic.files}


def test_topic_include_overrides_section(make_course) -> None:
    course = make_course(
        {INTRO: "", "a.py": "a", "b.py": "b"},
        topic("{source: b.py, as: x.py}") + "\n    includes: [{source: a.py, as: x.py}]",
    )
    assert files(course)["x.py"] == "b.py"


def test_own_file_wins_with_warning(make_course) -> None:
    own = "slides/module_1/topic_100_intro/pkg/deep/tools.py"
    course = make_course({INTRO: "", **PACKAGE, own: "OWN = 1\n"}, topic("shared/pkg"))
    assert files(course)["pkg/deep/tools.py"] == own
    (warning,) = course.warnings
    assert "'pkg/deep/tools.py' of its own" in warning.message
    assert (warning.place.line, warning.excerpt) == (4, "shared/pkg")


def test_no_warning_for_identical_file(make_course) -> None:
    own = "slides/module_1/topic_100_intro/pkg/deep/tools.py"
    course = make_course({INTRO: "", **PACKAGE, own: "TOOLS = 1\n"}, topic("shared/pkg"))
    assert course.warnings == ()


def test_legacy_include_ledger_ignored(make_course) -> None:
    ledger = "slides/module_1/topic_100_intro/.clm-include"
    course = make_course({INTRO: "", ledger: "{}"})
    assert list(files(course)) == ["slides_intro.py"]


def test_missing_source_reported(make_course) -> None:
    with pytest.raises(SpecError) as caught:
        make_course({INTRO: ""}, topic("{source: shared/gone}"))
    (problem,) = caught.value.problems
    assert "the include 'shared/gone' does not exist" in problem.message
    assert problem.place.line == 4


def test_missing_optional_source_ignored(make_course) -> None:
    course = make_course({INTRO: ""}, topic("{source: shared/gone, optional: true}"))
    assert list(files(course)) == ["slides_intro.py"]


@pytest.mark.parametrize("source", ["slides", "slides/module_1/topic_100_intro"])
def test_topic_cannot_include_itself(make_course, source: str) -> None:
    with pytest.raises(SpecError, match="would include itself"):
        make_course({INTRO: ""}, topic(source))


@pytest.mark.parametrize(
    ("include", "message"),
    [
        ("..", "leaves its folder"),
        ("{source: /etc/passwd}", "absolute"),
        ("{source: x, as: ../y}", "leaves its folder"),
        (".", "as a whole"),
        ("{source: x, as: .}", "as a whole"),
        ("{as: y}", "'source' is missing"),
        ("x/a, y/a", "both included as 'a'"),
    ],
)
def test_invalid_include_rejected(problems, include: str, message: str) -> None:
    spec = f"name: K\nsections: [{{name: W, topics: {topic(include)}}}]\n"
    (problem,) = problems(spec)
    assert message in problem.message


def test_external_symlink_not_included(make_course, tmp_path_factory) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.txt"
    secret.write_text("secret")
    course = make_course({INTRO: "", "shared/a.txt": ""})
    (course.data_dir / "shared" / "link.txt").symlink_to(secret)
    spec = course.data_dir / "course.yaml"
    text = spec.read_text(encoding="utf-8").replace("[intro]", topic("shared"))
    spec.write_text(text, encoding="utf-8")
    course = Course.load(load_spec(spec))
    assert "shared/link.txt" not in files(course)
    assert any("leads out of the course" in str(warning) for warning in course.warnings)


def test_topics_inherit_defaults(
    make_course,
) -> None:
    other = "slides/module_1/topic_200_other/slides_other.py"
    course = make_course(
        {INTRO: "", other: ""},
        "[intro, {id: other, evaluate: true, formats: [code]}]\n    defaults: {skip-errors: true}",
        "defaults: {evaluate: false, skip-errors: false, formats: [html]}\n",
    )
    first, second = (found.spec for found in course.sections[0].topics)
    assert first.options == {"evaluate": False, "skip-errors": True}
    assert (first.has_format("html"), first.has_format("code")) == (True, False)
    assert second.options == {"evaluate": True, "skip-errors": True}
    assert (second.has_format("html"), second.has_format("code")) == (False, True)


def test_any_html_value_excludes_html(make_course) -> None:
    course = make_course({INTRO: ""}, "[{id: intro, html: no}]")
    spec = course.sections[0].topics[0].spec
    assert (spec.has_format("html"), spec.has_format("notebook")) == (False, True)


def test_affirmative_html_value_warns(make_course) -> None:
    course = make_course({INTRO: ""}, "[{id: intro, html: yes}]")
    (warning,) = course.warnings
    assert "excludes HTML" in warning.message


def test_overlong_source_reported_missing(make_course) -> None:
    with pytest.raises(SpecError, match="does not exist"):
        make_course({INTRO: ""}, topic("x" * 300))
