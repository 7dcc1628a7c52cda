"""What a notebook job is told, and the settings from which part of it comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from attrs.validators import ge, gt, in_

from clm_plugin_notebook.languages import ProgLang, ProgLangSettings, prog_langs

THEMES = ("auto", "light", "dark")
IMAGES = ("copied", "inlined")
OVERFLOWS = ("shrink", "scroll", "none")

# Of reveal.js 5, without those that run code or load something.
_REVEAL_OPTIONS = frozenset(
    {
        *("autoAnimate", "autoAnimateDuration", "autoAnimateEasing", "autoAnimateUnmatched"),
        *("autoPlayMedia", "autoSlide", "autoSlideStoppable", "backgroundTransition", "center"),
        *("controls", "controlsBackArrows", "controlsLayout", "controlsTutorial"),
        *("defaultTiming", "display", "embedded", "fragmentInURL", "fragments", "hash"),
        *("hashOneBasedIndex", "height", "help", "hideCursorTime", "hideInactiveCursor"),
        *("history", "jumpToSlide", "keyboard", "loop", "margin", "maxScale", "minScale"),
        *("mobileViewDistance", "mouseWheel", "navigationMode", "overview", "pause"),
        *("pdfMaxPagesPerSlide", "pdfPageHeightOffset", "pdfSeparateFragments"),
        *("preloadIframes", "previewLinks", "progress", "respondToHashChanges", "rtl"),
        *("scrollActivationWidth", "scrollLayout", "scrollProgress", "scrollSnap"),
        *("showHiddenSlides", "showNotes", "showSlideNumber", "shuffle", "slideNumber"),
        *("sortFragmentsOnSync", "totalTime", "touch", "transition", "transitionSpeed", "view"),
        *("viewDistance", "width"),
    }
)


def check_reveal(_: Any, __: Any, options: Mapping[str, Any]) -> None:
    """A validator of options of reveal.js."""
    for name, value in options.items():
        if name not in _REVEAL_OPTIONS:
            known = ", ".join(sorted(_REVEAL_OPTIONS))
            raise ValueError(f"reveal.js has no option {name!r} that may be set; it has {known}")
        if not isinstance(value, (str, int, float, bool, type(None))):
            raise ValueError(f"reveal.js's option {name!r} has to be a text, number or boolean")


@frozen
class PageOptions:
    """How pages and slides look, and what they hold.

    `asset_url` is where pages find their larger scripts; empty, they hold them. `reveal` has
    options of reveal.js.
    """

    theme: str = field(default="auto", validator=in_(THEMES))
    images: str = field(default="copied", validator=in_(IMAGES))
    asset_url: str = ""
    overflow: str = field(default="shrink", validator=in_(OVERFLOWS))
    reveal: dict[str, Any] = field(factory=dict, validator=check_reveal)


JOB_TYPE = "notebook"

TOPIC_FOLDER = "topic"
GENERATED_FOLDER = "generated"
TEMPLATES_FOLDER = "templates"


def _check_prog_langs(instance: Any, attribute: Any, value: dict[str, ProgLangSettings]) -> None:
    prog_langs(value)


KERNEL_STARTS = ("auto", "fork", "plain")


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
    kernel_python: str = field(
        default="",
        metadata={"help": "the interpreter, with ipykernel, that runs Python decks; else CLM's"},
    )
    kernel_start: str = field(
        default="auto",
        validator=in_(KERNEL_STARTS),
        metadata={
            "help": "`fork`: Python kernels are forked from a process that has imported IPython "
            "(Linux only); `plain`: each is a program of its own; `auto`: forked where possible"
        },
    )
    kernel_preload: tuple[str, ...] = field(
        default=(),
        metadata={"help": "modules that forked kernels have imported already, such as `numpy`"},
    )
    output_limit_mb: float = field(
        default=100.0,
        validator=gt(0.0),
        metadata={"help": "megabytes that the cells of a deck may put out together"},
    )
    memory_limit_mb: int = field(
        default=0,
        validator=ge(0),
        metadata={
            "help": "megabytes of address space that a kernel may have; 0 for no limit "
            "(not on Windows)"
        },
    )
    process_limit: int = field(
        default=0,
        validator=ge(0),
        metadata={
            "help": "how many processes the user may have while a kernel starts more; 0 for no "
            "limit (not on Windows)"
        },
    )
    evaluate: bool = field(
        default=True,
        metadata={"help": "whether code is run; a topic may say otherwise"},
    )
    prog_langs: dict[str, ProgLangSettings] = field(
        factory=dict,
        validator=_check_prog_langs,
        metadata={
            "help": "programming languages by name: suffix, comment, folder, kernel and lexer "
            "of new ones, or other ones for those that are known"
        },
    )
    answers: dict[str, str] = field(
        factory=dict,
        metadata={"help": "the word for an answer, by language"},
    )
    max_deck_megabytes: float = field(
        default=20.0,
        validator=gt(0.0),
        metadata={"help": "larger decks are refused"},
    )
    theme: str = field(
        default="auto",
        validator=in_(THEMES),
        metadata={
            "help": "colours of pages and slides: `light`, `dark`, or `auto` for what the "
            "reader's system is set to; printed they are always light"
        },
    )
    images: str = field(
        default="copied",
        validator=in_(IMAGES),
        metadata={"help": "whether pages show images beside them (`copied`) or hold them"},
    )
    asset_url: str = field(
        default="",
        metadata={
            "help": "a folder or an address with MathJax and other scripts; by default pages "
            "hold those that they need"
        },
    )
    slides_overflow: str = field(
        default="shrink",
        validator=in_(OVERFLOWS),
        metadata={"help": "slides with too much on them `shrink`, `scroll`, or neither (`none`)"},
    )
    slides_options: dict[str, Any] = field(
        factory=dict,
        validator=check_reveal,
        metadata={"help": "options of reveal.js, such as `transition` or `slideNumber`"},
    )


@frozen
class KernelPayload:
    """How the code of a deck is run; the names are those of the settings.

    `environment` stands for the packages that the code may import.
    """

    python: str = ""
    start: str = "auto"
    preload: tuple[str, ...] = ()
    output_limit_mb: float = 100.0
    memory_limit_mb: int = 0
    process_limit: int = 0
    environment: str = ""


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
    those that other jobs make for the topic in `generated`, the course's templates in
    `templates`. `languages` are those of the course; `organization`
    and `answers` map languages to texts. Timeouts are in seconds. `browser` is the version of
    the browser where one is needed.
    """

    source: str
    prog_lang: ProgLang
    languages: tuple[str, ...]
    outputs: tuple[NotebookOutput, ...]
    author: str
    organization: dict[str, str]
    answers: dict[str, str]
    evaluate: bool
    skip_errors: bool
    cell_timeout: float
    kernel_start_timeout: float
    kernel: KernelPayload = KernelPayload()
    page_options: PageOptions = field(factory=PageOptions)
    browser: str = ""
