"""Incremental planning and checking, which must give what planning from nothing gives.

Random edits of all that may enter a plan; `CLM_TEST_EDITS` is another number of them.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve, field

from clm.builder.digests import FileDigests
from clm.builder.plan import BuildPlan
from clm.builder.planning.planner import plan_build
from clm.builder.planning.replanning.early_plan import early_plan
from clm.builder.planning.replanning.known_topics import known_topics
from clm.builder.planning.replanning.part import plan_part
from clm.builder.planning.topics.topic_plans import TopicPlans
from clm.builder.unchanged import clock, edited_findings
from clm.builder.unchanged.clock import Clock
from clm.builder.unchanged.sources import (
    changed_folders,
    has_same_files,
    sources_of,
    with_states_of,
)
from clm.builder.validation import course as validation
from clm.builder.validation.course import validate_course
from clm.course.course import Course
from clm.course.syntax.reader import load_spec, read_spec
from clm.errors import ClmError
from clm.installed.kept import read_json
from clm.plugins import PluginRegistry

EDITS = int(os.environ.get("CLM_TEST_EDITS", "25"))
TOPICS = ("one", "two", "three")
TEXTS = (
    "# ## Text\n",
    "# ![p](img/p.png)\n",
    "# [next](clm:two)\n",
    "# [next](../topic_200_two/slides_two.py#part)\n",
    "# [next](clm:three/slides_more)\n",
    "# [heading](clm:two#part)\n",
    "# [heading](clm:three/slides_three#part)\n",
    "# [gone](nowhere.html)\n",
    '# {% include "part.py" %}\n',
    "# {{ author }} {{ shared() }}\n",
    "# ## Part\n",
)
INVALID = "no-such-setting: 1"
SETTINGS = ("", "evaluate: false", "code-lines: true", "page-assets: shared", INVALID)
TOP = ("author: Ada", "prog-lang: python", "theme: {mode: dark}", "organization: {de: O, en: P}")


@define
class RandomCourse:
    """A course whose files and spec are edited at random; one that `is_faulty` is mended soon."""

    folder: Path
    chance: random.Random
    spec: dict[str, str] = field(factory=dict)
    titles: dict[str, str] = field(factory=dict)
    order: list[str] = field(factory=lambda: list(TOPICS))
    is_faulty: bool = False

    def __attrs_post_init__(self) -> None:
        for topic in TOPICS:
            self._write_deck(f"slides_{topic}.py", topic)
        self._write_spec()

    def edit(self) -> str:
        """Make an edit; returns its name."""
        edits: list[Callable[[], None]] = [
            *[self._deck] * 8,
            *[self._cell] * 12,
            *[self._text] * 25,
            *[self._unseen] * 6,
            self._decks,
            self._second_deck,
            self._picture,
            self._part,
            self._template,
            self._data,
            self._rename,
            self._settings,
            self._top,
            self._names,
            self._topics,
            self._include,
            self._diagram,
            self._other_topic,
            self._group,
        ]
        is_invalid = INVALID in self.spec.get("plugins", "")
        chosen = self._settings if is_invalid else self.chance.choice(edits)
        if self.chance.random() < (0.6 if self.is_faulty else 0.1):
            chosen = self._mend
        chosen()
        return chosen.__name__

    def _topic(self, name: str) -> Path:
        return self.folder / "slides" / "module_1" / f"topic_{TOPICS.index(name) + 1}00_{name}"

    def _any_topic(self) -> Path:
        return self._topic(self.chance.choice(TOPICS))

    def _write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _toggle(self, path: Path, text: str) -> None:
        if path.exists() and self.chance.random() < 0.5:
            path.unlink()
        else:
            self._write(path, text)

    def _write_deck(self, name: str, topic: str) -> None:
        if self.chance.random() < 0.2:
            self.titles[name] = f"Title {self.chance.randrange(9)}"
        title = self.titles.setdefault(name, name)
        cells = "".join(
            f'\n# %% [markdown] tags=["slide"]\n{text}'
            for text in self.chance.sample(TEXTS, self.chance.randrange(4))
        )
        header = (
            f'# j2 from \'macros.j2\' import header\n# {{{{ header("{title}", "{title}") }}}}\n'
        )
        self._write(self._topic(topic) / name, f"{header}{cells}\n# %%\n1 + 1\n")

    def _deck(self) -> None:
        topic = self.chance.choice(TOPICS)
        self._write_deck(f"slides_{topic}.py", topic)

    def _mend(self) -> None:
        """Remove what may be wrong, so that courses do not stay faulty for long."""
        for path in [*self.folder.rglob("*.pu"), *(self.folder / "templates").rglob("*.j2")]:
            path.unlink()
        for name in ("p.png", "data.csv", "part.py"):  # those of two topics have the same place
            for path in sorted(self.folder.rglob(name))[1:]:
                path.unlink()
        self.spec["group"] = ""
        self.order = list(TOPICS)
        self._write_spec()
        for path in self.folder.rglob("slides_*.py"):
            kept = [line for line in path.read_text().splitlines(True) if "part.py" not in line]
            self._write(path, "".join(kept))
            if list(self.titles.values()).count(self.titles.get(path.name, "")) > 1:
                self.titles[path.name] = path.stem  # or both have the same outputs
                self._write_deck(path.name, path.parent.name.rpartition("_")[2])

    def _cell(self) -> None:
        deck = self._topic(self.chance.choice(self.order)) / "slides_two.py"
        deck = deck if deck.exists() else self._topic("one") / "slides_one.py"
        text = self.chance.choice(TEXTS[:5] + TEXTS[6:])
        cell = f'\n# %% [markdown] tags=["slide"]\n{text}'
        self._write(deck, deck.read_text(encoding="utf-8") + cell)

    def _text(self) -> None:
        deck = self._any_deck()
        text = self.chance.choice(("# %%\n2 + 2\n", "# %% [markdown]\n# More text\n"))
        self._write(deck, f"{deck.read_text(encoding='utf-8')}\n{text}")

    def _unseen(self) -> None:
        """Other bytes of the same length, with the same modification time."""
        deck = self._any_deck()
        before = deck.stat()
        text = deck.read_text(encoding="utf-8")
        self._write(deck, text.replace("1 + 1", "1 - 1").replace("2 + 2", "2 - 2"))
        os.utime(deck, ns=(before.st_atime_ns, before.st_mtime_ns))

    def _any_deck(self) -> Path:
        return self.chance.choice(sorted((self.folder / "slides").rglob("slides_*.py")))

    def _decks(self) -> None:
        for topic in TOPICS:
            self._write_deck(f"slides_{topic}.py", topic)

    def _second_deck(self) -> None:
        path = self._topic("three") / "slides_more.py"
        if path.exists():
            path.unlink()
        else:
            self._write_deck("slides_more.py", "three")

    def _group(self) -> None:
        chosen = "dir-groups: [{path: slides/module_1/topic_100_one, name: G}]"
        self.spec["group"] = "" if self.spec.get("group") else chosen
        self._write_spec()

    def _picture(self) -> None:
        self._toggle(self._any_topic() / "img" / "p.png", str(self.chance.randrange(3)))

    def _part(self) -> None:
        self._toggle(self._any_topic() / "part.py", self.chance.choice(TEXTS))

    def _template(self) -> None:
        macro = "{% macro shared() %}TEXT{% endmacro %}"
        name = self.chance.choice(("shared.j2", "macros.j2", "python/extra.j2"))
        text = macro.replace("TEXT", self.chance.choice(("a", "b")))
        self._toggle(self.folder / "templates" / name, text)

    def _data(self) -> None:
        self._toggle(self._any_topic() / "data.csv", str(self.chance.randrange(3)))

    def _rename(self) -> None:
        folder = self._topic("three")
        old, new = folder / "slides_three.py", folder / "slides_3.py"
        old, new = (old, new) if old.exists() else (new, old)
        if old.exists():
            new.unlink(missing_ok=True)
            old.rename(new)

    def _diagram(self) -> None:
        text = self.chance.choice(("@startuml\nA -> B\n@enduml\n", "@startuml\n"))
        self._toggle(self._any_topic() / "pu" / "p.pu", text)

    def _other_topic(self) -> None:
        self._toggle(self.folder / "slides/module_1/topic_900_unused/slides_x.py", "# %%\n1\n")

    def _settings(self) -> None:
        setting = self.chance.choice(SETTINGS)
        self.spec["plugins"] = f"plugins: {{notebook: {{{setting}}}}}" if setting else ""
        self._write_spec()

    def _top(self) -> None:
        chosen = self.chance.choice(TOP)
        self.spec[chosen] = "" if self.spec.get(chosen) else chosen
        self._write_spec()

    def _names(self) -> None:
        self.spec["section"] = self.chance.choice(("V", "W"))
        self._write_spec()

    def _topics(self) -> None:
        self.order = self.chance.sample(TOPICS, self.chance.randrange(2, 4))
        self._write_spec()

    def _include(self) -> None:
        source = self._topic("two").relative_to(self.folder).as_posix()
        chosen = f"{{id: one, includes: [{{source: {source}/part.py, optional: true}}]}}"
        self.spec["one"] = "" if self.spec.get("one") else chosen
        self._write_spec()

    def _write_spec(self) -> None:
        topics = ", ".join(self.spec.get(topic) or topic for topic in self.order)
        name = self.spec.get("section", "V")
        keys = (text for key, text in self.spec.items() if key not in ("section", "one"))
        text = f"name: {{de: K, en: C}}\nsections:\n- name: {{de: W, en: {name}}}\n"
        text += f"  topics: [{topics}]\n" + "".join(f"{key}\n" for key in keys if key)
        self._write(self.folder / "course.yaml", text)


@pytest.fixture(scope="module")
def plugins() -> PluginRegistry:
    return PluginRegistry.load({"CLM_LOAD_PLUGINS": "notebook,plantuml,site"}, for_builds=True)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def planned(
    course: Path, plugins: PluginRegistry, topics: TopicPlans | None
) -> tuple[object, object]:
    """The plan of the course, or the messages of the error that prevents it."""
    spec, problems = read_spec(course)
    assert spec is not None
    try:
        found, missing = Course.find(spec)
        return missing, plan_build(found, plugins, FileDigests(), topic_plans=topics)
    except ClmError as error:
        return problems, error.diagnostics


@pytest.mark.integration
def test_edits_planned_as_from_nothing(tmp_path: Path, plugins: PluginRegistry) -> None:
    course = RandomCourse(tmp_path, random.Random(1))
    topics = TopicPlans()
    spec, last = tmp_path / "course.yaml", BuildPlan((), ())
    begun_early = of_topics = 0
    for number in range(EDITS * 4):
        before, edit = contents(tmp_path), course.edit()
        changed = {path for path, _ in before.items() ^ contents(tmp_path).items()}
        early = early_plan(topics, last, changed)
        expected = planned(spec, plugins, None)
        if early.plan is not None:
            assert (expected[0], early.plan) == expected, f"edit {number}: {edit}"
            of_topics += 1
        else:
            assert planned(spec, plugins, topics) == expected, f"edit {number}: {edit}"
        last = expected[1] if isinstance(expected[1], BuildPlan) else BuildPlan((), ())
        begun_early += bool(early.jobs)
        assert all(job in last.jobs for job in early.jobs), f"edit {number}: {edit}"
        assert early.plan is None or all(copy in last.copies for copy in early.copies)
    assert begun_early > EDITS // 10 and of_topics > EDITS // 10


@define
class Kept:
    """What is kept of a plan on disk, from which the next one is made if that is possible."""

    folder: Path
    plugins: PluginRegistry
    last: BuildPlan = field(factory=lambda: BuildPlan((), ()))
    data: str = "null"

    def next_plan(self) -> BuildPlan | None:
        """The plan after an edit; None if the course must be planned again."""
        kept = json.loads(self.data)
        try:
            folders = changed_folders(kept["sources"]) if kept else [""]
            if folders == []:
                return self.last
            if "" in folders:
                return None
            spec = load_spec(self.folder / "course.yaml")
            part = plan_part(kept["topics"], folders, spec, self.plugins)
        except (ClmError, OSError, ValueError):
            return None
        if part is None or not has_same_files(kept["sources"], part.course):
            return None
        kept["sources"] = with_states_of(kept["sources"], folders, Clock.now())
        self.data = json.dumps(kept)
        jobs = {job.id: job for job in part.plan.jobs}
        copies = {(copy.file.path, copy.destinations): copy for copy in part.plan.copies}
        self.last = evolve(
            self.last,
            jobs=tuple(jobs.get(job.id, job) for job in self.last.jobs),
            copies=tuple(copies.get((c.file.path, c.destinations), c) for c in self.last.copies),
        )
        return self.last

    def keep(self) -> None:
        """Plan the course from nothing, and keep that."""
        spec, problems = read_spec(self.folder / "course.yaml")
        self.data = "null"
        assert spec is not None
        try:
            course, missing = Course.find(spec)
            topics = TopicPlans()
            self.last = plan_build(course, self.plugins, FileDigests(), topic_plans=topics)
        except ClmError:
            return
        sources = sources_of(course, Clock.now())
        if sources is not None and not (missing or problems):
            known = known_topics(topics, self.last, course)
            self.data = json.dumps({"sources": sources, "topics": known} if known else None)


@pytest.mark.integration
def test_kept_topics_planned_as_from_nothing(
    tmp_path: Path, plugins: PluginRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_RACY_NS", 0)  # new files are trusted
    course, kept = RandomCourse(tmp_path, random.Random(3)), Kept(tmp_path, plugins)
    in_parts = 0
    for number in range(EDITS * 4):
        edit = course.edit()
        found = kept.next_plan()
        if found is None:
            kept.keep()
            course.is_faulty = not json.loads(kept.data)
            continue
        in_parts += 1
        assert ((), found) == planned(tmp_path / "course.yaml", plugins, None), f"{number}: {edit}"
    assert in_parts > EDITS, in_parts  # a quarter


@pytest.mark.integration
def test_edits_checked_as_from_nothing(
    tmp_path: Path, plugins: PluginRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    # New files are trusted, so that what was found of the whole course is kept, too.
    monkeypatch.setattr(clock, "_RACY_NS", 0)
    in_parts: list[bool] = []

    def noted(*arguments: Any) -> Any:
        found = edited_findings.edited_findings(*arguments)
        in_parts.append(found is not None)
        return found

    monkeypatch.setattr(validation, "edited_findings", noted)
    course = RandomCourse(tmp_path, random.Random(2))
    spec, own = tmp_path / "course.yaml", tmp_path / ".clm"
    own.mkdir()
    kept = 0
    for number in range(EDITS):
        edit = course.edit()
        found = validate_course(spec, plugins)
        assert validate_course(spec, plugins) == found, f"edit {number}: {edit}"
        topics = read_json(own / "findings-course.yaml.json").get("topics")
        kept, course.is_faulty = kept + bool(topics), not topics
        own.rename(tmp_path / "aside")
        assert found == validate_course(spec, plugins), f"edit {number}: {edit}"
        (tmp_path / "aside").rename(own)
    assert kept > EDITS // 2 and sum(in_parts) > EDITS // 4, (kept, sum(in_parts))
