"""Widgets on pages, which have no kernel: replaced by their text and contents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from attrs import evolve

from clm_plugin_notebook.kernels.results import CellRun

WIDGET = "application/vnd.jupyter.widget-view+json"
_STATE = "application/vnd.jupyter.widget-state+json"
_REFERENCE = "IPY_MODEL_"
_HTML = ("HTMLModel", "HTMLMathModel")
_PLACEHOLDER = "[a widget, which shows nothing here]"

Output = Mapping[str, Any]


def without_widgets(run: CellRun, widgets: Any) -> CellRun:
    """Return the results with widgets replaced by their text and contents.

    `widgets` is the widget state after the code has run. The results contain no widget ids, since
    these differ from run to run.
    """
    if not any(is_widget(output) for output in run.outputs):
        return run
    states = (widgets or {}).get(_STATE, {}).get("state", {})
    return evolve(run, outputs=tuple(_static(run.outputs, states, frozenset())))


def is_widget(output: Output) -> bool:
    """Whether Jupyter shows the output as a widget."""
    return WIDGET in output.get("data", {})


def _static(
    outputs: tuple[Output, ...], states: Mapping[str, Any], inside: frozenset[str]
) -> Iterator[Output]:
    for output in outputs:
        if not is_widget(output):
            yield output
            continue
        data = {key: value for key, value in output["data"].items() if key != WIDGET}
        yield {**output, "data": data or {"text/plain": _PLACEHOLDER}}
        yield from _contents(str(output["data"][WIDGET].get("model_id")), states, inside)


def _contents(model: str, states: Mapping[str, Any], inside: frozenset[str]) -> Iterator[Output]:
    """Yield the contents of a widget and its children that can be shown without a kernel."""
    if model not in states or model in inside:
        return
    name, state = states[model].get("model_name"), states[model].get("state", {})
    inside |= {model}
    if name == "OutputModel":
        yield from _static(tuple(state.get("outputs", ())), states, inside)
    elif name in _HTML:
        yield _display("text/html", state.get("value", ""))
    elif name == "LabelModel":
        yield _display("text/html", f"<p>{escape(state.get('value', ''))}</p>")
    for child in state.get("children", ()):
        yield from _contents(str(child).removeprefix(_REFERENCE), states, inside)


def _display(mime_type: str, text: str) -> Output:
    return {"output_type": "display_data", "data": {mime_type: text}, "metadata": {}}
