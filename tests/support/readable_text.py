"""All text that somebody may find in a delivered file."""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import io
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from urllib.parse import unquote

import pypdf

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_TAG = re.compile(r"<[^<>]*>")


def readable_text(data: bytes) -> str:
    """The text of a file, decoded in all ways that a browser, Jupyter or a PDF viewer would."""
    return "\n".join(_texts(data, 0))


def _texts(data: bytes, depth: int) -> Iterator[str]:
    if data.startswith(b"%PDF"):
        yield from _of_pdf(data)
        return
    if data.startswith(b"\x89PNG"):
        yield from _of_png(data)
    text = data.decode("utf-8", "replace")
    yield text
    yield _TAG.sub("", html.unescape(unquote(text)))
    yield _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    if depth < 3:
        for packed in _BASE64.findall(data):
            for inner in _unpacked(packed):
                yield from _texts(inner, depth + 1)


@cache
def _unpacked(packed: bytes) -> tuple[bytes, ...]:
    try:
        data = base64.b64decode(packed.translate(bytes.maketrans(b"-_", b"+/")) + b"==")
    except (binascii.Error, ValueError):
        return ()
    for unpack in (gzip.decompress, zlib.decompress, lambda d: zlib.decompress(d, -15)):
        try:
            return data, unpack(data)
        except (OSError, EOFError, zlib.error):
            continue
    return (data,)


def _of_png(data: bytes) -> Iterator[str]:
    """The texts of a PNG, in which tools keep their sources, also compressed ones."""
    position = 8
    while position + 8 <= len(data):
        length, kind = int.from_bytes(data[position : position + 4]), data[position + 4 :][:4]
        chunk = data[position + 8 :][:length]
        position += length + 12
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            yield unquote(chunk.decode("utf-8", "replace"))
            for start in range(len(chunk)):
                with suppress(zlib.error):
                    yield unquote(zlib.decompress(chunk[start:]).decode("utf-8", "replace"))


def _of_pdf(data: bytes) -> Iterator[str]:
    reader = pypdf.PdfReader(io.BytesIO(data))
    yield json.dumps({key: str(value) for key, value in (reader.metadata or {}).items()})
    for page in reader.pages:
        yield page.extract_text()
        yield from (str(note.get_object()) for note in page.get("/Annots") or ())
    yield str(reader.outline)
