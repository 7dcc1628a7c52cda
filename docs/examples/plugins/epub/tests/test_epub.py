import io
import json
from pathlib import Path
from xml.etree.ElementTree import fromstring
from zipfile import ZipFile

from clm import Job

from clm_plugin_epub.plugin import Chapter, EpubPayload
from clm_plugin_epub.worker import EpubWorker


def book(folder: Path, title: str, *cells: tuple[str, str]) -> ZipFile:
    found = [{"cell_type": kind, "source": source} for kind, source in cells]
    (folder / "a.ipynb").write_text(json.dumps({"cells": found}), encoding="utf-8")
    payload = EpubPayload("R & D", "", "en", (Chapter(title, "a.ipynb"),))
    job = Job(folder, "course.yaml", ("epub",), "id", lambda: False)
    first, second = (EpubWorker().convert(payload, job).outputs["epub"] for _ in range(2))
    assert isinstance(first, bytes) and first == second
    return ZipFile(io.BytesIO(first))


def test_parts_are_well_formed(tmp_path: Path) -> None:
    text = "# <b>&\n\n![a](b.png)\n\n|x|\n|-|\n|<br>|\n"
    with book(tmp_path, "A < B", ("markdown", text), ("code", "1 < 2 & 3")) as parts:
        assert parts.namelist()[0] == "mimetype"
        for name in parts.namelist()[1:]:
            fromstring(parts.read(name))
        assert b"<pre>1 &lt; 2 &amp; 3</pre>" in parts.read("chapter000.xhtml")
        assert b">A &lt; B</a>" in parts.read("nav.xhtml")
