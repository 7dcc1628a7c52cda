"""Options and results of renderers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

from clm import ConversionError, Diagnostic
from clm_plugin_drawio.fonts import Font
from clm_plugin_drawio.model import Model

MAX_PIXELS = 80_000_000  # above, browsers leave a part of the picture blank
TIME_HINT = "simplify it, or raise the setting `time-limit`"
DAMAGE_HINT = "open it in draw.io and save it again"


@frozen
class RenderOptions:
    """How the pictures of a diagram look; `scale` is for PNG, `border` in the diagram's pixels.

    `layers` are the names of those shown; None leaves it to the file.
    """

    scale: float = 3.0
    border: int = 20
    transparent: bool = False
    theme: str = "light"
    layers: tuple[str, ...] | None = None


@frozen
class Drawing:
    """A model to be drawn in some formats, in at most `seconds` once the renderer is ready.

    `fonts` are put into the pictures that use them. `folder` is the renderer's to use.
    """

    model: Model
    options: RenderOptions
    formats: tuple[str, ...]
    seconds: float
    folder: Path
    fonts: tuple[Font, ...] = ()

    def fault(self, what: str, hint: str) -> ConversionError:
        """The error that the diagram `what`, for example `takes too long`."""
        return ConversionError(f"the diagram {what}", place=self.model.place, hint=hint)


@frozen
class Pictures:
    """The pictures by format, and what the author is to know about them."""

    data: Mapping[str, bytes]
    diagnostics: tuple[Diagnostic, ...] = field(default=())


class Renderer(ABC):
    """Draws diagrams; started when the first is to be drawn."""

    @abstractmethod
    def draw(self, drawing: Drawing) -> Pictures:
        """The pictures of a model.

        Raises:
            ConversionError: the diagram cannot be drawn, is too large, or takes too long.
            TransientJobError: the renderer has failed; the next try begins afresh.
        """

    @abstractmethod
    def stop(self) -> None:
        """Ends what runs."""
