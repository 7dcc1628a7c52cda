"""What a notebook job is told, and the settings from which part of it comes."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import gt

TOPIC_FOLDER = "topic"
TEMPLATES_FOLDER = "templates"


@frozen
class NotebookSettings:
    """The plugin's settings."""

    cell_timeout: float = field(
        default=300.0,
        validator=gt(0.0),
        metadata={"help": "seconds that one cell may run before its deck fails"},
    )
    kernel_start_timeout: float = field(
        default=60.0,
        validator=gt(0.0),
        metadata={"help": "seconds that a kernel may take to start"},
    )


@frozen
class NotebookOutput:
    """One file to make of a deck; `name` is the output's name in the job's result.

    `title` is the deck's title in the output's language. `public` says whether students may
    see the file.
    """

    name: str
    language: str
    kind: str
    format: str
    title: str
    public: bool


@frozen
class NotebookPayload:
    """All that shapes the outputs of a deck beside its input files.

    The deck lies at `topic/<source>` in the job's folder, the topic's other files beside it,
    the course's templates in `templates`. `organization` maps languages to texts. Timeouts
    are in seconds.
    """

    source: str
    prog_lang: str
    outputs: tuple[NotebookOutput, ...]
    author: str
    organization: dict[str, str]
    evaluate: bool
    skip_errors: bool
    cell_timeout: float
    kernel_start_timeout: float
