from __future__ import annotations

from clm_plugin_notebook.kernels.hidden_code import without_hidden_code
from clm_plugin_notebook.kernels.results import NO_RESULT, CellRun, Execution

TRACE = """\
Traceback (most recent call last):
  File "cell", line 1, in f
    secret()
    ^^^^^^^^
  File "cell", line 2, in f
    both()
    ^^^^^^
ValueError: late
"""


def shown(text: str, hidden: str = "secret()\nboth()") -> str:
    """What is left of a text that a cell prints after one that is hidden."""
    stream = {"output_type": "stream", "name": "stdout", "text": text}
    execution = Execution((NO_RESULT, CellRun((stream,), 2)))
    made = without_hidden_code(execution, [hidden, "both()"], {0}, renumbered=True)
    return str(made.runs[1].outputs[0]["text"])


def test_marks_go_with_their_line() -> None:
    assert shown(TRACE) == TRACE.replace("    secret()\n    ^^^^^^^^\n", "")


def test_line_of_both_is_kept() -> None:
    assert "both()" in shown(TRACE)


def test_printed_text_is_kept() -> None:
    assert shown("  secret()\n") == "  secret()\n"
