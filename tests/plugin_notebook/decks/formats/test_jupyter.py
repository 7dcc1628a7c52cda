"""Decks in Jupyter format."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import pytest
from deck_sources import as_notebook, cells, variant

from clm import ConversionError, Variant
from clm_plugin_notebook.plugin import clm_job_types


def test_notebook_tags_and_languages_apply(topic: Any) -> None:
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


def test_stored_notebook_outputs_dropped(topic: Any) -> None:
    topic.name = "slides_deck.ipynb"
    deck = json.loads(as_notebook({"cell_type": "code", "source": "1"}))
    deck["cells"][0] |= {
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "stale"}],
        "execution_count": 7,
    }
    topic.only(variant("completed", "notebook"))
    (text,) = topic.outputs(json.dumps(deck)).values()
    assert "stale" not in text


def test_pasted_images_embedded(topic: Any) -> None:
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
def test_pasted_image_in_all_outputs(
    topic: Any, link: str, name: str, form: dict[str, str], shown: str
) -> None:
    topic.name = "slides_deck.ipynb"
    deck = as_notebook({"source": f"![a](attachment:{link})", "attachments": {name: form}})
    kinds = ("html", "notebook", "code", "slides")
    topic.only(*(Variant("en", "completed", f, PurePosixPath(f), True) for f in kinds))
    result = topic.convert(deck)
    assert all(shown in data.decode() for data in result.outputs.values())
    assert result.diagnostics == ()


def test_missing_pasted_image_warned(topic: Any) -> None:
    topic.name = "slides_deck.ipynb"
    topic.only(Variant("en", "completed", "html", PurePosixPath("p"), True))
    (warning,) = topic.convert(as_notebook({"source": "![a](attachment:a.png)"})).diagnostics
    assert warning.message == "the image attachment:a.png does not exist"
    assert str(warning.place) == "slides/slides_deck.ipynb (cell 1, line 1)"


def test_kernel_sets_programming_language(topic: Any) -> None:
    topic.name = "slides_deck.ipynb"
    kernel = {"name": ".net-csharp", "language": "C#", "display_name": "C#"}
    assert topic.plan(as_notebook(kernelspec=kernel)).payload.prog_lang.name == "csharp"
    assert topic.plan(as_notebook()).payload.prog_lang.name == "python"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("markdown", '# %% [markdown] tags=["notes"]\nsecret'),
        ("markdown", '<!-- #region tags=["notes"] -->\nsecret'),
        ("code", "x = 1\n# %% [markdown]\n# secret"),
        ("raw", "%% [raw]"),
    ],
)
def test_header_in_notebook_is_error(topic: Any, kind: str, text: str) -> None:
    topic.name = "slides_deck.ipynb"
    with pytest.raises(ConversionError, match="looks like a cell header"):
        cells(topic, as_notebook({"cell_type": kind, "source": text}))


def test_two_slide_tags_rejected(topic: Any) -> None:
    topic.name = "slides_deck.ipynb"
    with pytest.raises(ConversionError, match="several slide tags") as caught:
        cells(topic, as_notebook({}, {"metadata": {"tags": ["slide", "notes"]}}))
    assert str(caught.value.place) == "slides/slides_deck.ipynb (cell 2)"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('{"cells": [\n<<<<<<< HEAD\n', 2, "it is not JSON"),
        ("", 1, "it is not JSON"),
        ("[]", None, "the file: expected an object, found a list"),
        ('{"cells": []}', None, "nbformat: missing"),
        ("[" * 100_000, None, "nested too deeply"),
    ],
)
def test_invalid_notebook_fails_planning(
    topic: Any, text: str, line: int | None, reason: str
) -> None:
    topic.name = "slides_deck.ipynb"
    with pytest.raises(ConversionError, match="not a Jupyter notebook") as caught:
        topic.plan(text)
    assert reason in caught.value.message
    assert caught.value.place is not None
    assert caught.value.place.line == line


def test_malformed_notebook_cells_rejected(topic: Any) -> None:
    topic.name = "slides_deck.ipynb"
    with pytest.raises(ConversionError, match="not a Jupyter notebook"):
        cells(topic, '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"a": 1}]}')


def test_paired_notebook_is_mirror() -> None:
    (job_type,) = clm_job_types()
    pair, alone = PurePosixPath("slides_a.ipynb"), PurePosixPath("slides_b.ipynb")
    topic = {pair, alone, PurePosixPath("slides_a.py"), PurePosixPath("slides_b.png")}
    assert job_type.mirrors(pair, topic)
    assert not any(job_type.mirrors(path, topic) for path in topic - {pair})
