"""Budgets of templates: steps, text and memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from clm import ConversionError, Place
from clm_plugin_notebook.decks import template_budgets
from clm_plugin_notebook.decks.templates import expand

_STEPS, _SIZE = "more than 1,000,000 steps", "characters or items"
_DOUBLING = (
    "{% set ns = namespace(x='x') %}{% for i in range(90) %}"
    "{% set ns.x = ns.x OP ns.x %}{% endfor %}"
)


def expanded(folder: Path, template: str) -> str:
    deck = folder / "deck.py"
    deck.write_text("{% set one = 1 %}\n" + template)
    return expand(deck, "slides/deck.py", [], comment="#", variables={}).text


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}", _STEPS),
        ("{{ lipsum(n=100000) }}", "at most 1,000 paragraphs"),
        ("{{ 'x' * 9000000000 }}", _SIZE),
        ("{{ 9000000000 * [0] }}", _SIZE),
        ("{{ 10 ** 100000000 }}", "too many digits"),
        ("{{ 'x' | center(9000000000) }}", _SIZE),
        ("{{ 'x' | indent(9000000000) }}", _SIZE),
        ("{{ 'x'.ljust(9000000000) }}", _SIZE),
        ("{{ '%9000000000d' % 1 }}", _SIZE),
        ("{{ '%*d' % (9000000000, 1) }}", _SIZE),
        ("{{ '%9000000000s' | format('x') }}", _SIZE),
        ("{{ range(99999) | join('x' * 9999) }}", _SIZE),
        ("{{ ('a' * 99999) | replace('', 'b' * 9999) }}", _SIZE),
        ("{{ ('a' * 99999).replace('', 'b' * 9999) }}", _SIZE),
        ("{{ ('a' * 99999).join('b' * 9999) }}", _SIZE),
        ("{{ ('-' * 200000) | wordwrap(1) }}", _SIZE),
        ("{{ ('x' * 200000) | urlize }}", _SIZE),
        (_DOUBLING.replace("OP", "~"), _SIZE),
        (_DOUBLING.replace("OP", "+"), _SIZE),
        ("{% set x = 'x' * 9999999 %}{% for i in range(9) %}{{ x }}{% endfor %}", _SIZE),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "recursion depth"),
        ("{{ range(10**9) }}", "Range too big"),
    ],
)
def test_costly_template_named_by_line(tmp_path: Path, template: str, reason: str) -> None:
    with pytest.raises(ConversionError, match=reason) as raised:
        expanded(tmp_path, template)
    diagnostic = raised.value.diagnostics[0]
    assert diagnostic.place == Place("slides/deck.py", line=2)
    assert "cell of code" in (diagnostic.hint or "")


def test_branching_recursion_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template_budgets, "MAX_STEPS", 1000)
    branching = "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}"
    with pytest.raises(ConversionError, match="more than 1,000 steps"):
        expanded(tmp_path, branching + "{{ f(50) }}")


def test_recursive_loop_counts_rounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template_budgets, "MAX_STEPS", 1000)
    loop = "{% for a in [1] recursive %}{% if a %}{{ loop([0] * 5000) }}{% endif %}{% endfor %}"
    with pytest.raises(ConversionError, match="more than 1,000 steps"):
        expanded(tmp_path, loop)


def test_growing_list_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template_budgets, "MAX_STEPS", 1000)
    with pytest.raises(ConversionError, match="more than 1,000 steps"):
        expanded(tmp_path, "{% set l = [1] %}{% for x in l %}{% set _ = l.append(1) %}{% endfor %}")


def test_usual_template_unchanged(tmp_path: Path) -> None:
    text = expanded(
        tmp_path,
        "{% for i in [1, 2, 3] %}{{ loop.index }}/{{ loop.length }}{{ ',' if not loop.last }}"
        "{% endfor %} {{ 'ab' * 2 }} {{ 2 ** 10 }} {{ '%03d' % 7 }} {{ range(3) | join('-') }}",
    )
    assert text.strip() == "1/3,2/3,3/3 abab 1024 007 0-1-2"
