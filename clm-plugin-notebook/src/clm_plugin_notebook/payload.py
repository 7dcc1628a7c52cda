"""The payload of notebook jobs, and the plugin's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from attrs.validators import ge, gt, in_

from clm import CourseTheme
from clm_plugin_notebook.additions import Additions
from clm_plugin_notebook.languages import ProgLang, ProgLangSettings, prog_langs

THEMES = ("auto", "light", "dark")
IMAGES = COPIED, INLINED = ("copied", "inlined")
PAGE_ASSETS = EMBEDDED, SHARED = ("embedded", "shared")
CODE_LINES = ("scrolled", "wrapped")
OVERFLOWS = ("shrink", "scroll", "none")
PDF_LAYOUTS = SLIDES, PAGE = ("slides", "page")
HTML = AS_WRITTEN, SANITISED = ("as-written", "sanitised")

# The options of reveal.js 5, without those that run code or load something.
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
    """Validate options of reveal.js, as an attrs validator."""
    for name, value in options.items():
        if name not in _REVEAL_OPTIONS:
            known = ", ".join(sorted(_REVEAL_OPTIONS))
            raise ValueError(f"unknown or forbidden reveal.js option {name!r}; allowed: {known}")
        if not isinstance(value, (str, int, float, bool, type(None))):
            raise ValueError(f"reveal.js option {name!r} must be a string, number or boolean")


@frozen(repr=False)
class PageOptions:
    """The appearance of pages and slides, and how images and scripts are included.

    `asset_url` is the folder or URL from which pages load their scripts; if it is empty, scripts
    are embedded. `reveal` has options of reveal.js. A PDF shows what `pdf` names. With `html`
    `sanitised`, nothing of a deck or of its results runs in a browser.
    """

    theme: str = field(default="auto", validator=in_(THEMES))
    images: str = field(default="copied", validator=in_(IMAGES))
    asset_url: str = ""
    overflow: str = field(default="shrink", validator=in_(OVERFLOWS))
    reveal: dict[str, Any] = field(factory=dict, validator=check_reveal)
    code_lines: str = field(default="scrolled", validator=in_(CODE_LINES))
    pdf: str = field(default=SLIDES, validator=in_(PDF_LAYOUTS))
    html: str = field(default=AS_WRITTEN, validator=in_(HTML))


JOB_TYPE = "notebook"

# Names of a job's environment; the first two may be followed by an interpreter or a kernel's name.
PYTHON, KERNEL, BROWSER, FONTS = "python", "kernel", "browser", "fonts"

# The output of a job with the pictures that its other outputs share with those of other jobs.
PICTURES = "pictures"

TOPIC_FOLDER = "topic"
GENERATED_FOLDER = "generated"
TEMPLATES_FOLDER = "templates"
LINKS_FOLDER = "links"
COMPANIONS_FOLDER = "companions"


def _check_prog_langs(instance: Any, attribute: Any, value: dict[str, ProgLangSettings]) -> None:
    prog_langs(value)


KERNEL_STARTS = ("auto", "fork", "plain")


@frozen(repr=False)
class NotebookSettings:
    """The plugin's settings."""

    cell_timeout: float = field(
        default=300.0,
        validator=gt(0.0),
        metadata={"help": "seconds after which a running cell fails its deck"},
    )
    kernel_start_timeout: float = field(
        default=60.0,
        validator=gt(0.0),
        metadata={"help": "seconds within which a kernel must start"},
    )
    kernel_python: str = field(
        default="",
        metadata={
            "help": "interpreter for Python decks, with ipykernel; default: that of CLM",
            "program": True,
        },
    )
    kernel_start: str = field(
        default="auto",
        validator=in_(KERNEL_STARTS),
        metadata={
            "help": "`fork`: fork Python kernels from a process that has imported IPython "
            "(Linux only); `plain`: start each as a separate program; `auto`: fork if possible"
        },
    )
    kernel_preload: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "modules to import before kernels are forked, such as `numpy`",
            "program": True,
        },
    )
    output_limit_mb: float = field(
        default=100.0,
        validator=gt(0.0),
        metadata={"help": "maximum output of all cells of a deck together, in megabytes"},
    )
    memory_limit_mb: int = field(
        default=0,
        validator=ge(0),
        metadata={
            "help": "maximum address space of a kernel, in megabytes; 0 for no limit "
            "(not on Windows)"
        },
    )
    process_limit: int = field(
        default=0,
        validator=ge(0),
        metadata={
            "help": "maximum number of processes of the user while a kernel starts more; 0 for "
            "no limit (not on Windows)"
        },
    )
    evaluate: bool = field(
        default=True,
        metadata={"help": "whether to run code; a topic may override it"},
    )
    prog_langs: dict[str, ProgLangSettings] = field(
        factory=dict,
        validator=_check_prog_langs,
        metadata={
            "help": "programming languages by name: suffix, comment, folder, kernel and lexer "
            "of new languages, or changes to the built-in ones"
        },
    )
    answers: dict[str, str] = field(
        factory=dict,
        metadata={"help": "label of answers, by language"},
    )
    max_deck_megabytes: float = field(
        default=20.0,
        validator=gt(0.0),
        metadata={"help": "maximum size of a deck, in megabytes"},
    )
    theme: str = field(
        default="auto",
        validator=in_(THEMES),
        metadata={
            "help": "earlier name of `mode` in the `theme` of the spec: `light`, `dark`, or `auto`"
        },
    )
    images: str = field(
        default="copied",
        validator=in_(IMAGES),
        metadata={
            "help": "`copied`: pages link to copies of images; `inlined`: pages contain them"
        },
    )
    asset_url: str = field(
        default="",
        metadata={
            "help": "folder or URL with MathJax and other scripts; by default pages contain the "
            "scripts that they need"
        },
    )
    page_assets: str = field(
        default=EMBEDDED,
        validator=in_(PAGE_ASSETS),
        metadata={
            "help": "style sheets, scripts, fonts, logos and pictures: `embedded` in each page or "
            "beside it, or `shared` by all outputs in a folder of the course",
            "initial": SHARED,
            "for_sites": True,
        },
    )
    code_lines: str = field(
        default="scrolled",
        validator=in_(CODE_LINES),
        metadata={"help": "long lines of code and outputs on pages: `scrolled`, or `wrapped`"},
    )
    slides_overflow: str = field(
        default="shrink",
        validator=in_(OVERFLOWS),
        metadata={"help": "what overfull slides do: `shrink`, `scroll`, or `none` for neither"},
    )
    slides_options: dict[str, Any] = field(
        factory=dict,
        validator=check_reveal,
        metadata={"help": "options of reveal.js, such as `transition` or `slideNumber`"},
    )
    pdf_layout: str = field(
        default=SLIDES,
        validator=in_(PDF_LAYOUTS),
        metadata={"help": "content of PDFs: `slides`, one on each sheet, or the `page` on A4"},
    )
    html: str = field(
        default=AS_WRITTEN,
        validator=in_(HTML),
        metadata={
            "help": "HTML and scripts of decks and of results on pages: `as-written`, as in "
            "Jupyter, or `sanitised`, for decks from others: without scripts, styles, frames"
        },
    )
    extensions: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "plugins whose tags, kinds, templates, transforms and themes the decks use"
        },
    )


