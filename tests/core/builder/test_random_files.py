"""Random files in a course: what a build refuses, validate finds, and the other way round.

`CLM_RANDOM_FILES` sets the number of examples.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from course_folder import CourseFolder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clm.builder.validation.course import validate_course
from clm.errors import ClmError, Severity
from clm.plugins import PluginRegistry

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse these files"),
]

EXAMPLES = int(os.environ.get("CLM_RANDOM_FILES", 8))
examples = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
DECK = """\
# j2 from 'macros.j2' import header
# {{ header("Titel", "Title") }}

# %% [markdown] lang="de" tags=["slide"]
# ## Eins und [Link](data.csv)

# %% [markdown] lang="en" tags=["slide"]
# ## One

# %% tags=["keep"]
print(1)

# %% [markdown] lang="en" tags=["notes"]
# A note

# %% tags=["start"]
x = 1

# %% tags=["completed"]
x = 2
"""
PIECES = (
    *("# %%", "# %% [markdown]", ' lang="de"', ' tags=["', "slide", "notez", '"]', "{{ 1 }}"),
    *("{% for", "{{", "%}", "# j2 include 'x'", "\0", "\ufeff", "\r", "<script>", "![](no.png)"),
    *("[x](no.csv)", "$$", "```", "'" * 3, "\u202e", "\x1b[2J", "# %% [raw]", "%%bash", "\n\n"),
)


def link_to(target: str) -> Callable[[Path], object]:
    return lambda path: path.symlink_to(target)


KINDS: dict[str, Callable[[Path], object]] = {
    "file": lambda path: path.write_bytes(b"x\n"),
    "empty": lambda path: path.write_bytes(b""),
    "folder": lambda path: path.mkdir(),
    "deep folder": lambda path: (path / "a" / "b" / "c").mkdir(parents=True),
    "fifo": lambda path: os.mkfifo(path),
    "broken link": link_to("nowhere"),
    "loop": link_to("."),
    "own link": lambda path: path.symlink_to(path.name),
    "link above": link_to("../.."),
    "device": link_to("/dev/zero"),
    "link out": link_to("/etc/hostname"),
}


def errors(found: object) -> set[str]:
    return {d.message for d in found if d.severity is Severity.ERROR}  # type: ignore[attr-defined]


def assert_alike(course: CourseFolder) -> None:
    found = errors(validate_course(course.spec, PluginRegistry.load()).diagnostics)
    try:
        report = course.build(backend="inline")
    except ClmError as error:
        refused = errors(error.diagnostics)
    else:
        refused = errors([*report.problems, *(d for job in report.jobs for d in job.diagnostics)])
    assert refused <= found, (found, refused)
    assert bool(found) == bool(refused), (found, refused)


@pytest.fixture
def empty(tmp_path_factory: pytest.TempPathFactory, shout: Path) -> Callable[[], CourseFolder]:
    def make() -> CourseFolder:
        folder = tmp_path_factory.mktemp("alone") / "course"
        folder.mkdir()
        return CourseFolder(folder)

    return make


@examples
@given(
    files=st.lists(
        st.tuples(
            st.sampled_from(list(KINDS)),
            st.sampled_from(
                ["a", "a.shout", "A.SHOUT", "x.csv", "in", "İ", "i\u0307", "a.shout.txt"]
            )
            | st.text(st.characters(exclude_characters="/\0", codec=None), min_size=1, max_size=9),
            st.sampled_from(["", "in", "in/deep"]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_random_files_found_by_both(
    empty: Callable[[], CourseFolder], files: list[tuple[str, str, str]]
) -> None:
    course = empty()
    topic = course.add("a/a.shout", "a\n").parent
    course.add("b/b.shout", "b\n")
    for kind, name, below in files:
        path = topic / below / os.fsdecode(name.encode(errors="surrogatepass"))
        if os.path.lexists(path):
            continue  # writing to a FIFO would wait for its reader
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            KINDS[kind](path)
        except OSError:
            continue  # one of its folders is no folder
    assert_alike(course)
    assert course.texts("b.txt") == {"B\n"}


@examples
@given(seed=st.integers(0, 2**32))
def test_random_deck_found_by_both(
    empty: Callable[[], CourseFolder], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "notebook")
    course, chance, text = empty(), random.Random(seed), DECK
    course.settings = {"notebook": {"evaluate": False}}
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(text))
        end = start + chance.choice([0, 0, 1, 5, 20])
        text = text[:start] + chance.choice(PIECES) + text[end:]
    course.add("a/slides_a.py", text)
    course.add("a/data.csv", "1\n")
    assert_alike(course)
