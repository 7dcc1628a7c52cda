"""The converter: writes the chapters of notebooks into an EPUB."""

import io
import json
from html import escape
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from clm import Job, Result, Worker
from markdown_it import MarkdownIt

from clm_plugin_epub.plugin import EpubPayload

CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>
"""
PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">{id}</dc:identifier>
<dc:title>{title}</dc:title><dc:creator>{author}</dc:creator><dc:language>{language}</dc:language>
<meta property="dcterms:modified">2000-01-01T00:00:00Z</meta></metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
{items}</manifest><spine>{spine}</spine></package>
"""
PAGE = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">
<head><title>{title}</title></head><body>{body}</body></html>
"""


class EpubWorker(Worker):
    def convert(self, payload: EpubPayload, job: Job) -> Result:
        names = [f"chapter{number:03}" for number in range(len(payload.chapters))]
        entries = ""
        files = {"META-INF/container.xml": CONTAINER, "book.opf": package(payload, names)}
        for name, chapter in zip(names, payload.chapters, strict=True):
            title = escape(chapter.title)
            entries += f'<li><a href="{name}.xhtml">{title}</a></li>'
            body = f"<h1>{title}</h1>{content(job.folder / chapter.notebook)}"
            files[f"{name}.xhtml"] = PAGE.format(title=title, body=body)
        body = f'<nav epub:type="toc"><ol>{entries}</ol></nav>'
        files["nav.xhtml"] = PAGE.format(title=escape(payload.title), body=body)
        return Result({"epub": packed(files)})


def package(payload: EpubPayload, names: list[str]) -> str:
    kind = 'media-type="application/xhtml+xml"'
    return PACKAGE.format(
        id=uuid5(NAMESPACE_URL, f"{payload.title} {payload.language}").urn,
        title=escape(payload.title),
        author=escape(payload.author),
        language=payload.language,
        items="".join(f'<item id="{name}" href="{name}.xhtml" {kind}/>' for name in names),
        spine="".join(f'<itemref idref="{name}"/>' for name in names),
    )


def content(notebook: Path) -> str:
    """The cells of a notebook as XHTML; HTML in their texts is shown as text."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    parts = []
    for cell in json.loads(notebook.read_bytes())["cells"]:
        source = "".join(cell["source"])
        is_text = cell["cell_type"] == "markdown"
        parts.append(markdown.render(source) if is_text else f"<pre>{escape(source)}</pre>")
    return "\n".join(parts)


def packed(files: dict[str, str]) -> bytes:
    """The files as an EPUB, whose first one says what it is; equal files give equal bytes."""
    data = io.BytesIO()
    with ZipFile(data, "w") as book:
        book.writestr(ZipInfo("mimetype"), "application/epub+zip", ZIP_STORED)
        for name, text in files.items():
            book.writestr(ZipInfo(name), text, ZIP_DEFLATED)
    return data.getvalue()
