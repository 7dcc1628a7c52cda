"""The draw.io program, replaced by a script that records its arguments."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from clm import ConversionError, TransientJobError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="makes programs of scripts")

SCRIPT = """#!{python}
import json, sys, time
from pathlib import Path
arguments = sys.argv[1:]
Path({asked!r}).write_text(json.dumps(arguments))
output = Path(arguments[arguments.index("--output") + 1])
Path({asked!r} + ".source").write_bytes(Path(arguments[-1]).read_bytes())
{action}
"""
PNG = """
import struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
rows = b"".join(b"\\0" + bytes(PIXELS) for _ in range(2))
head = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0))
data = b"\\x89PNG\\r\\n\\x1a\\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
output.write_bytes(data)
"""
COLOURED = PNG.replace("PIXELS", "[1, 2, 3, 4, 5, 6]")


@pytest.fixture
def desktop(tmp_path, monkeypatch) -> Any:
    """Install a program with some action; returns a function for its recorded arguments."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    monkeypatch.setenv("DISPLAY", ":77")
    asked = tmp_path / "asked"

    def install(action: str) -> Any:
        program = programs / "drawio"
        text = SCRIPT.format(python=sys.executable, asked=str(asked), action=action)
        program.write_text(text)
        program.chmod(0o755)
        return lambda: json.loads(asked.read_text())

    return install


def value(arguments: list[str], option: str) -> str:
    return arguments[arguments.index(option) + 1]


def test_program_gets_scale_and_border(own_drawer, simple, desktop):
    asked = desktop(COLOURED)
    own_drawer.result(simple, renderer="desktop", scale=3.0, border=20)
    assert value(asked(), "--format") == "png"
    assert value(asked(), "--scale") == "3"
    assert value(asked(), "--border") == "20"
    assert "--transparent" not in asked()


def test_program_gets_single_page(own_drawer, make, desktop, tmp_path):
    desktop(COLOURED)
    two = make.diagram(make.model(make.box("first")), make.model(make.box("second")))
    own_drawer.result(two, renderer="desktop")
    source = Path(f"{tmp_path / 'asked'}.source").read_text()
    assert "first" in source
    assert "second" not in source


def test_layers_passed_by_number(own_drawer, make, desktop):
    asked = desktop(COLOURED)
    layer = '<mxCell id="n" value="Notes" parent="0"/>'
    source = make.diagram(make.model(make.box(), layer))
    own_drawer.result(source, renderer="desktop", layers=("Notes",), transparent=True)
    assert value(asked(), "--layers") == "1"
    assert "--transparent" in asked()
    with pytest.raises(ConversionError, match="no layer 'Other'"):
        own_drawer.result(source, renderer="desktop", layers=("Other",))


def test_program_svg_is_sanitised(own_drawer, simple, desktop):
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        "<script>evil</script><g/></svg>"
    )
    asked = desktop(f"output.write_text({svg!r})")
    assert "evil" not in own_drawer.svg(simple, renderer="desktop")
    assert "--embed-svg-images" in asked()


def test_missing_display_starts_xvfb(own_drawer, simple, desktop, tmp_path, monkeypatch):
    asked = desktop(COLOURED)
    helper = tmp_path / "programs" / "xvfb-run"
    helper.write_text(f'#!/bin/sh\necho "$1" >\'{tmp_path}/helped\'\nshift\nexec "$@"\n')
    helper.chmod(0o755)
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    own_drawer.result(simple, renderer="desktop")
    assert (tmp_path / "helped").read_text() == "--auto-servernum\n"
    assert asked()


def test_missing_picture_is_transient_error(own_drawer, simple, desktop):
    desktop("print('Error: no GPU')")
    with pytest.raises(TransientJobError, match="no GPU"):
        own_drawer.result(simple, renderer="desktop")


def test_blank_picture_is_refused(own_drawer, simple, desktop):
    desktop(PNG.replace("PIXELS", "[255] * 6"))
    with pytest.raises(ConversionError, match="blank"):
        own_drawer.result(simple, renderer="desktop")


def test_damaged_picture_is_refused(own_drawer, simple, desktop):
    desktop("output.write_bytes(b'no picture')")
    with pytest.raises(ConversionError, match="damaged picture"):
        own_drawer.result(simple, renderer="desktop")


def test_program_ends_at_time_limit(own_drawer, simple, desktop):
    desktop("time.sleep(600)")
    with pytest.raises(ConversionError, match="too long"):
        own_drawer.result(simple, renderer="desktop", time_limit=0.5)


def test_missing_program_is_reported(own_drawer, simple, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConversionError, match="not found") as info:
        own_drawer.result(simple, renderer="desktop")
    assert "renderer: browser" in (info.value.hint or "")
