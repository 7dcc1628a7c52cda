"""Markdown constructs as HTML."""

from __future__ import annotations

import re

import pytest

from clm_plugin_notebook.pages.html.markdown_html import MarkdownRenderer

RENDERER = MarkdownRenderer()


def html_of(source: str, language: str = "en") -> str:
    made = RENDERER.render(source, language)
    assert not made.remarks
    return made.html


def remarks_of(source: str) -> list[tuple[int, str]]:
    return [(remark.line, remark.message) for remark in RENDERER.render(source, "en").remarks]


def rows(html: str) -> list[list[str]]:
    found = re.findall(r"<tr>(.*?)</tr>", html, re.S)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in found]


@pytest.mark.parametrize(
    "maths",
    [
        "$a_1 * b_2 * c$",
        "$ x $",
        r"$a \$ b$",
        r"\(x_1 * y * z\)",
        r"\(n\)",
        "$$a_1 *b* c_2$$",
        "$$\na\n\n_b_\n$$",
        "\\begin{align}\na &= _b_\n\n*c*\n\\end{align}",
        "\\[ x *y* z \\]",
        "$\n\\begin{array}{l}\n*a* \\\\ *b*\n\\end{array}\n$",
    ],
)
def test_maths_unchanged(maths: str) -> None:
    html = html_of(f"{maths}\n\n*end*")
    assert html == f"<p>{maths.replace('&', '&amp;')}</p>\n<p><em>end</em></p>\n"


@pytest.mark.parametrize(
    "text",
    [
        "costs $5 and $6",
        "from $5 to 10$ each",
        r"\$5 and \$6",
        "5 $ und 10 $",
        "US-$",
        r"see \[1\] and \[...\]",
        r"\(see below\)",
        r"- \[0,0\]",
        r"\[A\] temporary",
    ],
)
def test_other_text_is_no_maths(text: str) -> None:
    html = html_of(text).replace('<span class="tex2jax_ignore">$</span>', "")
    assert not re.search(r"\$|\\[(\[]", html)


def test_double_backslash_is_maths_as_in_jupyter() -> None:
    assert html_of(r"\\(x\\) and \\[y\\]") == "<p>$x$ and $$y$$</p>\n"


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("![x](img/Screenshot 1.png)", "img/Screenshot%201.png"),
        ("![x](<img/Screenshot 1.png>)", "img/Screenshot%201.png"),
        ("![x](img/a%20b.png)", "img/a%20b.png"),
        ('![x](img/a b.png "Title")', "img/a%20b.png"),
        ("![x](img/größe (1).svg)", "img/gr%C3%B6%C3%9Fe%20(1).svg"),
        ("![x](img/a(1).png)", "img/a(1).png"),
        ("![x](img/a[1].png)", "img/a[1].png"),
        ("![x]( img/a b c.JPG )", "img/a%20b%20c.JPG"),
        ("![x](data:image/svg+xml;base64,AAAA)", "data:image/svg+xml;base64,AAAA"),
    ],
)
def test_picture_found_with_blanks(source: str, url: str) -> None:
    html = html_of(source)
    assert html.startswith(f'<p><img src="{url}" alt="x"')
    assert "](" not in html


@pytest.mark.parametrize(
    "source", ['![x](a.png){width="10cm"}', "```{image} a.png\n:alt: x\n:width: 10cm\n```"]
)
def test_picture_size_in_units_is_style(source: str) -> None:
    assert 'style="width: 10cm"' in html_of(source)
    assert 'width="50%"' in html_of(source.replace("10cm", "50%"))


def test_link_to_file_with_blanks() -> None:
    assert html_of("[a *b*](my file.pdf)") == '<p><a href="my%20file.pdf">a <em>b</em></a></p>\n'
    assert html_of("[note](this is no file)") == "<p>[note](this is no file)</p>\n"


