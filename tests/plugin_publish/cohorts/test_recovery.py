"""Contents that are no longer kept: they are found in what was published, or named."""

from __future__ import annotations

import shutil

import pytest
from published_cohorts import FIRST, change, published
from published_term import marks

from clm import UsageError


def lose(cohorts, *places: str) -> None:
    """Change what was given, and lose these places and what is kept."""
    cohorts.lesson("one", 2)
    for name in (".clm", *places):
        shutil.rmtree(cohorts.path / name)


def add_destination(cohorts, name: str, keys: str) -> None:
    late = "late: {path:"
    change(cohorts, late, f"{name}: {{{keys}, cohort: spring}}\n      {late}")


@pytest.mark.parametrize("left", ["web", "zip", "pages"])
def test_contents_found_in_any_destination(cohorts, run_git, left):
    change(cohorts, ", root: public/En/Course", "")
    cohorts.publish("spring")
    before = published(cohorts)
    cohorts.lesson("one", 2)
    shutil.rmtree(cohorts.path / ".clm")
    if left != "web":
        shutil.rmtree(cohorts.parent / "web")
    if left != "zip":
        (cohorts.parent / "spring.zip").unlink()
    if left != "pages":
        shutil.rmtree(cohorts.parent / "remote.git")
        run_git("init", "--quiet", "--bare", "remote.git", cwd=cohorts.parent)
    cohorts.publish("spring")
    assert published(cohorts) == before


def test_contents_found_on_other_machine(cohorts, machine):
    add_destination(cohorts, "far", f"kind: rsync, remote: 'ada@host:{machine}/site'")
    cohorts.publish("far")
    cohorts.publish("web")
    before = published(cohorts)["web"]
    lose(cohorts, "../web")
    cohorts.publish("web")
    assert published(cohorts)["web"] == before
    assert cohorts.changed("far") == set()


def test_contents_found_in_package_for_moodle(cohorts):
    add_destination(cohorts, "moodle", "kind: moodle, package: cartridge, path: ../spring.imscc")
    cohorts.publish("moodle")
    cohorts.publish("web")
    before = published(cohorts)["web"]
    lose(cohorts, "../web")
    cohorts.publish("web")
    assert published(cohorts)["web"] == before


def test_unreachable_destination_named(cohorts, machine):
    add_destination(cohorts, "far", f"kind: rsync, remote: 'ada@host:{machine}/site'")
    cohorts.publish("web")
    lose(cohorts, "../web", "../www")
    with pytest.raises(UsageError, match=r"are lost: .*; far was not looked at: .*cannot be"):
        cohorts.publish("web")


def test_lost_contents_named(cohorts):
    cohorts.publish("web")
    lose(cohorts, "../web")
    with pytest.raises(UsageError, match=r"are lost: .*01 one") as error:
        cohorts.publish("web")
    assert "--correct one" in error.value.hint
    cohorts.publish("web", correct=("one",), note="lost")
    assert marks(published(cohorts)["web"]) == {"tone2", "done2", "ttwo", "dtwo"}


def test_lost_record_named(cohorts):
    cohorts.publish("web")
    (cohorts.path / "published.spring.jsonl").unlink()
    with pytest.raises(UsageError, match="is missing, which says what the cohort"):
        cohorts.publish("web")
    cohorts.publish("web", correct=("*",), note="lost")
    assert marks(published(cohorts)["web"]) == FIRST
