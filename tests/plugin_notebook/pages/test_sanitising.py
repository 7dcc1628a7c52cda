"""HTML of decks from others."""

from __future__ import annotations

import pytest

from clm_plugin_notebook.pages.fragments import Fragments
from clm_plugin_notebook.pages.sanitising import sanitised

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
