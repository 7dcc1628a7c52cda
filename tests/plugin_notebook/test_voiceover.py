"""Voiceover companions: merged into the outputs for speakers, and in no other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from clm import ConversionError, Variant
from clm.builder import Outcome
from clm.testing.course_project import CourseProject, outcomes
from clm_plugin_notebook.payload import DeckFile

DECK = """\
# %% [markdown] lang="de" tags=["slide"] slide_id="sums"
# ## Summen

# %% [markdown] lang="en" tags=["slide"] slide_id="sums"
# ## Sums

# %% tags=["keep"]
1 + 2

# %% [markdown] tags=["subslide"] slide_id="more"
# ## More
"""
COMPANION = """\
# %% [markdown] lang="de" tags=["voiceover"] for_slide="sums"
# SECRET deutsch

# %% [markdown] lang="en" for_slide="sums"
# SECRET english

# %% for_slide="more"
print("SECRET" + " code")
"""
KINDS = ("code-along", "completed", "partial", "trainer", "speaker", "recording")
FORMATS = ("html", "slides", "notebook", "code")


def all_variants(*languages: str) -> tuple[Variant, ...]:
    return tuple(
        Variant(language, kind, form, Path(language, form, kind), kind in KINDS[:3])
        for language in languages or ("de", "en")
        for kind in KINDS
        for form in FORMATS
    )


@pytest.fixture
def spoken(topic: Any) -> Any:
    """A topic with a companion for the deck `slides_a.py`."""
    topic.name = "slides_a.py"
    topic.files = {"voiceover_a.py": COMPANION.encode()}
    return topic.only(*all_variants())


def sources(outputs: Mapping[str, str], name: str) -> list[str]:
    """The first words of the cells of a notebook, without the boxes of voiceovers."""
    cells = json.loads(outputs[name])["cells"]
    return [
        next(line for line in "".join(c["source"]).split("\n") if line and "<div" not in line)
        for c in cells
    ]


def warnings(topic: Any, deck: str = DECK) -> list[Any]:
    return [d for d in topic.convert(deck).diagnostics if "voiceover" in d.message]


def test_voiceover_only_for_speakers(spoken: Any) -> None:
    outputs = spoken.outputs(DECK)

    with_secret = {name.rpartition("/")[2] for name, text in outputs.items() if "SECRET" in text}
    assert with_secret == {"speaker", "recording"}


def test_voiceover_of_its_language(spoken: Any) -> None:
    outputs = spoken.outputs(DECK)

    assert "SECRET deutsch" in outputs["de/html/speaker"]
    assert "SECRET english" not in outputs["de/html/speaker"]
    assert "SECRET english" in outputs["en/slides/recording"]


def test_voiceover_at_end_of_slide(spoken: Any) -> None:
    outputs = spoken.outputs(DECK)

    assert sources(outputs, "de/notebook/speaker") == [
        "## Summen", "1 + 2", "SECRET deutsch", "## More", "```python",
    ]  # fmt: skip


def test_voiceover_code_not_run(spoken: Any) -> None:
    page = spoken.outputs(DECK)["de/html/speaker"]

    assert "SECRET code" not in page
    assert "SECRET" in page


def test_public_outputs_unchanged_by_companion(spoken: Any) -> None:
    with_companion = spoken.outputs(DECK)
    spoken.files = {}
    without = spoken.outputs(DECK)

    public = {name for name in without if name.rpartition("/")[2] in KINDS[:4]}
    assert {n: with_companion[n] for n in public} == {n: without[n] for n in public}


def test_edited_voiceover_runs_nothing(spoken: Any) -> None:
    spoken.memory = {}
    first = spoken.outputs(DECK)
    runs = len(spoken.memory)
    spoken.files["voiceover_a.py"] = COMPANION.replace("SECRET", "NEW").encode()
    second = spoken.outputs(DECK)

    assert len(spoken.memory) == runs
    assert first["de/html/completed"] == second["de/html/completed"]
    assert "NEW deutsch" in second["de/html/speaker"]


def test_code_cannot_read_companion(spoken: Any) -> None:
    deck = DECK + '\n# %% tags=["keep"]\nimport os\nprint(sorted(os.listdir()))\n'

    assert "voiceover" not in spoken.outputs(deck)["de/html/completed"]


@pytest.mark.parametrize("tags", ["", "notes", "slide", "keep", "alt", "workshop", "start"])
def test_any_tag_is_voiceover(spoken: Any, tags: str) -> None:
    header = f"# %% [markdown] tags={json.dumps([tags])}" if tags else "# %% [markdown]"
    spoken.files["voiceover_a.py"] = f'{header} for_slide="sums"\n# SECRET\n'.encode()
    outputs = spoken.outputs(DECK)

    found = {name.rpartition("/")[2] for name, text in outputs.items() if "SECRET" in text}
    assert found == {"speaker", "recording"}


def test_deleted_voiceover_in_no_output(spoken: Any) -> None:
    spoken.files["voiceover_a.py"] = b'# %% [markdown] tags=["del"] for_slide="sums"\n# SECRET\n'
    assert not any("SECRET" in text for text in spoken.outputs(DECK).values())


def test_public_speaker_output_without_voiceover(spoken: Any) -> None:
    variants = (evolve(v, public=True) for v in spoken.context.variants)
    spoken.context = evolve(spoken.context, variants=tuple(variants))
    assert not any("SECRET" in text for text in spoken.outputs(DECK).values())


def test_unknown_slide_warned(spoken: Any) -> None:
    spoken.files["voiceover_a.py"] = (
        b'# %% [markdown] lang="de" for_slide="sum"\n# SECRET\n# %% [markdown]\n# SECRET too\n'
    )
    result = spoken.convert(DECK)

    assert not any(b"SECRET" in data for data in result.outputs.values())
    unknown, unnamed, *_ = [d for d in result.diagnostics if "voiceover" in d.message]
    assert unknown.place.file == "slides/voiceover_a.py"
    assert unknown.place.line == 1
    assert "'sum'" in unknown.message
    assert "'sums'" in unknown.hint
    assert unnamed.place.line == 3
    assert "names no slide" in unnamed.message


def test_warning_of_companion_has_its_place(spoken: Any) -> None:
    spoken.files["voiceover_a.py"] = (
        b'# %% [markdown] for_slide="sums"\n# Text\n# ![gone](gone.png)\n'
    )
    (missing,) = {d for d in spoken.convert(DECK).diagnostics if "gone.png" in d.message}
    assert missing.place is not None
    assert (missing.place.file, missing.place.line) == ("slides/voiceover_a.py", 3)


def test_slide_of_other_language_warned(spoken: Any) -> None:
    deck = '# %% [markdown] lang="de" tags=["slide"] slide_id="a"\n# ## A\n'
    both = b'# %% [markdown] for_slide="a"\n# Text\n'
    spoken.files["voiceover_a.py"] = both
    assert warnings(spoken, deck) == []

    spoken.files["voiceover_a.py"] = b'# %% [markdown] lang="en" for_slide="a"\n# Text\n'
    (warning,) = warnings(spoken, deck)
    assert (
        warning.message == "the slide 'a' does not exist in 'en', so its voiceover is in no output"
    )


@pytest.mark.parametrize(
    "name", ["voiceover/voiceover_a.py", "voiceovers/voiceover_a.py", "voiceover_a.py"]
)
def test_companion_beside_or_in_folder(spoken: Any, name: str) -> None:
    spoken.files = {name: COMPANION.encode()}
    assert "SECRET" in spoken.outputs(DECK)["de/html/speaker"]


@pytest.mark.parametrize(
    "name", ["voiceover_b.py", "sub/voiceover_a.py", "voiceover/a.py", "voiceover_a.txt"]
)
def test_other_files_not_merged(spoken: Any, name: str) -> None:
    spoken.files = {name: COMPANION.encode()}
    request = spoken.plan(DECK)
    assert request.payload.companions == ()
    assert not any("voiceover" in item.name for item in request.inputs)


@pytest.mark.parametrize(
    "name",
    [
        "Voiceover_a.py",
        "VOICEOVER_a.py",
        "voiceover-a.py",
        "voice-over_a.py",
        "voice_over_a.md",
        "a.voiceover.py",
        "Voiceover/text.md",
        "voice-over/text.md",
    ],
)
def test_near_names_not_public(tmp_path: Path, name: str) -> None:
    course = CourseProject(tmp_path)
    course.add("intro/slides_a.py", DECK)
    course.add(f"intro/{name}", COMPANION)

    course.build()

    assert not any(b"SECRET" in data for data in course.outputs().values())
    assert not any("oice" in path for path in course.outputs())


def test_deck_among_voiceovers_not_public(spoken: Any) -> None:
    spoken.name = "voiceover/slides_a.py"
    assert {name.rpartition("/")[2] for name in spoken.outputs(DECK)} == {
        "speaker", "trainer", "recording",
    }  # fmt: skip


def test_equal_companions_are_one(spoken: Any) -> None:
    (name, content), *_ = [i for i in spoken.files.items() if i[0].startswith("voiceover_a")]
    before = spoken.outputs(DECK)
    spoken.files[f"voiceover/{name}"] = content
    assert spoken.outputs(DECK) == before


def test_two_companions_are_error(spoken: Any) -> None:
    spoken.files["voiceover/voiceover_a.py"] = b""
    with pytest.raises(ConversionError, match="two voiceover files"):
        spoken.plan(DECK)


@pytest.mark.parametrize(
    ("deck", "companion", "language"),
    [
        ("slides_a.de.py", "voiceover_a.de.py", "de"),
        ("slides_a.de.py", "voiceover_a.py", ""),
        ("slides_a.py", "voiceover_a.de.py", "de"),
        ("project_a.py", "voiceover_a.py", ""),
        ("slides_a.ipynb", "voiceover_a.py", ""),
        ("slides_a.py", "voiceover_a.md", ""),
    ],
)
def test_companion_by_name(topic: Any, deck: str, companion: str, language: str) -> None:
    topic.name = deck
    topic.files = {companion: b""}
    text = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})

    (found,) = topic.plan(text if deck.endswith("ipynb") else "").payload.companions

    assert isinstance(found, DeckFile)
    assert found.language == language


@pytest.mark.parametrize(
    ("deck", "companion"),
    [("slides_a.de.py", "voiceover_a.en.py"), ("slides_a.v2.py", "voiceover_a.py")],
)
def test_companion_of_another_deck(topic: Any, deck: str, companion: str) -> None:
    topic.name = deck
    topic.files = {companion: b""}
    assert topic.plan("").payload.companions == ()


def test_suffix_decides_between_decks(topic: Any) -> None:
    topic.name = "slides_a.py"
    topic.files = {"voiceover_a.md": b"", "slides_a.md": b""}
    topic.claimed = frozenset({"slides_a.md"})
    assert topic.plan("").payload.companions == ()


def test_companion_of_half(topic: Any) -> None:
    topic.name = "slides_a.de.py"
    topic.files = {"voiceover_a.de.py": b'# %% [markdown] for_slide="a"\n# Gesprochen\n'}
    topic.only(*all_variants("de"))
    outputs = topic.outputs('# %% [markdown] tags=["slide"] slide_id="a"\n# ## A\n')

    assert "Gesprochen" in outputs["de/notebook/recording"]
    assert "Gesprochen" not in outputs["de/notebook/completed"]


def test_companion_expanded_as_template(spoken: Any) -> None:
    spoken.files["voiceover_a.py"] = (
        b'# %% [markdown] for_slide="sums"\n# {% if lang == "de" %}Hallo{% else %}Hi{% endif %}\n'
    )
    outputs = spoken.outputs(DECK)
    assert "Hallo" in outputs["de/html/speaker"]
    assert "Hi" in outputs["en/html/speaker"]


def test_invalid_companion_is_error(spoken: Any) -> None:
    spoken.files["voiceover_a.py"] = b'# %% [markdown] tags=["voice-over"]\n# SECRET\n'
    with pytest.raises(ConversionError) as caught:
        spoken.convert(DECK)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.place is not None
    assert diagnostic.place.file == "slides/voiceover_a.py"


def test_title_slide_has_voiceover(spoken: Any) -> None:
    deck = '# j2 from "macros.j2" import header\n# {{ header("T", "T") }}\n\n' + DECK
    spoken.files["voiceover_a.py"] = b'# %% [markdown] for_slide="title"\n# Welcome\n'

    assert sources(spoken.outputs(deck), "de/notebook/speaker")[1] == "Welcome"


ANCHORED = """\
# %% [markdown] tags=["slide"] slide_id="a"
# ## A