@frozen(repr=False)
class KernelPayload:
    """Parameters for running the code of a deck, named like the settings.

    The place of the interpreter is not part of a job's key.
    """

    python: str = field(default="", metadata={"local": True})
    start: str = "auto"
    preload: tuple[str, ...] = ()
    output_limit_mb: float = 100.0
    memory_limit_mb: int = 0
    process_limit: int = 0


@frozen(repr=False)
class SiteLinks:
    """What a page links to outside of its deck; all URLs are relative to the page.

    `front` is the page that leads to all others, and `title` the text of the link to it; `section`
    is the name of the page's section. `address` is that of the page itself, absolute, or empty.
    `alternates` has the page's addresses by language, if there are several.
    """

    front: str
    title: str
    section: str
    address: str = ""
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    alternates: dict[str, str] = field(factory=dict, hash=False)  # outputs are keys


@frozen(repr=False)
class NotebookOutput:
    """An output of a deck; `name` is its name in the result of the job.

    `title` is the title of the deck in the language of the output. `public` is true for outputs
    that students may see. `footer` has the names of the course and the section for slides; other
    formats do not show them, so they do not depend on them. `site` are the links of a page to the
    site of its course, `shared` the URLs of files that it has in common with other pages.
    `pictures` is the URL of the folder with pictures that outputs share, empty if the output has
    its own, and `folder` its number in the job's set of pictures. Documents that are no pages refer
    only to `moved` ones there, by their paths in the topic.
    """

    name: str
    language: str
    kind: str
    format: str
    title: str
    public: bool
    footer: tuple[str, ...] = ()
    site: tuple[SiteLinks, ...] = ()
    shared: dict[str, str] = field(factory=dict, hash=False)  # outputs are keys
    pictures: str = ""
    folder: int = 0
    moved: tuple[str, ...] = ()


