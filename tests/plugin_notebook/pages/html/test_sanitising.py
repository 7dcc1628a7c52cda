"""HTML of decks from others."""

from __future__ import annotations

import pytest

from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.kernels.results import CellRun
from clm_plugin_notebook.pages.checks.check_results import check_results
from clm_plugin_notebook.pages.html.fragments import Fragments
from clm_plugin_notebook.pages.html.sanitising import removed, sanitised

MARKDOWN = """\
# A *heading*

- [x] task

:::{note} Title
text
:::

| a |
|:-:|
| 1 |

[link](https://example.org) ![picture](a.png) $x^2$ footnote[^1]

```python
x = 1
```

[^1]: Text
"""


@pytest.mark.parametrize(
    "html",
    [
        "<script>x</script>",
        "<style>b { color: red }</style>",
        "<iframe src='https://example.org'></iframe>",
        "<object data='x'></object>",
        "<form action='https://example.org'></form>",
        "<link rel='stylesheet' href='x.css'>",
        "<base href='https://example.org'>",
        "<meta http-equiv='refresh' content='0'>",
    ],
)
def test_active_element_removed(html: str) -> None:
    assert sanitised(html).strip() == ""


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("<b onclick='x()'>t</b>", "<b>t</b>"),
        ("<b style='position: fixed; color: red'>t</b>", '<b style="color:red">t</b>'),
        ("<b style='background-color: url(//x)'>t</b>", "<b>t</b>"),
        ("<b data-x='1'>t</b>", "<b>t</b>"),
        ("<input type='text'>", "<input>"),
        ("<img src='data:text/html,x'>", "<img>"),
        ("<img src='data:image/png;base64,AA'>", '<img src="data:image/png;base64,AA">'),
    ],
)
def test_active_attribute_removed(html: str, clean: str) -> None:
    assert sanitised(html) == clean


def test_markdown_looks_the_same() -> None:
    written, clean = Fragments(), Fragments(is_sanitised=True)
    made = clean.markdown(MARKDOWN, "en").html.replace(' rel="noopener noreferrer"', "")
    plain = written.markdown(MARKDOWN, "en").html
    same = {" disabled checked ": ' disabled="" checked="" '}
    for old, new in same.items():
        plain = plain.replace(old, new)
    assert made == plain


@pytest.mark.parametrize(
    ("html", "names"),
    [
        ("<script>x</script>", ("<script>",)),
        ("<b onclick='x()'>t</b>", ("onclick",)),
        ("<b style='position: fixed; color: red'>t</b>", ("position",)),
        ("<iframe src='x'></iframe>", ("<iframe>", "src")),
        ("<b style='color: red'>t</b> <img src='a.png'>", ()),
    ],
)
def test_removed_parts_named(html: str, names: tuple[str, ...]) -> None:
    assert removed(html, sanitised(html), html) == names


def test_removed_part_is_remark() -> None:
    found = Fragments(is_sanitised=True).markdown("Text\n\n<b onclick='x()'>t</b>", "en").remarks
    assert [(remark.line, remark.message) for remark in found] == [
        (3, "`html: sanitised` leaves out `onclick`")
    ]


def test_plain_markdown_has_no_remark() -> None:
    assert Fragments(is_sanitised=True).markdown(MARKDOWN, "en").remarks == ()


def test_removed_part_of_result_is_remark() -> None:
    cell = Cell("code", "x", number=3, line=1)
    html = {"output_type": "display_data", "data": {"text/html": "<script>x</script>"}}
    script = {"output_type": "display_data", "data": {"application/javascript": "x"}}
    runs = [(cell, CellRun((html,), 1)), (cell, CellRun((script,), 1))]
    found = [remark.message for remark in check_results(runs, is_sanitised=True)]
    assert found == ["`html: sanitised` leaves out `<script>` of a result"] * 2
    assert list(check_results(runs)) == []
