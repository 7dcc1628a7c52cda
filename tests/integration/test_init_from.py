"""`clm init --from` with real notebooks: the courses that it makes build without problems."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from clm.cli.main import main

pytestmark = pytest.mark.integration

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>'


def write_notebook(path: Path, text: str, code: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell(text), v4.new_code_cell(code)])
    # The name of an environment on the author's machine.
    notebook.metadata.kernelspec = {"name": "conda-x", "language": "python", "display_name": "X"}
    with path.open("w", encoding="utf-8") as file:
        nbformat.write(notebook, file)


@pytest.fixture
def material(tmp_path: Path) -> Path:
    source = tmp_path / "my-notes"
    write_notebook(source / "1 intro/10 end.ipynb", "# The End", "1 + 1")
    link = "# Second\n\n[the end](10%20end.ipynb) ![a picture](img/x.svg)"
    write_notebook(source / "1 intro/2 second.ipynb", link, "import helper\nhelper.answer")
    write_notebook(source / "solutions/2 second.ipynb", "# Solution", "42")
    (source / "1 intro/helper.py").write_text("answer = 42")
    (source / "1 intro/img").mkdir()
    (source / "1 intro/img/x.svg").write_text(PICTURE)
    (source / "2 more").mkdir()
    (source / "2 more/page.md").write_text("# A Page\n\ntext\n")
    return source


@pytest.mark.parametrize("in_place", [True, False])
def test_notebooks_become_course(
    material: Path, tmp_path: Path, in_place: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    course = material if in_place else tmp_path / "course"
    folder = [] if in_place else [str(course)]
    assert main(["init", *folder, "--from", str(material), "--yes"]) == 0
    said = capsys.readouterr().err
    assert said.count("warning") == 1 and "not for students" in said
    assert main(["build", str(course / "course.yaml"), "--strict"]) == 0, capsys.readouterr().err
    pages = course / "output/public/En/My Notes/Slides/Html/Completed"
    names = sorted(path.relative_to(pages).as_posix() for path in pages.rglob("*.html"))
    assert names == ["Intro/01 Second.html", "Intro/02 The End.html", "More/01 A Page.html"]
    page = (pages / "Intro/01 Second.html").read_text(encoding="utf-8")
    assert ">42<" in page and "02%20The%20End.html" in page
