"""Interactive figures of real libraries on pages that may load nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from clm import Variant
from clm.browser import Browser, Message
from clm_plugin_notebook.kernels.libraries import without_libraries
from clm_plugin_notebook.kernels.results import CellRun, Execution
from clm_plugin_notebook.pages.pdf import show

pytestmark = [pytest.mark.integration, pytest.mark.slow]

PLOTLY = """\
# %%
import plotly.graph_objects as go
go.Figure(go.Scatter(x=[1, 2], y=[3, 4]), {"title": "figure-one", "height": 300})

# %%
go.Figure(go.Scatter(x=[1, 2], y=[3, 4]), {"title": r"$\\\\alpha^2$", "height": 300})
"""
BOKEH = """\
# %%
from bokeh.plotting import figure, show
from bokeh.io import output_notebook
output_notebook()
plot = figure(width=300, height=200)
plot.line([1, 2], [3, 4])
show(plot)

# %%
show(plot)
"""
ALTAIR = """\
# %%
import altair as alt
chart = alt.Chart(alt.Data(values=[{"a": 1}, {"a": 2}])).mark_point().encode(x="a:Q")
chart

# %%
chart
"""
# Stands in for a package of 30 MB that returns the script.
VL_CONVERT = b"""\
def javascript_bundle(vl_version):
    draw = "window.vegaEmbed = async (e, spec) => e.append(document.createElement('canvas'));"
    return draw + " " * 100_000
"""
DRAWN = {PLOTLY: ".js-plotly-plot .main-svg", BOKEH: ".bk-Figure", ALTAIR: "[id^=altair] canvas"}


def variant(format: str) -> Variant:
    return Variant("en", "completed", format, PurePosixPath(format), True)


@pytest.fixture
def convert(topic: Any) -> Callable[..., Any]:
    def make(deck: str, *formats: str, **files: bytes) -> Any:
        topic.files = files or {"vl_convert.py": VL_CONVERT}
        return topic.only(*map(variant, formats or ("html",))).convert(deck)

    return make


@pytest.mark.parametrize("deck", [PLOTLY, BOKEH, ALTAIR], ids=["plotly", "bokeh", "altair"])
@pytest.mark.parametrize("format", ["html", "slides"])
def test_figures_drawn_without_network(
    convert: Callable[..., Any], browser: Browser, tmp_path: Path, deck: str, format: str
) -> None:
    result = convert(deck, format)
    assert result.diagnostics == ()
    path = tmp_path / "page.html"
    path.write_bytes(result.outputs[f"en/{format}/completed"])
    events: list[Message] = []
    page = show(browser, path.as_uri(), on_event=events.append)
    sent = [e["params"]["request"]["url"] for e in events if "requestWillBeSent" in e["method"]]
    assert [url for url in sent if not url.startswith(("data:", "blob:"))] == [path.as_uri()]
    # A plot of Bokeh is in shadow trees.
    count = (
        "(function all(root) { return root.querySelectorAll('%s').length + [...root."
        "querySelectorAll('*')].reduce((n, e) => n + (e.shadowRoot ? all(e.shadowRoot) : 0), 0) })"
        "(document)"
    )
    assert page.evaluate(count % DRAWN[deck]) >= 2
    if deck is PLOTLY:
        assert (
            page.evaluate(
                "document.querySelectorAll('.js-plotly-plot svg mjx-container, "
                ".js-plotly-plot [class*=MathJax], .js-plotly-plot g svg').length"
            )
            > 0
        )


@pytest.mark.parametrize("deck", [PLOTLY, BOKEH, ALTAIR], ids=["plotly", "bokeh", "altair"])
def test_one_library_a_page(convert: Callable[..., Any], deck: str) -> None:
    html = convert(deck).outputs["en/html/completed"].decode()
    large = [s for s in re.findall(r"<script>(.*?)</script>", html, re.S) if len(s) > 100_000]
    assert len(large) == 1


def test_library_outlives_its_cell(convert: Callable[..., Any]) -> None:
    deck = PLOTLY.replace("# %%", '# %% tags=["remove-cell"]', 1)
    html = convert(deck).outputs["en/html/completed"].decode()
    assert "plotly.js v" in html
    assert "figure-one" not in html


@pytest.mark.parametrize("deck", [PLOTLY, BOKEH, ALTAIR], ids=["plotly", "bokeh", "altair"])
def test_figures_reproducible(convert: Callable[..., Any], deck: str) -> None:
    first, second = (convert(deck, "html", "slides").outputs for _ in range(2))
    assert first == second


def test_network_named_in_one_warning(convert: Callable[..., Any]) -> None:
    without = "import sys\nsys.modules['vl_convert'] = None\nimport altair"
    deck = ALTAIR.replace("import altair", without)
    (warning,) = convert(deck, "html", "slides").diagnostics
    assert "cdn.jsdelivr.net" in warning.message
    assert "schema" not in warning.message
    assert "vl-convert" in str(warning.hint)


def test_renderer_of_deck_respected(convert: Callable[..., Any]) -> None:
    choice = "import altair as alt\nalt.renderers.enable('json')"
    html = convert(ALTAIR.replace("import altair as alt", choice)).outputs["en/html/completed"]
    assert b"vegaEmbed" not in html


def results(html: str) -> Execution:
    output = {"output_type": "display_data", "data": {"text/html": html}, "metadata": {}}
    return Execution((CellRun((output,), 1),))


def test_unknown_large_script_stays() -> None:
    execution = results(f"<script>const secret = '{'x' * 200_000}'</script>")
    assert without_libraries(execution) == execution


def test_repeated_library_kept_once() -> None:
    library = "/**\n* plotly.js v2.35.0" + " " * 200_000
    html = f"<b>a</b><script>{library}</script>"
    made = without_libraries(Execution(results(html).runs * 2))
    assert made.libraries == (library,)
    assert [run.outputs[0]["data"]["text/html"] for run in made.runs] == ["<b>a</b>"] * 2
