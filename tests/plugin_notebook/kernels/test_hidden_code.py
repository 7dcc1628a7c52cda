from __future__ import annotations

import html

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


def shown_result(value: str, kind: str = "text/plain", hidden: str = "secret()") -> str:
    """What is left of the result of a cell after one that is hidden."""
    result = {"output_type": "execute_result", "data": {kind: value}, "metadata": {}}
    execution = Execution((NO_RESULT, CellRun((result,), 2)))
    made = without_hidden_code(execution, [hidden, "both()"], {0}, renumbered=True)
    return str(made.runs[1].outputs[0]["data"][kind])


def test_lines_quoted_in_result_dropped() -> None:
    assert "secret" not in shown_result(repr(TRACE))
    assert "both()" in shown_result(repr(TRACE))


def test_escaped_lines_in_result_dropped() -> None:
    hidden = """print("a", 'b')"""
    assert "print" not in shown_result(repr(TRACE.replace("secret()", hidden)), hidden=hidden)


def test_lines_quoted_in_html_dropped() -> None:
    page = f"<pre>{html.escape(TRACE.replace('secret()', 'if 1 < 2:'))}</pre>"
    assert "1 &lt; 2" not in shown_result(page, "text/html", "if 1 < 2:")


def test_calls_of_hidden_magics_dropped() -> None:
    made = "    get_ipython().run_cell_magic('time', '', 'secret()\\n')"
    assert "secret" not in shown(TRACE.replace("    secret()", made), "%%time\nsecret()")
    assert "time" in shown(TRACE.replace("    secret()", made), "other()")


def test_result_without_traceback_kept() -> None:
    assert shown_result("secret()\nsecret()") == "secret()\nsecret()"
