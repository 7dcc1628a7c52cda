"""What pages load from the network, apart from the usual tags."""

from __future__ import annotations

import pytest

from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.text.links import is_remote
from clm_plugin_notebook.kernels.results import CellRun
from clm_plugin_notebook.pages.checks.check_results import loaded_urls
from clm_plugin_notebook.pages.html.loads import other_loads
from clm_plugin_notebook.pages.html.markdown_html import mermaid

URL = "https://example.org/x"


@pytest.mark.parametrize(
    ("html", "what"),
    [
        (f"<style>@import '{URL}';</style>", "style"),
        (f"<style>@import url({URL});</style>", "style"),
        (f"<style>b {{ background: url( '{URL}' ) }}</style>", "style"),
        (f"<style>@font-face {{ src: local(x), url({URL}) }}</style>", "style"),
        (f"<style>b {{ background: \\75 rl({URL}) }}</style>", "style"),
        (f"<style>b {{ background: url({URL})", "style"),
        (f"<b style='background: URL({URL})'>x</b>", "style"),
        (f'<b style="background: url(&quot;{URL}&quot;)">x</b>', "style"),
        (f"$\\style{{background: url({URL})}}{{x}}$", "style"),
        (f"$\\bbox[5px, background: url({URL})]{{x}}$", "style"),
        (f"$\\color{{url({URL})}}x$", "style"),
        (f"<img srcset='a.png 1x, {URL} 2x'>", "srcset"),
        (f"<video poster={URL}></video>", "poster"),
        (f"<table background='{URL}'></table>", "background"),
        (f"<section data-background-image='{URL}'></section>", "data-background-image"),
        (f"<track src='{URL}'>", "<track>"),
        (f"<input type=image src='{URL}'>", "<input>"),
        (f"<svg><image xlink:href='{URL}'/></svg>", "<image>"),
        (f"<svg><use href='{URL}'/></svg>", "<use>"),
        (f"<svg><rect clip-path='url({URL})'/></svg>", "style"),
        (f"<svg><style>@import '{URL}';</style></svg>", "style"),
        (f"<iframe srcdoc='&lt;img src={URL}&gt;'></iframe>", "srcdoc"),
        (mermaid(f'graph TD\n  A@{{ img: "{URL}", label: "x" }}'), "Mermaid"),
        (mermaid(f"graph TD\n  A[\"<img src='{URL}'>\"]"), "Mermaid"),
        (mermaid(f"%%{{init: {{'themeCSS': '@import url({URL})'}}}}%%\ngraph TD"), "Mermaid"),
        (f"<iframe srcdoc='&lt;style&gt;@import {URL}&lt;/style&gt;'></iframe>", "srcdoc"),
    ],
)
def test_load_found(html: str, what: str) -> None:
    assert (what, URL) in set(other_loads(html))


@pytest.mark.parametrize(
    "html",
    [
        f"<a href='{URL}'>x</a>",
        "<svg xmlns='http://www.w3.org/2000/svg'><use href='#a'/></svg>",
        f"<b style='background: url(a.png)'>{URL}</b>",
        f"<script>x.style = 'url({URL})'</script>",
        f"<!-- <style>@import '{URL}'</style> -->",
        f"<p>the url({URL})</p>",
        f"$\\text{{see, {URL}}}$ $\\href{{{URL}}}{{x}}$",
        mermaid(f'graph TD\n  A["{URL}"]\n  click A "{URL}"'),
        "<img srcset='a.png 1x, b.png 2x'>",
    ],
)
def test_nothing_else_found(html: str) -> None:
    assert list(other_loads(html)) == []


@pytest.mark.parametrize(
    "data",
    [
        {"text/html": f"<img src='{URL}'>"},
        {"text/markdown": f"![x]({URL})"},
        {"text/latex": f"$\\style{{background: url({URL})}}{{x}}$"},
        {"text/vnd.mermaid": f'graph TD\n  A@{{ img: "{URL}", label: "x" }}'},
    ],
    ids=str,
)
def test_load_of_result_found(data: dict[str, str]) -> None:
    run = CellRun(({"output_type": "display_data", "data": data},), 1)
    assert {url for _, url in loaded_urls([(Cell("code", "x"), run)])} == {URL}


@pytest.mark.parametrize(
    "url", [URL, " " + URL, "ht\ntps://example.org", "\\\\example.org", "/\\x.org"]
)
def test_odd_remote_url_recognised(url: str) -> None:
    assert is_remote(url)
