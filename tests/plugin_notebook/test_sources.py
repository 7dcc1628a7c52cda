"""Decks in all languages and formats that decks may have, through plan and worker."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import nbformat
import pytest
from attrs import evolve
from pygments.lexers import get_lexer_by_name

from clm import ConversionError, Variant
from clm_plugin_notebook.languages import PROG_LANGS, ProgLang, ProgLangSettings, prog_langs
from clm_plugin_notebook.payload import NotebookSettings
from clm_plugin_notebook.plugin import clm_job_types

LANGS = list(PROG_LANGS.values())
DECK = """\
# j2 from 'macros.j2' import header
# {{ header("Ein Titel",
#           "A Title") }}

# %% [markdown] lang="en" tags=["slide"]
# ## English

# %% [markdown] lang="de"
# ## Deutsch

# %% tags=["keep"]
x = "# %% no header"
# a comment

# %% tags=["alt"]
y = 2
"""
MARKDOWN = """\
---
jupyter: {}
---
# j2 from 'macros.j2' import header
{{ header("Ein Titel", "A Title") }}

<!-- #region lang="en" tags=["slide"] -->
## English

```python
shown, not run
```
<!-- #endregion -->

Text for all
goes on


and another cell.

```python tags=["keep"]
x = 1
```

```bash
ls
```

