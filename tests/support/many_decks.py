"""A course of many small decks, with code and with diagrams."""

from __future__ import annotations

from pathlib import Path

DECKS = 20
_EVERY = 5  # this often a deck has code, or a diagram

_DECK = """\
# j2 from 'macros.j2' import header
# {{{{ header("Stapel {number}", "Deck {number}") }}}}

# %% [markdown] lang="en" tags=["slide"]
# ## Numbers {number}
"""
_CODE = "\n# %%\nprint({number}, {{name: len(name) for name in ('one', 'three')}})\n"
_DIAGRAM = "@startuml\nAlice -> Bob: {number}\n@enduml\n"


def write_many_decks(folder: Path) -> Path:
    """Write the course to a folder; returns its spec."""
    names = [f"deck_{number}" for number in range(DECKS)]
    for number, name in enumerate(names):
        topic = folder / "slides" / "module_100_all" / f"topic_{number:03}_{name}"
        topic.mkdir(parents=True)
        deck = _DECK if number % _EVERY else _DECK + _CODE
        (topic / f"slides_{name}.py").write_text(deck.format(number=number), encoding="utf-8")
        (topic / f"data_{number}.csv").write_text(f"{number}\n", encoding="utf-8")
        if number % _EVERY == 1:
            (topic / "pu").mkdir()
            text = _DIAGRAM.format(number=number)
            (topic / "pu" / f"drawn_{number}.pu").write_text(text, encoding="utf-8")
    spec = folder / "course.yaml"
    sections = f"sections:\n  - name: {{en: All}}\n    topics: [{', '.join(names)}]\n"
    spec.write_text(f"name: {{en: Many}}\nlanguages: [en]\nprog-lang: python\n{sections}")
    return spec
