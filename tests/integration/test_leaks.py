"""Private text and files of a course, searched for in all that a build delivers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from clm_program import run_clm
from private_cells import CONSTRUCTS, MarkedDeck, Output, marked
from readable_text import readable_text

pytestmark = [pytest.mark.integration, pytest.mark.slow]

SPEC = """\
name: {de: Kurs, en: Course}
defaults: {evaluate: false}
plugins:
  site: {enabled: true, address: "https://example.org/course"}
  drawio: {formats: [svg, png]}
output-targets:
  - {name: students, path: out/students, kinds: [code-along, completed], formats: FORMATS}
  - {name: speaker, path: out/speaker, kinds: [speaker], formats: FORMATS}
sections:
  - name: {de: Woche, en: Week}
    topics:
      - deck
      - {id: globs, private: ["solutions/*", "xqGlob*.txt"]}
      - {id: named, private-files: true}
""".replace("FORMATS", "[html, slides, notebook, code, pdf]")

# A drawing with a hidden layer, and metadata of its page and of a shape that is shown.
DRAWING = """\
<mxfile host="xqHostqx"><diagram name="xqPageqx"><mxGraphModel><root><mxCell id="0"/>
<mxCell id="1" parent="0"/><mxCell id="2" value="xqLayerqx" visible="0" parent="0"/>
<mxCell id="3" value="xqHiddenShapeqx" vertex="1" parent="2">
<mxGeometry width="80" height="40" as="geometry"/></mxCell>
<UserObject id="4" label="Shown" note="xqShapeNoteqx"><mxCell vertex="1" parent="1">
<mxGeometry width="80" height="40" as="geometry"/></mxCell></UserObject>
</root></mxGraphModel></diagram></mxfile>
"""
DIAGRAM = "@startuml\n' xqLineCommentqx\n/' xqBlockCommentqx '/\na -> b : Shown\n@enduml\n"

# For students: never. For speakers: whether they get it.
FILES = {
    "topic_100_deck/voiceover_deck.py": (
        '# %% [markdown] lang="en" tags=["voiceover"] for_slide="one"\n# xqVoiceoverqx\n',
        True,
    ),
    "topic_100_deck/voiceover/notes.py": ("# xqVoiceoverFolderqx\n", False),
    "topic_100_deck/slides.http-cassette.yaml": ("password: xqCassetteqx\n", False),
    "topic_100_deck/cassettes/xqCassetteNameqx.yaml": ("a: 1\n", False),
    "topic_100_deck/_drafts/slides_next.py": ("# %% [markdown]\n# xqDraftqx\n", False),
    "topic_100_deck/_archive/xqArchiveqx.txt": ("old\n", False),
    "topic_100_deck/slides_deck.py.orig": ("# xqBackupqx\n", False),
    "topic_100_deck/slides_deck.py~": ("# xqTildeqx\n", False),
    "topic_200_globs/solutions/answer.txt": ("xqSolutionqx\n", True),
    "topic_200_globs/xqGlobqx.txt": ("xqGlobTextqx\n", True),
    "topic_200_globs/drawio/plan.drawio": (DRAWING, False),
    "topic_200_globs/pu/steps.pu": (DIAGRAM, False),
    "topic_300_named/xqNamedByNotesqx.txt": ("xqNamedTextqx\n", True),
    "topic_300_named/xqUnnamedqx.txt": ("xqUnnamedTextqx\n", True),
}
SUFFIXES = {".html", ".ipynb", ".py", ".pdf", ".txt", ".svg", ".png"}
MARK = re.compile(r"xq[A-Za-z]+qx")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The marks in what students and speakers get, with names of files and folders."""
    course = tmp_path_factory.mktemp("course")
    usable = [construct for construct in CONSTRUCTS if not construct.only]
    deck = MarkedDeck(marked(usable), "py:percent").text
    one = '\n# %% [markdown] lang="en" slide_id="one" tags=["subslide"]\n# ## One\n'
    files = {name: text for name, (text, _) in FILES.items()} | {
        "topic_100_deck/slides_deck.py": deck + one,
        "topic_200_globs/slides_globs.py": "# %% [markdown]\n# Text\n",
        "topic_200_globs/open.txt": "for all\n",
        "topic_300_named/slides_named.py": '# %% tags=["keep"]\nopen("open.txt")\n\n'
        '# %% [markdown] tags=["notes"]\n# See xqNamedByNotesqx.txt\n',
        "topic_300_named/open.txt": "for all\n",
    }
    for name, text in files.items():
        path = course / "slides" / "module_1_m" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (course / "course.yaml").write_text(SPEC, encoding="utf-8")
    done = run_clm("build", course / "course.yaml", "--backend", "inline")
    assert done.returncode == 0, done.stdout + done.stderr
    return {owner: _marks(course / "out" / owner) for owner in ("students", "speaker")}


def _marks(folder: Path) -> set[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert SUFFIXES - {path.suffix for path in files} == set()
    names = "\n".join(str(path.relative_to(folder)) for path in files)
    texts = (readable_text(path.read_bytes()) for path in files)
    return {mark for text in (names, *texts) for mark in MARK.findall(text)}


def test_students_get_no_private_file(found: dict[str, set[str]]) -> None:
    assert found["students"] & _marks_of_files() == set()


def test_speakers_get_their_files(found: dict[str, set[str]]) -> None:
    expected = _marks_of_files(for_speakers=True)
    assert found["speaker"] & _marks_of_files() == expected


def _marks_of_files(*, for_speakers: bool = False) -> set[str]:
    return {
        mark
        for name, (text, is_delivered) in FILES.items()
        if is_delivered or not for_speakers
        for mark in MARK.findall(f"{name} {text}")
    }


def test_cells_have_their_audience(found: dict[str, set[str]]) -> None:
    deck = MarkedDeck(marked([c for c in CONSTRUCTS if not c.only]), "py:percent")
    for owner, kinds in (("students", ("code-along", "completed")), ("speaker", ("speaker",))):
        outputs = [
            Output(language, kind, owner == "students", format)
            for language in ("de", "en")
            for kind in kinds
            for format in ("html", "slides", "notebook", "code")
        ]
        expected = {p.mark for p in deck.placed if any(deck.seen(p, o) for o in outputs)}
        assert found[owner] & {placed.mark for placed in deck.placed} == expected
