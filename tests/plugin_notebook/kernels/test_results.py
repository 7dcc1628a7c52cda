from __future__ import annotations

from clm_plugin_notebook.kernels.results import CellRun, Execution, joined_streams


def stream(name: str, text: str) -> dict[str, str]:
    return {"output_type": "stream", "name": name, "text": text}


def test_stream_text_joined() -> None:
    outputs = [stream("stdout", "a"), stream("stderr", "!"), stream("stdout", "b\n")]
    assert joined_streams(outputs) == (stream("stdout", "ab\n"), stream("stderr", "!"))


def test_carriage_return_restarts_line() -> None:
    outputs = [stream("stdout", "10%\r50%"), stream("stdout", "\r100%\r\ndone\r\n")]
    assert joined_streams(outputs) == (stream("stdout", "100%\ndone\n"),)


def test_execution_serialization_round_trip() -> None:
    display = {"output_type": "display_data", "data": {"text/plain": "ü"}, "metadata": {}}
    execution = Execution((CellRun((stream("stdout", "a"), display), 1), CellRun((), None)))
    assert Execution.from_bytes(execution.to_bytes()) == execution
