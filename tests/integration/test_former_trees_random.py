"""Random changes of a course's output targets: outputs are those of a clean build, in each tree."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from course_folder import CourseFolder, messages
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from clm.builder.options import BuildFilter

pytestmark = [pytest.mark.integration, pytest.mark.slow]

PATHS = ("output", "output/public", "output/students", "output/a/b", "public", "out", "out/a")
KINDS = ("code-along", "completed", "speaker")
FILES = {"intro/one.shout": "one\n", "intro/data.csv": "1\n", "loops/two.shout": "two\n"}
FOREIGN = "mine.txt"

targets = st.lists(
    st.builds(
        lambda path, kinds, language: f"{{path: {path}, kinds: [{', '.join(kinds)}]{language}}}",
        st.sampled_from(PATHS),
        st.lists(st.sampled_from(KINDS), min_size=1, unique=True),
        st.sampled_from(["", ", languages: [en]", ", languages: [de]"]),
    ),
    max_size=3,
).map(lambda items: f"[{', '.join(items)}]" if items else "")
# The folder of `--output-dir`, and whether only one language is built.
steps = st.tuples(targets, st.sampled_from(["", "", "", ".", "output", "chosen"]), st.booleans())


def outputs(course: CourseFolder) -> dict[str, bytes]:
    """All files but the sources, CLM's own and the author's."""
    found = course.outputs(course.path)
    return {
        path: data
        for path, data in found.items()
        if not path.startswith(("slides/", ".clm/")) and path != "course.yaml"
        and not path.endswith(FOREIGN)
    }  # fmt: skip


def clean(folder: Path, output_targets: str, chosen: str) -> dict[str, bytes]:
    """The outputs of a course in a new folder."""
    course = CourseFolder(folder, output_targets=output_targets)
    for name, text in FILES.items():
        course.add(name, text)
    course.build(backend="inline", output_dir=folder / chosen if chosen else None)
    return outputs(course)


def test_random_changes_match_clean_build(
    new_course: Callable[[str], CourseFolder], tmp_path: Path
) -> None:
    numbers = itertools.count()

    @settings(
        max_examples=30,
        deadline=None,
        phases=[Phase.generate],  # a script is short enough to be understood
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(steps, min_size=2, max_size=6))
    def change(script: list[tuple[str, str, bool]]) -> None:
        number = next(numbers)
        course = new_course(f"course-{number}")
        for name, text in FILES.items():
            course.add(name, text)
        chosen_trees: dict[str, bytes] = {}
        by_folder: dict[str, set[str]] = {}
        by_default = set[str]()
        mine = set[Path]()
        for at, (output_targets, chosen, is_part) in enumerate(script):
            course.output_targets = output_targets
            course.write_spec()
            before = outputs(course)
            part = BuildFilter(languages=("de",)) if is_part else BuildFilter()
            folder = course.path / chosen if chosen else None
            report = course.build(backend="inline", output_dir=folder, filter=part)
            assert report.ok, messages(report)
            now = outputs(course)
            expected = clean(tmp_path / f"clean-{number}-{at}", output_targets, chosen)
            if is_part:
                assert before.items() <= now.items()
            else:
                assert expected.items() <= now.items()
            if chosen in ("", "." if output_targets else "output"):
                by_default |= expected.keys()
            elif not is_part:
                by_folder[chosen] = set(expected)
            for paths in by_folder.values():
                assert paths - by_default <= now.keys()
            if chosen:
                chosen_trees |= expected
            elif not is_part:
                assert now.keys() - expected.keys() <= chosen_trees.keys()
            if now:
                mine.add(course.path / min(now).rpartition("/")[0] / FOREIGN)
            for path in mine:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("mine")
        assert all(path.read_text() == "mine" for path in mine)

    change()
