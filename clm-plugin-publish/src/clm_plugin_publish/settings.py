"""Settings: the destinations and cohorts of a course, its time zone and holidays."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any, Literal

from attrs import Attribute, field, frozen, validators

from clm import UsageError


class DestinationError(UsageError):
    """A destination of the spec cannot be used; `key` is what is wrong in it."""

    def __init__(self, message: str, key: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.key = key


def with_home(path: str, key: str) -> Path:
    """The path, with the folder of an account in place of `~` or `~name`.

    Raises:
        DestinationError: there is no such account, or it has no folder.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise DestinationError(
            f"{path!r} begins with an account that is not there or has no folder",
            key,
            hint="write the path from `/`, or `./~name` for a folder of that name",
        ) from error


KINDS = ("folder", "zip", "git", "rsync", "moodle")
_REMOTE = ("git", "rsync")
Split = Literal["course", "section", "deck"]
Requirements = Literal["none", "exact", "minimum"]
Launch = Literal["binder", "colab"]
Package = Literal["html", "cartridge"]
Readers = Literal["students", "speakers"]

_NAME = r"[a-z0-9]+(-[a-z0-9]+)*"


def _help(text: str) -> dict[str, str]:
    return {"help": text}


def _no_option(_: object, attribute: Attribute[str], value: str) -> None:
    # git would take it for an option.
    if value.startswith("-") or any(ord(letter) < 33 for letter in value):
        raise ValueError(f"{value!r} is no name for {attribute.name!r}")


def _requirement(_: object, attribute: Attribute[Any], value: tuple[str, ...]) -> None:
    import re  # only a course with such a list needs it

    for name in value:
        if not re.fullmatch(
            r"[A-Za-z0-9][\w.-]*(\[[\w, .-]+\])?( *[<>=!~]=?=? *[\w.*+-]+,?)*", name
        ):
            raise ValueError(f"{name!r} is no package: write a name, and a version if it matters")


def _inside(_: object, attribute: Attribute[Any], value: str | tuple[str, ...]) -> None:
    for path in (value,) if isinstance(value, str) else value:
        parts = PurePosixPath(path).parts
        if path.startswith("/") or "\\" in path or ":" in path or ".." in parts or "\0" in path:
            raise ValueError(f"{path!r} is no path inside a folder, with `/` between its parts")


@frozen
class Destination:
    """Where what some readers get is published."""

    kind: str = field(
        default="folder",
        metadata=_help("`folder`, `zip`, `git`, `rsync`, `moodle`, or a kind of a plugin"),
    )
    path: str = field(
        default="",
        metadata=_help("folder or archive on this machine, relative to the folder with `slides`"),
    )
    remote: str = field(
        default="",
        metadata=_help(
            "address of a repository, or name of a remote of the course's own; for rsync host:path"
        ),
    )
    branch: str = field(
        default="gh-pages", metadata=_help("branch of the repository"), validator=_no_option
    )
    audience: Readers = field(
        default="students", metadata=_help("`students`, or `speakers` for everything")
    )
    target: str = field(default="", metadata=_help("name of the only output-target; all if absent"))
    languages: tuple[str, ...] = field(default=(), metadata=_help("only these languages"))
    root: str = field(
        default="",
        metadata=_help("only this folder of the outputs, without its path"),
        validator=_inside,
    )
    split: Split = field(
        default="course",
        metadata=_help("archives: one for the `course`, each `section` or each `deck`"),
    )
    package: Package = field(
        default="html",
        metadata=_help("for Moodle: `html` with an index.html, or `cartridge` of IMS"),
    )
    files: tuple[str, ...] = field(
        default=(),
        metadata=_help("files of the course's folder to add, such as README.md and LICENSE"),
        validator=_inside,
    )
    requirements: Requirements = field(
        default="none",
        metadata=_help("a requirements.txt with `exact` or `minimum` versions of what is imported"),
    )
    packages: tuple[str, ...] = field(
        default=(),
        metadata=_help("packages to add to requirements.txt, by name"),
        validator=_requirement,
    )
    readme: bool = field(default=False, metadata=_help("add a README.md that says how to start"))
    launch: tuple[Launch, ...] = field(
        default=(),
        metadata=_help("links that open notebooks of a public repository in `binder`, `colab`"),
    )
    keep: tuple[str, ...] = field(
        default=(),
        metadata=_help("names and patterns of what others put there, which stays"),
        validator=_inside,
    )

    dates: dict[str, Any] = field(
        factory=dict,
        metadata=_help("its own `release` of sections and topics, by their ids"),
    )
    cohort: str = field(default="", metadata=_help("name of the cohort that it is for"))
    options: dict[str, str] = field(
        factory=dict, metadata=_help("texts for a kind of a plugin, by name")
    )

    def __attrs_post_init__(self) -> None:
        if self.dates and self.audience != "students":
            raise ValueError("'dates' are for students: speakers have everything")
        if self.cohort and self.audience != "students":
            raise ValueError("a 'cohort' consists of students: speakers have everything")
        if self.cohort and self.dates:
            raise ValueError("a destination of a 'cohort' has the dates of the cohort")
        if self.launch and (self.kind != "git" or self.audience != "students"):
            raise ValueError("'launch' is for the kind 'git', with what students may see")
        if self.kind not in KINDS:
            return
        if self.options:
            raise ValueError(f"a destination of kind '{self.kind}' has no 'options'")
        needed, other = ("remote", "path") if self.kind in _REMOTE else ("path", "remote")
        if not getattr(self, needed):
            raise ValueError(f"a destination of kind '{self.kind}' needs '{needed}'")
        if getattr(self, other):
            raise ValueError(f"a destination of kind '{self.kind}' has '{needed}', no '{other}'")
        if self.kind == "rsync" and self.keep:
            raise ValueError("a destination of kind 'rsync' has a folder of its own, no 'keep'")
        if self.kind != "zip" and self.split != "course":
            raise ValueError("'split' is for the kind 'zip'")
        if self.kind != "moodle" and self.package != "html":
            raise ValueError("'package' is for the kind 'moodle'")


