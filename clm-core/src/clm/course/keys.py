"""All keys of course specs, for the reader, the schema and the docs.

XML has the same names as elements or attributes; the names of its list items are in `xml_tree`.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from clm.course.spec import KINDS

# Each one repeats all outputs of the course, so that planning thousands would take hours.
MOST_TARGETS = 100
MOST_LANGUAGES = 100


class Shape(StrEnum):
    """The shape of a key's value."""

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
    """A key; `of` are the keys of the mapping that is its value, or of each mapping in the list.

    A list has at most `most` items, if given.
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
    """The keys of one kind of mapping; `ignored` are keys of earlier versions,
    without effect.

    `short` is the key that a plain text instead of the mapping stands for.
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
    ),
    ("distribute", "jupyterlite", "remote-path"),
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
        Key("includes", Shape.LIST, "files included from elsewhere", of=INCLUDE),
        _DIR_GROUPS,
    ),
    ("http-replay", "export"),
    short="id",
)
SECTION = Keys(
    "a section",
    (
        Key("name", Shape.TEXTS, "name of the section and its folder", required=True),
        Key("topics", Shape.LIST, "topics in order; required if enabled", of=TOPIC),
        Key("id", Shape.TEXT, "name of the section in commands, unique in the course"),
        Key("enabled", Shape.FLAG, "false: excluded from the course; its topics need not exist"),
        Key("module", Shape.TEXT, "folder of `slides` that contains its topics"),
        _DEFAULTS,
        Key("includes", Shape.LIST, "files included into each of its topics", of=INCLUDE),
        _DIR_GROUPS,
    ),
    ("http-replay", "optional"),
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
        Key("description", Shape.TEXTS, "for information, not used by builds"),
        Key("certificate", Shape.TEXTS, "for information, not used by builds"),
        Key("github", Shape.FREE, "for information, not used by builds"),
        Key("project-slug", Shape.TEXT, "for information, not used by builds"),
        _DEFAULTS,
        Key("requires", Shape.WORDS, "plugins that the course needs"),
        Key("plugins", Shape.PLUGINS, "settings of plugins by name"),
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
