"""Links between the decks of a course, in all outputs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from clm.builder.validation.course import validate_course
from clm.plugins import PluginRegistry
from clm.testing import Sample
from clm.testing.conversions import Conversion, Converter
from clm.testing.course_project import CourseProject

INTRO = "slides/module_100_tests/topic_100_a/slides_a.py"
MACROS = '# j2 from "macros.j2" import header, header_de, header_en\n'
START = MACROS + '# {{ header("Anfang", "Start") }}\n'
LOOPS = MACROS + '# {{ header("Schleifen", "Loops") }}\n'
ALL_FORMATS = "output-targets:\n- {path: x, kinds: [completed], formats: [html, slides, FORMAT]}\n"
_LINK = re.compile(r"\[x\]\(([^)\s]+)[^)]*\)|<a href=\"([^\"]+)\"[^>]*>x")
Convert = Callable[..., Conversion]


@pytest.fixture(scope="module")
def converter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Converter]:
    made = Converter(tmp_path_factory.mktemp("courses"), PluginRegistry.load())
    yield made
    made.close()


@pytest.fixture
def convert(converter: Converter) -> Convert:
    """Convert the deck `a/slides_a.py` with this Markdown, in a course with other decks."""

    def make(
        markdown: str,
        decks: Mapping[str, str] | None = None,
        *,
        header: str = "",
        more_spec: str = "",
    ) -> Conversion:
        deck = f"{START}# %% [markdown]{header}\n{commented(markdown)}"
        files = {"a/slides_a.py": deck, **(decks or {"loops/slides_b.py": LOOPS})}
        made = converter.convert(Sample(files, more_spec=more_spec), "notebook")
        return next(c for c in made if c.source == INTRO)

    return make


def commented(markdown: str) -> str:
    return "".join(f"# {line}\n" for line in markdown.split("\n"))


def links_of(conversion: Conversion) -> dict[str, list[str]]:
    """The targets of the links with the text `x` in all outputs that have some, by name."""
    found = {name: _links(data) for name, data in conversion.outputs.items()}
    return {name: links for name, links in found.items() if links}


def _links(data: bytes) -> list[str]:
    text = data.decode()
    if text.startswith("{"):
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    return [match[1] or match[2] for match in _LINK.finditer(text)]


@pytest.mark.parametrize(
    "link",
    [
        "clm:loops",
        "clm:loops/slides_b",
        "clm:loops/slides_b.py",
        "../topic_100_loops/slides_b.py",
        "../topic_100_loops/slides_b.ipynb",
        "<../topic_100_loops/slides_b.py> 'title'",
    ],
)
def test_deck_found_in_all_outputs(convert: Convert, link: str) -> None:
    conversion = convert(f"[x]({link})")

    titles = {"de": "Schleifen", "en": "Loops"}
    suffixes = {"html": "html", "notebook": "ipynb", "code": "py"}
    found = {name: urls[0].partition(" ")[0] for name, urls in links_of(conversion).items()}
    for name in conversion.outputs:
        language, format_, _ = name.split("/")
        assert found[name] == f"02%20{titles[language]}.{suffixes[format_]}"
    assert conversion.said() == ""


@pytest.mark.parametrize("link", ["seq.pu", "clm:a/seq.pu"])
def test_source_of_picture_leads_to_picture(convert: Convert, link: str) -> None:
    conversion = convert(f"[x]({link})", {"a/seq.pu": "@startuml\nA -> B\n@enduml\n"})
    found = {url for name, urls in links_of(conversion).items() for url in urls}
    assert found == {"img/seq.png"}
    assert conversion.said() == ""


def test_lost_link_said_once(convert: Convert) -> None:
    said = convert("[x](other.py)").said()
    assert said.count("other.py") == 1 and "the link other.py leads nowhere" in said


def test_html_link_and_definition_found(convert: Convert) -> None:
    conversion = convert('<a href="clm:loops">x</a> and [y]\n\n[y]: clm:loops')
    assert links_of(conversion)["en/notebook/completed"] == ["02%20Loops.ipynb"]
    assert b"[y]: 02%20Loops.ipynb" in conversion.outputs["en/notebook/completed"]
    assert b'href="02%20Loops.html">y</a>' in conversion.outputs["en/html/completed"]


def test_link_without_text_shows_title(convert: Convert) -> None:
    conversion = convert("[](clm:loops)")
    assert b'<a href="02%20Schleifen.html">Schleifen</a>' in conversion.outputs["de/html/speaker"]


def test_notebook_deck_linked(converter: Converter) -> None:
    source = "# Start\n\n[x](clm:loops) [y](clm:loop)"
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": source}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    files = {"a/slides_a.ipynb": json.dumps(notebook), "loops/slides_b.py": LOOPS}
    conversion, _ = converter.convert(Sample(files), "notebook")

    assert links_of(conversion)["de/notebook/completed"] == ["02%20Schleifen.ipynb"]
    (warning,) = conversion.diagnostics
    assert str(warning.place) == f"{INTRO.replace('.py', '.ipynb')} (cell 1, line 3)"


def test_split_deck_linked_without_language(convert: Convert) -> None:
    decks = {
        "loops/slides_b.de.py": MACROS + '# {{ header_de("Schleifen") }}\n',
        "loops/slides_b.en.py": MACROS + '# {{ header_en("Loops") }}\n',
    }
    for link in ("clm:loops", "clm:loops/slides_b", "../topic_100_loops/slides_b.py"):
        found = links_of(convert(f"[x]({link})", decks))
        assert found["de/html/completed"] == ["02%20Schleifen.html"]
        assert found["en/code/completed"] == ["02%20Loops.py"]


def test_deck_of_one_language_lost_in_other(convert: Convert) -> None:
    decks = {"loops/slides_b.de.py": MACROS + '# {{ header_de("Schleifen") }}\n'}
    conversion = convert("[x](clm:loops)", decks)
    (warning,) = conversion.diagnostics
    assert warning.message == ("the link clm:loops leads nowhere in en html, en notebook, en code")
    assert links_of(conversion)["de/html/speaker"] == ["02%20Schleifen.html"]


def test_slides_and_pdf_lead_to_their_own(convert: Convert) -> None:
    conversion = convert("[x](clm:loops)", more_spec=ALL_FORMATS.replace("FORMAT", "code"))
    found = links_of(conversion)
    assert found["en/slides/completed"] == found["en/html/completed"] == ["02%20Loops.html"]


def test_shared_link_warned_where_dead(convert: Convert) -> None:
    conversion = convert("Text\n[next](02%20Loops.html)")
    (warning,) = conversion.diagnostics
    assert warning.message == (
        "the link 02%20Loops.html leads nowhere in "
        "de html, de notebook, de code, en notebook, en code"
    )
    assert str(warning.place) == f"{INTRO}:5:10 (cell 3)"
    assert warning.hint == "write clm:loops, which leads to the source in all outputs"


@pytest.mark.parametrize("header", [' lang="en"', ' lang="en" tags=["notes"]'])
def test_link_of_one_language_only_checked_there(convert: Convert, header: str) -> None:
    conversion = convert("[next](02%20Loops.html)", header=header)
    (warning,) = conversion.diagnostics
    assert "de " not in warning.message
    assert "en notebook" in warning.message


def test_link_in_notes_rewritten(convert: Convert) -> None:
    conversion = convert("[x](clm:loops)\n\n[y](clm:loop)", header=' tags=["notes"]')
    assert links_of(conversion)["en/notebook/speaker"] == ["02%20Loops.ipynb"]
    assert "en/notebook/completed" not in links_of(conversion)
    (warning,) = conversion.diagnostics
    assert (warning.place and warning.place.line, warning.message.count("speaker")) == (6, 4)


def test_hidden_answer_not_checked(convert: Convert) -> None:
    conversion = convert("[y](clm:loop)", header=' tags=["answer"]')
    (warning,) = conversion.diagnostics
    assert "code-along" not in warning.message
    assert "completed, speaker" in warning.message


def test_link_in_code_left_alone(convert: Convert) -> None:
    conversion = convert("`[x](clm:loops)`\n\n```\n[x](clm:nowhere)\n```")
    assert links_of(conversion)["en/notebook/completed"] == ["clm:loops", "clm:nowhere"]
    assert conversion.said() == ""


def test_link_of_template_warned(convert: Convert) -> None:
    conversion = convert('[x]({{ "clm" }}:loops)')
    (warning,) = conversion.diagnostics
    assert warning.message == "the link clm:loops leads nowhere in all outputs"
    assert "in the deck itself" in (warning.hint or "")


def test_moved_target_changes_payload(converter: Converter) -> None:
    def payload(**decks: str) -> object:
        files = {"a/slides_a.py": START + "# %% [markdown]\n# [x](clm:loops)\n"}
        files |= {f"{topic}/slides_b.py": deck for topic, deck in decks.items()}
        plan = converter.plan(Sample(files), "notebook")
        return next(job.payload for job in plan.jobs if job.source == INTRO)

    first = payload(loops=LOOPS)
    assert first == payload(loops=LOOPS + "# %%\nprint()\n")
    assert first != payload(loops=LOOPS.replace("Loops", "Loop"))
    assert first != payload(other=START, loops=LOOPS)


def test_validate_warns_of_all_outputs(tmp_path: Path) -> None:
    project = CourseProject(tmp_path)
    project.add("a/slides_a.py", START + "# %% [markdown]\n# [y](clm:loop) [z](02%20Loops.html)\n")
    project.add("loops/slides_b.py", LOOPS)

    found = validate_course(project.spec, PluginRegistry.load()).diagnostics

    assert [(str(d.place), d.message) for d in found] == [
        (f"{INTRO}:4:7 (cell 3)", "the link clm:loop leads nowhere in all outputs"),
        (
            f"{INTRO}:4:21 (cell 3)",
            "the link 02%20Loops.html leads nowhere in "
            "de html, de notebook, de code, en notebook, en code",
        ),
    ]


PARTS = (
    LOOPS
    + """
