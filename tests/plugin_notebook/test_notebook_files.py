"""Notebooks and code files through plan and worker."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat import v4

from clm import Variant
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.languages import PROG_LANGS
from clm_plugin_notebook.notebook_files import Page, render_notebook
from clm_plugin_notebook.worker import NotebookWorker

PYTHON = PROG_LANGS["python"]

DECK = """\
# j2 from 'macros.j2' import header
# {{ header("Ein Titel", "A Title") }}

# %% [markdown] lang="en" tags=["slide"]
# ## English

# %% tags=["keep"]
# %time
x = 1

# %% lang="de"
print("deutsch")

# %% lang="en" tags=["alt", "hide-input"]
print("english")
"""


def variant(kind: str, format: str, *, language: str = "en", public: bool = True) -> Variant:
    return Variant(language, kind, format, PurePosixPath(language, format, kind), public)


def notebook(topic: Any, deck: str, kind: str = "completed") -> Any:
    (text,) = topic.only(variant(kind, "notebook")).outputs(deck).values()
    return nbformat.reads(text, as_version=4)


def test_notebook_valid_without_results(topic: Any) -> None:
    made = notebook(topic, DECK)
    nbformat.validate(made)
    assert (made.nbformat, made.nbformat_minor) == (4, 5)
    assert all(c.outputs == [] and c.execution_count is None for c in made.cells if "outputs" in c)
    assert made.metadata.kernelspec.name == "python3"


@given(st.lists(st.tuples(st.sampled_from(["code", "markdown"]), st.text())))
def test_notebook_written_as_by_nbformat(texts: list[tuple[str, str]]) -> None:
    cells = [Cell(kind, source, frozenset({"keep"})) for kind, source in texts]
    text = render_notebook(
        Page(cells, [f"id-{n}" for n, _ in enumerate(cells)], "T", "en"), PYTHON
    ).decode()
    assert text == v4.writes_json(nbformat.reads(text, as_version=4)) + "\n"


def test_clm_tags_become_slide_types(topic: Any) -> None:
    cells = notebook(topic, DECK).cells
    assert cells[0].metadata == {"slideshow": {"slide_type": "slide"}}
    assert cells[-1].metadata == {"tags": ["hide-input"]}


def test_title_cell_content(topic: Any) -> None:
    title = notebook(topic, DECK).cells[0].source
    for text in ("A Title", "Ada Lovelace", "Academy"):
        assert text in title
    assert "Ein Titel" not in title


def test_cells_filtered_by_language(topic: Any) -> None:
    topic.only(variant("completed", "code"), variant("completed", "code", language="de"))
    outputs = topic.outputs(DECK)
    assert "deutsch" in outputs["de/code/completed"]
    assert "deutsch" not in outputs["en/code/completed"]


def test_code_output_in_percent_format(topic: Any) -> None:
    deck = (
        '# %% [markdown] lang="en" tags=["slide"]\n# Text\n\n# %% tags=["keep"]\n# %time\nx = 1\n'
    )
    (text,) = topic.only(variant("completed", "code")).outputs(deck).values()
    assert text == "# %% [markdown]\n# Text\n\n# %%\n# %time\nx = 1\n"


def test_cell_ids_survive_other_edits(topics: Callable[[], Any]) -> None:
    before = {c.source: c.id for c in notebook(topics(), DECK).cells}
    edited = DECK.replace("# ## English", "# ## More\n\n# %% [markdown]\n# new")
    after = {c.source: c.id for c in notebook(topics(), edited).cells}
    common = before.keys() & after.keys()
    assert len(common) == 3
    assert all(before[source] == after[source] for source in common)


def test_equal_cells_have_unique_ids(topic: Any) -> None:
    cells = notebook(topic, '# %%\nx\n\n# %% tags=["keep"]\nx\n\n' * 2).cells
    assert len({cell.id for cell in cells}) == 4


def test_cell_id_same_across_kinds(topics: Callable[[], Any]) -> None:
    completed = notebook(topics(), DECK)
    code_along = notebook(topics(), DECK, "code-along")
    assert {c.id for c in code_along.cells} < {c.id for c in completed.cells}


PRIVATE = """\
# %% [markdown]
# Text

