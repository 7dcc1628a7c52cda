"""Courses of decks with one cell of code, for builds in containers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

DOCKER = ("--executor", "docker")


def deck(folder: Path, code: str) -> Path:
    """A course of one deck with this code; returns its spec."""
    return decks(folder, {"deck": code})


def decks(folder: Path, codes: Mapping[str, str]) -> Path:
    """A course with a deck of each name and code; returns its spec."""
    for name, code in codes.items():
        topic = folder / "slides" / "module_100_all" / f"topic_100_{name}"
        topic.mkdir(parents=True)
        text = f'# %% [markdown] lang="en"\n# # Deck\n\n# %%\n{code}\n'
        (topic / f"slides_{name}.py").write_text(text, encoding="utf-8")
    spec = folder / "course.yaml"
    sections = f"sections:\n  - name: {{en: All}}\n    topics: [{', '.join(codes)}]\n"
    spec.write_text(f"name: {{en: Course}}\nlanguages: [en]\nprog-lang: python\n{sections}")
    return spec
