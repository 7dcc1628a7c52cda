"""Contents of rendered pages and slides."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from attrs import evolve
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from clm import ConversionError, Variant
from clm.errors import SettingsError
from clm.plugins.settings import structure_settings
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.kernels.results import CellRun
from clm_plugin_notebook.pages.layout.additions import Theme
from clm_plugin_notebook.pages.layout.assets import asset
from clm_plugin_notebook.pages.renderer import PageRenderer
from clm_plugin_notebook.pages.web_page import PageCell, WebPage
from clm_plugin_notebook.payload import NotebookSettings, PageOptions, SiteLinks
from clm_plugin_notebook.plugin import page_scripts

RENDERER = PageRenderer()
OUTSIDE = re.compile(r"""(?:src|href|data)=["']?(?:https?:)?//|@import|url\(["']?(?:https?:)?//""")


def page(*cells: Cell, options: PageOptions | None = None, **changes: Any) -> WebPage:
    shown = [PageCell(cell, f"id-{n}") for n, cell in enumerate(cells)]
    made = WebPage("Title", "en", "ipython3", shown, Path("nowhere"), options or PageOptions())
    return evolve(made, **changes)


def html_of(*cells: Cell, **changes: Any) -> str:
    return RENDERER.page(page(*cells, **changes)).html.decode()


def slides_of(*cells: Cell, **changes: Any) -> str:
    return RENDERER.slides(page(*cells, **changes)).html.decode()


def markdown(source: str, slide_type: str | None = None) -> Cell:
    return Cell("markdown", source, slide_type=slide_type)


def result(data: dict[str, Any], output_type: str = "display_data", **more: Any) -> str:
    output = {"output_type": output_type, "data": data, "metadata": {}, **more}
    cell = PageCell(Cell("code", "x"), "id", CellRun((output,), 7))
    return RENDERER.page(evolve(page(), cells=[cell])).html.decode()


@given(st.text(), st.text())
def test_titles_and_languages_escaped(title: str, language: str) -> None:
    for html in (html_of(title=title, language=language), slides_of(title=title)):
        (shown,) = re.findall(r"<title>([^<]*)</title>", html)
        assert unescape(shown) == unescape(title.encode(errors="replace").decode())
    assert html_of(title="</title><script>").count("<script>") == 1


def test_slides_described_by_title_and_footer() -> None:
    html = slides_of(markdown("x"), title='A "b" <c>', footer=("Course & more",))
    assert '<meta name="description" content="A &#34;b&#34; &lt;c&gt; · Course &amp; more">' in html
    assert "<span>Course &amp; more</span>" in html


def test_course_in_footer_leads_to_front_page() -> None:
    site = (SiteLinks("../index.html?a&b", "Course", "Week 1"),)
    html = slides_of(markdown("x"), footer=("Course", "Week 1"), site=site)
    course, week = re.findall(r"<span>(.*?)</span>", html.partition('class="slide-footer"')[2])[:2]
    assert (course, week) == ('<a href="../index.html?a&amp;b">Course</a>', "Week 1")


def test_plain_page_is_small() -> None:
    html = html_of(markdown("# Title\n\ntext"), Cell("code", "x = 1"))
    assert len(html) < 40_000
    assert "clm-mathjax" not in html


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        ("costs $x^2$", "mathjax"),
        ("$$x$$", "mathjax"),
        ("\\begin{align}x\\end{align}", "mathjax"),
        ("<div>\n$x$\n</div>", "mathjax"),
        ("```mermaid\ngraph LR\n```", "mermaid"),
    ],
)
def test_only_needed_script_embedded(source: str, needed: str) -> None:
    html = html_of(markdown(source))
    packed = base64.b64encode(asset(f"{needed}.js.gz")).decode()
    assert f'<script id="clm-{needed}" type="text/plain">{packed}</script>' in html
    assert html.count('<script id="clm-') == 1


@pytest.mark.parametrize("source", ["costs $5", "`$x$`", "```\n$x$\n```"])
def test_non_math_dollars_need_nothing(source: str) -> None:
    assert "clm-mathjax" not in html_of(markdown(source))


def test_scripts_linked_by_setting() -> None:
    html = html_of(markdown("$x$"), options=PageOptions(asset_url='../a"b/'))
    assert 'data-src="../a&quot;b/mathjax.js"></script>' in html
    assert len(html) < 40_000


def test_no_external_resources() -> None:
    cells = [markdown("# T $x$\n\n```mermaid\ngraph LR\n```"), Cell("code", "x")]
    for html in (html_of(*cells), slides_of(*cells, speaker=True)):
        assert not OUTSIDE.search(html)


