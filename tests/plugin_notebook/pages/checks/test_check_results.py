"""Results that pages cannot show like Jupyter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import pytest

from clm import Diagnostic, Severity, Variant
from clm_plugin_notebook.kernels.results import CellRun
from clm_plugin_notebook.pages.html.fragments import Fragments
from clm_plugin_notebook.pages.widgets import WIDGET, without_widgets

PAGE = Variant("en", "completed", "html", PurePosixPath("page"), True)
SLIDES = Variant("en", "completed", "slides", PurePosixPath("slides"), True)
DISPLAY = "from IPython.display import *\n"


@pytest.fixture
def made(topics: Callable[[], Any]) -> Callable[[str], tuple[str, list[Diagnostic]]]:
    """Return the page of a deck with one code cell, and the warnings."""

    def convert(code: str) -> tuple[str, list[Diagnostic]]:
        result = topics().only(PAGE, SLIDES).convert(f"\n# %%\n{DISPLAY}{code}\n")
        assert all(d.severity is Severity.WARNING and d.hint for d in result.diagnostics)
        assert all(str(d.place) == "slides/slides_deck.py:2 (cell 1)" for d in result.diagnostics)
        html = result.outputs["en/html/completed"].decode()
        return html.split("<body", 1)[1], list(result.diagnostics)

    return convert


def widget(model: str, **other: str) -> dict[str, Any]:
    view = {"model_id": model, "version_major": 2, "version_minor": 0}
    return {"output_type": "display_data", "data": {WIDGET: view, **other}, "metadata": {}}


def state(**models: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    states = {n: {"model_name": name, "state": state} for n, (name, state) in models.items()}
    return {"application/vnd.jupyter.widget-state+json": {"state": states}}


def texts(run: CellRun) -> list[str]:
    return [output.get("text") or next(iter(output["data"].values())) for output in run.outputs]


def outputs_of(html: str) -> str:
    """Return the outputs on a page with one code cell."""
    outputs = html.partition("output_wrapper")[2].partition("<script")[0]
    assert outputs
    return outputs


def test_widget_shown_as_text(
    made: Callable[[str], tuple[str, list[Diagnostic]]],
) -> None:
    pytest.importorskip("ipywidgets")
    html, warnings = made(
        "import ipywidgets as w\n"
        "out = w.Output()\n"
        "with out:\n    print(6 * 7)\n"
        "w.VBox([w.Label('a < b'), w.HTML('<i>now</i>'), w.IntSlider(value=5), out])"
    )
    assert "VBox(children=(Label(value=" in html
    assert "a &lt; b" in html
    assert "<i>now</i>" in html
    assert "42" in html
    assert [w.message.split(":")[0] for w in warnings] == ["a result is a widget"]


def test_tqdm_bar_shown_in_last_state(
    made: Callable[[str], tuple[str, list[Diagnostic]]],
) -> None:
    pytest.importorskip("ipywidgets")
    code = (
        "from tqdm.auto import tqdm\n"
        "for i in tqdm(range(3), desc='load <x>'): print('step', i)\n"
        "for i in tqdm(range(3), desc='gone', leave=False): pass"
    )
    html, warnings = made(code)
    assert warnings == []
    assert f"load &lt;x&gt;: 100%|{'█' * 10}| 3/3 [" in html
    assert "0%|  " not in html
    assert "step 0\nstep 1\nstep 2" in html
    assert "gone: " not in outputs_of(html)


def test_tqdm_notebook_shown_in_last_state(
    made: Callable[[str], tuple[str, list[Diagnostic]]],
) -> None:
    html, warnings = made("from tqdm.notebook import trange\nfor i in trange(4): pass")
    assert warnings == []
    assert f"100%|{'█' * 10}| 4/4 [" in html


def test_tqdm_without_widgets_is_text(
    made: Callable[[str], tuple[str, list[Diagnostic]]],
) -> None:
    html, warnings = made(
        "import sys\nsys.modules['ipywidgets'] = None\n"
        "from tqdm.auto import tqdm\nfor i in tqdm(range(3)): pass"
    )
    assert warnings == []
    assert f"100%|{'█' * 10}| 3/3 [" in html
    assert html.count("0/3") == 0
    assert ">site-packages/tqdm/" in html


def test_progress_widget_shown_as_text(
    made: Callable[[str], tuple[str, list[Diagnostic]]],
) -> None:
    pytest.importorskip("ipywidgets")
    html, warnings = made(
        "import ipywidgets as w\n"
        "w.VBox([w.Label('a'), w.IntProgress(value=5, max=10, description='half')])"
    )
    assert warnings == []
    assert "half 50%|█████     |" in html
    assert "VBox(" not in outputs_of(html)


def test_image_widget_shown_as_picture(
    made: Callable[[str], tuple[str, list[Diagnostic]]],
) -> None:
    pytest.importorskip("ipywidgets")
    html, warnings = made("import ipywidgets as w\nw.Image(value=b'not really', format='png')")
    assert warnings == []
    assert "data:image/png;base64,bm90IHJlYWxseQ==" in html


def test_display_updates_act(
    made: Callable[[str], tuple[str, list[Diagnostic]]],
) -> None:
    html, _ = made(
        "shown = display('be' + 'fore', display_id=True)\nprint('be' + 'tween')\n"
        "shown.update('af' + 'ter')\nprint('cle' + 'ared')\nclear_output(wait=True)\n"
        "shown = display('one' + '-', display_id='x')\nprint('l' + 'ast')\n"
        "update_display('two' + '-', display_id='x')"
    )
    outputs = outputs_of(html)
    assert "cleared" not in outputs
    assert "last" in outputs
    assert "before" not in outputs
    assert outputs.index("two-") < outputs.index("last")
    assert "one-" not in outputs


def test_widget_pages_reproducible(
    made: Callable[[str], tuple[str, list[Diagnostic]]],
) -> None:
    pytest.importorskip("ipywidgets")
    code = "import ipywidgets as w\nw.VBox([w.Output(), w.IntSlider()])"
    assert made(code) == made(code)


def test_widget_without_text_has_placeholder() -> None:
    (text,) = texts(without_widgets(CellRun((widget("a"),), 1), None))
    assert "widget" in text


def test_cyclic_widgets_shown_once() -> None:
    widgets = state(
        a=("VBoxModel", {"children": ["IPY_MODEL_b", "IPY_MODEL_a"]}),
        b=("OutputModel", {"outputs": [widget("a", **{"text/plain": "again"})]}),
    )
    run = CellRun((widget("a", **{"text/plain": "box"}),), 1)
    assert texts(without_widgets(run, widgets)) == ["box", "again"]


def test_results_without_widgets_unchanged() -> None:
    run = CellRun(({"output_type": "stream", "name": "stdout", "text": "x"},), 1)
    assert without_widgets(run, None) is run


def test_unsupported_result_type_named(
    made: Callable[[str], tuple[str, list[Diagnostic]]],
) -> None:
    html, (warning,) = made("display({'application/geo+json': {}}, raw=True)")
    assert "[application/geo+json]" in html
    assert "only application/geo+json" in warning.message


def test_empty_result_has_no_placeholder() -> None:
    output = {"output_type": "display_data", "data": {}, "metadata": {}}
    assert "[" not in Fragments().output(output, "en").html


@pytest.mark.parametrize(
    "code",
    [
        'HTML(\'<img src="https://example.org/a.png" alt="">\')',
        "HTML('<script src=\"//example.org/a.js\"></script>')",
        "HTML('<script>load(\"https://example.org/a.mjs\")</script>')",
        "Javascript('require([\"https://example.org/a.js\"])')",
        "display(Image(url='https://example.org/a.png'))",
        "IFrame('https://example.org', 10, 10)",
    ],
)
def test_network_result_warned(
    made: Callable[[str], tuple[str, list[Diagnostic]]], code: str
) -> None:
    _, (warning,) = made(code)
    assert "a result is loaded from the network" in warning.message
    assert "example.org" in warning.message


@pytest.mark.parametrize(
    "code",
    [
        "HTML('<a href=\"https://example.org/a.js\">site</a>')",
        "'https://example.org/a.js'",
        "print('<img src=\"https://example.org/a.png\">')",
        'HTML(\'<img src="data:image/png;base64,AAAA" alt="">\')',
    ],
)
def test_local_result_not_warned(
    made: Callable[[str], tuple[str, list[Diagnostic]]], code: str
) -> None:
    assert made(code)[1] == []