```python tags=["alt"]
y = 2
```
"""


def variant(kind: str, format: str, *, language: str = "en", public: bool = True) -> Variant:
    return Variant(language, kind, format, PurePosixPath(language, format, kind), public)


def in_language(deck: str, lang: ProgLang) -> str:
    return "\n".join(
        lang.comment + line[1:] if line.startswith("#") else line for line in deck.split("\n")
    )


def cells(topic: Any, deck: str | bytes, kind: str = "completed", language: str = "en") -> Any:
    """Type and source of the cells of the notebook that is made of a deck."""
    topic.only(variant(kind, "notebook", language=language))
    (text,) = topic.outputs(deck).values()
    made = nbformat.reads(text, as_version=4)
    nbformat.validate(made)
    return [(cell.cell_type, cell.source) for cell in made.cells]


def as_notebook(*made: dict[str, Any], **metadata: Any) -> str:
    content = [
        {"cell_type": "markdown", "metadata": {}, "source": "", **cell}
        | ({"outputs": [], "execution_count": None} if cell.get("cell_type") == "code" else {})
        for cell in made
    ]
    return json.dumps({"cells": content, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4})


@pytest.mark.parametrize("lang", LANGS, ids=lambda lang: lang.name)
def test_a_deck_has_the_same_cells_in_every_programming_language(
    topic: Any, lang: ProgLang
) -> None:
    topic.name = f"slides_deck{lang.suffix}"
    title, english, kept, alternative = cells(topic, in_language(DECK, lang))
    assert "A Title" in title[1]
    assert "Ada Lovelace" in title[1]
    assert english == ("markdown", "## English")
    assert kept == ("code", f'x = "# %% no header"\n{lang.comment} a comment')
    assert alternative == ("code", "y = 2")


@pytest.mark.parametrize("lang", LANGS, ids=lambda lang: lang.name)
def test_a_deck_names_kernel_lexer_and_suffix_of_its_language(topic: Any, lang: ProgLang) -> None:
    topic.name = f"slides_deck{lang.suffix}"
    topic.only(variant("completed", "notebook"), variant("completed", "code"))
    request = topic.plan(in_language(DECK, lang))
    names = {output.name: output.destinations[0].name for output in request.outputs}
    assert names["en/code/completed"] == f"03 A Title{lang.suffix}"
    outputs = topic.outputs(in_language(DECK, lang))
    assert outputs["en/code/completed"].endswith(f"\n{lang.comment} %%\ny = 2\n")
    metadata = json.loads(outputs["en/notebook/completed"])["metadata"]
    assert metadata["kernelspec"]["name"] == lang.kernel
    assert metadata["language_info"]["file_extension"] == lang.suffix
    assert get_lexer_by_name(metadata["language_info"]["pygments_lexer"])


@pytest.mark.parametrize("lang", LANGS, ids=lambda lang: lang.name)
def test_code_goes_to_the_folder_of_its_language(lang: ProgLang) -> None:
    (job_type,) = clm_job_types()
    (code,) = [format for format in job_type.formats if format.name == "code"]
    assert code.folder_for(lang.name) == lang.folder


def test_settings_add_a_programming_language(topic: Any) -> None:
    kotlin = ProgLangSettings(suffix=".kt", comment="//", folder="Kotlin", kernel="kotlin-jupyter")
    settings = NotebookSettings(prog_langs={"kotlin": kotlin})
    (job_type,) = clm_job_types()
    job_type = job_type.configured(settings)
    assert job_type.claims(PurePosixPath("slides_deck.kt"))
    (code,) = [format for format in job_type.formats if format.name == "code"]
    assert code.folder_for("kotlin") == "Kotlin"
    topic.name = "slides_deck.kt"
    topic.context = evolve(topic.context, settings=settings)
    assert cells(topic, "// %%\nval x = 1\n") == [("code", "val x = 1")]
    assert topic.plan("").payload.prog_lang.kernel == "kotlin-jupyter"


def test_settings_change_the_kernel_of_a_language_and_nothing_else() -> None:
    settings = NotebookSettings(prog_langs={"java": ProgLangSettings(kernel="rapaio")})
    assert prog_langs(settings.prog_langs)["java"] == evolve(
        PROG_LANGS["java"], kernel="rapaio", kernel_title="rapaio", remedy=""
    )


@pytest.mark.parametrize(
    ("name", "own", "said"),
    [
        ("jva", ProgLangSettings(kernel="x"), "did you mean 'java'"),
        ("kotlin", ProgLangSettings(suffix=".kt"), "needs `suffix` and `comment`"),
        ("kotlin", ProgLangSettings(suffix=".java", comment="//"), "has the suffix '.java'"),
        ("kotlin", ProgLangSettings(suffix=".md", comment="//"), "suffix '.md' of 'Markdown'"),
        ("kotlin", ProgLangSettings(suffix="kt", comment="//"), "not as `.abc`"),
        ("kotlin", ProgLangSettings(suffix=".kt", comment="/*"), "not one of #, //"),
    ],
)
def test_settings_that_make_no_language_are_refused(
    name: str, own: ProgLangSettings, said: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        NotebookSettings(prog_langs={name: own})


# -- Markdown ------------------------------------------------------------------------------------


def test_markdown_becomes_text_and_the_decks_language_code(topic: Any) -> None:
    topic.name = "slides_deck.md"
    title, *others = cells(topic, MARKDOWN)
    assert "A Title" in title[1]
    assert others == [
        ("markdown", "## English\n\n```python\nshown, not run\n```"),
        ("markdown", "Text for all\ngoes on"),
        ("markdown", "and another cell."),
        ("code", "x = 1"),
        ("markdown", "```bash\nls\n```"),
        ("code", "y = 2"),
    ]


def test_markdown_keeps_the_rules_of_the_kinds(topic: Any) -> None:
    topic.name = "slides_deck.md"
    code = [source for type, source in cells(topic, MARKDOWN, "code-along") if type == "code"]
    assert code == ["x = 1"]


def test_markdown_is_in_the_language_of_its_topic(topic: Any) -> None:
    topic.name = "slides_deck.md"
    topic.context = evolve(topic.context, prog_lang="cpp")
    deck = "```c++\nint x;\n```\n\n```python\nno\n```\n"
    assert cells(topic, deck) == [("code", "int x;"), ("markdown", "```python\nno\n```")]
    assert topic.plan(deck).payload.prog_lang.name == "cpp"


def test_a_wrong_header_in_markdown_is_an_error_with_its_line(topic: Any) -> None:
    topic.name = "slides_deck.md"
    with pytest.raises(ConversionError) as caught:
        cells(topic, 'text\n\n```python tags=["slide" lang="de"\nx\n```\n')
    assert str(caught.value.place) == "slides/slides_deck.md:3 (cell 2)"


def test_a_fence_that_is_not_closed_goes_to_the_end(topic: Any) -> None:
    topic.name = "slides_deck.md"
    assert cells(topic, "text\n\n```python\nx = 1") == [("markdown", "text"), ("code", "x = 1")]


def test_what_is_in_a_fence_of_text_opens_no_cell(topic: Any) -> None:
    topic.name = "slides_deck.md"
    deck = "````text\n```python\nx\n```\n<!-- #region -->\n````"
    assert cells(topic, deck) == [("markdown", deck)]


def test_simple_markdown_reads_as_jupytext_reads_it(topic: Any) -> None:
    import jupytext

    deck = "# One\n\ntext\n\n```python\nx = 1\n\ny = 2\n```\n\n## Two\n\n\nmore\n"
    expected = [(c.cell_type, c.source) for c in jupytext.reads(deck, fmt="md").cells]
    topic.name = "slides_deck.md"
    assert cells(topic, deck) == expected


# -- Jupyter -------------------------------------------------------------------------------------


def test_a_notebook_is_a_deck_with_tags_and_languages(topic: Any) -> None:
    topic.name = "slides_deck.ipynb"
    deck = as_notebook(
        {"source": "# The Title", "metadata": {"lang": "en"}},
        {"source": "# Titel", "metadata": {"lang": "de"}},
        {"cell_type": "code", "source": ["x = 1\n", "y = 2"], "metadata": {"tags": ["keep"]}},
        {"cell_type": "code", "source": "{{ not jinja }}"},
        {"source": "secret", "metadata": {"tags": ["notes"]}},
    )
    expected = [("markdown", "# The Title"), ("code", "x = 1\ny = 2"), ("code", "")]
    assert cells(topic, deck, "code-along") == expected
    names = [output.destinations[0].name for output in topic.plan(deck).outputs]
    assert names == ["03 The Title.ipynb"]


def test_outputs_of_a_notebook_are_not_taken_over(topic: Any) -> None:
    topic.name = "slides_deck.ipynb"
    deck = json.loads(as_notebook({"cell_type": "code", "source": "1"}))
    deck["cells"][0] |= {
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "stale"}],
        "execution_count": 7,
    }
    topic.only(variant("completed", "notebook"))
    (text,) = topic.outputs(json.dumps(deck)).values()
    assert "stale" not in text


def test_pictures_pasted_into_a_notebook_go_along(topic: Any) -> None:
    topic.name = "slides_deck.ipynb"
    attachments = {"a.png": {"image/png": "QUJD"}}
    deck = as_notebook({"source": "![](attachment:a.png)", "attachments": attachments})
    assert cells(topic, deck) == [("markdown", "![](data:image/png;base64,QUJD)")]


@pytest.mark.parametrize(
    ("link", "name", "form", "shown"),
    [
        ("my%20a.png", "my a.png", {"image/png": "QU\nJD\n"}, "data:image/png;base64,QUJD"),
        ("a.svg", "a.svg", {"image/svg+xml": "<svg/>"}, "data:image/svg+xml;base64,PHN2Zy8+"),
    ],
)
def test_a_pasted_picture_is_found_by_its_name_and_is_on_all_outputs(
    topic: Any, link: str, name: str, form: dict[str, str], shown: str
) -> None:
    topic.name = "slides_deck.ipynb"
    deck = as_notebook({"source": f"![a](attachment:{link})", "attachments": {name: form}})
    kinds = ("html", "notebook", "code", "slides")
    topic.only(*(Variant("en", "completed", f, PurePosixPath(f), True) for f in kinds))
    result = topic.convert(deck)
    assert all(shown in data.decode() for data in result.outputs.values())
    assert result.diagnostics == ()


def test_a_pasted_picture_that_is_not_there_is_spoken_of(topic: Any) -> None:
    topic.name = "slides_deck.ipynb"
    topic.only(Variant("en", "completed", "html", PurePosixPath("p"), True))
    (warning,) = topic.convert(as_notebook({"source": "![a](attachment:a.png)"})).diagnostics
    assert warning.message == "there is no image attachment:a.png"
    assert str(warning.place) == "slides/slides_deck.ipynb (cell 1, line 1)"


def test_a_notebook_is_in_the_language_of_its_kernel(topic: Any) -> None:
    topic.name = "slides_deck.ipynb"
    kernel = {"name": ".net-csharp", "language": "C#", "display_name": "C#"}
    assert topic.plan(as_notebook(kernelspec=kernel)).payload.prog_lang.name == "csharp"
    assert topic.plan(as_notebook()).payload.prog_lang.name == "python"


def test_two_slide_tags_of_a_notebooks_cell_are_an_error_with_the_cell(topic: Any) -> None:
    topic.name = "slides_deck.ipynb"
    with pytest.raises(ConversionError, match="several slide tags") as caught:
        cells(topic, as_notebook({}, {"metadata": {"tags": ["slide", "notes"]}}))
    assert str(caught.value.place) == "slides/slides_deck.ipynb (cell 2)"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('{"cells": [\n<<<<<<< HEAD\n', 2, "it is not JSON"),
        ("", 1, "it is not JSON"),
        ("[]", None, "does not say its format"),
        ('{"cells": []}', None, "does not say its format"),
        ('{"nbformat": 4, "cells": [1]}', None, "of another form"),
        ('{"nbformat": 4, "metadata": {"kernelspec": 5}}', None, "of another form"),
        ("[" * 100_000, None, "nested too deeply"),
    ],
)
def test_what_is_no_notebook_is_an_error_when_it_is_planned(
    topic: Any, text: str, line: int | None, said: str
) -> None:
    topic.name = "slides_deck.ipynb"
    with pytest.raises(ConversionError, match="not a Jupyter notebook") as caught:
        topic.plan(text)
    assert said in caught.value.message
    assert caught.value.place is not None
    assert caught.value.place.line == line


def test_a_notebook_with_cells_of_another_form_is_an_error(topic: Any) -> None:
    topic.name = "slides_deck.ipynb"
    with pytest.raises(ConversionError, match="not a Jupyter notebook"):
        cells(topic, '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"a": 1}]}')


# -- what is wrong with a source -------------------------------------------------------------------


def test_a_programming_language_that_nobody_knows_is_an_error(topic: Any) -> None:
    topic.name = "slides_deck.md"
    topic.context = evolve(topic.context, prog_lang="pyton")
    with pytest.raises(ConversionError, match="'pyton'") as caught:
        topic.plan("text")
    assert caught.value.hint is not None
    assert "did you mean 'python'" in caught.value.hint
    assert "prog-langs" in caught.value.hint


@pytest.mark.parametrize("title", ["", "...", "!?", "  "])
def test_a_title_of_which_no_file_name_can_be_made_is_an_error(topic: Any, title: str) -> None:
    with pytest.raises(ConversionError, match="leaves nothing to name a file by") as caught:
        topic.plan(f'# {{{{ header("Titel", "{title}") }}}}\n')
    assert "(en)" in caught.value.message


def test_a_deck_of_fifty_megabytes_is_refused_before_it_is_read(topic: Any) -> None:
    with pytest.raises(ConversionError, match=r"50\.0 MB, more than 20 MB") as caught:
        topic.plan(b"x" * 50_000_000)
    assert caught.value.hint is not None
    assert "max-deck-megabytes" in caught.value.hint


def test_a_large_deck_is_planned_in_no_time(topic: Any) -> None:
    line = '# {{ header("' + "a" * 200 + "\n"
    assert topic.plan(line * 50_000).outputs


@pytest.mark.parametrize("name", ["slides_deck.py", "slides_deck.md", "slides_deck.ipynb"])
@pytest.mark.parametrize(
    ("data", "said"), [(b"\x89PNG\r\n\x1a\n\xff", "not UTF-8"), (b"a\nb\0c", "binary data")]
)
def test_binary_data_in_a_source_is_an_error(topic: Any, name: str, data: bytes, said: str) -> None:
    topic.name = name
    with pytest.raises(ConversionError, match=said):
        topic.plan(data)


@pytest.mark.parametrize("name", ["slides_deck.java", "slides_deck.md", "slides_deck.ipynb"])
@pytest.mark.parametrize("change", ["carriage returns", "byte-order mark", "no final newline"])
def test_how_a_deck_was_saved_does_not_matter(
    topics: Callable[[], Any], name: str, change: str
) -> None:
    deck = {
        "slides_deck.java": in_language(DECK, PROG_LANGS["java"]),
        "slides_deck.md": MARKDOWN,
        "slides_deck.ipynb": json.dumps(json.loads(as_notebook({"source": "# T"})), indent=1)
        + "\n",
    }[name]
    written = {
        "carriage returns": deck.replace("\n", "\r\n").encode(),
        "byte-order mark": b"\xef\xbb\xbf" + deck.encode(),
        "no final newline": deck.rstrip("\n").encode(),
    }[change]
    first, second = topics(), topics()
    first.name = second.name = name
    assert cells(first, written) == cells(second, deck)


# -- languages of texts -------------------------------------------------------------------------


def test_a_deck_in_three_languages(topic: Any) -> None:
    names = {"de": "Kurs", "en": "Course", "fr": "Cours"}
    topic.context = evolve(topic.context, course_name=names)
    deck = (
        "# j2 from 'macros.j2' import header\n"
        '# {{ header("Titel", "Title", fr="Titre") }}\n\n'
        '# %% [markdown] lang="fr"\n# Bonjour\n\n'
        '# %% [markdown] lang="fr" tags=["answer"]\n# Oui\n\n# %% tags=["keep"]\n1\n'
    )
    title, *others = cells(topic, deck, language="fr")
    assert "Titre" in title[1]
    assert others == [("markdown", "Bonjour"), ("markdown", "*Réponse:* Oui"), ("code", "1")]
    assert len(cells(topic, deck, language="de")) == 2
    (output,) = topic.only(variant("completed", "code", language="fr")).plan(deck).outputs
    assert output.destinations[0].name == "03 Titre.py"


def test_every_language_of_the_course_has_a_macro_of_its_own(topic: Any) -> None:
    names = {"de": "Kurs", "pt-BR": "Curso"}
    topic.context = evolve(topic.context, course_name=names)
    deck = "# j2 from 'macros.j2' import header_pt_br\n# {{ header_pt_br('Olá') }}\n"
    (title,) = cells(topic, deck, language="pt-BR")
    assert "Olá" in title[1]
    assert topic.convert(deck).diagnostics == ()


def test_the_course_has_macros_for_one_programming_language(topic: Any) -> None:
    topic.templates = {
        "macros.j2": b"{% macro header(de, en) %}%% [markdown]\n# for all{% endmacro %}",
        "java/macros.j2": b"{% macro header(de, en) %}%% [markdown]\n// for Java{% endmacro %}",
    }
    topic.name = "slides_deck.java"
    text = in_language(DECK.split("\n\n")[0] + "\n", PROG_LANGS["java"])
    assert cells(topic, text) == [("markdown", "for Java")]


def test_a_notebook_that_is_paired_with_a_text_is_no_deck_of_its_own() -> None:
    (job_type,) = clm_job_types()
    pair, alone = PurePosixPath("slides_a.ipynb"), PurePosixPath("slides_b.ipynb")
    topic = {pair, alone, PurePosixPath("slides_a.py"), PurePosixPath("slides_b.png")}
    assert job_type.mirrors(pair, topic)
    assert not any(job_type.mirrors(path, topic) for path in topic - {pair})
