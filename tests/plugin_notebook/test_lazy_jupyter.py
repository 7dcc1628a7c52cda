"""Partial imports of nbconvert and jupytext, which stay complete for other modules."""

from __future__ import annotations

import subprocess
import sys

_HEAVY = ("bleach", "bs4", "lxml", "nbconvert.exporters", "tornado.web")


def _printed(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_worker_skips_heavy_imports() -> None:
    code = f"""
import sys
import clm_plugin_notebook.conversion, clm_plugin_notebook.pages.renderer
print([name for name in {_HEAVY} if name in sys.modules])
"""
    assert _printed(code) == "[]"


def test_later_nbconvert_import_complete() -> None:
    code = """
import clm_plugin_notebook.lazy_jupyter
import nbconvert, nbformat
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# One")])
print("One" in nbconvert.HTMLExporter().from_notebook_node(notebook)[0])
"""
    assert _printed(code) == "True"


def test_lazy_clean_html_works() -> None:
    code = """
from clm_plugin_notebook.lazy_jupyter import clean_html
print(clean_html("<b>bold</b><script>"))
"""
    assert _printed(code) == "<b>bold</b>&lt;script&gt;"


def test_jupytext_reads_without_server() -> None:
    code = """
from clm_plugin_notebook.lazy_jupyter import jupytext
print(len(jupytext.reads("# %%\\n1\\n# %%\\n2\\n", fmt="py:percent").cells))
"""
    assert _printed(code) == "2"
