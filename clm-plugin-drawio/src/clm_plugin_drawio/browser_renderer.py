"""Default renderer: draw.io's own engine in a persistent browser."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import define, field

from clm import ConversionError, Diagnostic, Severity, TransientJobError, listing
from clm.browser import BrowserError, BrowserGoneError, BrowserRefusedError, BrowserTimeoutError
from clm_plugin_drawio.browser import DrawingBrowser
from clm_plugin_drawio.engine import Engine
from clm_plugin_drawio.errors import BrowserMissingError, RendererError
from clm_plugin_drawio.finding import find_browser
from clm_plugin_drawio.pixels import is_blank
from clm_plugin_drawio.rendering import (
    DAMAGE_HINT,
    MAX_PIXELS,
    TIME_HINT,
    Drawing,
    Pictures,
    Renderer,
)
from clm_plugin_drawio.sanitising import Picture, sanitise

_MAX_SIDE = 32_000  # of a picture, in its own pixels
_MAX_SCALED_SIDE = 65_000  # of a PNG; browsers paint no larger ones
_MAX_DRAWINGS = 100  # after them the pages are recycled, since their memory grows


@define
class BrowserRenderer(Renderer):
    """Draws in a browser, started by the first drawing and restarted after a failure."""

    engine: Engine = field(factory=Engine)
    program: Path | None = None
    max_drawings: int = _MAX_DRAWINGS
    _browser: DrawingBrowser | None = field(default=None, init=False)
    _drawn: int = field(default=0, init=False)

    def draw(self, drawing: Drawing) -> Pictures:
        try:
            return self._draw_confirmed(drawing)
        except BrowserTimeoutError as error:
            self._kill()
            raise drawing.fault("takes too long to draw", TIME_HINT) from error
        except BrowserRefusedError as error:
            raise drawing.fault(f"cannot be drawn: {_first_line(error)}", DAMAGE_HINT) from error
        except BrowserMissingError as error:
            raise ConversionError(str(error), hint=_BROWSER_HINT) from error
        except (BrowserError, RendererError) as error:
            self._kill()
            raise TransientJobError(str(error), hint=_BROWSER_HINT) from error

    def stop(self) -> None:
        if self._browser is not None:
            self._browser.close()
            self._browser = None

    @property
    def browser(self) -> DrawingBrowser | None:
        """The running browser, or None."""
        return self._browser

    def _draw_confirmed(self, drawing: Drawing) -> Pictures:
        """The pictures, or an error that a new browser has confirmed."""
        try:
            return self._draw(drawing)
        except BrowserRefusedError:
            # It is not the diagram's fault if one of the browser's processes was killed while a
            # script was loaded: then the page lives on without the script.
            self._kill()
            return self._draw(drawing)

    def _draw(self, drawing: Drawing) -> Pictures:
        browser = self._ready()
        browser.allow(drawing.seconds)
        drawn = browser.draw(_request(drawing))
        self._refuse_unusable(drawn, drawing)
        picture = sanitise(drawn["svg"], self.engine)
        data = {f: _format(browser, picture, f, drawing) for f in drawing.formats}
        return Pictures(data, (*drawing.model.warnings, *_warnings(drawn, picture, drawing)))

    def _ready(self) -> DrawingBrowser:
        if self._browser is None:
            self._browser = DrawingBrowser(self.program or find_browser(), self.engine)
            self._drawn = 0
        elif self._drawn >= self.max_drawings:
            try:
                self._browser.open_pages()
            except BrowserError as error:
                raise BrowserGoneError("the browser cannot open new pages") from error
            self._drawn = 0
        self._drawn += 1
        return self._browser

    def _kill(self) -> None:
        if self._browser is not None:
            self._browser.kill()
            self._browser = None

    def _refuse_unusable(self, drawn: dict[str, Any], drawing: Drawing) -> None:
        model, (width, height) = drawing.model, drawn["size"]
        if drawn["decoded"] < model.cells:
            cells = f"{drawn['decoded']} of its {model.cells} cells"
            message = f"was read only in part by draw.io: {cells}"
            raise drawing.fault(message, DAMAGE_HINT)
        if drawn["unknownLayers"]:
            names = ", ".join(repr(name) for name in drawn["unknownLayers"])
            raise drawing.fault(f"has no layer {names}", "see the setting `layers`")
        if not (width > 0 or height > 0):
            raise drawing.fault("has no visible shapes", "check whether all layers are hidden")
        scale = drawing.options.scale if "png" in drawing.formats else 1.0
        border = 2 * drawing.options.border
        sides = [(side + border) * scale for side in (width, height)]
        is_large = sides[0] * sides[1] > MAX_PIXELS or max(sides) > _MAX_SCALED_SIDE
        if drawn["svg"] is None or is_large:
            message = f"is too large: {width:.0f} x {height:.0f} pixels at scale {scale:g}"
            raise drawing.fault(message, "make it smaller, or lower the setting `scale`")


def _format(browser: DrawingBrowser, picture: Picture, name: str, drawing: Drawing) -> bytes:
    if name == "svg":
        return picture.svg.encode()
    width, height = picture.width, picture.height
    if name == "pdf":
        return browser.pdf(picture.svg, width, height)
    png = browser.png(picture.svg, width, height, drawing.options.scale)
    if is_blank(png):
        hint = "check whether everything in it is white or transparent"
        raise drawing.fault("results in a blank picture", hint)
    return png


_BROWSER_HINT = "run `clm doctor` to see which browser is found and how to get one"


def _request(drawing: Drawing) -> dict[str, Any]:
    model, options = drawing.model, drawing.options
    digest = hashlib.sha256(model.page.xml.encode()).hexdigest()
    return {
        "xml": model.page.xml,
        "variables": {**model.page.variables, "filename": PurePosixPath(model.source).name},
        "prefix": f"d{digest[:12]}",
        "stencils": model.needs_stencils,
        "math": model.math,
        "layers": options.layers,
        "largest": _MAX_SIDE,
        "transparent": options.transparent,
        "border": options.border,
        "theme": options.theme,
        "fonts": [font.rule for font in drawing.fonts if font.family in model.page.xml],
    }


def _warnings(drawn: dict[str, Any], picture: Picture, drawing: Drawing) -> list[Diagnostic]:
    findings = (
        (
            drawn["unknownShapes"],
            "has unknown shapes, which are drawn as plain ones",
            "use other shapes",
        ),
        (picture.missing_images, "has missing images", "embed them in the diagram"),
        (
            drawn["missingFonts"],
            "uses fonts that are not installed",
            "install them, or use other fonts",
        ),
        (
            drawn["missingCharacters"],
            "has characters that no installed font contains",
            "install a font that contains them, such as Noto",
        ),
    )
    return [
        Diagnostic(
            f"the diagram {problem}: {listing(names, 5)}",
            Severity.WARNING,
            drawing.model.place,
            hint,
        )
        for names, problem, hint in findings
        if names
    ]


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200]