def test_cell_has_classic_classes() -> None:
    html = html_of(Cell("code", "x = 1", tags=frozenset({"hide-input"})))
    for piece in (
        '<div id="cell-id=id-0" class="cell border-box-sizing code_cell rendered celltag_hide-in',
        '<div class="prompt input_prompt">In&nbsp;[&nbsp;]:</div>',
        '<div class="input_area"><div class=" highlight hl-ipython3"><pre tabindex="0">',
    ):
        assert piece in html


def test_result_number_shown() -> None:
    html = result({"text/plain": "42 <x>"}, "execute_result", execution_count=7)
    assert 'output_prompt">Out&nbsp;[7]:' in html
    assert "In&nbsp;[7]:" in html
    assert "42 &lt;x&gt;" in html


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"text/html": "<b>x</b>", "text/plain": "plain"}, "<b>x</b>"),
        ({"text/markdown": "**x**", "text/plain": "plain"}, "<strong>x</strong>"),
        ({"text/latex": "$a<b$"}, "$a&lt;b$"),
        ({"image/svg+xml": "<svg/>"}, 'src="data:image/svg+xml;base64,PHN2Zy8+"'),
        ({"image/png": "AAAA\n"}, 'src="data:image/png;base64,AAAA"'),
        ({"text/vnd.mermaid": "a<b"}, '<pre class="mermaid">\na&lt;b'),
        ({"application/vnd.jupyter.widget-view+json": {}, "text/plain": "plain"}, "plain"),
        ({"application/unknown": "x"}, ""),
    ],
)
def test_richest_result_format_shown(data: dict[str, Any], shown: str) -> None:
    html = result(data)
    assert shown in html
    assert ("plain</pre>" in html) == ("plain" in shown)


def test_result_script_bound_with_jquery() -> None:
    html = result({"application/javascript": "element.text('x')"})
    assert asset("jquery.js").decode() in html
    assert "$(document.currentScript).prev();element.text('x')" in html


def test_require_embedded_when_used() -> None:
    html = result({"text/html": "<script>require(['x'], f)</script>"})
    assert asset("require.js").decode() in html


def test_result_images_have_alt_text() -> None:
    assert 'alt="Picture made by the code"' in result({"image/png": "AAAA"})
    described = result({"image/png": "AAAA"}, metadata={"image/png": {"alt": "A <curve>"}})
    assert 'alt="A &lt;curve&gt;"' in described


def test_missing_alt_text_from_filename() -> None:
    assert '<img src="img/sine.png" alt="sine">' in html_of(markdown("![](img/sine.png)"))
    assert '<img src="a.png" alt="">' in html_of(markdown('<img src="a.png" alt="">'))


def test_images_inlined_by_setting(tmp_path: Path) -> None:
    (tmp_path / "a b.png").write_bytes(b"data")
    (tmp_path.parent / "secret.png").write_bytes(b"secret")
    cell = markdown("![x](a%20b.png) ![y](none.png) ![z](../secret.png)")
    html = html_of(cell, options=PageOptions(images="inlined"), topic=tmp_path)
    assert f'src="data:image/png;base64,{base64.b64encode(b"data").decode()}"' in html
    assert 'src="none.png"' in html
    assert 'src="../secret.png"' in html


def test_equal_headings_have_unique_ids() -> None:
    html = html_of(markdown("# A b"), markdown("# A b"))
    assert 'id="A-b"' in html
    assert '<h1 id="A-b-2">A b<a class="anchor-link" href="#A-b-2"' in html


def test_equal_headings_of_a_cell_numbered_in_order() -> None:
    html = html_of(markdown("# A\n\n[up](#A)\n\n# A\n\n# A"))
    assert re.findall(r'<h1 id="([^"]*)">A<a class="anchor-link" href="#([^"]*)"', html) == [
        ("A", "A"),
        ("A-2", "A-2"),
        ("A-3", "A-3"),
    ]
    assert '<a href="#A">up</a>' in html


def test_footnotes_of_cells_lead_to_their_own() -> None:
    html = html_of(markdown("a[^1] b[^1]\n\n[^1]: one"), markdown("c[^1] d[^1]\n\n[^1]: two"))
    assert re.findall(r'href="#(fn[^"]*)"', html) == [
        *("fn1", "fn1", "fnref1", "fnref1:1"),
        *("fn1-2", "fn1-2", "fnref1-2", "fnref1:1-2"),
    ]
    ids = re.findall(r'id="(fn[^"]*)"', html)
    assert len(ids) == len(set(ids)) == 6


