from pathlib import Path

import pytest
from clm import ConversionError, Job

from clm_plugin_graphviz.plugin import GraphvizPayload
from clm_plugin_graphviz.worker import GraphvizWorker


def convert(folder: Path, text: str) -> bytes:
    (folder / "a.dot").write_text(text, encoding="utf-8")
    job = Job(folder, "topic/a.dot", ("svg",), "id", lambda: False)
    picture = GraphvizWorker().convert(GraphvizPayload("a.dot"), job).outputs["svg"]
    assert isinstance(picture, bytes)
    return picture


def test_draws_nodes_and_edges(tmp_path: Path) -> None:
    picture = convert(tmp_path, 'digraph { deck -> "Größe" }').decode()
    assert "<title>deck&#45;&gt;Größe</title>" in picture


def test_same_diagram_gives_same_bytes(tmp_path: Path) -> None:
    first = convert(tmp_path, "digraph { a -> b }")
    convert(tmp_path, "graph { x -- y -- z }")
    assert convert(tmp_path, "digraph { a -> b }") == first


def test_faulty_diagram_is_conversion_error(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="parse") as caught:
        convert(tmp_path, "digraph { a -> ")
    assert caught.value.place is not None
    assert caught.value.place.file == "topic/a.dot"


def test_faulty_diagram_leaves_next_unchanged(tmp_path: Path) -> None:
    good = convert(tmp_path, "digraph { a -> b }")
    with pytest.raises(ConversionError):
        convert(tmp_path, 'digraph { a -> "open }')
    assert convert(tmp_path, "digraph { a -> b }") == good


def test_diagram_reads_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>")
    picture = convert(tmp_path, f'digraph {{ a [label="", shapefile="{secret}"] }}')
    assert b"<image" not in picture