def _valid_day(_: object, attribute: Attribute[str], value: str) -> None:
    from clm_plugin_publish.dates import moment  # only a course with dates has one

    if value:
        moment(value, "")


def _known_zone(_: object, attribute: Attribute[str], value: str) -> None:
    from clm_plugin_publish.dates import zone  # likewise

    if value:
        zone(value)


def _valid_dates(_: object, attribute: Attribute[Any], value: tuple[str, ...]) -> None:
    from clm_plugin_publish.dates import holidays  # likewise

    holidays(value)


def _valid_names(_: object, attribute: Attribute[Any], value: dict[str, Any]) -> None:
    import re

    what = attribute.name.removesuffix("s")
    for name in value:
        if not re.fullmatch(_NAME, name) or len(name) > 40:
            raise ValueError(f"{name!r} is no name of a {what}: use letters a-z, digits, '-'")


_HOLIDAYS = "days on which nothing is released, or first and last: 2027-04-02/2027-04-09"


@frozen
class Cohort:
    """A group of students with dates of its own, who keep what they were given."""

    start: str = field(
        default="",
        metadata=_help("first day, from which `week 3` and `after 3 days` count"),
        validator=_valid_day,
    )
    end: str = field(
        default="", metadata=_help("last day on which it gets more"), validator=_valid_day
    )
    dates: dict[str, Any] = field(
        factory=dict,
        metadata=_help("its own `release` of sections and topics, by their ids"),
    )
    holidays: tuple[str, ...] = field(
        default=(), metadata=_help(f"more {_HOLIDAYS}"), validator=_valid_dates
    )

    def __attrs_post_init__(self) -> None:
        if not self.start and not self.dates:
            raise ValueError("a cohort needs 'start' or 'dates'")
        if self.start and self.end and self.end[:10] < self.start[:10]:
            raise ValueError(f"'end' {self.end} is before 'start' {self.start}")


@frozen
class PublishSettings:
    """`plugins.publish` of a course spec."""

    destinations: dict[str, Destination] = field(
        factory=dict,
        metadata={"help": "destinations by name"},
        validator=[validators.instance_of(dict), _valid_names],
    )
    cohorts: dict[str, Cohort] = field(
        factory=dict,
        metadata=_help("groups of students with dates of their own, by name"),
        validator=[validators.instance_of(dict), _valid_names],
    )
    start: str = field(
        default="",
        metadata=_help("first day, from which `week 3` and `after 3 days` of `release` count"),
        validator=_valid_day,
    )
    environment: str = field(
        default="",
        metadata=_help("folder of the environment of decks, for `requirements`; CLM's if absent"),
    )
    time_zone: str = field(
        default="",
        metadata=_help("time zone of the dates, such as Europe/Berlin; the machine's if absent"),
        validator=_known_zone,
    )
    holidays: tuple[str, ...] = field(
        default=(),
        metadata=_help(_HOLIDAYS),
        validator=_valid_dates,
    )

    def __attrs_post_init__(self) -> None:
        for name in self.cohorts:
            if name in self.destinations:
                raise ValueError(f"{name!r} is the name of a cohort and of a destination")
