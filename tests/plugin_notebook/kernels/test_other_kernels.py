"""Decks in other languages than Python, with their kernels."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from attrs import evolve
from jupyter_client.kernelspec import KernelSpecManager

from clm import ConversionError, Variant
from clm.programs import find_program
from clm_plugin_notebook.kernels.environment import installed
from clm_plugin_notebook.payload import NotebookSettings

pytestmark = pytest.mark.integration

TYPESCRIPT = """\
// j2 from 'macros.j2' import header
// {{ header("Titel", "Title") }}

// %%
const twice = (x: number): number => 2 * x;

// %%
console.log(`is ${twice(21)}`)

// %% tags=["keep"]
import { three } from "./three.ts";
three * 11
"""
JAVA = """\
// %%
int twice(int x) {
    return 2 * x;
}

// %%
System.out.println("is " + twice(21));
"""


def page(kind: str = "completed") -> Variant:
    return Variant("en", kind, "html", PurePosixPath(kind), kind != "speaker")


def shown(html: str) -> str:
    """Return the visible text of a page."""
    body = re.sub(r"<(style|script).*?</\1>", "", html.split("<body", 1)[1], flags=re.S)
    return unescape(re.sub(r"<[^>]*>", "", body)).replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def no_kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, the only one in which kernel specifications are looked up."""
    for variable in ("JUPYTER_DATA_DIR", "JUPYTER_PATH"):
        monkeypatch.setenv(variable, str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    return tmp_path / "jupyter" / "kernels"


@pytest.fixture
def deno(no_kernels: Path) -> None:
    """Install Deno as a kernel."""
    program = find_program(("deno",))
    if program is None:
        pytest.skip("Deno is not installed (`pip install deno`)")
    spec = {
        "argv": [str(program), "jupyter", "--kernel", "--conn", "{connection_file}"],
        "display_name": "Deno",
        "language": "typescript",
    }
    (no_kernels / "deno").mkdir(parents=True)
    (no_kernels / "deno" / "kernel.json").write_text(json.dumps(spec))


@pytest.mark.usefixtures("deno")
def test_typescript_deck_runs(topic: Any) -> None:
    topic.name = "slides_deck.ts"
    topic.files = {"three.ts": b"export const three = 3;\n"}
    outputs = topic.only(page(), page("code-along")).outputs(TYPESCRIPT)
    assert "is 42" in shown(outputs["en/html/completed"])
    assert "33" in shown(outputs["en/html/completed"])
    assert "is 42" not in shown(outputs["en/html/code-along"])


@pytest.mark.usefixtures("deno")
def test_late_results_not_lost(topic: Any) -> None:
    # Without waiting for late outputs, about one in ten is lost.
    topic.name = "slides_deck.ts"
    deck = "\n\n".join(f"// %%\nconsole.log('text{n}');\n1000 + {n}" for n in range(40))
    (html,) = topic.only(page()).outputs(deck).values()
    text = shown(html)
    assert [n for n in range(40) if f"{1000 + n}" not in text] == []
    assert [n for n in range(40) if text.count(f"text{n}") < 2] == []


@pytest.mark.usefixtures("deno")
def test_typescript_exception_names_cell(topic: Any) -> None:
    topic.name = "slides_deck.ts"
    with pytest.raises(ConversionError, match="no such luck") as caught:
        topic.only(page()).outputs('// %%\n1\n\n// %%\nthrow new Error("no such luck");\n')
    assert caught.value.place is not None
    assert (caught.value.place.file, caught.value.place.cell) == ("slides/slides_deck.ts", "cell 2")


def test_java_deck_runs(topic: Any) -> None:
    if "java" not in KernelSpecManager().find_kernel_specs():
        pytest.skip("no Java kernel is installed (`pip install jjava`, and a JDK)")
    topic.name = "slides_deck.java"
    (html,) = topic.only(page()).outputs(JAVA).values()
    assert "is 42" in shown(html)


def test_missing_kernel_hints_at_install(topic: Any, no_kernels: Path) -> None:
    topic.name = "slides_deck.ts"
    with pytest.raises(ConversionError, match="no Jupyter kernel 'deno' is installed") as caught:
        topic.only(page()).outputs(TYPESCRIPT)
    assert caught.value.hint is not None
    assert "pip install deno" in caught.value.hint
    assert "evaluate: false" in caught.value.hint


def test_kernel_change_invalidates_results(
    topic: Any, no_kernels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> list[str]:
        return [installed(name) for name in topic.plan(TYPESCRIPT).environment]

    topic.name = "slides_deck.ts"
    environments = [found()]
    (no_kernels / "deno").mkdir(parents=True)
    program = no_kernels / "program"
    for version in ("first", "second one"):
        program.write_text(version)
        spec = {"argv": [str(program), "{connection_file}"], "display_name": "", "language": ""}
        (no_kernels / "deno" / "kernel.json").write_text(json.dumps(spec))
        environments.append(found())
    assert environments[0] != environments[1] != environments[2]
    assert environments[2] == found() != []


def test_unevaluated_deck_needs_no_kernel(topic: Any, no_kernels: Path) -> None:
    topic.name = "slides_deck.ts"
    topic.context = evolve(topic.context, settings=NotebookSettings(evaluate=False))
    (html,) = topic.only(page()).outputs(TYPESCRIPT).values()
    assert "console.log" in shown(html)


def test_topic_overrides_evaluate_setting(topic: Any) -> None:
    settings = NotebookSettings(evaluate=False)
    topic.context = evolve(topic.context, settings=settings, options={"evaluate": True})
    assert topic.plan("").payload.evaluate
    topic.context = evolve(topic.context, options={})
    assert not topic.plan("").payload.evaluate


def test_partial_page_hides_workshop_results(topic: Any) -> None:
    deck = (
        '# %%\nprint("first", 6 * 7)\n\n# %% [markdown] tags=["workshop"]\n# Now you\n\n'
        '# %%\nsolution = 6 * 8\nprint("hidden", solution)\n\n'
        '# %% tags=["keep"]\nprint("kept", solution)\n\n'
        '# %% [markdown] tags=["end-workshop"]\n# Together\n\n# %%\nprint("last", solution + 1)\n'
    )
    (html,) = topic.only(page("partial")).outputs(deck).values()
    text = shown(html)
    assert "first 42" in text
    assert "last 49" in text
    assert 'print("kept", solution)' in text
    assert "kept 48" not in text
    assert "hidden" not in text


def test_partial_and_completed_run_once(topic: Any) -> None:
    deck = '# %%\n1\n\n# %% [markdown] tags=["workshop"]\n# Now you\n\n# %%\n2\n'
    result = topic.only(page("partial"), page("completed")).convert(deck)
    assert result.metadata["executions"] == 1
