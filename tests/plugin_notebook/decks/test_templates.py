from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

from clm import ConversionError, Place
from clm_plugin_notebook.decks.templates import Expansion, TemplateCode, TemplateFolder, expand


def expanded(folder: Path, deck: str, **templates: str) -> Expansion:
    (folder / "deck.py").write_text(deck)
    (folder / "templates").mkdir(exist_ok=True)
    for name, text in templates.items():
        (folder / "templates" / f"{name}.j2").write_text(text)
    return expand(
        folder / "deck.py",
        "slides/deck.py",
        [TemplateFolder(folder / "templates", "templates/"), TemplateFolder(folder, "slides/")],
        comment="#",
        variables={"lang": "de", "is_html": True},
    )


def origins(expansion: Expansion) -> list[str]:
    lines = range(1, expansion.text.count("\n") + 1)
    return [str(expansion.place(line)) for line in lines]


def test_deck_without_jinja_unchanged(tmp_path: Path) -> None:
    text = "# %%\nx = {'a': 1}\n\n\n# %% [markdown]\n# 100 % {of} it\n"
    expansion = expanded(tmp_path, text)
    assert expansion.text == text
    assert origins(expansion) == [f"slides/deck.py:{n}" for n in range(1, 7)]


def test_line_numbers_after_multiline_macro(tmp_path: Path) -> None:
    deck = "# j2 from 'm.j2' import twice\nbefore\n# {{ twice('x') }}\nafter\n"
    expansion = expanded(
        tmp_path, deck, m="{% macro twice(a) -%}\n{{ a }}\n# {{ a }}{% endmacro %}"
    )
    assert expansion.text == "before\n# x\n# x\nafter\n"
    assert origins(expansion) == [
        "slides/deck.py:2",
        "slides/deck.py:3",
        "templates/m.j2:3",
        "slides/deck.py:4",
    ]


def test_line_numbers_after_conditions_loops(tmp_path: Path) -> None:
    deck = (
        "a\n# j2 if lang == 'de'\nb\n# j2 else\nc\n# j2 endif\n"
        "{% for i in range(2) %}\nd\n{% endfor %}\ne\n"
    )
    expansion = expanded(tmp_path, deck)
    found = dict(zip(expansion.text.split("\n"), origins(expansion), strict=False))
    assert found["b"] == "slides/deck.py:3"
    assert found["d"] == "slides/deck.py:8"
    assert found["e"] == "slides/deck.py:10"
    assert "c" not in found


def test_included_lines_name_their_file(tmp_path: Path) -> None:
    (tmp_path / "part.py").write_text("one\ntwo\n")
    expansion = expanded(tmp_path, 'x\n# j2 include "part.py"\ny\n')
    found = dict(zip(expansion.text.split("\n"), origins(expansion), strict=False))
    assert (found["two"], found["y"]) == ("slides/part.py:2", "slides/deck.py:3")


def test_self_inspecting_deck_lacks_lines(tmp_path: Path) -> None:
    # The marks of the second expansion would change what this deck expands to.
    deck = "{% set a %}de{% endset %}{% if a == lang %}\nyes\n{% endif %}\n"
    expansion = expanded(tmp_path, deck)
    assert "yes" in expansion.text
    assert expansion.place(2) == Place("slides/deck.py")


def test_call_spans_commented_lines(tmp_path: Path) -> None:
    deck = (
        "# j2 macro two(a, b)\n{{ a }}{{ b }}\n# j2 endmacro\n# {{ two('x',\n#        'y') }}\nz\n"
    )
    expansion = expanded(tmp_path, deck)
    assert "# xy" in expansion.text
    assert expansion.place(expansion.text.split("\n").index("z") + 1).line == 6


def test_course_template_takes_precedence(tmp_path: Path) -> None:
    (tmp_path / "m.j2").write_text("beside")
    assert expanded(tmp_path, "{% include 'm.j2' %}\n", m="course").text == "course\n"


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_endings_normalized(tmp_path: Path, newline: str) -> None:
    (tmp_path / "deck.py").write_bytes(f"a{newline}b{newline}".encode())
    expansion = expand(tmp_path / "deck.py", "deck.py", [], comment="#", variables={})
    assert expansion.text == "a\nb\n"


