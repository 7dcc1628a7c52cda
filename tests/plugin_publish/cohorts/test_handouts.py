"""What goes along with a cohort's files stays as it is until the cohort gets more."""

from __future__ import annotations

import pytest
from one_file_plugin import install_plugin
from published_term import PLUGIN, contents

from clm import UsageError
from clm.testing.installing import load_only
from clm_plugin_publish.handouts import texts

pytestmark = pytest.mark.integration

SPEC = """\
name: {en: Course}
languages: [en]
sections:
  - {name: {en: First}, release: week 1, topics: [one]}
  - {name: {en: Second}, release: week 2, topics: [two]}
plugins:
  publish:
    time-zone: UTC
    environment: ../env
    cohorts: {spring: {start: 2027-03-01}}
    destinations:
      web: {path: ../web, cohort: spring, requirements: exact, readme: true}
"""


def install(term, **versions: str) -> None:
    for name, version in versions.items():
        site = term.parent / "env" / "lib" / "python3.12" / "site-packages" / f"{name}.dist-info"
        site.mkdir(parents=True, exist_ok=True)
        (site / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (site / "top_level.txt").write_text(f"{name}\n")


@pytest.fixture
def spring(term, shout, monkeypatch):
    """A cohort whose lessons are code: the first imports `aa`, the second also `bb`."""
    source = PLUGIN.replace(".stem}.txt", ".stem}.py").replace("lessons_module", "code_module")
    install_plugin(shout, "code", source)
    load_only(monkeypatch, ["code", "publish"])
    (term.path / "course.yaml").write_text(SPEC)
    install(term, aa="1.0", bb="1.0")
    term.write("one", "all: import aa\n")
    term.write("two", "all: import aa, bb\n")
    term.publish()
    return term


def along(term) -> dict[str, str]:
    found = contents(term.parent / "web")
    return {name: data.decode() for name, data in found.items() if "/" not in name}


def test_requirements_stay_as_given(spring):
    before = along(spring)
    assert before["requirements.txt"] == "aa==1.0\n"
    install(spring, aa="2.0")
    assert spring.changed() == set()
    assert along(spring) == before


def test_new_decks_add_requirements(spring):
    install(spring, aa="2.0", bb="2.0")
    spring.now = "2027-03-08"
    spring.publish()
    assert along(spring)["requirements.txt"] == "aa==1.0\nbb==2.0\n"


def test_everything_anew_has_new_versions(spring):
    install(spring, aa="2.0")
    spring.publish(correct=("one",), note="x")
    assert along(spring)["requirements.txt"] == "aa==1.0\n"
    spring.publish(correct=("*",), note="x")
    assert along(spring)["requirements.txt"] == "aa==2.0\n"


def test_readme_stays_as_given(spring, monkeypatch):
    before = along(spring)["README.md"]
    for words in texts._TEXTS.values():  # as another version of the plugin may have them
        monkeypatch.setitem(words, "heading", "Begin")
    assert spring.changed() == set()
    assert along(spring)["README.md"] == before
    spring.now = "2027-03-08"
    spring.publish()
    assert "## Begin" in along(spring)["README.md"]


def test_lost_text_comes_from_destination(spring):
    for file in (spring.path / ".clm" / "publish" / "given").rglob("*"):
        if file.is_file():
            file.unlink()
    before = along(spring)
    install(spring, aa="2.0")
    assert spring.changed() == set()
    assert along(spring) == before


def test_text_lost_everywhere_named(spring):
    for file in (spring.path / ".clm" / "publish" / "given").rglob("*"):
        if file.is_file():
            file.unlink()
    (spring.parent / "web" / "requirements.txt").unlink()
    assert spring.changed() == {"web"}  # the same is made anew
    for file in (spring.path / ".clm" / "publish" / "given").rglob("*"):
        if file.is_file() and file.read_bytes() == b"aa==1.0\n":
            file.unlink()
    (spring.parent / "web" / "requirements.txt").unlink()
    install(spring, aa="2.0")
    with pytest.raises(UsageError, match=r"the requirements\.txt .* is lost") as error:
        spring.publish()
    assert "--correct '*'" in (error.value.hint or "")
    spring.publish(correct=("*",), note="lost")
    assert along(spring)["requirements.txt"] == "aa==2.0\n"


def test_record_names_destination(spring):
    lines = (spring.path / "published.spring.jsonl").read_text().splitlines()
    found = [line for line in lines if '"destination": "web"' in line]
    assert len(found) == 2 and "requirements.txt" in found[1]
