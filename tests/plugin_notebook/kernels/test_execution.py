"""Execution of decks in real kernels."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from html import unescape
from pathlib import Path, PurePosixPath
from typing import Any

import psutil
import pytest

from clm import ConversionError, Job, Severity, TransientJobError, Variant
from clm_plugin_notebook.payload import NotebookSettings

pytestmark = pytest.mark.integration

RAISING = """\
# j2 from 'macros.j2' import header
# {{ header("Titel", "Title") }}

# %%
def reciprocal(x):
    return 1 / x

# %%
# a comment

def twice(x):
    return 2 * reciprocal(x)

twice(0)
"""


def page(kind: str, language: str = "en") -> Variant:
    return Variant(language, kind, "html", PurePosixPath(language, kind), kind != "speaker")


def text_of(html: str) -> str:
    """Return the visible text of a page."""
    body = re.sub(r"<(style|script).*?</\1>", "", html.split("<body", 1)[1], flags=re.S)
    return unescape(re.sub(r"<[^>]*>", "", body)).replace("\N{NO-BREAK SPACE}", " ")


def run(topic: Any, deck: str, kind: str = "completed") -> str:
    (html,) = topic.only(page(kind)).outputs(deck).values()
    return text_of(html)


def kernels() -> list[psutil.Process]:
    """Return the running kernels of this process, except spare ones in their own folder."""
    servers = [p for p in psutil.Process().children() if _is_python_kernel(p, "serve")]
    forked = [kernel for server in servers for kernel in server.children()]
    plain = [p for p in psutil.Process().children() if _is_python_kernel(p, "run")]
    return [p for p in (*forked, *plain) if not Path(p.cwd()).name.startswith("kernel-")]


def _is_python_kernel(process: psutil.Process, command_name: str) -> bool:
    command = process.cmdline()
    return command_name in command and any("python_kernels.py" in part for part in command)


def test_same_code_runs_once(topic: Any) -> None:
    deck = '# %%\nprint("ran")\n\n# %% [markdown] tags=["notes"]\n# note\n'
    topic.only(*(page(kind, lang) for kind in ("completed", "speaker") for lang in ("de", "en")))
    result = topic.convert(deck)
    assert result.metadata == {"executions": 1}
    assert all("ran" in text_of(html.decode()) for html in result.outputs.values())


def test_text_edit_runs_nothing(topic: Any) -> None:
    topic.only(page("completed"), options={"skip-errors": True})
    topic.memory = {}
    before = topic.convert("# %%\n1 / 0\n")
    after = topic.convert("# %% [markdown]\n# New text\n\n# %%\n1 / 0\n")
    assert len(topic.memory) == 1
    assert "ZeroDivisionError" in text_of(after.outputs["en/html/completed"].decode())
    assert [str(result.diagnostics[0].place) for result in (before, after)] == [
        "slides/slides_deck.py:2 (cell 1)",
        "slides/slides_deck.py:5 (cell 2)",
    ]


def test_changed_topic_file_reruns_deck(topic: Any) -> None:
    topic.only(page("completed"))
    topic.memory = {}
    for answer in ("41", "42"):
        topic.files = {"helper.py": f"answer = {answer}\n".encode()}
        (html,) = topic.outputs("# %%\nimport helper\nprint('is', helper.answer)\n").values()
        assert f"is {answer}" in text_of(html)


def test_different_code_runs_separately(topic: Any) -> None:
    deck = '# %%\nx = 1\n\n# %% tags=["private"]\nx = 2\n\n# %%\nprint("x is", x)\n'
    topic.only(page("completed"), page("speaker"))
    result = topic.convert(deck)
    assert result.metadata == {"executions": 2}
    pages = {name: text_of(html.decode()) for name, html in result.outputs.items()}
    assert "x is 1" in pages["en/html/completed"]
    assert "x is 2" in pages["en/html/speaker"]


def test_code_along_runs_nothing(topic: Any) -> None:
    deck = '# %% tags=["keep"]\nraise RuntimeError\n'
    result = topic.only(page("code-along")).convert(deck)
    assert result.metadata == {"executions": 0}


def test_unevaluated_topic_runs_nothing(topic: Any) -> None:
    topic.only(page("completed"), options={"evaluate": False})
    assert topic.convert("# %%\nraise RuntimeError\n").metadata == {"executions": 0}


def test_deck_sees_topic_files(topic: Any) -> None:
    topic.files = {"helper.py": b"answer = 42\n", "data/a.txt": b"some data"}
    deck = (
        "# %%\nimport os\nfrom pathlib import Path\nfrom helper import answer\n"
        "print(answer, Path('data/a.txt').read_text())\nprint(sorted(os.listdir()))\n"
    )
    seen = run(topic, deck)
    assert "42 some data" in seen
    assert "['data', 'helper.py']" in seen


def test_written_files_not_shared(topic: Any) -> None:
    deck = (
        "# %%\nfrom pathlib import Path\nprint('found', Path('left').exists())\n"
        "Path('left').touch()\n\n# %% lang=\"de\"\n1\n"
    )
    outputs = topic.only(page("completed", "de"), page("completed", "en")).outputs(deck)
    assert all("found False" in text_of(html) for html in outputs.values())


def test_kernel_ignores_user_configuration(
    topic: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    startup = tmp_path / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("leaked = 1\n")
    (tmp_path / "start.py").write_text("leaked = 1\n")
    kernel = tmp_path / "data" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text('{"argv": ["false"], "display_name": "x"}')
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "start.py"))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "data"))
    seen = run(topic, "# %%\nimport sys\nprint(sys.executable, 'leaked' in globals())\n")
    assert f"{sys.executable} False" in seen


def test_page_is_reproducible(topics: Callable[[], Any]) -> None:
    deck = (
        "# %%\nimport sys\nprint({'one', 'two', 'three', 'four'})\n"
        "print('error', file=sys.stderr)\nfor i in range(3):\n    print(i, flush=True)\n"
    )
    first, second = (topics().only(page("completed")).outputs(deck) for _ in range(2))
    assert first == second


def test_raising_cell_reported_with_traceback(topic: Any) -> None:
    with pytest.raises(ConversionError) as caught:
        run(topic, RAISING)
    error = caught.value
    assert error.message == "ZeroDivisionError: division by zero"
    assert str(error.place) == "slides/slides_deck.py:12 (cell 4)"
    assert error.excerpt == "return 2 * reciprocal(x)"
    assert error.details is not None
    assert "return 1 / x" in error.details
    assert "\x1b" not in error.details
    assert kernels() == []


def test_syntax_error_reported_with_line(topic: Any) -> None:
    with pytest.raises(ConversionError) as caught:
        run(topic, "# %%\n\n\nif True:\n    x = = 1\n")
    assert caught.value.message == "SyntaxError: invalid syntax"
    assert str(caught.value.place) == "slides/slides_deck.py:5 (cell 1)"


@pytest.mark.parametrize("source", ["f(", "if True:\nx", "if True:\n        1\n\t2", "1 +* 2"])
def test_syntax_error_hints_at_fix(topic: Any, source: str) -> None:
    with pytest.raises(ConversionError) as caught:
        run(topic, f"# %%\n{source}\n")
    assert caught.value.hint is not None
    assert "raises-exception" not in caught.value.hint
    assert "fix the code" in caught.value.hint


def test_missing_module_has_hint(topic: Any) -> None:
    with pytest.raises(ConversionError) as caught:
        run(topic, "# %%\nimport nowhere_to_be_found\n")
    assert caught.value.hint is not None
    assert "next to the deck" in caught.value.hint


def test_very_long_line_shown(topic: Any) -> None:
    seen = run(topic, "# %%\nprint('x' * 3_000_000)\n")
    assert "x" * 3_000_000 in seen


def test_input_fails_at_once(topic: Any) -> None:
    with pytest.raises(ConversionError, match="StdinNotImplementedError") as caught:
        run(topic, "# %%\nname = input()\n")
    assert caught.value.hint is not None
    assert "input()" in caught.value.hint


def test_raises_exception_tag_allows_error(topic: Any) -> None:
    deck = '# %% tags=["raises-exception"]\n1 / 0\n\n# %%\nprint("went on")\n'
    seen = run(topic, deck)
    assert "ZeroDivisionError" in seen
    assert "went on" in seen


def test_skipped_cell_shown_not_run(topic: Any) -> None:
    seen = run(topic, '# %% tags=["skip-execution"]\nprint(6 * 7)\n\n# %%\nprint("went on")\n')
    assert "6 * 7" in seen
    assert "42" not in seen
    assert "went on" in seen


def test_skipped_errors_reported_as_info(topic: Any) -> None:
    topic.only(page("completed"), options={"skip-errors": True})
    result = topic.convert("# %%\n1 / 0\n\n# %%\nprint('went on')\n")
    assert "went on" in text_of(result.outputs["en/html/completed"].decode())
    assert [(d.severity, str(d.place)) for d in result.diagnostics] == [
        (Severity.INFO, "slides/slides_deck.py:2 (cell 1)")
    ]


def test_cell_timeout_fails_deck(topic: Any) -> None:
    topic.only(page("completed"), settings=NotebookSettings(cell_timeout=1.0))
    with pytest.raises(ConversionError, match="longer than 1 s") as caught:
        topic.convert("# %%\nx = 1\n\n# %%\nwhile True:\n    pass\n")
    assert str(caught.value.place) == "slides/slides_deck.py:4 (cell 2)"
    assert kernels() == []


def test_second_kernel_death_fails_deck(topic: Any) -> None:
    with pytest.raises(ConversionError, match=r"died .* exit code 7") as caught:
        run(topic, "# %%\nprint(1)\n\n# %%\nimport os\nos._exit(7)\n")
    assert str(caught.value.place) == "slides/slides_deck.py:4 (cell 2)"
    assert kernels() == []


def test_dead_kernel_replaced_once(topic: Any, tmp_path: Path) -> None:
    deck = (
        "# %%\nimport os\nfrom pathlib import Path\n"
        f"mark = Path({str(tmp_path / 'mark')!r})\nif not mark.exists():\n"
        "    mark.touch()\n    os._exit(1)\n"
        "print('went on')\n"
    )
    assert "went on" in run(topic, deck)


def test_failed_kernel_start_retried_once(topic: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(Path(os.devnull)))
    with pytest.raises(TransientJobError, match="cannot start") as caught:
        run(topic, "# %%\n1\n")
    assert caught.value.details is not None
    assert caught.value.details.count("Error") == 2
    assert kernels() == []


def test_cancelled_job_starts_no_kernel(topic: Any, worker: Any) -> None:
    request = topic.only(page("completed")).plan("# %%\n1\n")
    folder = topic.folder / "job"
    (folder / "topic").mkdir(parents=True)
    (folder / "topic" / "slides_deck.py").write_text("# %%\n1\n")
    job = Job(folder, request.source, ("en/html/completed",), "x", is_cancelled=lambda: True)
    with pytest.raises(TransientJobError, match="cancelled"):
        worker.convert(request.payload, job)
    assert kernels() == []


def test_figures_and_html_on_page(topic: Any) -> None:
    deck = (
        "# %%\nfrom IPython.display import HTML, SVG, display\n"
        "display(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><title>pic</title></svg>'))\n"
        "HTML('<b id=\"bold\">bold</b>')\n"
    )
    (html,) = topic.only(page("completed")).outputs(deck).values()
    assert '<b id="bold">' in html
    assert "data:image/svg+xml;base64," in html


def test_late_outputs_kept(topic: Any) -> None:
    # The thread that sends outputs is busy for longer than nbclient waits for them by default.
    deck = (
        "# %%\nimport sys\nimport time\n\n"
        "sys.stdout.flush_timeout = sys.stderr.flush_timeout = 0.01\n"
        "get_ipython().kernel.iopub_thread.schedule(lambda: time.sleep(5))\n"
        "'shown' + ' at ' + 'last'\n"
    )
    assert "shown at last" in run(topic, deck)
