"""Options and results of renderers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

from clm import ConversionError, Diagnostic
from clm_plugin_drawio.fonts import Font
from clm_plugin_drawio.model import Model

MAX_PIXELS = 80_000_000  # beyond this, browsers leave a part of the picture blank
TIME_HINT = "simplify it, or raise the setting `time-limit`"
DAMAGE_HINT = "open it in draw.io and save it again"


@frozen
class RenderOptions:
    """Appearance of the pictures; `scale` is for PNG, `border` is in the diagram's pixels.

    `layers` are the names of the layers to show; None shows those that are visible in the file.
    """

    scale: float = 3.0
    border: int = 20
    transparent: bool = False
    theme: str = "light"
    layers: tuple[str, ...] | None = None


@frozen
class Drawing:
    """A model to draw in some formats, in at most `seconds` once the renderer is ready.

    `fonts` are embedded in the pictures that use them. The renderer may write to `folder`.
    """

    model: Model
    options: RenderOptions
    formats: tuple[str, ...]
    seconds: float
    folder: Path
    fonts: tuple[Font, ...] = ()

    def fault(self, problem: str, hint: str) -> ConversionError:
        """The error for a problem of the diagram, such as `takes too long to draw`."""
        return ConversionError(f"the diagram {problem}", place=self.model.place, hint=hint)


@frozen
class Pictures:
    """The pictures by format, and diagnostics for the author."""

    data: Mapping[str, bytes]
    diagnostics: tuple[Diagnostic, ...] = field(default=())


class Renderer(ABC):
    """Base class of the renderers; a renderer starts with its first drawing."""

    @abstractmethod
    def draw(self, drawing: Drawing) -> Pictures:
        """The pictures of a model.

        Raises:
            ConversionError: the diagram cannot be drawn, is too large, or takes too long.
            TransientJobError: the renderer failed; it is started again for the next drawing.
        """

    @abstractmethod
    def stop(self) -> None:
        """End all processes of the renderer."""
