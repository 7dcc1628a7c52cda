"""Courses of real decks that are published: their texts have marks that tell where they are."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from attrs import define

from clm.cli.main import main
from clm_plugin_publish import running
from clm_plugin_publish.dates import moment

DECK = """\
# j2 from 'macros.j2' import header
# {{ header("xqNtask", "xqNtask") }}

# %% [markdown]
# ## Part xqNtask
#
# See LINKS.

# %% tags=["alt"]
x = "xqNsolution"

# %% [markdown] tags=["notes"]
# xqNspeaker
"""


@define
class DeckCourse:
    """A course in the folder `path`, and an empty repository `remote.git` beside it."""

    path: Path
    monkeypatch: pytest.MonkeyPatch

    def write(self, spec: str, topics: Sequence[str]) -> Path:
        """Write the course, with a deck and a file for each topic; each deck links to all decks."""
        links = ", ".join(f"[the {topic}](clm:{topic})" for topic in topics)
        for number, topic in enumerate(topics, start=1):
            place = self.path / "slides" / "module_1" / f"topic_{number}_{topic}"
            place.mkdir(parents=True)
            text = DECK.replace("xqN", f"xq{topic}").replace("LINKS", links)
            (place / f"slides_{topic}.py").write_text(text)
            (place / f"{topic}.txt").write_text(f"xq{topic}data")
        (self.path / "course.yaml").write_text(spec)
        remote = self.path.parent / "remote.git"
        subprocess.run(["git", "init", "-q", "--bare", remote], check=True)
        return self.path

    def publish(self, day: str, *arguments: str) -> int:
        """Run `clm publish` on a day, with these arguments; return its exit status."""
        self.monkeypatch.setattr(running, "now_in", lambda zone: moment(day, zone))
        return main(["publish", *arguments, str(self.path / "course.yaml")])