def test_table_rows_filled_up_and_cut_off() -> None:
    table = "| a | b |\n|---|---|\n| 1 |\n| 1 | 2 | 3 |"
    made = RENDERER.render(f"text\n\n{table}", "en")
    assert rows(made.html) == [["a", "b"], ["1", ""], ["1", "2"]]
    assert [(r.line, r.message) for r in made.remarks] == [
        (6, "the row has 3 cells, but the table has 2 columns")
    ]


@pytest.mark.parametrize("cell", ["$|x|$", "`a|b`", "`` a`|` ``"])
def test_pipes_in_code_and_maths_kept(cell: str) -> None:
    table = f"| n | {cell} |\n|---|---|\n| m | {cell} |"
    made = RENDERER.render(table, "en")
    shown = re.sub(r"</?code>", "", str(rows(made.html)))
    assert shown.count("|") == 2 * cell.count("|")
    assert [remark.line for remark in made.remarks] == [1, 3]


def test_escaped_pipe_is_text() -> None:
    table = "| a | b |\n|---|---|\n| `x\\|y` | $\\|x\\|$ |"
    assert rows(html_of(table))[1] == ["<code>x|y</code>", "$|x|$"]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("```python {1,3-4}\na\nb\nc\nd\n```", "acd"),
        ("```{code-block} python\n:emphasize-lines: 2\na\nb\n```", "b"),
        ('```{.python code-line-numbers="1"}\na\nb\n```', "a"),
        ('```{python} hl_lines="2"\na\nb\n```', "b"),
        ("```text {2-2}\na\nb\n```", "b"),
    ],
)
def test_named_lines_marked(source: str, lines: str) -> None:
    marked = re.findall(r'<span class="hll">(.*?)\n</span>', html_of(source), re.S)
    assert "".join(re.sub("<[^>]*>", "", line) for line in marked) == lines


def test_missing_marked_line_warned() -> None:
    assert remarks_of("text\n\n```python {7}\na\n```") == [
        (3, "'{7}' names no lines of this code".replace("{7}", "7"))
    ]


@pytest.mark.parametrize("kind", ["note", "tip", "important", "warning", "caution"])
@pytest.mark.parametrize(
    "form",
    ["> [!{upper}]\n> Text *x*", "```{{{kind}}}\nText *x*\n```", ":::{{{kind}}}\nText *x*\n:::"],
)
def test_admonitions_of_all_forms_alike(form: str, kind: str) -> None:
    assert html_of(form.format(kind=kind, upper=kind.upper())) == (
        f'<div class="admonition {kind}">\n<p class="admonition-title">{kind.capitalize()}</p>\n'
        "<p>Text <em>x</em></p>\n</div>\n"
    )


def test_admonition_title_in_language_or_own() -> None:
    assert ">Warnung</p>" in html_of("> [!WARNING]\n> x", "de")
    for own in (
        ":::{note} A *b*\nx\n:::",
        ":::note[A *b*]\nx\n:::",
        '::: {.callout-note title="A *b*"}\nx\n:::',
        "> [!NOTE] A *b*\n> x",
    ):
        assert '<p class="admonition-title">A <em>b</em></p>\n<p>x</p>' in html_of(own)


def test_admonitions_nest() -> None:
    html = html_of("::::{note}\na\n\n:::{tip}\n- b\n\n  > [!CAUTION]\n  > c\n:::\n\nd\n::::")
    kinds = re.findall(r'<div class="admonition (\w+)">|(</div>)', html)
    assert [kind or end for kind, end in kinds] == ["note", "tip", "caution", *["</div>"] * 3]


def test_code_in_admonition_verbatim() -> None:
    html = html_of("````{note}\n```text\n    :::\n  x\n```\n````")
    assert "    :::\n  x\n</pre>" in html


def test_dropdown_can_be_opened() -> None:
    html = html_of(":::{note} More\n:class: dropdown\nx\n:::")
    assert html.startswith('<details class="admonition note dropdown">\n<summary class="adm')


