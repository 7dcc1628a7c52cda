"""Texts of `requirements.txt` and `README.md`, in the languages of what is published."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from clm.builds import CourseInfo
from clm_plugin_publish.contents import Contents, Item
from clm_plugin_publish.handouts.launching import BADGES, Repository
from clm_plugin_publish.handouts.packages import Package, name_in, normal_name

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "pages": "Open `{index}` in a browser.",
        "start": "To run the notebooks, install [Python](https://www.python.org), and then, in"
        " this folder:",
        "windows": "On Windows, write `.venv\\Scripts\\python` instead of `.venv/bin/python`.",
        "notebooks": "Notebooks",
        "heading": "How to start",
    },
    "de": {
        "pages": "Öffnen Sie `{index}` in einem Browser.",
        "start": "Um die Notebooks auszuführen, installieren Sie [Python](https://www.python.org)"
        " und geben in diesem Ordner ein:",
        "windows": "Unter Windows steht `.venv\\Scripts\\python` statt `.venv/bin/python`.",
        "notebooks": "Notebooks",
        "heading": "So fangen Sie an",
    },
}
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|])")


def requirements_text(packages: Iterable[Package], more: Iterable[str], *, exact: bool) -> str:
    """The lines for pip, in alphabetical order; empty if there are none."""
    sign = "==" if exact else ">="
    lines = {f"{package.name}{sign}{package.version}" for package in packages} | set(more)
    return _sorted(lines)


def with_lines(before: str, after: str) -> str:
    """The lines of earlier requirements, and those of later ones for other packages."""
    lines = before.splitlines()
    known = {normal_name(name_in(line)) for line in lines}
    more = [line for line in after.splitlines() if normal_name(name_in(line)) not in known]
    return _sorted({*lines, *more}) if more else before


def _sorted(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in sorted(lines, key=str.lower))


def readme(
    contents: Contents,
    course: CourseInfo,
    repository: Repository | None,
    services: Iterable[str],
    *,
    whole: bool,
) -> str:
    """How to start, and links to the notebooks; only the links unless it is `whole`.

    Empty if there is nothing to say.
    """
    found = {item.language for item in contents.items if item.language}
    languages = [language for language in course.languages if language in found]
    parts = []
    for language in languages or course.languages[:1]:
        items = [item for item in contents.items if item.language in ("", language)]
        texts = _TEXTS.get(language.partition("-")[0], _TEXTS["en"])
        name = course.name.get(language) or next(iter(course.name.values()))
        body = [*(_start(items, contents, texts) if whole else ())]
        if repository is not None:
            body += _links(items, repository, services, texts)
        if body or whole:
            parts.append("\n".join((f"# {_plain(name)}", "", *body)))
    return "\n".join(parts)


def _start(items: list[Item], contents: Contents, texts: Mapping[str, str]) -> Iterator[str]:
    yield from (f"## {texts['heading']}", "")
    indexes = [item.path for item in items if PurePosixPath(item.path).name == "index.html"]
    if indexes:
        index = min(indexes, key=lambda path: (path.count("/"), path))
        yield from (texts["pages"].format(index=index), "")
    if any(item.path.endswith(".ipynb") for item in items):
        own = " -r requirements.txt" if "requirements.txt" in contents.by_path else ""
        yield from (
            *(texts["start"], "", "```sh", "python -m venv .venv"),
            f".venv/bin/python -m pip install jupyterlab{own}",
            *(".venv/bin/python -m jupyter lab", "```", "", texts["windows"], ""),
        )


def _links(
    items: list[Item],
    repository: Repository,
    services: Iterable[str],
    texts: Mapping[str, str],
) -> Iterator[str]:
    notebooks = [item for item in items if item.deck and item.path.endswith(".ipynb")]
    if not notebooks:
        return
    yield from (f"## {texts['notebooks']}", "")
    for item in sorted(notebooks, key=lambda i: (PurePosixPath(i.path).name, i.path)):
        badges = [
            f"[![{service.title()}]({BADGES[service]})]({repository.address(service, item.path)})"
            for service in repository.services(services)
        ]
        title = item.title or PurePosixPath(item.path).stem
        yield f"- {_plain(title)} ({_plain(item.kind)}) {' '.join(badges)}"
    yield ""


def _plain(text: str) -> str:
    """A text without markup of Markdown, in one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