# %% tags=["keep"]
x = 1

# %% [markdown]
# Text
# more

# %% tags=["keep"]
x = 1

# %% [markdown] slide_id="b"
# End
"""


@pytest.mark.parametrize(
    ("anchor", "before"),
    [
        ("id:a#0", 1),
        ("fp:db404c48143c#0", 3),
        ("fp:591a31cd92eb#0", 2),
        ("fp:591a31cd92eb#1", 4),
        ("fp:591a31cd92eb#2", 4),
        ("fp:changed#0", 4),
        ("id:b#0", 5),
        ("tm:title#0", 1),
        ("", 4),
    ],
)
def test_voiceover_behind_its_anchor(spoken: Any, anchor: str, before: int) -> None:
    text = f'# %% [markdown] for_slide="a" vo_anchor="{anchor}"\n# SPOKEN\n'
    spoken.files["voiceover_a.py"] = text.encode()

    assert sources(spoken.outputs(ANCHORED), "de/notebook/speaker").index("SPOKEN") == before


def test_companion_in_build(tmp_path: Path) -> None:
    course = CourseProject(tmp_path)
    course.add("intro/slides_a.py", DECK)
    course.add("intro/voiceover/voiceover_a.py", COMPANION)
    course.add("intro/voiceover_b.py", COMPANION)

    report = course.build()

    assert outcomes(report) == {"slides_a.py": Outcome.BUILT}
    (warning,) = report.problems
    assert "in no output" in warning.message
    assert warning.excerpt == "intro/voiceover_b.py"
    private = {p for p, data in course.outputs().items() if b"SECRET" in data}
    assert private
    assert all(path.startswith("speaker/") for path in private)
    assert not any("voiceover" in path for path in course.outputs())
