"""Display tags and metadata of cells in the outputs of every format."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import PurePosixPath
from typing import Any

import pytest
from pypdf import PdfReader

from clm import ConversionError, Variant
from clm.programs import find_browser

FORMATS = ("html", "slides", "notebook", "code")
PAGES = ("html", "slides")
WORKSHOP = ('"workshop"', '"end-workshop"')
STUDENTS, TEACHERS = ("completed", True), ("speaker", False)

pytestmark = pytest.mark.integration


def variant(format: str, kind: str, public: bool) -> Variant:
    return Variant("en", kind, format, PurePosixPath(format, kind), public)


def made(topic: Any, header: str, source: str, *audience: Any, formats: Any = FORMATS) -> Any:
    """Return the outputs of a deck with one such cell, by format, without scripts and styles."""
    topic.only(*(variant(format, *audience or STUDENTS) for format in formats))
    outputs = topic.outputs(f"# %% {header}\n{source}\n\n# %%\nprint('after', 6 * 7)\n")
    scripts = re.compile(r"<(script|style)\b.*?</\1>", re.S)
    return {name.split("/")[1]: scripts.sub("", text) for name, text in outputs.items()}


def folded(html: str) -> list[str]:
    return re.findall(r"<details class=\"folded\">.*?</details>", html, re.S)


def code(secret: str = "secret") -> str:
    return f"{secret} = 1\nprint('printed', {secret} + 1)"


@pytest.mark.parametrize("header", ['tags=["hide-input"]', 'jupyter={"source_hidden": true}'])
def test_hidden_input_can_be_opened(topic: Any, header: str) -> None:
    outputs = made(topic, header, code())
    for name in PAGES:
        (part,) = folded(outputs[name])
        assert "secret" in part
        assert "printed" not in re.sub(r"<span.*?</span>", "", part)
        assert "printed 2" in outputs[name]
        assert "<summary>Show code</summary>" in part


@pytest.mark.parametrize(
    "header", ['tags=["hide_output"]', 'jupyter={"outputs_hidden": true}', "collapsed=true"]
)
def test_hidden_output_can_be_opened(topic: Any, header: str) -> None:
    outputs = made(topic, header, code())
    for name in PAGES:
        (part,) = folded(outputs[name])
        assert "printed 2" in part
        assert "input_area" not in part


def test_hidden_cell_opened_as_whole(topic: Any) -> None:
    outputs = made(topic, 'tags=["hide-cell"]', code())
    for name in PAGES:
        (part,) = folded(outputs[name])
        assert "printed 2" in part
        assert "input_area" in part


def test_hidden_text_can_be_opened(topic: Any) -> None:
    (part,) = folded(made(topic, '[markdown] tags=["hide-cell"]', "# *hint*")["html"])
    assert "<em>hint</em>" in part


@pytest.mark.slow
@pytest.mark.skipif(find_browser() is None, reason="no browser found")
def test_pdf_shows_hidden_not_removed(topic: Any) -> None:
    deck = (
        '# %% tags=["hide-cell"]\nopened = "sh" + "own"\nprint(opened)\n\n'
        '# %% tags=["remove-cell"]\nprivate_name = 1\n\n'
        '# %% tags=["remove-output"]\nprint("sec" + "ret")\n'
    )
    result = topic.only(variant("pdf", *STUDENTS)).convert(deck)
    reader = PdfReader(io.BytesIO(result.outputs["en/pdf/completed"]))
    text = "".join(page.extract_text() for page in reader.pages)
    assert "opened" in text
    assert "shown" in text
    assert "Show code" not in text
    assert "private_name" not in text
    assert "secret" not in text


def test_removed_input_not_on_pages(topic: Any) -> None:
    outputs = made(topic, 'tags=["remove-input"]', code())
    for name in PAGES:
        assert "secret" not in outputs[name]
        assert "printed 2" in outputs[name]
    assert "secret" in outputs["notebook"]
    assert "secret" in outputs["code"]


def test_removed_output_not_on_pages(topic: Any) -> None:
    outputs = made(topic, 'tags=["remove-output"]', code())
    for name in PAGES:
        assert "printed 2" not in outputs[name]
        assert "secret" in outputs[name]
        assert "after 42" in outputs[name]


def test_removed_stream_not_on_pages(topic: Any) -> None:
    source = "import sys\nprint('to', 'err', file=sys.stderr)\nprint('to', 'out')"
    outputs = made(topic, 'tags=["remove-stderr"]', source)
    assert "to err" not in outputs["html"]
    assert "to out" in outputs["html"]


def test_removed_cell_runs_but_reaches_no_student(topic: Any) -> None:
    topic.only(*(variant(name, *STUDENTS) for name in FORMATS))
    deck = (
        '# %% tags=["remove-cell"]\nsecret = 40\n\n# %%\nprint("sum", globals()["se" "cret"] + 2)\n'
    )
    outputs = topic.outputs(deck)
    assert all("secret" not in text for text in outputs.values())
    assert "sum 42" in outputs["en/html/completed"]


TRACEBACK_OF_REMOVED = """\
# %% tags=["remove-cell"]
def check(x):
    secret = 42
    assert x == secret

