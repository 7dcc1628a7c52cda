"""Payload and settings of PlantUML jobs."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import and_, ge, gt, in_, le

JOB_TYPE = "plantuml"
FONTS = "fonts"
"""The name of what pictures depend on where they are drawn."""
PATTERNS = ("*.pu", "*.puml", "*.plantuml", "*.wsd")

FORMATS = ("png", "svg")


@frozen(repr=False)
class PlantUmlSettings:
    """The plugin's settings."""

    format: str = field(
        default="png",
        validator=in_(FORMATS),
        metadata={"help": "format of the pictures: png or svg"},
    )
    dpi: int = field(
        default=200,
        validator=and_(ge(20), le(1000)),
        metadata={"help": "dots per inch of PNG pictures; 96 is PlantUML's own size"},
    )
    time_limit: float = field(
        default=60.0,
        validator=gt(0.0),
        metadata={"help": "time limit for one diagram, in seconds"},
    )
    memory: int = field(
        default=512,
        validator=ge(64),
        metadata={"help": "limit of Java's heap, in megabytes"},
    )


@frozen(repr=False)
class PlantUmlPayload:
    """Everything that determines the pictures of a source, apart from its input files.

    `source` and the files that it includes have the same paths in the job's folder as in the
    topic. `pictures` are the outputs' names in the order of the pictures in the source.
    `time_limit` is in seconds, `memory` in megabytes.
    """

    source: str
    pictures: tuple[str, ...]
    format: str
    dpi: int
    time_limit: float
    memory: int
