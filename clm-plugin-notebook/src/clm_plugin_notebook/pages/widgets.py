"""Widgets on pages, which have no kernel: replaced by their text and contents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from attrs import evolve

from clm_plugin_notebook.decks.text.markdown_text import plain_text
from clm_plugin_notebook.kernels.results import CLOSED_WIDGET, CellRun

WIDGET = "application/vnd.jupyter.widget-view+json"
_STATE = "application/vnd.jupyter.widget-state+json"
_REFERENCE = "IPY_MODEL_"
_HTML = ("HTMLModel", "HTMLMathModel")
_BARS = ("FloatProgressModel", "IntProgressModel")
_BOXES = ("BoxModel", "HBoxModel", "VBoxModel", "GridBoxModel")
# Widgets whose contents are all that they show; readers could not do anything with them.
_STATIC = frozenset(
    {*_HTML, *_BARS, *_BOXES, "LabelModel", "OutputModel", "ImageModel", CLOSED_WIDGET}
)
_PLACEHOLDER = "[a widget, which shows nothing here]"
_BLOCKS = 10  # of a progress bar

Output = Mapping[str, Any]


def without_widgets(run: CellRun, widgets: Any) -> CellRun:
    """Return the results with widgets replaced by their text and contents.

    `widgets` is the widget state after the code has run. The results contain no widget ids, since
    these differ from run to run.
    """
    if not any(is_widget(output) for output in run.outputs):
        return run
    return evolve(run, outputs=tuple(_Contents(widgets).of(run.outputs)))


def is_widget(output: Output) -> bool:
    """Whether Jupyter shows the output as a widget."""
    return WIDGET in output.get("data", {})


def is_shown_completely(output: Output, widgets: Any) -> bool:
    """Whether pages show all of a widget: it has nothing that readers could operate."""
    return _Contents(widgets).are_all_of(_model(output))


def _model(output: Output) -> str:
    return str(output["data"][WIDGET].get("model_id"))


class _Contents:
    """The contents of widgets, given the state of all of them."""

    def __init__(self, widgets: Any) -> None:
        self._models: Mapping[str, Any] = (widgets or {}).get(_STATE, {}).get("state", {})

    def of(
        self, outputs: Iterable[Output], inside: frozenset[str] = frozenset()
    ) -> Iterator[Output]:
        """Yield the outputs with widgets replaced, those that are `inside` themselves left out."""
        for output in outputs:
            if not is_widget(output):
                yield output
                continue
            model = _model(output)
            if not self.are_all_of(model):
                data = {key: value for key, value in output["data"].items() if key != WIDGET}
                yield {**output, "data": data or {"text/plain": _PLACEHOLDER}}
            yield from self._of_model(model, inside)

    def are_all_of(self, model: str, inside: frozenset[str] = frozenset()) -> bool:
        """Whether the contents are all that the widget shows."""
        name, state = self._named(model)
        if name not in _STATIC or model in inside:
            return False
        return name == CLOSED_WIDGET or all(
            self.are_all_of(child, inside | {model}) for child in _children(state)
        )

    def _named(self, model: str) -> tuple[str, Mapping[str, Any]]:
        known = self._models.get(model, {})
        return str(known.get("model_name")), known.get("state", {})

    def _of_model(self, model: str, inside: frozenset[str]) -> Iterator[Output]:
        """Yield the contents of a widget and its children that can be shown without a kernel."""
        name, state = self._named(model)
        if model in inside or name == CLOSED_WIDGET:
            return
        inside |= {model}
        if name == "OutputModel":
            yield from self.of(state.get("outputs", ()), inside)
        elif name in _HTML:
            yield _display("text/html", state.get("value", ""))
        elif name == "LabelModel":
            yield _display("text/html", f"<p>{escape(state.get('value', ''))}</p>")
        elif name == "ImageModel":
            yield from self._image(model, state)
        elif name in _BARS:
            before = f"{state.get('description', '')} {_fraction(state):.0%}".lstrip()
            yield _display("text/plain", before + _bar(state))
        if line := self._progress_line(state):
            yield _display("text/plain", line)
            return
        for child in _children(state):
            yield from self._of_model(child, inside)

    def _progress_line(self, box: Mapping[str, Any]) -> str:
        """Return the line for a progress bar between two texts, as tqdm makes them."""
        parts = [self._named(child) for child in _children(box)]
        if len(parts) != 3 or parts[1][0] not in _BARS:
            return ""
        if any(name not in _HTML for name, _ in (parts[0], parts[2])):
            return ""
        before, after = (plain_text(state.get("value", "")) for _, state in (parts[0], parts[2]))
        # tqdm puts blanks of the width of digits into its texts.
        return f"{before}{_bar(parts[1][1])}{after}".replace("\N{FIGURE SPACE}", " ")

    def _image(self, model: str, state: Mapping[str, Any]) -> Iterator[Output]:
        for buffer in self._models[model].get("buffers", ()):
            if buffer.get("path") == ["value"]:
                yield _display(f"image/{state.get('format', 'png')}", buffer["data"])


def _children(state: Mapping[str, Any]) -> list[str]:
    return [str(child).removeprefix(_REFERENCE) for child in state.get("children", ())]


def _fraction(bar: Mapping[str, Any]) -> float:
    first, last = float(bar.get("min", 0)), float(bar.get("max", 100))
    value = float(bar.get("value", first))
    return min(max((value - first) / (last - first), 0.0), 1.0) if last > first else 1.0


def _bar(bar: Mapping[str, Any]) -> str:
    return f"|{'█' * int(_fraction(bar) * _BLOCKS):{_BLOCKS}}|"


def _display(mime_type: str, text: str) -> Output:
    return {"output_type": "display_data", "data": {mime_type: text}, "metadata": {}}