# %% tags=["keep", "raises-exception"]
shown = check(41)
"""


def test_traceback_has_no_removed_code(topic: Any) -> None:
    outputs = topic.only(variant("html", *STUDENTS)).outputs(TRACEBACK_OF_REMOVED)
    assert "secret" not in outputs["en/html/completed"]
    assert outputs["en/html/completed"].count("AssertionError") > 1
    assert outputs["en/html/completed"].count("shown") > 1


def test_traceback_has_no_workshop_code(topic: Any) -> None:
    start, end = ("# %% [markdown] tags=[TAG]\n# x\n".replace("TAG", t) for t in WORKSHOP)
    deck = start + TRACEBACK_OF_REMOVED.replace('tags=["remove-cell"]', "").replace(
        "\n# %% tags", f"\n{end}\n# %% tags"
    )
    outputs = topic.only(variant("html", "partial", True)).outputs(deck)
    assert "secret" not in outputs["en/html/partial"]
    assert outputs["en/html/partial"].count("AssertionError") > 1


QUOTING = """\
# %% tags=["remove-cell"]
import warnings
def warn():
    warnings.warn("late")  # secret
def fail():
    raise ValueError("bad")  # secret

# %% tags=["remove-cell"]
def fail_again():
    try:
        fail()  # secret
    except ValueError as error:
        raise RuntimeError("worse") from error  # secret

# %%
import logging, threading, traceback
def own(function):
    function()  # shown

"""


@pytest.mark.parametrize(
    "code",
    [
        "own(warn)",
        "try: own(fail_again)\nexcept Exception: traceback.print_exc()",
        "try: own(fail_again)\nexcept Exception: logging.exception('late')",
        "try: own(fail_again)\nexcept Exception as e: raise ExceptionGroup('late', [e])",
        "%xmode Plain\ntry: own(fail_again)\nfinally: print('late')",
    ],
)
def test_no_message_quotes_removed_code(topic: Any, code: str) -> None:
    if "ExceptionGroup" in code and sys.version_info < (3, 11):
        pytest.skip("Python has no groups of exceptions")
    deck = f'{QUOTING}# %% tags=["raises-exception"]\n{code}\n'
    page = topic.only(variant("html", *STUDENTS)).outputs(deck)["en/html/completed"]
    assert "late" in page
    assert "secret" not in page
    assert page.count("# shown") > ("warn" not in code)


def numbered(topic: Any, *audience: Any) -> set[str]:
    deck = TRACEBACK_OF_REMOVED.replace('# %% tags=["keep', '# %%\n6 * 7\n\n# %% tags=["keep')
    (page,) = topic.only(variant("html", *audience)).outputs(deck).values()
    return set(re.findall(r"(?:In|Out)(?:&nbsp;)?\[\d\]", page))


def test_numbers_do_not_tell_of_removed_cells(topic: Any) -> None:
    assert numbered(topic, *STUDENTS) == {"In&nbsp;[1]", "Out&nbsp;[1]", "In&nbsp;[2]", "In[2]"}


def test_teachers_see_numbers_of_their_notebook(topic: Any) -> None:
    assert numbered(topic, *TEACHERS) == {"In&nbsp;[2]", "Out&nbsp;[2]", "In&nbsp;[3]", "In[3]"}


def test_removed_cell_kept_for_teachers(topic: Any) -> None:
    outputs = made(topic, 'tags=["remove_cell"]', code(), *TEACHERS)
    assert all("secret" not in outputs[name] for name in PAGES)
    assert all("secret" in outputs[name] for name in ("notebook", "code"))
    assert '# %% tags=["remove_cell"]' in outputs["code"]


@pytest.mark.parametrize("kind", ["code-along", "completed", "partial"])
@pytest.mark.parametrize("cell_type", ["", "[markdown] ", "[raw] "])
def test_removed_cell_in_no_public_kind(topic: Any, kind: str, cell_type: str) -> None:
    header = f'{cell_type}tags=["keep", "remove-cell"]'
    outputs = made(topic, header, "# secret", kind, True)
    assert all("secret" not in text for text in outputs.values())


HIDDEN_CHANGES = """\
# %%
import ipywidgets
from IPython.display import display
handle = display("shown " + "before", display_id=True)

# %%
label, out = ipywidgets.Label("a" + "sk"), ipywidgets.Output()
display(label, out)

# %%
print("untouched " + "result")

# %% [markdown] tags=["workshop"]
# Do it

# %%
handle.update("sol" + "ution")
label.value = "sol" + "ution"
with out:
    print("sol" + "ution")