# %% [markdown] lang="de"
# ## Für
# %% [markdown] lang="en"
# ## For *all*
# %% [markdown] tags=["notes"]
# ## Secret
# %% [markdown]
# ## While
# (label)=
# <a id="Spot"></a>
# %% [markdown] lang="de"
# ## Für
# %% [markdown] lang="en"
# ## For ever
"""
)


def anchors(conversion: Conversion, *names: str) -> list[str]:
    found = links_of(conversion)
    return [found[name][0].partition("#")[2] for name in names]


@pytest.mark.parametrize("name", ["For-all", "F%C3%BCr", "F\u00fcr", "for-all", "For%20all"])
def test_heading_named_in_any_language(convert: Convert, name: str) -> None:
    conversion = convert(f"[x](clm:loops#{name})", {"loops/slides_b.py": PARTS})
    found = anchors(conversion, "de/html/completed", "en/html/completed", "en/notebook/completed")
    assert found == ["F%C3%BCr", "For-all", "For-all"]
    assert conversion.said() == ""


def test_heading_counted_as_on_page(convert: Convert) -> None:
    conversion = convert("[x](clm:loops#For-ever)", {"loops/slides_b.py": PARTS})
    assert anchors(conversion, "de/html/completed", "en/html/speaker") == ["F%C3%BCr-2", "For-ever"]


@pytest.mark.parametrize("name", ["While", "Spot", "label"])
def test_heading_and_id_of_all_languages_kept(convert: Convert, name: str) -> None:
    conversion = convert(f"[x](clm:loops#{name})", {"loops/slides_b.py": PARTS})
    assert anchors(conversion, "de/html/completed", "en/html/completed") == [name, name]


def test_code_file_has_no_anchors(convert: Convert) -> None:
    conversion = convert("[x](clm:loops#While)", {"loops/slides_b.py": PARTS})
    assert links_of(conversion)["en/code/completed"] == ["02%20Loops.py"]


def test_title_is_top_of_page(convert: Convert) -> None:
    conversion = convert("[x](clm:loops#Loops)", {"loops/slides_b.py": PARTS})
    assert links_of(conversion)["de/html/completed"] == ["02%20Schleifen.html"]
    assert conversion.said() == ""


def test_unknown_heading_warned(convert: Convert) -> None:
    conversion = convert("[x](clm:loops#Whale)", {"loops/slides_b.py": PARTS})
    (warning,) = conversion.diagnostics
    assert warning.message == (
        "the link clm:loops#Whale leads to no heading in de html, de notebook, en html, en notebook"
    )
    assert warning.hint == "did you mean 'While'?"
    assert links_of(conversion)["en/html/completed"] == ["02%20Loops.html"]


def test_hidden_heading_lost_for_students(convert: Convert) -> None:
    conversion = convert("[x](clm:loops#Secret)", {"loops/slides_b.py": PARTS})
    (warning,) = conversion.diagnostics
    assert "de html (code-along, completed)" in warning.message
    assert anchors(conversion, "de/html/speaker", "de/html/completed") == ["Secret", ""]


def test_heading_of_split_deck_found(convert: Convert) -> None:
    decks = {
        "loops/slides_b.de.py": MACROS + "# %% [markdown]\n# ## Schleifen\n",
        "loops/slides_b.en.py": MACROS + "# %% [markdown]\n# ## Loops\n",
    }
    conversion = convert("[x](../topic_100_loops/slides_b.py#Loops)", decks)
    assert anchors(conversion, "de/html/completed", "en/html/completed") == ["Schleifen", "Loops"]


def test_heading_of_template_found(convert: Convert) -> None:
    decks = {
        "loops/slides_b.py": f"{LOOPS}# j2 include 'part.md'\n",
        "loops/part.md": '# %% [markdown]\n# ## {{ "In" + "cluded" }}\n',
    }
    conversion = convert("[x](clm:loops#Included)", decks)
    assert anchors(conversion, "en/html/completed") == ["Included"]
    assert conversion.said() == ""


def test_deck_of_heading_is_input(converter: Converter) -> None:
    def inputs(link: str) -> set[str]:
        files = {"a/slides_a.py": f"{START}# %% [markdown]\n# [x]({link})\n"}
        plan = converter.plan(Sample({**files, "loops/slides_b.py": PARTS}), "notebook")
        job = next(job for job in plan.jobs if job.source == INTRO)
        return {file.name for file in job.inputs if file.name.startswith("links/")}

    assert inputs("clm:loops") == set()
    source = "slides/module_100_tests/topic_100_loops/slides_b.py"
    assert inputs("clm:loops#While") == {f"links/{source}/topic/slides_b.py"}


@pytest.mark.parametrize("file", ["templates/part.md", "templates/python/part.md", "a/part.md"])
def test_link_of_included_file_rewritten(converter: Converter, file: str) -> None:
    files = {
        "a/slides_a.py": f"{START}# j2 include 'part.md'\n",
        file: "# %% [markdown]\n# [x](clm:loops)\n",
        "loops/slides_b.py": LOOPS,
    }
    conversion = next(c for c in converter.convert(Sample(files), "notebook") if c.source == INTRO)
    assert links_of(conversion)["en/html/completed"] == ["02%20Loops.html"]
    assert conversion.said() == ""


def test_heading_of_slides_found_by_reveal(convert: Convert) -> None:
    more = ALL_FORMATS.replace("FORMAT", "code")
    conversion = convert("[x](clm:loops#F%C3%BCr)", {"loops/slides_b.py": PARTS}, more_spec=more)
    found = anchors(conversion, "de/slides/completed", "de/html/completed")
    assert found == ["F%25C3%25BCr", "F%C3%BCr"]


def test_deck_for_speakers_lost_for_students(convert: Convert) -> None:
    section = "  - {name: {de: Z, en: Z}, topics: [{id: loops, private: [slides_b.py]}]}\n"
    decks = {"slides/module_100_tests/topic_100_loops/slides_b.py": LOOPS}
    conversion = convert("[x](clm:loops)", decks, more_spec=section)
    (warning,) = conversion.diagnostics
    assert warning.message == (
        "the link clm:loops leads nowhere in de html (code-along, completed), "
        "de notebook (code-along, completed), de code, en html (code-along, completed), "
        "en notebook (code-along, completed), en code"
    )
    assert links_of(conversion)["de/html/speaker"] == ["../Z/01%20Schleifen.html"]