@pytest.mark.parametrize(
    ("deck", "line", "text"),
    [
        ("a\nb\n# {{ nobody }}\n", 3, "'nobody' is undefined"),
        ("a\n# j2 if lang\nb\n", 3, "endif"),
        ("a\n# {{ lang( }}\n", 2, "unexpected"),
        ("a\n# j2 frobnicate\n", 2, "unknown tag 'frobnicate'"),
        ("a\n# {{ lang and 1 / 0 }}\n", 2, "division by zero"),
        ("a\n# j2 include 'nowhere.py'\n", 2, "template not found: nowhere.py"),
        ("a\n# j2 include '../../etc/passwd'\n", 2, "template not found"),
        ("a\n# {{ lang.__class__.__mro__ }}\n", 2, "unsafe"),
        ("a\n# {% for i in range(10**9) %}{% endfor %}\n", 2, "range too big"),
        ("# j2 include 'deck.py'\n", 1, "recursion"),
    ],
)
def test_template_error_has_line(tmp_path: Path, deck: str, line: int, text: str) -> None:
    with pytest.raises(ConversionError) as caught:
        expanded(tmp_path, deck)
    assert text.lower() in caught.value.message.lower()
    assert caught.value.place == Place("slides/deck.py", line=line)


def test_macro_error_located_in_macro(tmp_path: Path) -> None:
    macro = "{% macro bad() %}\n\n{{ missing }}\n{% endmacro %}"
    with pytest.raises(ConversionError) as caught:
        expanded(tmp_path, "# j2 from 'm.j2' import bad\n# {{ bad() }}\n", m=macro)
    assert caught.value.place == Place("templates/m.j2", line=3)
    assert caught.value.excerpt == "{{ missing }}"


def test_non_utf8_template_named(tmp_path: Path) -> None:
    (tmp_path / "part.py").write_bytes(b"\xff\xfe")
    with pytest.raises(ConversionError) as caught:
        expanded(tmp_path, "# j2 include 'part.py'\n")
    assert caught.value.place == Place("slides/part.py", line=1)


@pytest.mark.parametrize(
    "text",
    [
        "# %%\nlabel = fr'$\\hat{{\\alpha}} = {x:.1f}$'\n",
        "# %%\nprint(f'{{{n}}}')\n",
        "# %%\ndata = f'{{x: {{1}}}}'\n",
        "# token: ${{ secrets.TOKEN }}\n",
        "# <div style={{ color: 'red' }}>\n",
        "# ## Title {#anchor}\n",
    ],
)
def test_doubled_braces_unchanged(tmp_path: Path, text: str) -> None:
    assert expanded(tmp_path, text).text == text


@pytest.mark.parametrize("text", ["# {{ lnag }}\n", "# {{header('a')}}\n", "# {{lang}x\n"])
def test_mistyped_expressions_are_errors(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConversionError, match="Jinja"):
        expanded(tmp_path, text)


def test_comments_removed(tmp_path: Path) -> None:
    assert expanded(tmp_path, "# a {# not for\n# students #}b\n").text == "# a b\n"


def test_same_macros_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str | None] = []
    compile_template = Environment.compile

    def counted(self: Environment, source: str, *args: Any, **named: Any) -> Any:
        compiled.append(args[1] if len(args) > 1 else None)
        return compile_template(self, source, *args, **named)

    monkeypatch.setattr(Environment, "compile", counted)
    macros = f"{{% macro m() %}}{tmp_path.name}{{% endmacro %}}"
    texts = [
        expanded(tmp_path, f"# j2 from 'm.j2' import m\n{n} {{{{ m() }}}}\n", m=macros).text
        for n in (1, 2)
    ]
    assert texts == [f"{n} {tmp_path.name}\n" for n in (1, 2)]
    assert sum(bool(name and name.endswith("m.j2")) for name in compiled) == 1


def test_changed_macros_compiled_again(tmp_path: Path) -> None:
    deck = "# j2 from 'm.j2' import m\n{{ m() }}\n"
    texts = [
        expanded(tmp_path, deck, m=f"{{% macro m() %}}{n}{{% endmacro %}}").text for n in (1, 2)
    ]
    assert texts == ["1\n", "2\n"]


