"""Every key of a course spec: what the reader knows, and what the schema and the docs say.

XML has the same names as elements or attributes; the names of its list items are in `xml_tree`.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from clm.course.spec import KINDS

# Each has all outputs of the course again: thousands would be planned for hours.
MOST_TARGETS = 100
MOST_LANGUAGES = 100


class Shape(StrEnum):
    """What the value of a key looks like."""

    TEXT = "text"
    TEXTS = "one text, or one for each language"
    FLAG = "true or false"
    WORDS = "list of texts"
    LIST = "list"
    TABLE = "mapping"
    FREE = "mapping of texts"
    PLUGINS = "settings by plugin"


@frozen
class Key:
    """A key; `of` are the keys of the mapping, or of each in the list, that is its value.

    A list has no more than `most` items, where that is given.
    """

    name: str
    shape: Shape
    help: str
    required: bool = False
    of: Keys | None = None
    allowed: tuple[str, ...] = ()
    most: int | None = None


@frozen
class Keys:
    """The keys of one kind of mapping; `ignored` are those that earlier versions acted on.

    `short` is the key that a plain text in place of the mapping stands for.
    """

    what: str
    known: tuple[Key, ...]
    ignored: tuple[str, ...] = field(default=())
    short: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(key.name for key in self.known)


DIR_GROUP = Keys(
    "a dir-group",
    (
        Key("name", Shape.TEXTS, "the folder in the outputs; empty for the course's root"),
        Key("path", Shape.TEXT, "the folder in the data folder", required=True),
        Key("subdirs", Shape.WORDS, "copy only these folders in it"),
        Key("include-root-files", Shape.FLAG, "with subdirs: copy the files beside them, too"),
        Key("recursive", Shape.FLAG, "false: no folders below those; true if absent"),
    ),
)
INCLUDE = Keys(
    "an include",
    (
        Key("source", Shape.TEXT, "a file or folder of the data folder", required=True),
        Key("as", Shape.TEXT, "its place in the topic; its own name if absent"),
        Key("optional", Shape.FLAG, "true: no error when the source is not there"),
    ),
    short="source",
)
LANGUAGE = Keys(
    "a language",
    (
        Key("id", Shape.TEXT, "its code, such as de or en", required=True),
        Key("label", Shape.TEXT, "the folder of everything in the language; `De` for de"),
        Key("slides-folder", Shape.TEXT, "the folder of its slides; `Folien` or `Slides`"),
    ),
    short="id",
)
TARGET = Keys(
    "an output-target",
    (
        Key("name", Shape.TEXT, "what the target is called in commands"),
        Key("path", Shape.TEXT, "its folder, in the data folder", required=True),
        Key("languages", Shape.WORDS, "only these languages"),
        Key("kinds", Shape.WORDS, "only these kinds", allowed=KINDS),
        Key("formats", Shape.WORDS, "only these formats"),
    ),
    ("distribute", "jupyterlite", "remote-path"),
)
FLAGS = (
    Key("evaluate", Shape.FLAG, "false: code is not run"),
    Key("skip-errors", Shape.FLAG, "true: code that fails does not fail the deck"),
)
_FORMATS = Key("formats", Shape.WORDS, "only these of the formats that are built")
DEFAULTS = Keys("the defaults", (*FLAGS, _FORMATS))
_DEFAULTS = Key("defaults", Shape.TABLE, "what topics have that say nothing else", of=DEFAULTS)
_DIR_GROUPS = Key(
    "dir-groups", Shape.LIST, "folders copied to the course's root in the outputs", of=DIR_GROUP
)

TEXT_OPTIONS = (
    Key("author", Shape.TEXT, "the topic's author, in place of the course's"),
    Key("prog-lang", Shape.TEXT, "the topic's programming language, in place of the course's"),
)
TOPIC = Keys(
    "a topic",
    (
        Key("id", Shape.TEXT, "the name of its folder or file less two parts", required=True),
        Key("module", Shape.TEXT, "the folder of `slides` that it is in"),
        *TEXT_OPTIONS,
        *FLAGS,
        _FORMATS,
        Key("html", Shape.FLAG, "with any value: no HTML, as in earlier versions; see formats"),
        Key("includes", Shape.LIST, "files from elsewhere that the topic has, too", of=INCLUDE),
        _DIR_GROUPS,
    ),
    ("http-replay", "export"),
    short="id",
)
SECTION = Keys(
    "a section",
    (
        Key("name", Shape.TEXTS, "the section's name and its folder's", required=True),
        Key("topics", Shape.LIST, "its topics in their order; required when enabled", of=TOPIC),
        Key("id", Shape.TEXT, "a name for the section in commands, unique in the course"),
        Key("enabled", Shape.FLAG, "false: stays out of the course, its topics need not exist"),
        Key("module", Shape.TEXT, "the folder of `slides` that its topics are in"),
        _DEFAULTS,
        Key("includes", Shape.LIST, "files from elsewhere for each of its topics", of=INCLUDE),
        _DIR_GROUPS,
    ),
    ("http-replay", "optional"),
)
COURSE = Keys(
    "the course",
    (
        Key("name", Shape.TEXTS, "the course's name and its folder's", required=True),
        Key("sections", Shape.LIST, "its sections in their order", required=True, of=SECTION),
        Key("prog-lang", Shape.TEXT, "the programming language of its decks; python if absent"),
        Key(
            "languages",
            Shape.LIST,
            "its languages; those of its name if absent",
            of=LANGUAGE,
            most=MOST_LANGUAGES,
        ),
        Key("author", Shape.TEXT, "shown on title slides"),
        Key("organization", Shape.TEXTS, "shown on title slides"),
        Key("description", Shape.TEXTS, "kept with the course"),
        Key("certificate", Shape.TEXTS, "kept with the course"),
        Key("github", Shape.FREE, "kept with the course"),
        Key("project-slug", Shape.TEXT, "kept with the course"),
        _DEFAULTS,
        Key("requires", Shape.WORDS, "plugins without which the course cannot be built"),
        Key("plugins", Shape.PLUGINS, "settings of plugins by the plugins' names"),
        Key("write-images", Shape.FLAG, "true: generated pictures go into topics' folders, too"),
        _DIR_GROUPS,
        Key(
            "output-targets",
            Shape.LIST,
            "output trees in place of the default",
            of=TARGET,
            most=MOST_TARGETS,
        ),
    ),
    (
        "image-options",
        "jupyterlite",
        "kernel-python",
        "release-channels",
        "sidecar-layout",
        "tasks",
    ),
)
