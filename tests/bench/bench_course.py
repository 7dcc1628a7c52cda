"""Courses for the benchmarks: a generated one, or a copy of a real one.

Both CLM and its predecessor can read the generated one.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

from attrs import frozen

_EDITED = 7
_NOT_SOURCES = ("output", ".clm", ".git", "__pycache__", ".ipynb_checkpoints")

_SPEC = """\
<course>
  <github><de>https://example.org/de</de><en>https://example.org/en</en></github>
  <name><de>Messkurs</de><en>Benchmark</en></name>
  <prog-lang>python</prog-lang>
  <description><de>Zum Messen</de><en>To measure</en></description>
  <certificate><de>-</de><en>-</en></certificate>
  <sections>{sections}
  </sections>
</course>
"""
_SECTION = """
    <section>
      <name><de>Woche {number}</de><en>Week {number}</en></name>
      <topics>{topics}</topics>
    </section>"""
_HEADER = """\
# j2 from 'macros.j2' import header
# {{{{ header("Stapel {number}", "Deck {number}") }}}}
"""
_TEXT = """
# %% [markdown] lang="{language}" tags=["{tag}"]
#
# ## {language} {step}: of deck {number}
#
# - A *first* point on `step_{step}`, with **weight**
# - A second one, see [the docs](https://docs.python.org/3/)
#
# | name | value |
# |------|-------|
# | step | {step}  |
# | deck | {number}  |
#
# and a formula, $x_{{{step}}} = {number}^2$.
"""
_CODES = (
    "import math\n\nvalues_{step} = [math.sqrt(n) for n in range({number} + 5)]\nvalues_{step}",
    "def step_{step}(x: int) -> int:\n"
    '    """Adds {number}."""\n    return x + {number}\n\n\nstep_{step}({step})',
    'for i in range(5):\n    print(f"line {{i}} of step {step} in deck {number}")',
    "from dataclasses import dataclass\n\n\n@dataclass\nclass Point_{step}:\n"
    "    x: int\n    y: int = {number}\n\n\nPoint_{step}({step})",
    "{{n: n**2 for n in range({step} + 3)}}",
)
_DIAGRAM = """\
@startuml
class Step{number} {{
  + run(): int
}}
Step{number} --> Result
Step{number} --> Input{number}
@enduml
"""


class Course(Protocol):
    """A course in a folder of its own."""

    @property
    def folder(self) -> Path: ...

    @property
    def spec(self) -> Path: ...

    def edit(self) -> None:
        """Change the code and the text of one deck."""


@frozen
class CopiedCourse:
    """A copy of a real course; `edit` changes `deck`."""

    folder: Path
    spec: Path
    deck: Path

    @classmethod
    def of(cls, spec: Path, deck: Path | None, folder: Path) -> CopiedCourse:
        """Copy the course of a spec; `deck` is the first Python deck by default."""
        root = spec.parent.parent if spec.parent.name == "course-specs" else spec.parent
        shutil.copytree(root, folder, ignore=shutil.ignore_patterns(*_NOT_SOURCES))
        decks = sorted((root / "slides").rglob("slides_*.py"))
        edited = deck or decks[0]
        return cls(folder, folder / spec.relative_to(root), folder / edited.relative_to(root))

    def edit(self) -> None:
        """Change the code and the text of the deck."""
        with self.deck.open("a", encoding="utf-8") as file:
            file.write("\n# %% [markdown]\n#\n# ## Another slide\n\n# %%\nsum(range(100))\n")


@frozen
class BenchCourse:
    """A course of decks with `cells` cells each, and diagrams in the first topics."""

    folder: Path
    decks: int
    cells: int
    diagrams: int

    @property
    def spec(self) -> Path:
        return self.folder / "course-specs" / "course.xml"

    def deck(self, number: int) -> Path:
        return self._topic(number) / f"slides_deck_{number}.py"

    def write(self) -> None:
        """Write the sources of the course."""
        for number in range(self.decks):
            self.deck(number).parent.mkdir(parents=True)
            self.deck(number).write_text(self._deck_text(number), encoding="utf-8")
            if number < self.diagrams:
                self._write_diagram(number)
        weeks = range(0, self.decks, 5)
        sections = "".join(
            _SECTION.format(number=start // 5 + 1, topics=self._topics(start)) for start in weeks
        )
        self.spec.parent.mkdir()
        self.spec.write_text(_SPEC.format(sections=sections), encoding="utf-8")

    def edit(self) -> None:
        """Change the code and the text of one deck."""
        number = min(_EDITED, self.decks - 1)
        text = _TEXT.format(language="en", tag="slide", step=99, number=number)
        with self.deck(number).open("a", encoding="utf-8") as file:
            file.write(text + "\n# %%\nsum(range(100))\n")

    def _topic(self, number: int) -> Path:
        return self.folder / "slides" / "module_100_bench" / f"topic_{number:03}_deck_{number}"

    def _topics(self, start: int) -> str:
        numbers = range(start, min(start + 5, self.decks))
        return "".join(f"<topic>deck_{number}</topic>" for number in numbers)

    def _write_diagram(self, number: int) -> None:
        for folder in ("pu", "img"):
            (self._topic(number) / folder).mkdir()
        path = self._topic(number) / "pu" / f"diagram_{number}.pu"
        path.write_text(_DIAGRAM.format(number=number), encoding="utf-8")

    def _deck_text(self, number: int) -> str:
        parts = [_HEADER.format(number=number)]
        if number < self.diagrams:
            parts.append(
                f'\n# %% [markdown]\n# <img src="img/diagram_{number}.png" alt="steps"/>\n'
            )
        step = 0
        while len(parts) < self.cells:
            tag = "slide" if step % 2 else "subslide"
            for language in ("de", "en"):
                parts.append(_TEXT.format(language=language, tag=tag, step=step, number=number))
            code = _CODES[step % len(_CODES)].format(step=step, number=number)
            tags = ' tags=["keep"]' if step % 4 == 0 else ""
            parts.append(f"\n# %%{tags}\n{code}\n")
            step += 1
        return "".join(parts)
