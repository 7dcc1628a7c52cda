"""Links that would run code."""

from __future__ import annotations

import pytest

from clm_plugin_notebook.decks.text.script_links import (
    is_script_url,
    without_script_links,
    without_script_links_in_markdown,
)
from clm_plugin_notebook.pages.html.fragments import Fragments

IN_MARKDOWN = {
    "link": "[x](javascript:alert(1))",
    "case": "[x](JavaScript:alert(1))",
    "angles": "[x](<javascript:alert(1)>)",
    "blank before": "[x]( javascript:alert(1))",
    "title": '[x](javascript:alert(1) "t")',
    "entity": "[x](&#106;avascript:alert(1))",
    "entity colon": "[x](javascript&colon;alert(1))",
    "escaped colon": "[x](javascript\\:alert(1))",
    "reference": "[x][r]\n\n[r]: javascript:alert(1)",
    "automatic": "<javascript:alert(1)>",
    "page as data": "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "vbscript": "[x](vbscript:msgbox(1))",
    "maths": "$\\href{javascript:alert(1)}{x}$",
}
IN_MERMAID = {
    "click": '```mermaid\ngraph TD\n  click A "javascript:alert(1)" "tip"\n```',
    "click href": '```mermaid\ngraph TD\n  A-->B\n  click A href "JAVA\tSCRIPT:alert(1)"\n```',
    "link": "```{mermaid}\nsequenceDiagram\n  link Alice: Tip @ javascript:alert(1)\n```",
    "links": "```mermaid\nsequenceDiagram\n  links A: {'x': 'javascript:alert(1)'}\n```",
    "entity": '```mermaid\ngraph TD\n  click A href "&#106;avascript:alert(1)"\n```',
    "own entity": '```mermaid\ngraph TD\n  click A href "#106;avascript#colon;alert(1)"\n```',
    "argument": '```mermaid\nC4Context\n  Person(a, "x", $link="javascript:alert(1)")\n```',
    "label": "```mermaid\ngraph TD\n  A[\"<a href='javascript:alert(1)'>x</a>\"]\n```",
}
IN_HTML = {
    "double quotes": '<a href="javascript:alert(1)">x</a>',
    "single quotes": "<a href='javascript:alert(1)'>x</a>",
    "no quotes": "<a href=javascript:alert(1)>x</a>",
    "blanks around =": "<a href = 'javascript:alert(1)'>x</a>",
    "case": '<A HREF="JaVaScRiPt:alert(1)">x</A>',
    "tab entity": '<a href="java&#x09;script:alert(1)">x</a>',
    "named entity": '<a href="java&Tab;script&colon;alert(1)">x</a>',
    "line break": '<a href="java\nscript:alert(1)">x</a>',
    "leading control": '<a href="&#1; javascript:alert(1)">x</a>',
    "entities without ;": '<a href="&#106&#97vascript:alert(1)">x</a>',
    "quote in value": '<a title=x" href="javascript:alert(1)">x</a>',
    "open quote": '<a href="javascript:alert(1)//',
    "svg link": '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    "svg animation": '<svg><a><animate attributeName=href values="javascript:a()"/></a></svg>',
    "svg set": '<svg><a><set attributeName="href" to="javascript:alert(1)"/></a></svg>',
    "form": '<form action="javascript:alert(1)"><button>x</button></form>',
    "button": '<form><button formaction="javascript:alert(1)">x</button></form>',
    "frame": '<iframe src="javascript:alert(1)"></iframe>',
    "page in frame": '<iframe srcdoc="&lt;a href=javascript:alert(1)&gt;x&lt;/a&gt;"></iframe>',
    "object": '<object data="javascript:alert(1)"></object>',
    "area": '<map><area href="javascript:alert(1)"></map>',
    "refresh": '<meta http-equiv=refresh content="0;url=javascript:alert(1)">',
    "page as data": '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "maths": "$\\href{javascript:alert(1)}{x}$",
}
INNOCENT = {
    "code": "`[x](javascript:alert(1))`",
    "fence": "```html\n<a href='javascript:alert(1)'>x</a>\n```",
    "Mermaid text": '```mermaid\ngraph TD\n  A["javascript: the good parts"]\n```',
    "Mermaid link": '```mermaid\ngraph TD\n  click A "https://example.org/javascript:1"\n```',
    "text": "Learn javascript: the good parts",
    "link": "[x](https://example.org/javascript:1)",
    "file as data": "[x](data:text/csv,1)",
    "picture": "![x](data:image/svg+xml;base64,AAAA)",
    "file": "[x](javascript.html)",
}


@pytest.mark.parametrize("text", {**IN_MARKDOWN, **IN_HTML, **IN_MERMAID}.values())
def test_script_link_blocked_in_text(text: str) -> None:
    clean = without_script_links_in_markdown(text)
    assert "about:blank#blocked" in clean
    assert without_script_links_in_markdown(clean) == clean


@pytest.mark.parametrize("text", {**IN_MARKDOWN, **IN_HTML, **IN_MERMAID}.values())
def test_script_link_blocked_on_page(text: str) -> None:
    html = Fragments().markdown(text, "en").html
    assert "about:blank#blocked" in html or "&lt;a " in html  # which is text


@pytest.mark.parametrize("html", IN_HTML.values(), ids=IN_HTML)
def test_script_link_blocked_in_result(html: str) -> None:
    output = {"output_type": "display_data", "data": {"text/html": html}, "metadata": {}}
    assert "about:blank#blocked" in Fragments().output(output, "en").html


@pytest.mark.parametrize("text", INNOCENT.values(), ids=INNOCENT)
def test_innocent_text_kept(text: str) -> None:
    assert without_script_links_in_markdown(text) == text


def test_scripts_kept_in_html() -> None:
    html = "<script>x.href = 'javascript:void(0)'</script>"
    assert without_script_links(html) == html


def test_pictures_as_data_kept() -> None:
    html = '<img src="data:image/svg+xml;base64,AA"><iframe src="data:text/html,x"></iframe>'
    assert without_script_links(html) == html


@pytest.mark.parametrize("url", ["", "#x", "java script", "https://a/?q=javascript:", "clm:a"])
def test_other_urls_run_nothing(url: str) -> None:
    assert not is_script_url(url)
