from __future__ import annotations

from clm_plugin_notebook.kernels.results import CellRun, Execution, joined_streams


def stream(name: str, text: str) -> dict[str, str]:
    return {"output_type": "stream", "name": name, "text": text}


def test_the_text_of_a_stream_is_one_output() -> None:
    outputs = [stream("stdout", "a"), stream("stderr", "!"), stream("stdout", "b\n")]
    assert joined_streams(outputs) == (stream("stdout", "ab\n"), stream("stderr", "!"))


def test_a_carriage_return_starts_its_line_anew() -> None:
    outputs = [stream("stdout", "10%\r50%"), stream("stdout", "\r100%\r\ndone\r\n")]
    assert joined_streams(outputs) == (stream("stdout", "100%\ndone\n"),)


def test_an_execution_is_the_same_after_its_bytes() -> None:
    display = {"output_type": "display_data", "data": {"text/plain": "ü"}, "metadata": {}}
    execution = Execution((CellRun((stream("stdout", "a"), display), 1), CellRun((), None)))
    assert Execution.from_bytes(execution.to_bytes()) == execution