"""


def test_workshop_changes_no_results_elsewhere(topic: Any) -> None:
    outputs = topic.only(*(variant("html", k, True) for k in ("partial", "completed"))).outputs(
        HIDDEN_CHANGES
    )
    assert outputs["en/html/completed"].count("solution") == 3
    assert "solution" not in outputs["en/html/partial"]
    assert "untouched result" in outputs["en/html/partial"]


def test_outputs_shown_in_order(topic: Any) -> None:
    source = (
        "from IPython.display import Markdown, display\n"
        "for name in ('one', 'two'):\n"
        "    print('before', name, flush=True)\n    print('still', name)\n"
        "    display(Markdown(f'**{name}**'))"
    )
    html = made(topic, "", source)["html"].partition("output_wrapper")[2]
    shown = ["before one\nstill one", ">one</strong>", "before two\nstill two", ">two</strong>"]
    places = [html.index(text) for text in shown]
    assert places == sorted(places)


def test_private_cells_not_run_for_students(topic: Any) -> None:
    deck = '# %% tags=["private"]\nsecret = 1\n\n# %%\nprint(secret)\n'
    with pytest.raises(ConversionError, match="NameError"):
        topic.only(variant("html", *STUDENTS)).convert(deck)
    assert topic.only(variant("html", *TEACHERS)).convert(deck).diagnostics == ()


NODE = {"cell_type": "code", "id": "a", "outputs": [], "execution_count": None}


@pytest.mark.parametrize(
    ("name", "deck"),
    [
        (
            "slides_deck.md",
            "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n\n"
            "```{code-cell}\n:tags: [remove-input]\nprint('sec' + 'ret')\n```\n",
        ),
        (
            "slides_deck.ipynb",
            json.dumps(
                {
                    "nbformat": 4,
                    "nbformat_minor": 5,
                    "metadata": {
                        "kernelspec": {
                            "name": "python3",
                            "display_name": "Python 3",
                            "language": "python",
                        }
                    },
                    "cells": [
                        NODE
                        | {"metadata": {"tags": ["remove-input"]}, "source": "print('sec' + 'ret')"}
                    ],
                }
            ),
        ),
        ("slides_deck.md", "```python tags=[\"remove-input\"]\nprint('sec' + 'ret')\n```\n"),
    ],
    ids=["myst", "ipynb", "markdown"],
)
def test_tags_act_in_every_source(topic: Any, name: str, deck: str) -> None:
    topic.name = name
    html = topic.only(variant("html", *STUDENTS)).outputs(deck)["en/html/completed"]
    assert "input_area" not in html.partition("<main")[2].partition("</main>")[0]
    assert "secret" in html


def test_notebook_keeps_display_metadata(topic: Any) -> None:
    header = (
        'tags=["hide-input"] jupyter={"outputs_hidden": true} collapsed=true scrolled=true '
        "jp-MarkdownHeadingCollapsed=true"
    )
    outputs = made(topic, header, "1", formats=("notebook", "code"))
    wanted = {
        "tags": ["hide-input"],
        "jupyter": {"outputs_hidden": True},
        "collapsed": True,
        "scrolled": True,
    }
    assert json.loads(outputs["notebook"])["cells"][0]["metadata"] == wanted
    first = outputs["code"].split("\n")[0]
    assert 'tags=["hide-input"]' in first
    assert 'jupyter={"outputs_hidden": true}' in first


def test_code_output_read_back_alike(topic: Any) -> None:
    header = 'tags=["remove-input"] jupyter={"outputs_hidden": true} scrolled=true'
    first = made(topic, header, code())
    (again,) = topic.only(variant("notebook", *STUDENTS)).outputs(first["code"]).values()
    cells = [json.loads(text)["cells"] for text in (first["notebook"], again)]
    assert [(c["source"], c["metadata"]) for c in cells[0]] == [
        (c["source"], c["metadata"]) for c in cells[1]
    ]


def test_scrolled_output_scrolls(topic: Any) -> None:
    outputs = made(topic, "scrolled=true", code())
    assert outputs["html"].count("output_scroll") == 1


def test_raw_html_on_pages_only(topic: Any) -> None:
    outputs = made(topic, '[raw] raw_mimetype="text/html"', "# <b>bold</b>")
    assert all("<b>bold</b>" in outputs[name] for name in PAGES)
    assert "bold" not in outputs["code"]
    metadata = json.loads(outputs["notebook"])["cells"][0]["metadata"]
    assert metadata == {"raw_mimetype": "text/html"}


@pytest.mark.parametrize("key", ["raw_mimetype", "format"])
def test_raw_latex_in_notebook_only(topic: Any, key: str) -> None:
    outputs = made(topic, f'[raw] {key}="text/LaTeX"', "# latex code")
    assert [name for name in FORMATS if "latex code" in outputs[name]] == ["notebook"]
    assert json.loads(outputs["notebook"])["cells"][0]["metadata"] == {key: "text/LaTeX"}


def test_raw_without_format_everywhere(topic: Any) -> None:
    outputs = made(topic, "[raw]", "# raw text")
    assert all("raw text" in text for text in outputs.values())