# %% [markdown] tags=["answer"]
# COMPLETED

# %%
x = "COMPLETED"

# %% tags=["alt"]
y = "COMPLETED"

# %% tags=["private", "keep"]
z = "SECRET"

# %% [markdown] tags=["notes"]
# SECRET

# %% tags=["keep"]
a = 1
### BEGIN HIDDEN TESTS
b = "SECRET"
### END HIDDEN TESTS
"""


@pytest.mark.parametrize("format", ["notebook", "code", "html", "slides"])
@pytest.mark.parametrize(("kind", "hidden"), [("completed", ""), ("code-along", "COMPLETED")])
def test_public_output_independent_of_hidden(
    topics: Callable[[], Any], format: str, kind: str, hidden: str
) -> None:
    decks = (PRIVATE.replace("SECRET", w).replace(hidden or w, w) for w in ("one", "two"))
    made = [topics().only(variant(kind, format)).outputs(deck) for deck in decks]
    assert made[0] == made[1]


def test_hidden_cells_change_no_id(topics: Callable[[], Any]) -> None:
    before = [c.id for c in notebook(topics(), PRIVATE).cells]
    more = PRIVATE.replace("# %%\n", '# %% tags=["private"]\n1\n\n# %%\n')
    assert [c.id for c in notebook(topics(), more).cells] == before


@pytest.mark.parametrize(
    "written",
    [
        DECK.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + DECK.encode(),
        DECK.rstrip("\n").encode(),
    ],
    ids=["carriage returns", "byte-order mark", "no final newline"],
)
def test_bom_and_line_endings_ignored(topics: Callable[[], Any], written: bytes) -> None:
    wanted = [variant("completed", "notebook"), variant("completed", "code")]
    wanted.append(variant("code-along", "html"))
    assert topics().only(*wanted).outputs(written) == topics().only(*wanted).outputs(DECK)


def test_page_has_title_and_language(topic: Any) -> None:
    (page,) = topic.only(variant("code-along", "html", language="de")).outputs(DECK).values()
    assert "<title>Ein Titel</title>" in page
    assert '<html lang="de"' in page


def test_course_template_replaces_plugin_template(topic: Any) -> None:
    macro = "{% macro header(de, en) %}%% [markdown]\n# {{ name }}: {{ author }}{% endmacro %}"
    topic.templates = {"macros.j2": macro.encode()}
    cells = notebook(topic, DECK).cells
    assert cells[0].source == "A Title: Ada Lovelace"


def test_user_page_template_ignored(
    topic: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = tmp_path / "nbconvert" / "templates" / "classic"
    template.mkdir(parents=True)
    (template / "index.html.j2").write_text("the user's page")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    topic.worker = NotebookWorker()
    topic.worker.start()
    (page,) = topic.only(variant("code-along", "html")).outputs(DECK).values()
    topic.worker.stop()
    assert "the user's page" not in page


def test_deck_knows_format_and_language(topic: Any) -> None:
    deck = "# %% [markdown]\n# {{ lang }} {{ is_html }} {{ is_notebook }}\n"
    topic.only(variant("completed", "notebook"), variant("code-along", "html"))
    outputs = topic.outputs(deck)
    assert "en False True" in outputs["en/notebook/completed"]
    assert "en True False" in outputs["en/html/code-along"]


def test_deck_includes_neighbouring_file(topic: Any) -> None:
    topic.files = {"ws_part.py": b"# %%\nprint('part')\n"}
    cells = notebook(topic, "# %%\n1\n\n# j2 include 'ws_part.py'\n").cells
    assert [cell.source for cell in cells] == ["1", "print('part')"]


def test_warnings_reported_once(topic: Any) -> None:
    topic.only(variant("completed", "notebook"), variant("completed", "code"))
    result = topic.convert('# %% tags=["keeep"]\nx = 1\n')
    assert [d.message for d in result.diagnostics] == ["unknown tag 'keeep'; did you mean 'keep'?"]


def test_result_metadata_is_json(topic: Any) -> None:
    result = topic.only(variant("completed", "code")).convert(DECK)
    assert json.loads(json.dumps(result.metadata)) == {"executions": 0}
