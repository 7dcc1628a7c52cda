"""Makers of draw.io files, and a browser that all tests of a session share."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

import pytest
from attrs import define
from PIL import Image

from clm import Job, Result
from clm_plugin_drawio.errors import RendererError
from clm_plugin_drawio.finding import find_browser
from clm_plugin_drawio.payload import DrawioPayload, PagePicture
from clm_plugin_drawio.worker import DrawioWorker


def box(value: str = "Text", style: str = "html=1;", *, id: str = "a", x: int = 0) -> str:
    """A cell that is a box with a label."""
    geometry = f'<mxGeometry x="{x}" y="0" width="120" height="60" as="geometry"/>'
    return (
        f'<mxCell id="{id}" value={quoteattr(value)} style={quoteattr(style)} '
        f'vertex="1" parent="1">{geometry}</mxCell>'
    )


def filled(label: str, id: str = "o", **own: str) -> str:
    """A box in whose label draw.io replaces placeholders such as `%page%`."""
    names = "".join(f" {name}={quoteattr(value)}" for name, value in own.items())
    cell = box(id="").replace('id="" value="Text" ', "")
    return f'<object label={quoteattr(label)} placeholders="1" id="{id}"{names}>{cell}</object>'


def model(*cells: str, attributes: str = "") -> str:
    root = '<mxCell id="0"/><mxCell id="1" parent="0"/>'
    return f"<mxGraphModel {attributes}><root>{root}{''.join(cells)}</root></mxGraphModel>"


def diagram(*pages: str, names: tuple[str, ...] = ("One", "Two", "Three", "Four")) -> str:
    """A file with these models, or compressed texts, as its pages."""
    inner = "".join(
        f"<diagram name={quoteattr(name)}>{page}</diagram>"
        for name, page in zip(names, pages, strict=False)
    )
    return f"<mxfile>\n{inner}\n</mxfile>"


def compressed(page: str) -> str:
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(quote(page, safe="").encode()) + packer.flush()
    return base64.b64encode(packed).decode()


def editable_svg(document: str) -> str:
    """An SVG picture that draw.io can open again."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" content={quoteattr(document)}><g/></svg>'


def editable_png(document: str, *, packed: bool = False) -> bytes:
    text = quote(document).encode()
    data = b"mxfile\0" + (b"\0" + zlib.compress(text) if packed else text)
    head = png_chunk(b"IHDR", bytes(13))
    return b"\x89PNG\r\n\x1a\n" + head + png_chunk(b"zTXt" if packed else b"tEXt", data)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


@define
class Drawer:
    """Converts diagrams as a worker does, each in a folder of its own."""

    folder: Path
    worker: DrawioWorker
    count: int = 0

    def result(self, source: str | bytes, *formats: str, **changes: Any) -> Result:
        self.count += 1
        folder = self.folder / str(self.count)
        folder.mkdir(exist_ok=True)
        data = source if isinstance(source, bytes) else source.encode()
        (folder / "x.drawio").write_bytes(data)
        formats = formats or ("png",)
        values: dict[str, Any] = {
            "source": "x.drawio",
            "pictures": tuple(PagePicture(format, 0, format) for format in formats),
            "renderer": "browser",
            "scale": 1.0,
            "border": 20,
            "transparent": False,
            "theme": "light",
            "time_limit": 60.0,
        }
        payload = DrawioPayload(**values | changes)
        names = tuple(picture.output for picture in payload.pictures)
        job = Job(folder, "topic/x.drawio", names, "test", is_cancelled=lambda: False)
        result = self.worker.convert(payload, job)
        assert set(result.outputs) == set(names)
        return result

    def svg(self, source: str, **changes: Any) -> str:
        data = self.result(source, "svg", **changes).outputs["svg"]
        assert isinstance(data, bytes)
        return data.decode()

    def png(self, source: str, **changes: Any) -> Image.Image:
        data = self.result(source, "png", **changes).outputs["png"]
        assert isinstance(data, bytes)
        return Image.open(io.BytesIO(data))

    def warnings(self, source: str, **changes: Any) -> str:
        return "\n".join(str(d) for d in self.result(source, "svg", **changes).diagnostics)


@pytest.fixture(scope="session")
def shared_worker() -> Iterator[DrawioWorker]:
    try:
        find_browser()
    except RendererError as error:
        pytest.skip(f"needs a browser: {error}")
    worker = DrawioWorker()
    yield worker
    worker.stop()


@pytest.fixture
def drawer(tmp_path: Path, shared_worker: DrawioWorker) -> Drawer:
    return Drawer(tmp_path, shared_worker)


@pytest.fixture
def own_drawer(tmp_path: Path, shared_worker: DrawioWorker) -> Iterator[Drawer]:
    """A drawer with a browser of its own, which a test may kill."""
    worker = DrawioWorker()
    yield Drawer(tmp_path, worker)
    worker.stop()


@pytest.fixture
def make() -> Any:
    """The makers of files: `make.box`, `filled`, `model`, `diagram`, `compressed`, `editable_*`."""
    return Makers


class Makers:
    box = staticmethod(box)
    filled = staticmethod(filled)
    model = staticmethod(model)
    diagram = staticmethod(diagram)
    compressed = staticmethod(compressed)
    editable_svg = staticmethod(editable_svg)
    editable_png = staticmethod(editable_png)


@pytest.fixture
def simple() -> str:
    return diagram(model(box()))
