"""Reading of decks for their outputs."""

from __future__ import annotations

from typing import Any

import pytest

from clm_plugin_notebook import reading
from clm_plugin_notebook.decks.templates import NO_CODE, TemplateCode
from clm_plugin_notebook.reading import DeckReader

HEADER = '# j2 from "macros.j2" import header\n# {{ header("Titel", "Title") }}\n'
PLAIN = '# %% [markdown] lang="en"\n# # Title\n'
BY_LANGUAGE = HEADER + "# %%\n1\n"
BY_FORMAT = BY_LANGUAGE + "# %% [markdown]\n# {{ is_html }}\n"


@pytest.fixture
def expansions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The languages for which decks are expanded, in order."""
    found: list[str] = []
    expand = reading.expand

    def counted(*arguments: Any, variables: dict[str, Any], **options: Any) -> Any:
        found.append(variables["lang"])
        return expand(*arguments, variables=variables, **options)

    monkeypatch.setattr(reading, "expand", counted)
    return found


def read_all(topic: Any, deck: str, code: TemplateCode = NO_CODE) -> set[str]:
    """The texts that the outputs of a deck are read from."""
    request = topic.plan(deck)
    folder = topic.folder / "job"
    for file in request.inputs:
        target = folder / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(topic._bytes_of(file))
    reader = DeckReader(request.payload, folder, request.source, code=code)
    return {
        "\n".join(cell.source for cell in reader.read(output).cells)
        for output in request.payload.outputs
    }


@pytest.mark.parametrize(
    ("deck", "expected"), [(PLAIN, 1), (BY_LANGUAGE, 2), (BY_FORMAT, 4)], ids=["1", "2", "4"]
)
def test_equal_variables_expand_once(
    topic: Any, expansions: list[str], deck: str, expected: int
) -> None:
    assert len(read_all(topic, deck)) == expected
    assert len(expansions) == expected


def test_foreign_code_expands_each_time(topic: Any, expansions: list[str]) -> None:
    code = TemplateCode({"own": str}, key="own")
    assert read_all(topic, BY_LANGUAGE, code) == read_all(topic, BY_LANGUAGE)
    assert len(expansions) > 2 * 2