def test_unknown_code_language_shown() -> None:
    assert "nonsense\nx &lt; y" in html_of(markdown("```nonsense\nx < y\n```"))
    assert "x</span>" in html_of(Cell("code", "x"), code_language="python3")
    assert "x\n</pre>" in html_of(Cell("code", "x"), code_language="nonsense")


def test_magic_cell_highlighted_by_language() -> None:
    html = html_of(Cell("code", "%%bash\nfor x in a; do echo; done"))
    assert '<span class="k">for</span>' in html
    assert '<span class="k">done</span>' in html


def test_theme_from_settings() -> None:
    assert '<html lang="en" data-theme="auto">' in html_of()
    assert '<html lang="en" data-theme="dark">' in slides_of(options=PageOptions(theme="dark"))


def test_page_independent_of_earlier_pages() -> None:
    cells = [markdown("# A $x$"), Cell("code", "x"), markdown("# A $x$")]
    assert PageRenderer().page(page(*cells)).html == RENDERER.page(page(*cells)).html


def test_slides_have_sections_and_notes() -> None:
    boxed = '<div style="background: yellow; color: black">\n\nAsk.\n\n</div>'
    cells = [markdown("# A", "slide"), markdown(boxed, "notes"), markdown("## B", "subslide")]
    html = slides_of(*cells, markdown("gone", "skip"), markdown("- c", "fragment"), speaker=True)
    assert html.count("<section>") == 3
    assert re.search(r'<aside class="notes">\s*<p>Ask.</p>\s*</aside>', html)
    assert "gone" not in html
    assert html.count('<div class="fragment">') == 1
    assert 'id="clm-notes"' in html


def test_speaker_view_only_for_speakers() -> None:
    assert 'id="clm-notes"' not in slides_of(markdown("# A", "slide"))


def test_slide_options_from_settings() -> None:
    options = PageOptions(reveal={"transition": "</script>", "width": 1000}, overflow="scroll")
    html = slides_of(markdown("# A"), options=options)
    assert '"transition": "\\u003c/script\\u003e"' in html
    assert '"width": 1000' in html
    assert 'data-overflow="scroll"' in html


@pytest.mark.parametrize(
    "values",
    [
        {"theme": "pink"},
        {"images": "linked"},
        {"slides-overflow": "hide"},
        {"slides-options": {"dependencies": "x"}},
        {"slides-options": {"transition": ["x"]}},
    ],
)
def test_wrong_setting_rejected(values: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        structure_settings("notebook", NotebookSettings, values, {})


def test_settings_reach_pages_and_slides(topics: Callable[[], Any]) -> None:
    settings = NotebookSettings(theme="light", slides_options={"transition": "zoom"})
    slides = Variant("de", "code-along", "slides", PurePosixPath("x"), True)
    topic = topics().only(slides, settings=settings)
    (request,) = topic.requests("# %% [markdown]\n# # Hallo\n")
    assert request.outputs[0].destinations == (PurePosixPath("x/03 Hallo.html"),)
    (html,) = topic.outputs("# %% [markdown]\n# # {{ is_html }}\n").values()
    assert '<html lang="de" data-theme="light">' in html
    assert '"transition": "zoom"' in html
    assert ">True<" in html


def test_scripts_written_to_folder(tmp_path: Path) -> None:
    done = CliRunner().invoke(page_scripts, [str(tmp_path / "new" / "scripts")])
    assert done.exit_code == 0
    written = {path.name for path in (tmp_path / "new" / "scripts").iterdir()}
    names = ("mathjax", "mermaid", "reveal", "notes", "jquery", "require")
    assert written == {f"{name}.js" for name in names}
    assert b"MathJax" in (tmp_path / "new" / "scripts" / "mathjax.js").read_bytes()


def test_fences_are_verbatim() -> None:
    drawing = "\n\n      +---+\n      | a |\n  +---+---+"
    html = html_of(markdown(f"```text\n{drawing}\n```"))
    shown = re.search(r"<pre[^>]*>(.*?)</pre>", html[html.index("rendered_html") :], re.S)
    assert shown is not None
    assert re.sub(r"<[^>]*>", "", shown[1]).rstrip("\n") == drawing


@pytest.mark.parametrize("form", ["page", "slides"])
def test_parts_checked_without_page(form: str) -> None:
    cells = page(markdown("![absent](img/a.png)", "slide"))
    parts, whole = (getattr(r, form)(cells) for r in (PageRenderer(only_parts=True), RENDERER))
    assert (parts.html, parts.markdown) == (b"", whole.markdown)


def test_own_template_rendered_for_parts() -> None:
    theme = Theme("house", templates=(("page.html.j2", "{% bad %}"),))
    with pytest.raises(ConversionError):
        PageRenderer(only_parts=True).page(page(theme=theme))
