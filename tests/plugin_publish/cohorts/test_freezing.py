"""Cohorts: each keeps what it was given, whatever becomes of the course."""

from __future__ import annotations

import json
import shutil

import pytest
from published_cohorts import FIRST, WEEK_1, change, published
from published_term import contents, marks

from clm import UsageError
from clm_plugin_publish import running


def test_each_has_its_own_dates(cohorts):
    cohorts.publish()
    assert {name: marks(found) for name, found in published(cohorts).items()} == {
        "web": FIRST, "zip": FIRST, "pages": FIRST,
    }  # fmt: skip
    assert contents(cohorts.parent / "late") == {}
    cohorts.now = "2027-10-08"
    cohorts.publish("autumn")
    assert marks(contents(cohorts.parent / "late")) == WEEK_1


def test_given_stays_while_course_changes(cohorts):
    cohorts.publish("spring")
    before = published(cohorts)
    cohorts.lesson("one", 2)
    assert cohorts.changed("spring") == set()
    assert published(cohorts) == before
    cohorts.now = "2027-03-08"
    assert cohorts.changed("spring") == {"web", "zip", "pages"}
    for name, found in published(cohorts).items():
        kept = {path: data for path, data in found.items() if path in before[name]}
        lists = {path for path in kept if kept[path] != before[name][path]}
        assert {path.rpartition("/")[2] for path in lists} == {"contents.txt"}
        assert marks(found) == (WEEK_1 - {"sone"}) | {"sone2", "tone2", "done2", "tthree", "dthree"}


def test_solutions_come_from_their_day(cohorts):
    cohorts.publish("web")
    tasks = {p: d for p, d in contents(cohorts.parent / "web").items() if "Code-Along" in p}
    cohorts.lesson("one", 2)
    cohorts.now = "2027-03-05"
    cohorts.publish("web")
    found = contents(cohorts.parent / "web")
    assert {p: d for p, d in found.items() if "Code-Along" in p} == tasks
    assert "sone2" in marks(found)


def test_removed_topic_stays(cohorts):
    cohorts.publish("spring")
    shutil.rmtree(cohorts.path / "slides/module_1_m/topic_1_one")
    change(cohorts, "[one, two]", "[two]")
    cohorts.now = "2027-03-08"
    cohorts.publish("spring")
    assert {"tone", "done"} <= marks(published(cohorts)["web"])


def test_renamed_topic_is_named(cohorts, capsys):
    cohorts.publish("web")
    change(cohorts, "[one, two]", "[two, one]")
    cohorts.now = "2027-03-08"
    cohorts.publish("web")
    assert "what 'spring' has of one, two" in capsys.readouterr().err
    lessons = [p for p in contents(cohorts.parent / "web") if "Code-Along/First" in p]
    assert sorted(p.rpartition("/")[2] for p in lessons if "csv" not in p) == [
        "01 one.txt", "02 two.txt",
    ]  # fmt: skip


def test_correction_replaces_topic_only(cohorts):
    cohorts.publish("spring")
    before = published(cohorts)
    cohorts.lesson("one", 2)
    cohorts.lesson("two", 2)
    cohorts.publish("spring", correct=("one",), note="A fix")
    for name, found in published(cohorts).items():
        assert marks(found) == {"tone2", "done2", "ttwo", "dtwo"}
        other = [path for path in found if "two" in path]
        assert all(found[path] == before[name][path] for path in other)
    lines = (cohorts.path / "published.jsonl").read_text().splitlines()
    last = json.loads(lines[-1])
    assert (last["cohort"], last["corrected"], last["note"]) == ("spring", "one", "A fix")
    # It is frozen anew.
    cohorts.lesson("one", 3)
    assert cohorts.changed("spring") == set()


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("spring", {"correct": ("one",)}, "needs a note"),
        ("", {"correct": ("one",), "note": "x"}, "for one cohort"),
        ("spring", {"correct": ("one",), "note": "x", "due": True}, "leave out --due"),
        ("spring", {"correct": ("oen",), "note": "x"}, "topic or section 'oen'"),
    ],
)
def test_wrong_correction_refused(cohorts, name, options, message):
    cohorts.publish()
    with pytest.raises(UsageError, match=message):
        cohorts.publish(name, **options)


