"""Workers import of nbconvert and jupytext what they use; others get them whole."""

from __future__ import annotations

import subprocess
import sys

_HEAVY = ("bleach", "bs4", "lxml", "nbconvert.exporters", "tornado.web")


def _printed(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_worker_imports_no_exporters_parsers_or_web_server() -> None:
    code = f"""
import sys
import clm_plugin_notebook.conversion, clm_plugin_notebook.pages.renderer
print([name for name in {_HEAVY} if name in sys.modules])
"""
    assert _printed(code) == "[]"


def test_who_imports_nbconvert_later_gets_all_of_it() -> None:
    code = """
import clm_plugin_notebook.lazy_jupyter
import nbconvert, nbformat
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# One")])
print("One" in nbconvert.HTMLExporter().from_notebook_node(notebook)[0])
"""
    assert _printed(code) == "True"


def test_a_function_that_is_imported_late_works_as_the_real_one() -> None:
    code = """
from clm_plugin_notebook.lazy_jupyter import clean_html
print(clean_html("<b>bold</b><script>"))
"""
    assert _printed(code) == "<b>bold</b>&lt;script&gt;"


def test_jupytext_reads_decks_without_its_server() -> None:
    code = """
from clm_plugin_notebook.lazy_jupyter import jupytext
print(len(jupytext.reads("# %%\\n1\\n# %%\\n2\\n", fmt="py:percent").cells))
"""
    assert _printed(code) == "2"
