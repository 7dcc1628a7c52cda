"""The programming languages that decks are written in: one table, and nothing else knows them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from attrs import evolve, frozen

from clm import nearest

MARKDOWN_SUFFIX = ".md"
# What stands before Jinja's line statements in Markdown.
MARKDOWN_COMMENT = "#"
JUPYTER_SUFFIX = ".ipynb"
DECK_PREFIXES = ("slides_", "topic_", "project_")

# jupytext reads what is between cells by the comment token alone, so that any of its formats
# with the same token serves for a language that it does not know.
_FORMATS = {"#": "sh:percent", "//": "cpp:percent", "--": "lua:percent", ";;": "clj:percent"}
_SUFFIX = re.compile(r"\.[A-Za-z0-9_+-]{1,15}")


@frozen
class ProgLang:
    """A programming language of decks.

    Attributes:
        name: as the course spec writes it.
        suffix: of deck files, with the dot.
        comment: the token that starts a line comment, and with ` %%` a cell.
        percent_format: jupytext's name of the percent format.
        folder: the folder of the `code` format in the default output tree.
        kernel: the name of the Jupyter kernel that runs it.
        kernel_title: the kernel as Jupyter shows it.
        lexer: Pygments' name of the language.
        aliases: other names that Jupyter and Markdown have for it.
        mimetype, codemirror: as notebooks say them.
        remedy: how to get the kernel.
    """

    name: str
    suffix: str
    comment: str
    percent_format: str
    folder: str
    kernel: str
    kernel_title: str
    lexer: str
    aliases: tuple[str, ...] = ()
    mimetype: str = ""
    codemirror: str = ""
    remedy: str = ""

    @property
    def is_python(self) -> bool:
        """Whether the Python that runs CLM runs it, too."""
        return self.name == "python" and self.kernel == "python3"

    @property
    def names(self) -> tuple[str, ...]:
        """All that it is called, in lower case."""
        return (self.name, *self.aliases)

    @property
    def kernelspec(self) -> Mapping[str, str]:
        """The metadata of notebooks that names the kernel."""
        return {"display_name": self.kernel_title, "language": self.name, "name": self.kernel}

    @property
    def language_info(self) -> Mapping[str, Any]:
        """The metadata of notebooks that tells of the language.

        Without a version: a deck's notebook is the same whichever kernel ran it.
        """
        info: dict[str, Any] = {
            "codemirror_mode": self.codemirror or self.lexer,
            "file_extension": self.suffix,
            "mimetype": self.mimetype or "text/plain",
            "name": self.name,
            "pygments_lexer": self.lexer,
        }
        if self.is_python:
            info |= {
                "codemirror_mode": {"name": "ipython", "version": 3},
                "nbconvert_exporter": "python",
            }
        return info


@frozen
class ProgLangSettings:
    """What the settings say of a programming language; absent is what the table says of it."""

    suffix: str | None = None
    comment: str | None = None
    folder: str | None = None
    kernel: str | None = None
    lexer: str | None = None


PYTHON = ProgLang(
    name="python",
    suffix=".py",
    comment="#",
    percent_format="py:percent",
    folder="Python",
    kernel="python3",
    kernel_title="Python 3",
    lexer="ipython3",
    aliases=("py", "python3", "ipython", "ipython3"),
    mimetype="text/x-python",
)
CPP = ProgLang(
    name="cpp",
    suffix=".cpp",
    comment="//",
    percent_format="cpp:percent",
    folder="Cpp",
    kernel="xcpp20",
    kernel_title="C++20",
    lexer="cpp",
    aliases=("c++", "c++17", "c++20", "cxx"),
    mimetype="text/x-c++src",
    codemirror="text/x-c++src",
    remedy="`conda install -c conda-forge xeus-cpp`",
)
C = ProgLang(
    name="c",
    suffix=".c",
    comment="//",
    percent_format="cpp:percent",
    folder="C",
    kernel="c",
    kernel_title="C",
    lexer="c",
    mimetype="text/x-csrc",
    codemirror="text/x-csrc",
    remedy="a Jupyter kernel for C",
)
CSHARP = ProgLang(
    name="csharp",
    suffix=".cs",
    comment="//",
    percent_format="cs:percent",
    folder="CSharp",
    kernel=".net-csharp",
    kernel_title=".NET (C#)",
    lexer="csharp",
    aliases=("c#", "cs"),
    mimetype="text/x-csharp",
    codemirror="text/x-csharp",
    remedy="`dotnet tool install -g Microsoft.dotnet-interactive`, then "
    "`dotnet interactive jupyter install`",
)
JAVA = ProgLang(
    name="java",
    suffix=".java",
    comment="//",
    percent_format="java:percent",
    folder="Java",
    kernel="java",
    kernel_title="Java",
    lexer="java",
    mimetype="text/x-java",
    codemirror="text/x-java",
    remedy="a JDK and `pip install jjava`",
)
TYPESCRIPT = ProgLang(
    name="typescript",
    suffix=".ts",
    comment="//",
    percent_format="ts:percent",
    folder="TypeScript",
    kernel="deno",
    kernel_title="Deno",
    lexer="typescript",
    aliases=("ts", "javascript", "js"),
    mimetype="text/x.typescript",
    remedy="`pip install deno`, then `deno jupyter --install`",
)
RUST = ProgLang(
    name="rust",
    suffix=".rs",
    comment="//",
    percent_format="rs:percent",
    folder="Rust",
    kernel="rust",
    kernel_title="Rust",
    lexer="rust",
    aliases=("rs",),
    mimetype="text/rust",
    remedy="`cargo install evcxr_jupyter`, then `evcxr_jupyter --install`",
)

PROG_LANGS: Mapping[str, ProgLang] = {
    lang.name: lang for lang in (PYTHON, CPP, C, CSHARP, JAVA, TYPESCRIPT, RUST)
}


def prog_langs(settings: Mapping[str, ProgLangSettings]) -> Mapping[str, ProgLang]:
    """The table as these settings change and extend it.

    Raises:
        ValueError: a language lacks something, or cannot be what the settings say.
    """
    langs = dict(PROG_LANGS)
    for name, own in settings.items():
        base = langs.get(name) or _new_language(name, own)
        given = {
            key: value
            for key in ("suffix", "comment", "folder", "kernel", "lexer")
            if (value := getattr(own, key)) is not None
        }
        if given.get("comment", base.comment) != base.comment:
            given["percent_format"] = _percent_format(name, given["comment"])
        if given.get("kernel", base.kernel) != base.kernel:
            given |= {"kernel_title": given["kernel"], "remedy": ""}
        langs[name] = evolve(base, **given)
    _check_suffixes(langs.values())
    return langs


def _new_language(name: str, own: ProgLangSettings) -> ProgLang:
    if not own.suffix or not own.comment:
        hint = nearest(name, PROG_LANGS, "")
        said = f"the new language {name!r} needs `suffix` and `comment`"
        raise ValueError(f"{said}; {hint}" if hint else said)
    return ProgLang(
        name=name,
        suffix=own.suffix,
        comment=own.comment,
        percent_format=_percent_format(name, own.comment),
        folder=name.capitalize(),
        kernel=name,
        kernel_title=name,
        lexer=name,
    )


def _percent_format(name: str, comment: str) -> str:
    if comment not in _FORMATS:
        allowed = ", ".join(_FORMATS)
        raise ValueError(f"the comment of {name!r} is {comment!r}, not one of {allowed}")
    return _FORMATS[comment]


def _check_suffixes(langs: Iterable[ProgLang]) -> None:
    owners = {MARKDOWN_SUFFIX: "Markdown", JUPYTER_SUFFIX: "Jupyter"}
    for lang in langs:
        if not _SUFFIX.fullmatch(lang.suffix):
            raise ValueError(f"the suffix of {lang.name!r} is {lang.suffix!r}, not as `.abc`")
        owner = owners.setdefault(lang.suffix, lang.name)
        if owner != lang.name:
            raise ValueError(f"{lang.name!r} has the suffix {lang.suffix!r} of {owner!r}")


def deck_patterns(langs: Iterable[ProgLang]) -> tuple[str, ...]:
    """The file-name patterns of decks."""
    suffixes = (*(lang.suffix for lang in langs), MARKDOWN_SUFFIX, JUPYTER_SUFFIX)
    return tuple(f"{prefix}*{suffix}" for suffix in suffixes for prefix in DECK_PREFIXES)


def is_pair(
    path: PurePosixPath, topic: Collection[PurePosixPath], langs: Collection[ProgLang]
) -> bool:
    """Whether a file is the notebook that jupytext keeps beside a deck of another format."""
    suffixes = (MARKDOWN_SUFFIX, *(lang.suffix for lang in langs))
    return path.suffix == JUPYTER_SUFFIX and any(path.with_suffix(s) in topic for s in suffixes)


def by_suffix(path: PurePosixPath, langs: Iterable[ProgLang]) -> ProgLang | None:
    """The language whose suffix a deck has; None for Markdown and Jupyter's own."""
    return next((lang for lang in langs if lang.suffix == path.suffix), None)


def by_name(name: str, langs: Iterable[ProgLang]) -> ProgLang | None:
    """The language that is called so by anyone."""
    return next((lang for lang in langs if name.strip().lower() in lang.names), None)
