"""All keys of course specs, for the reader, the schema and the docs.

XML has the same names as elements or attributes; the names of its list items are in `xml_tree`.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from clm.course.spec import KINDS, WEEKDAYS
from clm.theme.names import SETTABLE

# Each one repeats all outputs of the course, so that planning thousands would take hours.
MOST_TARGETS = 100
MOST_LANGUAGES = 100


class Shape(StrEnum):
    """The shape of a key's value."""

    TEXT = "text"
    TEXTS = "one text, or one for each language"
    FLAG = "true or false"
    WORDS = "list of texts"
    WORD_LIST = "text with words, or list of texts"
    LIST = "list"
    TABLE = "mapping"
    FREE = "mapping of texts"
    PLUGINS = "settings by plugin"
    ANY = "any value"


@frozen(repr=False)
class Key:
    """A key; `of` are the keys of the mapping that is its value, or of each mapping in the list.

    Items of the list may also have the keys `or_of`. A list has at most `most` items, if given.
    A key with `unused` has no effect, for this reason; its value is kept.
    """

    name: str
    shape: Shape
    help: str
    required: bool = False
    of: Keys | None = None
    allowed: tuple[str, ...] = ()
    most: int | None = None
    or_of: tuple[Keys, ...] = ()
    unused: str = ""