def test_unknown_blocks_warned_with_line() -> None:
    assert remarks_of("a\n\n```{tab-set}\nx\n```") == [
        (3, "the directive `{tab-set}` is unknown; it is shown as code")
    ]
    made = RENDERER.render("a\n\n:::wraning\n*x*\n:::", "en")
    assert "<em>x</em>" in made.html
    assert [remark.line for remark in made.remarks] == [3]
    assert remarks_of("a\n\n:::{note}\nx") == [(3, "the block `:::{note}` has no end")]


@pytest.mark.parametrize(
    ("source", "title", "kind"),
    [
        ("```{exercise}\n:label: a\n*x*\n```", "Exercise", "exercise"),
        ("```{prf:theorem} Bayes\n*x*\n```", "Theorem Bayes", "theorem"),
        ("```{solution} a\n:class: dropdown\n*x*\n```", "Solution", "solution"),
        ("```{exercise-start} One\n```\n*x*\n```{exercise-end}\n```", "Exercise One", "exercise"),
    ],
)
def test_exercises_are_boxes(source: str, title: str, kind: str) -> None:
    made = RENDERER.render(source, "en")
    assert (
        made.html.count('class="admonition ') == made.html.count(f'class="admonition {kind}') == 1
    )
    assert f'class="admonition-title">{title}<' in made.html
    assert "<em>x</em>" in made.html
    assert "label" not in made.html
    assert not made.remarks


def test_block_of_pandoc_has_class() -> None:
    made = RENDERER.render("::::: challenge\n*x*\n::::::::", "en")
    assert '<div class="challenge">' in made.html
    assert "<em>x</em>" in made.html
    assert not made.remarks


def test_remarks_in_nested_blocks_have_lines() -> None:
    source = "a\n\n::::{note}\n:class: x\n\n:::{tip}\n| a |\n|---|\n| 1 | 2 |\n:::\n::::"
    assert [line for line, _ in remarks_of(source)] == [9]


def test_task_list_has_labelled_boxes() -> None:
    html = html_of("- [x] one\n- [ ] two", "de")
    assert html.count('type="checkbox" disabled') == 2
    assert 'disabled checked aria-label="erledigt"> one' in html
    assert 'disabled aria-label="offen"> two' in html


def test_footnote_and_definition_list() -> None:
    html = html_of("a[^n]\n\n[^n]: note *b*\n\nTerm\n: Meaning")
    assert '<a href="#fn1" id="fnref1">[1]</a>' in html
    assert '<li id="fn1" class="footnote-item"><p>note <em>b</em> <a href="#fnref1"' in html
    assert "<dl>\n<dt>Term</dt>\n<dd>Meaning</dd>\n</dl>" in html


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://example.org/a_b_(c), then", "https://example.org/a_b_(c)"),
        ("(https://example.org/x)", "https://example.org/x"),
        ("[https://example.org/x]", "https://example.org/x"),
        ("*https://example.org/*", "https://example.org/"),
        ("www.example.org.", "http://www.example.org"),
        ("mail a.b@example.org!", "mailto:a.b@example.org"),
    ],
)
def test_bare_address_is_link(text: str, address: str) -> None:
    assert re.findall(r'<a href="([^"]*)">', html_of(text)) == [address]


@pytest.mark.parametrize("text", ["`https://e.org`", "@property", "[x](https://e.org)", "a@b"])
def test_other_address_is_no_further_link(text: str) -> None:
    assert html_of(text).count("<a ") == text.count("](")


def test_lone_xhtml_picture_is_paragraph() -> None:
    assert html_of("<img src='a.png' />\n*x*") == "<p><img src='a.png' />\n<em>x</em></p>\n"


def test_html_keeps_markdown_after_blank_line() -> None:
    html = html_of('<div class="x">\n\n- *a*\n  - b\n\n</div>')
    assert html.startswith('<div class="x">\n<ul>\n<li><em>a</em>\n<ul>\n<li>b</li>')
