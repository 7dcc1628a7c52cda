"""Input files of decks: only those of the topic that a deck may need."""

from __future__ import annotations

import json

import pytest

DECK = """\
# {{{{ header("Titel", "Title") }}}}

# %% [markdown]
# {text}

# %%
{code}
"""
PICTURES = {"img/steps.de.png": b"one", "img/other.png": b"two"}


def deck(text: str = "", code: str = "1") -> str:
    header = "# j2 from 'macros.j2' import header\n"
    return header + DECK.format(text=text, code=code)


def names(request) -> set[str]:
    return {file.name for file in request.inputs}


def test_only_mentioned_images_awaited(topic):
    topic.made = PICTURES
    request = topic.plan(deck("![s](img/steps.de.png)"))
    assert names(request) == {"topic/slides_deck.py", "generated/img/steps.de.png"}
    assert request.producers == {"maker:img/steps.de.png"}


def test_image_matched_without_language_suffix(topic):
    topic.made = PICTURES
    request = topic.plan(deck("![s](img/steps.{{ lang }}.png)"))
    assert "generated/img/steps.de.png" in names(request)


def test_json_escaped_names_matched(topic):
    topic.name = "slides_deck.ipynb"
    topic.made = {"img/größe.png": b"one"}
    cell = {"cell_type": "markdown", "metadata": {}, "source": ["![g](img/größe.png)"]}
    data = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    request = topic.plan(json.dumps(data, ensure_ascii=True))
    assert "generated/img/größe.png" in names(request)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("", set()), ("see slides_other", {"topic/slides_other.py"}), ("x.pu", {"topic/pu/x.pu"})],
)
def test_claimed_sources_only_if_mentioned(topic, text, wanted):
    topic.files = {"slides_other.py": b"", "pu/x.pu": b"", "helper.py": b""}
    topic.claimed = frozenset({"slides_other.py", "pu/x.pu"})
    request = topic.plan(deck(text))
    assert names(request) == {"topic/slides_deck.py", "topic/helper.py", *wanted}


@pytest.mark.integration
def test_changed_image_runs_nothing(topic):
    topic.memory = {}
    topic.made = {"img/steps.png": b"one"}
    source = deck("![s](img/steps.png)", code="import os\nsorted(os.listdir())")
    topic.convert(source)
    known = dict(topic.memory)
    topic.made = {"img/steps.png": b"another"}
    result = topic.convert(source)
    assert topic.memory == known
    page = result.outputs["en/html/completed"].decode()
    assert "[&#39;img&#39;]" in page or "[]" in page, "code does not see the picture"
    assert not result.diagnostics, "the page does"


@pytest.mark.integration
def test_changed_image_in_code_reruns(topic):
    topic.memory = {}
    topic.made = {"img/steps.png": b"one"}
    source = deck("text", code='open("img/steps.png").read()')
    first = topic.outputs(source)["en/html/completed"]
    topic.made = {"img/steps.png": b"another"}
    second = topic.outputs(source)["en/html/completed"]
    assert "one" in first
    assert "another" in second
