"""Programming languages of decks: a single table with all that depends on them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from attrs import evolve, frozen

from clm import nearest

MARKDOWN_SUFFIX = ".md"
# The prefix of Jinja's line statements in Markdown.
MARKDOWN_COMMENT = "#"
JUPYTER_SUFFIX = ".ipynb"
# Of files that jupytext or editors may read as cells, and of their templates, in lower case: decks,
# and files that may be meant as decks or as parts of them.
NOTEBOOK_SUFFIXES = frozenset(
    {
        *(".bash", ".c", ".cc", ".clj", ".cpp", ".cs", ".cxx", ".ex", ".fs", ".go", ".gp"),
        *(".groovy", ".h", ".hh", ".hpp", ".hs", ".hxx", ".ipynb", ".j2", ".java", ".jinja"),
        *(".jinja2", ".jl", ".js", ".jsx", ".kt", ".kts", ".lua", ".m", ".markdown", ".md", ".mjs"),
        *(".ml", ".mts", ".php", ".pl", ".ps1", ".py", ".pyi", ".pyw", ".q", ".qmd", ".r", ".rb"),
        *(".rkt", ".rmarkdown", ".rmd", ".rnw", ".rs", ".sage", ".scala", ".scm", ".sh", ".sql"),
        *(".ss", ".swift", ".tcl", ".ts", ".tsx", ".txt", ".xsh"),
    }
)
R_MARKDOWN_SUFFIX = ".Rmd"
QUARTO_SUFFIX = ".qmd"  # claimed, so that such a deck is an error and not copied to students
# Suffixes of text in Markdown.
MARKDOWN_SUFFIXES = (MARKDOWN_SUFFIX, R_MARKDOWN_SUFFIX, QUARTO_SUFFIX)
_SAME_SUFFIX = {".r": ".R", R_MARKDOWN_SUFFIX: ".R"}
DECK_PREFIXES = ("slides_", "topic_", "project_")
# Files with the voiceovers of a deck: `voiceover_a.py` beside `slides_a.py` or in these folders.
COMPANION_PREFIX = "voiceover_"
COMPANION_FOLDERS = ("voiceover", "voiceovers")
# What may be meant as such a file or folder, in any case. Students get none of these.
COMPANION_FILES = ("voiceover*", "voice[-_ ]over*", "*.voiceover.*")
COMPANION_LIKE_FOLDERS = (*COMPANION_FOLDERS, "voice-over", "voice-overs", "voice_over")

# jupytext's reading of a deck depends only on the comment token, so any of its formats with the
# same token works for a language that it does not know.
COMMENT_FORMATS = {"#": "sh:percent", "//": "cpp:percent", "--": "lua:percent", ";;": "clj:percent"}
_OTHER_SUFFIXES = (MARKDOWN_SUFFIX, QUARTO_SUFFIX, JUPYTER_SUFFIX)
_SUFFIX = re.compile(r"\.[A-Za-z0-9_+-]{1,15}")


@frozen(repr=False)
class ProgLang:
    """A programming language of decks.

    Attributes:
        name: the name in the course spec.
        suffix: the suffix of deck files, with the dot.
        comment: the token that starts a line comment and, followed by ` %%`, a cell.
        percent_format: the name of the percent format in jupytext.
        folder: the folder of the `code` format in the default output tree.
        kernel: the name of the Jupyter kernel.
        kernel_title: the display name of the kernel in Jupyter.
        lexer: the name of the Pygments lexer.
        aliases: other names of the language in Jupyter and Markdown, in lower case.
        mimetype, codemirror: values for the metadata of notebooks.
        remedy: how to install the kernel.
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
        """Whether decks run in IPython's kernel, by default in the Python that runs CLM."""
        return self.name == "python" and self.kernel == "python3"

    @property
    def stub(self) -> str:
        """What students get in place of a solution, as from nbgrader."""
        comment = f"{self.comment} YOUR CODE HERE"
        return f"{comment}\nraise NotImplementedError()" if self.name == "python" else comment

    @property
    def names(self) -> tuple[str, ...]:
        """The name and all aliases, in lower case."""
        return (self.name.lower(), *self.aliases)

    @property
    def kernelspec(self) -> Mapping[str, str]:
        """The metadata `kernelspec` of notebooks."""
        return {"display_name": self.kernel_title, "language": self.name, "name": self.kernel}

    @property
    def language_info(self) -> Mapping[str, Any]:
        """The metadata `language_info` of notebooks.

        It has no version, so that a notebook does not depend on the installed kernel.
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


@frozen(repr=False)
class ProgLangSettings:
    """Settings of a programming language; None keeps the value of the table."""

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

R = ProgLang(
    name="r",
    suffix=".R",
    comment="#",
    percent_format="R:percent",
    folder="R",
    kernel="ir",
    kernel_title="R",
    lexer="r",
    aliases=("ir",),
    mimetype="text/x-r-source",
    codemirror="r",
    remedy='`install.packages("IRkernel"); IRkernel::installspec()` in R',
)

PROG_LANGS: Mapping[str, ProgLang] = {
    lang.name: lang for lang in (PYTHON, CPP, C, CSHARP, JAVA, TYPESCRIPT, RUST, R)
}


def prog_langs(settings: Mapping[str, ProgLangSettings]) -> Mapping[str, ProgLang]:
    """Return the table with changed and added languages.

    Raises:
        ValueError: a required setting of a language is missing, or a setting is invalid.
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
        message = f"the new language {name!r} needs `suffix` and `comment`"
        raise ValueError(f"{message}; {hint}" if hint else message)
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
    if comment not in COMMENT_FORMATS:
        allowed = ", ".join(COMMENT_FORMATS)
        raise ValueError(f"invalid comment token of {name!r}: {comment!r}, not one of {allowed}")
    return COMMENT_FORMATS[comment]


