"""Courses of one deck, for builds in containers."""

from __future__ import annotations

from pathlib import Path

DOCKER = ("--executor", "docker")


def deck(folder: Path, code: str, *, name: str = "deck") -> Path:
    """A course of one deck with one cell of code; returns its spec."""
    topic = folder / "slides" / "module_100_all" / f"topic_100_{name}"
    topic.mkdir(parents=True)
    text = f'# %% [markdown] lang="en"\n# # Deck\n\n# %%\n{code}\n'
    (topic / f"slides_{name}.py").write_text(text, encoding="utf-8")
    spec = folder / "course.yaml"
    sections = f"sections:\n  - name: {{en: All}}\n    topics: [{name}]\n"
    spec.write_text(f"name: {{en: Course}}\nlanguages: [en]\nprog-lang: python\n{sections}")
    return spec
