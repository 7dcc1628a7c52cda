"""The style sheet of pages on paper."""

from __future__ import annotations

from clm_plugin_notebook.pages.layout.paper import paper_css


def test_footer_cannot_leave_its_string() -> None:
    sheet = paper_css(('A "b" \\', "</style><script>\n{{ x }}"))
    (line,) = [line for line in sheet.splitlines() if "bottom-left" in line]
    content = line.partition("content: ")[2].partition("; font")[0]
    assert content.count('"') == 2
    assert not {"<", ">", "{", "}"} & set(content)
    assert content.startswith('"A\\20 \\22 b\\22 \\20 \\5c ')