def failing(folder: Path, deck: str, function: Any = None) -> ConversionError:
    (folder / "deck.py").write_text(deck)
    code = TemplateCode({"bibitem": function})
    with pytest.raises(ConversionError) as caught:
        expand(
            folder / "deck.py",
            "slides/deck.py",
            [],
            comment="#",
            variables={"lang": "de"},
            code=code,
        )
    return caught.value


def test_error_of_filter_has_place(tmp_path: Path) -> None:
    def bibitem(value: str) -> str:
        raise ConversionError(f"{value}: the journal is missing", hint="add it")

    error = failing(tmp_path, "# %%\n# {{ 'hoare62' | bibitem }}\n", bibitem)
    assert error.message == "hoare62: the journal is missing"
    assert (error.place, error.hint) == (Place("slides/deck.py", 2), "add it")
    assert error.excerpt == "# {{ 'hoare62' | bibitem }}"


def test_own_place_of_filter_kept(tmp_path: Path) -> None:
    def bibitem(value: str) -> str:
        raise ConversionError("no", place=Place("books.bib", 3))

    assert failing(tmp_path, "{{ 'x' | bibitem }}", bibitem).place == Place("books.bib", 3)


@pytest.mark.parametrize(
    ("template", "hint"),
    [
        ("'x' | bibitme", "did you mean 'bibitem'?"),
        ("'x' | uper", "did you mean 'upper'?"),
        ("lang is stringg", "did you mean 'string'?"),
        ("'x' | unheard_of", "named in `extensions`"),
    ],
)
def test_unknown_filter_has_hint(tmp_path: Path, template: str, hint: str) -> None:
    assert hint in str(failing(tmp_path, "{{ " + template + " }}").hint)


ASKING = {
    "expression": ("# {{ is_html }}\n", {}),
    "condition": ("# j2 if is_html\n# a\n# j2 endif\n", {}),
    "condition not met": ("# {% if false %}{{ is_html }}{% endif %}\n", {}),
    "assigned name": ("# {% set x = is_html %}{{ x }}\n", {}),
    "test": ("# {% if is_html is defined %}a{% endif %}\n", {}),
    "loop": ("# {% for i in [1] %}{{ is_html }}{% endfor %}\n", {}),
    "block": ("# {% block a %}{{ is_html }}{% endblock %}\n", {}),
    "macro": ("# {% macro m() %}{{ is_html }}{% endmacro %}{{ m() }}\n", {}),
    "default of a macro": ("# {% macro m(a=is_html) %}{{ a }}{% endmacro %}{{ m() }}\n", {}),
    "imported macro": (
        "# {% from 'm.j2' import m %}{{ m() }}\n",
        {"m": "{% macro m() %}{{ is_html }}{% endmacro %}"},
    ),
    "macro of an imported module": (
        "# {% import 'm.j2' as t with context %}{{ t.m() }}\n",
        {"m": "{% macro m() %}{{ is_html }}{% endmacro %}"},
    ),
    "included file": ("# {% include 'm.j2' %}\n", {"m": "{{ is_html }}"}),
    "included without context": (
        "# {% include 'm.j2' without context %}\n",
        {"m": "{{ is_html }}"},
    ),
    "base template": ("# {% extends 'm.j2' %}\n", {"m": "{{ is_html }}"}),
    "name of a template": ("# {% include 'm.j2' if is_html else 'm.j2' %}\n", {"m": "a"}),
}


@pytest.mark.parametrize(("deck", "templates"), ASKING.values(), ids=ASKING)
def test_asked_variables_noted(tmp_path: Path, deck: str, templates: dict[str, str]) -> None:
    assert expanded(tmp_path, deck, **templates).asked == {"is_html": True}


@pytest.mark.parametrize("deck", ["# %%\n1\n", "# {{ 1 + 1 }}\n", "# {% set is_html = 1 %}\n"])
def test_other_variables_not_noted(tmp_path: Path, deck: str) -> None:
    assert expanded(tmp_path, deck).asked == {}
