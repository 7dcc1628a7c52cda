"""A course whose files and spec are edited at random."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

from attrs import define, field

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
        self._site()

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
            self._site,
            self._top,
            self._names,
            self._topics,
            self._include,
            self._diagram,
            self._other_topic,
            self._group,
        ]
        is_invalid = INVALID in self.spec.get("notebook", "")
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
        self.spec["notebook"] = self.chance.choice(SETTINGS)
        self._write_spec()

    def _site(self) -> None:
        self.spec["site"] = "" if self.spec.get("site") else "enabled: true"
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
        others = ("section", "one", "notebook", "site")
        keys = (text for key, text in self.spec.items() if key not in others)
        text = f"name: {{de: K, en: C}}\nsections:\n- name: {{de: W, en: {name}}}\n"
        text += f"  topics: [{topics}]\n" + "".join(f"{key}\n" for key in keys if key)
        plugins = (f"{name}: {{{self.spec.get(name, '')}}}" for name in ("notebook", "site"))
        text += f"plugins: {{{', '.join(plugins)}}}\n"
        self._write(self.folder / "course.yaml", text)
