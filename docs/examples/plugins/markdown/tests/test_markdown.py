import base64
from pathlib import Path

import nbformat.v4 as nb
from clm import Job

from clm_plugin_markdown.plugin import MarkdownPayload
from clm_plugin_markdown.worker import MarkdownWorker

PICTURE = base64.b64encode(b"a picture").decode()


def convert(folder: Path, *cells: object) -> str:
    (folder / "a.ipynb").write_text(nb.writes(nb.new_notebook(cells=list(cells))))
    worker = MarkdownWorker()
    worker.start()
    job = Job(folder, "a.py", ("markdown",), "id", lambda: False)
    markdown = worker.convert(MarkdownPayload("a.ipynb"), job).outputs["markdown"]
    assert isinstance(markdown, bytes)
    return markdown.decode()


def test_text_and_code_in_order(tmp_path: Path) -> None:
    markdown = convert(tmp_path, nb.new_markdown_cell("# Schleifen"), nb.new_code_cell("1 + 1"))
    assert markdown.index("# Schleifen") < markdown.index("1 + 1")


def test_results_are_in_text(tmp_path: Path) -> None:
    result = nb.new_output("execute_result", {"text/plain": "42"}, execution_count=1)
    assert "42" in convert(tmp_path, nb.new_code_cell("6 * 7", outputs=[result]))


def test_result_pictures_are_embedded(tmp_path: Path) -> None:
    result = nb.new_output("display_data", {"image/png": PICTURE})
    assert PICTURE in convert(tmp_path, nb.new_code_cell("plot()", outputs=[result]))