def test_correction_of_section_and_all(cohorts):
    cohorts.publish("web")
    for topic in ("one", "two"):
        cohorts.lesson(topic, 2)
    cohorts.publish("web", correct=("section-1",), note="x")
    assert marks(published(cohorts)["web"]) == {"tone2", "done2", "ttwo2", "dtwo2"}
    cohorts.lesson("one", 3)
    cohorts.publish("web", correct=("*",), note="x")
    assert marks(published(cohorts)["web"]) == {"tone3", "done3", "ttwo2", "dtwo2"}


def test_nothing_more_after_end(cohorts):
    cohorts.now = "2027-04-01"
    cohorts.publish("web")
    before = published(cohorts)["web"]
    cohorts.lesson("four")
    change(cohorts, "[one, two]", "[one, two, four]")
    cohorts.now = "2027-07-01"
    assert cohorts.changed("web") == set()
    cohorts.lesson("one", 2)
    cohorts.publish("web", correct=("one", "four"), note="x")
    after = published(cohorts)["web"]
    assert marks(after) - marks(before) == {"tone2", "sone2", "done2"}
    cohorts.now = "2027-06-30T23:59"
    cohorts.publish("web")
    assert "tfour" in marks(published(cohorts)["web"])


def test_cohort_that_has_ended_with_nothing(cohorts):
    cohorts.now = "2028-01-01"
    assert cohorts.changed("spring") == set()
    assert contents(cohorts.parent / "web") == {}


def test_schedule_of_cohort_is_listed(cohorts, capsys):
    for name, first in (("spring", "2027-03-01"), ("late", "2027-10-04")):
        schedule = running.schedule_for(cohorts.course(), name)
        assert f"{schedule.releases[0].at:%Y-%m-%d}" == first


def test_dates_of_removed_topic_are_no_error(cohorts):
    change(cohorts, "autumn: {start: 2027-10-04}", "autumn: {dates: {one: 2027-03-01}}")
    cohorts.publish("autumn")
    shutil.rmtree(cohorts.path / "slides/module_1_m/topic_1_one")
    change(cohorts, "[one, two]", "[two]")
    assert cohorts.changed("autumn") == set()
    assert {"tone", "sone"} <= marks(contents(cohorts.parent / "late"))


def test_failed_publication_gives_nothing(cohorts):
    (cohorts.parent / "web").write_text("in the way")
    with pytest.raises(UsageError, match="is no folder"):
        cohorts.publish("web")
    change(cohorts, "../remote.git", "../missing.git")
    with pytest.raises(UsageError, match="cannot be read"):
        cohorts.publish("pages")
    assert not (cohorts.path / "published.spring.jsonl").exists()


def test_dry_run_and_as_of_record_nothing(cohorts):
    cohorts.publish("spring", dry_run=True)
    cohorts.publish("spring", as_of="2027-05-01")
    assert [p.name for p in cohorts.path.glob("*.jsonl")] == []
    assert not (cohorts.path / ".clm/publish/given").exists()


def test_as_of_has_what_was_given_until_then(cohorts):
    cohorts.publish("web")
    cohorts.lesson("one", 2)
    cohorts.now = "2027-03-10"
    cohorts.publish("web")
    (found,) = cohorts.publish("web", as_of="2027-03-02")
    assert found["added"] == [] and len(found["removed"]) == 6
    assert found["changed"] == ["contents.txt"]


def test_due_publishes_on_days_of_cohort(cohorts):
    assert cohorts.changed(due=True) == {"web", "zip", "pages"}
    cohorts.lesson("one", 2)
    cohorts.now = "2027-03-04"
    assert cohorts.publish(due=True) == [] or cohorts.changed(due=True) == set()
    cohorts.now = "2027-03-05"
    assert cohorts.changed(due=True) == {"web", "zip", "pages"}
    cohorts.now = "2027-10-04"
    assert cohorts.changed(due=True) == {"late"}
