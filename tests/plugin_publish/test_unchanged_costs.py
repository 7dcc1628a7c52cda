"""Costs of a publication without a change, counted: a few looks at each file, and no more."""

from __future__ import annotations

import hashlib
import os
import sys
from collections import Counter
from pathlib import Path

import pytest
from published_term import Term, contents

from clm.builder.sessions import session
from clm.builder.unchanged import basis, clock

pytestmark = pytest.mark.integration

SPEC = """\
name: {{en: Course}}
languages: [en]
sections: [{{name: {{en: All}}, topics: [{topics}]}}]
plugins:
  publish:
    destinations:
      web: {{path: ../web}}
      zip: {{kind: zip, path: ../course.zip}}
      pages: {{kind: git, remote: ../remote.git}}
"""
# For each published file: of all outputs, those of speakers too, and of the file in the folder.
STATS = 6
_counts: Counter[str] = Counter()
_below: list[str] = []


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if _below and event == "open" and str(arguments[0]).startswith(_below[0]):
        _counts["opened"] += 1


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Publish, and return what was done and the number of published files."""
    monkeypatch.setattr(clock, "_RACY_NS", 0)  # the files are new
    of_pytest = basis._OF_TERMINALS | {"PYTEST_CURRENT_TEST"}
    monkeypatch.setattr(basis, "_OF_TERMINALS", of_pytest)
    sys.addaudithook(_note)
    for owner, name, kind in [
        (os, "stat", "stats"), (os, "lstat", "stats"), (hashlib, "sha256", "hashed"),
        (hashlib, "sha1", "hashed"), (session, "plan_build", "planned"),
    ]:  # fmt: skip
        original = getattr(owner, name)

        def noted(*arguments, _original=original, _kind=kind, **options):
            _counts[_kind] += 1
            return _original(*arguments, **options)

        monkeypatch.setattr(owner, name, noted)

    def publish(term: Term) -> tuple[Counter[str], int]:
        _counts.clear()
        _below[:] = [str(tmp_path)]
        assert term.changed() == set()
        _below.clear()
        return Counter(_counts), len(contents(term.parent / "web"))

    yield publish
    _below.clear()


def test_files_are_only_looked_at(term, counted):
    found = []
    for number in (4, 16):
        topics = [f"t{n}" for n in range(number)]
        (term.path / "course.yaml").write_text(SPEC.format(topics=", ".join(topics)))
        for topic in topics:
            term.lesson(topic)
        term.publish()
        term.publish()
        found.append(counted(term))
    (few, few_files), (many, many_files) = found
    assert many["planned"] == 0
    files = many_files - few_files
    assert files > 30
    more = {kind: many[kind] - few[kind] for kind in ("opened", "hashed", "stats")}
    assert (more["opened"], more["hashed"]) == (0, 0)
    assert more["stats"] <= STATS * files, more["stats"] / files
