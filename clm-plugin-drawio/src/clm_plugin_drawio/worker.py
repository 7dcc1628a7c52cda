"""Worker of draw.io jobs; imported in worker processes only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clm import ConversionError, Diagnostic, Job, Result, Worker
from clm_plugin_drawio.browser_renderer import BrowserRenderer
from clm_plugin_drawio.desktop_renderer import DesktopRenderer
from clm_plugin_drawio.fonts import read_font
from clm_plugin_drawio.model import Model
from clm_plugin_drawio.payload import DrawioPayload
from clm_plugin_drawio.rendering import Drawing, Renderer, RenderOptions
from clm_plugin_drawio.source import read_pages

_RENDERERS: Mapping[str, type[BrowserRenderer | DesktopRenderer]] = {
    "browser": BrowserRenderer,
    "desktop": DesktopRenderer,
}


class DrawioWorker(Worker):
    """Draws diagrams; keeps its renderers between jobs."""

    def __init__(self) -> None:
        self._renderers: dict[str, Renderer] = {}

    def convert(self, payload: Any, job: Job) -> Result:
        return _Conversion(payload, job, self._renderer(payload.renderer)).run()

    def stop(self) -> None:
        for renderer in self._renderers.values():
            renderer.stop()
        self._renderers = {}

    def _renderer(self, name: str) -> Renderer:
        if name not in self._renderers:
            self._renderers[name] = _RENDERERS[name]()
        return self._renderers[name]


class _Conversion:
    def __init__(self, payload: DrawioPayload, job: Job, renderer: Renderer) -> None:
        self._payload, self._job, self._renderer = payload, job, renderer
        self._outputs: dict[str, bytes] = {}
        self._diagnostics: list[Diagnostic] = []

    def run(self) -> Result:
        data = (self._job.folder / self._payload.source).read_bytes()
        # A picture that is only copied may have no diagram in it.
        pages = read_pages(data, self._job.source) if self._payload.pictures else ()
        for number in dict.fromkeys(p.page for p in self._payload.pictures):
            model = Model(pages[number], self._job.source)
            model.check()
            self._draw(model, number)
        if self._payload.copy is not None:
            self._outputs[self._payload.copy] = data
        return Result(self._outputs, tuple(self._diagnostics))

    def _draw(self, model: Model, number: int) -> None:
        wanted = {p.format: p.output for p in self._payload.pictures if p.page == number}
        seconds, folder = self._payload.time_limit, self._job.folder
        fonts = tuple(read_font(folder / name) for name in self._payload.fonts)
        drawing = Drawing(model, self._options(), tuple(wanted), seconds, folder, fonts)
        try:
            pictures = self._renderer.draw(drawing)
        except ConversionError as error:
            error.also = (*error.also, *self._diagnostics)
            raise
        self._diagnostics += pictures.diagnostics
        self._outputs |= {wanted[format]: data for format, data in pictures.data.items()}

    def _options(self) -> RenderOptions:
        payload = self._payload
        return RenderOptions(
            payload.scale, payload.border, payload.transparent, payload.theme, payload.layers
        )