@frozen(repr=False)
class DeckFile:
    """A file with cells: the deck, or one with voiceovers for it.

    `name` is that of the job's input, `source` its path in the course, `language` that of the
    file, empty for all. `prog_lang` determines how it is read.
    """

    name: str
    source: str
    language: str
    prog_lang: ProgLang


@frozen(repr=False)
class RestrictedFile:
    """A file of the topic that some outputs do not get.

    Only those in `language` get it, or in all languages if that is empty, and only those that
    students do not see if it is `private`.
    """

    name: str
    language: str = ""
    private: bool = False

    def is_in(self, output: NotebookOutput) -> bool:
        """Whether the output's folder has the file."""
        in_language = self.language in ("", output.language)
        return in_language and not (self.private and output.public)


@frozen(repr=False)
class LinkedFile:
    """What a link leads to in an output.

    `path` is relative to the output, None if it leads nowhere. `title` is that of the deck.
    If the link leads nowhere at one of the output's destinations, `lost` is that destination, and
    `hint` says what to do.
    """

    path: str | None
    title: str = ""
    lost: str = ""
    hint: str = ""


@frozen(repr=False)
class LinkedDeck:
    """A deck to whose headings there are links, in one language.

    `source` is its path in the course, `file` that in its topic, and `title` its title. In the
    folder of the job its files are in `links/<source>/topic`.
    """

    source: str
    file: str
    prog_lang: ProgLang
    author: str
    title: str


@frozen(repr=False)
class NotebookPayload:
    """Everything that determines the outputs of a deck, except its input files.

    In the folder of the job, the deck is `topic/<source>`; the other files of the topic are also
    in `topic`, outputs of other jobs for the topic in `generated`, and the templates of the
    course in `templates`. `languages` are the languages of the course; `organization` and
    `answers` map languages to strings. Timeouts are in seconds. `own_language` is that of a deck of
    one language, such as `de` for `slides_a.de.py`. `restricted` are files of the topic that some
    outputs do not get. `companions` have the deck's voiceovers. `links` has what the links of each
    output lead to, by their paths, except for those that are right as they are written. `linked`
    are the decks of links to headings, by the path of the link and by language. `additions` are
    those of other plugins, `theme` is that of the course.
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
    own_language: str = ""
    restricted: tuple[RestrictedFile, ...] = ()
    companions: tuple[DeckFile, ...] = ()
    links: dict[str, dict[str, LinkedFile]] = field(factory=dict)
    linked: dict[str, dict[str, LinkedDeck]] = field(factory=dict)
    additions: Additions = field(factory=Additions)
    theme: CourseTheme = field(factory=CourseTheme)