def _check_suffixes(langs: Iterable[ProgLang]) -> None:
    owners = {JUPYTER_SUFFIX: "Jupyter", **dict.fromkeys(MARKDOWN_SUFFIXES, "Markdown")}
    for lang in langs:
        if not _SUFFIX.fullmatch(lang.suffix):
            raise ValueError(f"invalid suffix of {lang.name!r}: {lang.suffix!r}, not like `.abc`")
        owner = owners.setdefault(lang.suffix, lang.name)
        if owner != lang.name:
            raise ValueError(f"{lang.name!r} has the same suffix as {owner!r}: {lang.suffix!r}")


def deck_suffixes(langs: Iterable[ProgLang]) -> tuple[str, ...]:
    """Return the suffixes of decks."""
    own = dict.fromkeys(lang.suffix for lang in langs)
    return (*own, *(s for s in _SAME_SUFFIX if s not in own), *_OTHER_SUFFIXES)


def deck_patterns(langs: Iterable[ProgLang]) -> tuple[str, ...]:
    """Return the file-name patterns of decks."""
    suffixes = deck_suffixes(langs)
    return tuple(f"{prefix}*{suffix}" for suffix in suffixes for prefix in DECK_PREFIXES)


def is_pair(
    path: PurePosixPath, topic: Collection[PurePosixPath], langs: Collection[ProgLang]
) -> bool:
    """Whether a file is a notebook that jupytext pairs with a deck in another format."""
    suffixes = (s for s in deck_suffixes(langs) if s != JUPYTER_SUFFIX)
    return path.suffix == JUPYTER_SUFFIX and any(path.with_suffix(s) in topic for s in suffixes)


def by_suffix(path: PurePosixPath, langs: Iterable[ProgLang]) -> ProgLang | None:
    """Return the language of a deck's suffix, None for the suffixes of Markdown and Jupyter."""
    suffixes = (path.suffix, _SAME_SUFFIX.get(path.suffix, ""))
    return next((lang for lang in langs if lang.suffix in suffixes), None)


def by_name(name: str, langs: Iterable[ProgLang]) -> ProgLang | None:
    """Return the language with a name or alias, ignoring case; None if it is unknown."""
    return next((lang for lang in langs if name.strip().lower() in lang.names), None)
