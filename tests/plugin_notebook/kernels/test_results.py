from __future__ import annotations

from typing import Any

import pytest

from clm_plugin_notebook.kernels.results import (
    NO_RESULT,
    CellRun,
    Execution,
    joined_streams,
    terminal_text,
)

PICTURE = {"output_type": "display_data", "data": {"text/plain": "p"}, "metadata": {}}


def stream(name: str, text: str) -> dict[str, str]:
    return {"output_type": "stream", "name": name, "text": text}


def shown(*outputs: dict[str, Any]) -> list[str]:
    """Return the text of each output; `p` stands for a picture."""
    return [output.get("text", "p") for output in joined_streams(outputs)]


def test_outputs_keep_their_order() -> None:
    outputs = [stream("stdout", "one"), PICTURE, stream("stdout", "two"), PICTURE]
    assert shown(*outputs) == ["one", "p", "two", "p"]


def test_consecutive_stream_text_joined() -> None:
    outputs = [stream("stdout", "a"), stream("stdout", "b\n"), stream("stderr", "!")]
    assert joined_streams(outputs) == (stream("stdout", "ab\n"), stream("stderr", "!"))


def test_progress_shown_in_last_state() -> None:
    bar = [stream("stderr", text) for text in ("start\n\r 0%", "\r 50%", "\r100%\n")]
    lines = [stream("stdout", "one\n"), stream("stdout", "two\n")]
    outputs = [bar[0], lines[0], bar[1], lines[1], bar[2]]
    assert shown(*outputs) == ["start\n", "one\n", "two\n", "100%\n"]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("abc\rx", "xbc"),
        ("abc\b\bx", "axc"),
        ("\bx", "x"),
        ("abc\r\x1b[Kx", "x"),
        ("abc\x1b[2Kx", "x"),
        ("\x1b[31mred\x1b[0m\rb", "b\x1b[31med\x1b[0m"),
        ("a\r\nb", "a\nb"),
        ("a\r", "a"),
    ],
)
def test_control_characters_act(text: str, seen: str) -> None:
    assert terminal_text(text) == seen


def test_carriage_return_restarts_line() -> None:
    outputs = [stream("stdout", "10%\r50%"), stream("stdout", "\r100%\r\ndone\r\n")]
    assert joined_streams(outputs) == (stream("stdout", "100%\ndone\n"),)


def test_execution_serialization_round_trip() -> None:
    display = {"output_type": "display_data", "data": {"text/plain": "ü"}, "metadata": {}}
    execution = Execution((CellRun((stream("stdout", "a"), display), 1), CellRun((), None)))
    assert Execution.from_bytes(execution.to_bytes()) == execution


def test_hidden_cells_change_nothing_shown() -> None:
    runs = tuple(CellRun((stream("stdout", name),), 1) for name in "abc")
    state = {"w": {"model_name": "LabelModel"}, "v": {"model_name": "LabelModel"}}
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": state}}
    execution = Execution(runs, widgets, changes=((2, 0), (2, "w"), (1, "v")))
    left = execution.without({2})
    assert left.runs == (NO_RESULT, runs[1], NO_RESULT)
    (kept,) = left.widgets.values()
    assert kept["state"] == {"v": {"model_name": "LabelModel"}}
    assert execution.without(()) == execution
    assert Execution.from_bytes(execution.to_bytes()) == execution
