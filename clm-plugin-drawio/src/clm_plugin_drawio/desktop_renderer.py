"""Alternative renderer: the draw.io desktop program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import quoteattr

from attrs import define, field

from clm import ConversionError, TransientJobError
from clm.programs import find_program
from clm_plugin_drawio import pixels
from clm_plugin_drawio.engine import Engine
from clm_plugin_drawio.errors import RendererError
from clm_plugin_drawio.finding import find_desktop
from clm_plugin_drawio.rendering import (
    DAMAGE_HINT,
    MAX_PIXELS,
    TIME_HINT,
    Drawing,
    Pictures,
    Renderer,
)
from clm_plugin_drawio.sanitising import sanitise

_INSTALL_HINT = "install draw.io desktop, or set `renderer: browser`"


@define
class DesktopRenderer(Renderer):
    """Runs the draw.io program once per picture."""

    engine: Engine = field(factory=Engine)

    def draw(self, drawing: Drawing) -> Pictures:
        try:
            program = find_desktop()
        except RendererError as error:
            raise ConversionError(str(error), hint=_INSTALL_HINT) from error
        source = drawing.folder / "page.drawio"
        page = drawing.model.page
        name = quoteattr(page.name)
        source.write_text(
            f'<mxfile><diagram id="page" name={name}>{page.xml}</diagram></mxfile>',
            encoding="utf-8",
        )
        data = {f: self._format(program, source, f, drawing) for f in drawing.formats}
        return Pictures(data, tuple(drawing.model.warnings))

    def stop(self) -> None:
        """Do nothing, since no process runs between two pictures."""

    def _format(self, program: Path, source: Path, format: str, drawing: Drawing) -> bytes:
        target = drawing.folder / f"picture.{format}"
        options = [*_arguments(format, drawing), "--output", str(target), str(source)]
        output = _run([*_display_wrapper(), str(program), *_root_options(), *options], drawing)
        try:
            data = target.read_bytes()
        except OSError:
            message = f"draw.io wrote no picture: {output[-300:].strip() or 'no output'}"
            raise TransientJobError(message, place=drawing.model.place) from None
        return self._checked(data, format, drawing)

    def _checked(self, data: bytes, format: str, drawing: Drawing) -> bytes:
        try:
            if format == "svg":
                return sanitise(data.decode(), self.engine).svg.encode()
            if format == "png":
                width, height = pixels.size(data)
                if width * height > MAX_PIXELS:
                    message = f"is too large: {width} x {height} pixels"
                    raise drawing.fault(message, "lower the setting `scale`")
                if pixels.is_blank(data):
                    hint = "check whether everything in it is white"
                    raise drawing.fault("results in a blank picture", hint)
        except (OSError, UnicodeDecodeError, RendererError) as error:
            raise drawing.fault(f"results in a damaged picture: {error}", DAMAGE_HINT) from error
        return data


def _arguments(format: str, drawing: Drawing) -> list[str]:
    options = drawing.options
    arguments = ["--export", "--format", format, "--border", str(options.border)]
    arguments += ["--page-index", "1"]
    if format == "png":
        arguments += ["--scale", f"{options.scale:g}"]
    if format == "svg":
        arguments += ["--embed-svg-images", "--svg-theme", options.theme]
    if format == "pdf":
        arguments += ["--crop"]
    if options.transparent:
        arguments += ["--transparent"]
    if options.layers is not None:
        arguments += ["--layers", ",".join(str(n) for n in _layer_numbers(drawing))]
    return arguments


def _layer_numbers(drawing: Drawing) -> list[int]:
    layers = drawing.model.layers
    wanted = drawing.options.layers or ()
    missing = [name for name in wanted if name not in layers]
    if missing:
        names = ", ".join(map(repr, missing))
        raise drawing.fault(f"has no layer {names}", "see the setting `layers`")
    return [layers.index(name) for name in wanted]


def _display_wrapper() -> list[str]:
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform != "linux" or has_display:
        return []
    helper = find_program(["xvfb-run"])
    if helper is None:
        raise ConversionError(
            "no display for draw.io",
            hint="install xvfb-run (apt-get install -y xvfb), or set `renderer: browser`",
        )
    return [str(helper), "--auto-servernum"]


def _root_options() -> list[str]:
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return ["--no-sandbox"] if is_root else []


def _run(command: list[str], drawing: Drawing) -> str:
    """Return a command's output; kill its process tree after the time limit."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=sys.platform != "win32",
    )
    try:
        output, _ = process.communicate(timeout=drawing.seconds)
    except subprocess.TimeoutExpired:
        _kill(process)
        process.communicate()
        raise drawing.fault("takes too long to draw", TIME_HINT) from None
    return output.decode(errors="replace")


def _kill(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