@frozen(repr=False)
class Keys:
    """The keys of one kind of mapping.

    `short` is the key that a plain text instead of the mapping stands for.
    """

    what: str
    known: tuple[Key, ...]
    short: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the keys that have an effect."""
        return tuple(key.name for key in self.known if not key.unused)

    @property
    def unused(self) -> dict[str, str]:
        """The reasons by the names of the keys without effect."""
        return {key.name: key.unused for key in self.known if key.unused}


def _unused(name: str, reason: str, shape: Shape = Shape.ANY) -> Key:
    return Key(name, shape, f"no effect: {reason}", unused=reason)


_HTTP_REPLAY = _unused(
    "http-replay",
    "the requests of code are neither recorded nor replayed, so each build needs the network; "
    "`evaluate: false` builds a topic without results",
)
_NO_SITE = "no site that runs decks in the browser is built"
_JUPYTERLITE = _unused("jupyterlite", _NO_SITE)
# Formats of existing specs that are left out.
FORMER_FORMATS = {"jupyterlite": _NO_SITE}
_NOT_PUBLISHED = "outputs are not published in repositories"


DIR_GROUP = Keys(
    "a dir-group",
    (
        Key("name", Shape.TEXTS, "folder in the outputs; empty for the course's root"),
        Key("path", Shape.TEXT, "folder in the data folder", required=True),
        Key("subdirs", Shape.WORDS, "copy only these subfolders"),
        Key("include-root-files", Shape.FLAG, "with subdirs: also copy the files beside them"),
        Key("recursive", Shape.FLAG, "false: without the folders in them; true if absent"),
        Key("lang", Shape.TEXT, "only for this language"),
    ),
)
INCLUDE = Keys(
    "an include",
    (
        Key("source", Shape.TEXT, "file or folder of the data folder", required=True),
        Key("as", Shape.TEXT, "path in the topic; its own name if absent"),
        Key("optional", Shape.FLAG, "true: no error if the source does not exist"),
    ),
    short="source",
)
LANGUAGE = Keys(
    "a language",
    (
        Key("id", Shape.TEXT, "language code, such as de or en", required=True),
        Key("label", Shape.TEXT, "folder of everything in the language; `De` for de"),
        Key("slides-folder", Shape.TEXT, "folder of its slides; `Folien` or `Slides`"),
    ),
    short="id",
)
TARGET = Keys(
    "an output-target",
    (
        Key("name", Shape.TEXT, "name of the target in commands"),
        Key("path", Shape.TEXT, "folder, in the data folder", required=True),
        Key("languages", Shape.WORDS, "only these languages"),
        Key("kinds", Shape.WORDS, "only these kinds", allowed=KINDS),
        Key("formats", Shape.WORDS, "only these formats"),
        _JUPYTERLITE,
        _unused("distribute", _NOT_PUBLISHED),
        _unused("remote-path", _NOT_PUBLISHED),
    ),
)
FLAGS = (
    Key("evaluate", Shape.FLAG, "false: code is not run"),
    Key("skip-errors", Shape.FLAG, "true: failing code does not fail the deck"),
    Key("private-files", Shape.FLAG, "true: students only get files that cells for them name"),
)
_FORMATS = Key("formats", Shape.WORDS, "only these formats")
DEFAULTS = Keys("the defaults", (*FLAGS, _FORMATS))
_DEFAULTS = Key(
    "defaults", Shape.TABLE, "values for topics that have none of their own", of=DEFAULTS
)
_DIR_GROUPS = Key(
    "dir-groups", Shape.LIST, "folders copied to the course's root in the outputs", of=DIR_GROUP
)

_RELEASE = Key(
    "release",
    Shape.ANY,
    "when what is published has it, for plugins that publish: a date, or dates by kind",
)
TEXT_OPTIONS = (
    Key("author", Shape.TEXT, "author of the topic, if not that of the course"),
    Key("prog-lang", Shape.TEXT, "programming language of the topic, if not that of the course"),
)
TOPIC = Keys(
    "a topic",
    (
        Key(
            "id",
            Shape.TEXT,
            "name of its folder or file without the prefix: `a` for `topic_100_a`",
            required=True,
        ),
        Key("module", Shape.TEXT, "folder of `slides` that contains it"),
        *TEXT_OPTIONS,
        *FLAGS,
        _FORMATS,
        Key("html", Shape.FLAG, "any value: no HTML, as in earlier versions; use formats instead"),
        Key("private", Shape.WORDS, "globs of files that only speakers get"),
        Key("export", Shape.FLAG, "false: built, but not in lists of contents for others"),
        _RELEASE,
        Key("includes", Shape.LIST, "files included from elsewhere", of=INCLUDE),
        _DIR_GROUPS,
        _HTTP_REPLAY,
    ),
    short="id",
)
_OPTIONAL = Key("optional", Shape.FLAG, "true: built, but participants may leave it out")
ACTIVITY = Keys(
    "an activity",
    (
        Key("activity", Shape.TEXTS, "what is done, such as an exam", required=True),
        Key("kind", Shape.TEXT, "a word for lists, such as exam, project or holiday"),
        Key("id", Shape.TEXT, "name of the activity, for information"),
    ),
)
SUBSECTION = Keys(
    "a subsection",
    (
        Key("topics", Shape.LIST, "topics and activities in order", of=TOPIC, or_of=(ACTIVITY,)),
        Key("name", Shape.TEXTS, "name of the subsection in lists"),
        Key("weekday", Shape.WORD_LIST, "one or more days", allowed=WEEKDAYS),
        Key("enabled", Shape.FLAG, "false: excluded from the course; its topics need not exist"),
        _OPTIONAL,
    ),
)
SECTION = Keys(
    "a section",
    (
        Key("name", Shape.TEXTS, "name of the section and its folder", required=True),
        Key(
            "topics",
            Shape.LIST,
            "topics, subsections and activities in order; required if enabled",
            of=TOPIC,
            or_of=(SUBSECTION, ACTIVITY),
        ),
        Key("id", Shape.TEXT, "name of the section in commands, unique in the course"),
        Key("enabled", Shape.FLAG, "false: excluded from the course; its topics need not exist"),
        Key("module", Shape.TEXT, "folder of `slides` that contains its topics"),
        _DEFAULTS,
        _OPTIONAL,
        _RELEASE,
        Key("includes", Shape.LIST, "files included into each of its topics", of=INCLUDE),
        _DIR_GROUPS,
        _HTTP_REPLAY,
    ),
)
MODES = ("auto", "light", "dark")
LOGO = Keys(
    "a logo",
    (
        Key("light", Shape.TEXT, "picture for light pages", required=True),
        Key("dark", Shape.TEXT, "picture for dark pages, if it is another one"),
    ),
    short="light",
)
COLOR = Keys(
    "a color",
    (
        Key("light", Shape.TEXT, "the colour in light pages, such as #0a6a68"),
        Key("dark", Shape.TEXT, "the colour in dark pages; made from the other one if absent"),
    ),
    short="light",
)
COLORS = Keys(
    "the colors",
    tuple(Key(name, Shape.TABLE, f"the colour `{name}`", of=COLOR) for name in SETTABLE),
)
FONT = Keys(
    "a font",
    (
        Key("regular", Shape.TEXT, "file with the regular font: .woff2, .woff, .ttf or .otf"),
        Key("bold", Shape.TEXT, "file with the bold font"),
        Key("italic", Shape.TEXT, "file with the italic font"),
        Key("bold-italic", Shape.TEXT, "file with the bold italic font"),
        Key("variable", Shape.TEXT, "file with a font of all weights, instead of regular and bold"),
        Key("variable-italic", Shape.TEXT, "file with an italic font of all weights"),
    ),
    short="regular",
)
FONTS = Keys(
    "the fonts",
    (
        Key("text", Shape.TABLE, "font of the text of pages", of=FONT),
        Key("headings", Shape.TABLE, "font of headings, tables and slides", of=FONT),
        Key("code", Shape.TABLE, "font of code and outputs", of=FONT),
    ),
)
THEME = Keys(
    "the theme",
    (
        Key("name", Shape.TEXT, "`classic`, a plugin's theme, or a folder such as `./theme`"),
        Key("mode", Shape.TEXT, "`light`, `dark`, or `auto` for that of the reader's system"),
        Key("logo", Shape.TABLE, "picture at the top of pages", of=LOGO),
        Key("colors", Shape.TABLE, "colours by name", of=COLORS),
        Key("fonts", Shape.TABLE, "font files, which pages contain", of=FONTS),
        Key("footer", Shape.TEXTS, "text at the end of pages; `[text](https://...)` is a link"),
    ),
    short="name",
)
COURSE = Keys(
    "the course",
    (
        Key("name", Shape.TEXTS, "name of the course and its folder", required=True),
        Key("sections", Shape.LIST, "sections in order", required=True, of=SECTION),
        Key("prog-lang", Shape.TEXT, "programming language of the decks; python if absent"),
        Key(
            "languages",
            Shape.LIST,
            "languages; those of the name if absent",
            of=LANGUAGE,
            most=MOST_LANGUAGES,
        ),
        Key("author", Shape.TEXT, "shown on title slides"),
        Key("organization", Shape.TEXTS, "shown on title slides"),
        Key("description", Shape.TEXTS, "for lists of contents, not used by builds"),
        Key("certificate", Shape.TEXTS, "for lists of contents, not used by builds"),
        Key("project-slug", Shape.TEXT, "for lists of contents, not used by builds"),
        Key(
            "kernel-python",
            Shape.TEXT,
            "virtual environment or interpreter that runs Python code; relative to the data folder",
        ),
        _DEFAULTS,
        Key("requires", Shape.WORDS, "plugins that the course needs"),
        Key("local-plugins", Shape.WORDS, "Python files of the course with plugins; they are run"),
        Key(
            "executors",
            Shape.WORDS,
            "executors that start the workers: `NAME[://ADDRESS]`, or `JOB-TYPE=NAME[://ADDRESS]`",
        ),
        Key("plugins", Shape.PLUGINS, "settings of plugins by name"),
        Key(
            "theme",
            Shape.TABLE,
            "look of pages: a name, a folder, or a mapping",
            of=THEME,
        ),
        Key(
            "write-images", Shape.FLAG, "true: also write generated pictures to the topics' folders"
        ),
        _DIR_GROUPS,
        Key(
            "output-targets",
            Shape.LIST,
            "output trees instead of the default",
            of=TARGET,
            most=MOST_TARGETS,
        ),
        _unused("github", _NOT_PUBLISHED, Shape.FREE),
        _JUPYTERLITE,
        _unused(
            "image-options",
            "the settings of the plugins for diagrams choose the formats of pictures",
        ),
        _unused("release-channels", "topics are not released to single groups of participants"),
        _unused("sidecar-layout", "no requests are recorded"),
        _unused("tasks", "CLM runs no tasks; run their steps in a script"),
    ),
)
