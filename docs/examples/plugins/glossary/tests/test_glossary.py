from pathlib import Path

import pytest
from clm import ConversionError, Job

from clm_plugin_glossary.plugin import GlossaryPayload
from clm_plugin_glossary.worker import GlossaryWorker


def convert(folder: Path, **files: str) -> str:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    payload = GlossaryPayload({"en": "Week <1>"}, {"en": tuple(files)})
    job = Job(folder, "a", ("en",), "id", lambda: False)
    page = GlossaryWorker().convert(payload, job).outputs["en"]
    assert isinstance(page, bytes)
    return page.decode()


def test_terms_sorted_across_files(tmp_path: Path) -> None:
    page = convert(tmp_path, a="loop: again and again\n", b="Class: a kind\nzip: pairs\n")
    assert page.index("Class") < page.index("loop") < page.index("zip")


def test_terms_are_escaped(tmp_path: Path) -> None:
    page = convert(tmp_path, a="<script>: not <b>here</b>\n")
    assert "<dt>&lt;script&gt;</dt><dd>not &lt;b&gt;here&lt;/b&gt;</dd>" in page
    assert "<h1>Week &lt;1&gt;</h1>" in page


def test_duplicate_term_names_both_places(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="'loop' is already explained in a:1") as caught:
        convert(tmp_path, a="loop: again\n", b="\nloop: and again\n")
    assert str(caught.value.place) == "b:2"


def test_line_without_meaning_is_error(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="term: meaning") as caught:
        convert(tmp_path, a="loop\n")
    assert str(caught.value.place) == "a:1"
