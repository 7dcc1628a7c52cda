"""Cohorts: each keeps what it was given, whatever becomes of the course."""

from __future__ import annotations

import json
import shutil

import pytest
from published_term import contents, contents_of_branch, contents_of_zip, marks, marks_in_history

from clm import UsageError
from clm_plugin_publish import running

SPEC = """\
name: {en: Course}
languages: [en]
sections:
  - name: {en: First}
    release: {tasks: week 1, after: 4 days}
    topics: [one, two]
  - name: {en: Second}
    release: {tasks: week 2, after: 4 days}
    topics: [three]
plugins:
  publish:
    time-zone: Europe/Berlin
    cohorts:
      spring: {start: 2027-03-01, end: 2027-06-30}
      autumn: {start: 2027-10-04}
    destinations:
      web: {path: ../web, cohort: spring, root: public/En/Course}
      zip: {kind: zip, path: ../spring.zip, cohort: spring}
      pages: {kind: git, remote: ../remote.git, cohort: spring}
      late: {path: ../late, cohort: autumn}
"""
FIRST = {"tone", "done", "ttwo", "dtwo"}
WEEK_1 = FIRST | {"sone", "stwo"}


@pytest.fixture
def cohorts(term):
    (term.path / "course.yaml").write_text(SPEC)
    for topic in ("one", "two", "three"):
        term.lesson(topic)
    return term


def change(term, old: str, new: str) -> None:
    spec = term.path / "course.yaml"
    assert old in spec.read_text()
    spec.write_text(spec.read_text().replace(old, new))


def published(term) -> dict[str, dict[str, bytes]]:
    return {
        "web": contents(term.parent / "web"),
        "zip": contents_of_zip(term.parent / "spring.zip"),
        "pages": contents_of_branch(term.parent / "remote.git"),
    }


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


# --- guard -----------------------------------------------------------------------------------


def test_given_file_that_is_private_now_stops(cohorts):
    cohorts.publish("spring")
    change(cohorts, "[one, two]", "[{id: one, private: ['*.csv']}, two]")
    with pytest.raises(UsageError, match=r"private now: .*one\.csv"):
        cohorts.publish("spring")
    cohorts.publish("spring", correct=("one",), note="taken back")
    assert marks(published(cohorts)["web"]) == FIRST - {"done"}


def test_given_before_its_date_stops(cohorts):
    cohorts.publish("spring")
    change(cohorts, "[one, two]", "[one, {id: two, release: {tasks: week 3}}]")
    with pytest.raises(UsageError, match="not due now: two"):
        cohorts.publish("spring")
    cohorts.publish("spring", correct=("two",), note="too early")
    assert marks(published(cohorts)["web"]) == {"tone", "done"}


def test_history_has_no_file_of_future(cohorts):
    cohorts.publish("spring")
    cohorts.now = "2027-03-05"
    cohorts.publish("spring")
    assert marks_in_history(cohorts.parent / "remote.git") == WEEK_1


def test_file_with_same_name_stops(cohorts):
    cohorts.publish("web")
    cohorts.lesson("other")
    folder = cohorts.path / "slides/module_1_m/topic_1_other"
    (folder / "other.lesson").rename(folder / "one.lesson")
    change(cohorts, "[one, two]", "[other, two]")
    with pytest.raises(UsageError, match="given another file with this name, of one"):
        cohorts.publish("web")


def test_changed_content_stops(cohorts):
    cohorts.publish("web")
    shutil.rmtree(cohorts.parent / "web")
    for file in (cohorts.path / ".clm/publish/given").rglob("*"):
        if file.is_file():
            file.write_text("xqotherqx")
    with pytest.raises(UsageError, match="not what was built"):
        cohorts.publish("web")


@pytest.mark.parametrize(
    "entry",
    [
        "<<<<<<< HEAD",
        '{"path": "../x", "digest": "%s", "at": ""}' % ("0" * 64),
        '{"path": "x", "digest": "../../../etc/passwd", "at": ""}',
        '{"path": "x", "digest": 3, "at": ""}',
        '{"path": "x", "at": ""}',
        '{"path": "x", "digest": "%s", "at": "", "content": "/etc/passwd"}' % ("0" * 64),
    ],
)
def test_damaged_record_stops(cohorts, entry):
    cohorts.publish("web")
    record = cohorts.path / "published.spring.jsonl"
    record.write_text(f"{record.read_text()}{entry}\n")
    with pytest.raises(UsageError, match=r"published\.spring\.jsonl:\d+ is no line"):
        cohorts.publish("web")


def test_record_of_other_course_stops(cohorts):
    cohorts.publish("web")
    (cohorts.path / "course.yaml").rename(cohorts.path / "other.yaml")
    (cohorts.path / "course.yaml").write_text(SPEC)
    record = cohorts.path / "published.spring.jsonl"
    record.write_text(record.read_text().replace("course.yaml", "other.yaml"))
    with pytest.raises(UsageError, match=r"record of a cohort of other\.yaml"):
        cohorts.publish("web")


# --- losses ----------------------------------------------------------------------------------


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


def lose(cohorts, *places: str) -> None:
    """Change what was given, and lose these places and what is kept."""
    cohorts.lesson("one", 2)
    for name in (".clm", *places):
        shutil.rmtree(cohorts.path / name)


def test_contents_found_on_other_machine(cohorts, machine):
    remote = f"ada@host:{machine}/site"
    change(
        cohorts,
        "late: {path:",
        f"far: {{kind: rsync, remote: '{remote}', cohort: spring}}\n      late: {{path:",
    )
    cohorts.publish("far")
    cohorts.publish("web")
    before = published(cohorts)["web"]
    lose(cohorts, "../web")
    cohorts.publish("web")
    assert published(cohorts)["web"] == before
    assert cohorts.changed("far") == set()


def test_contents_found_in_package_for_moodle(cohorts):
    moodle = "{kind: moodle, package: cartridge, path: ../spring.imscc, cohort: spring}"
    change(cohorts, "late: {path:", f"moodle: {moodle}\n      late: {{path:")
    cohorts.publish("moodle")
    cohorts.publish("web")
    before = published(cohorts)["web"]
    lose(cohorts, "../web")
    cohorts.publish("web")
    assert published(cohorts)["web"] == before


def test_unreachable_destination_named(cohorts, machine):
    remote = f"ada@host:{machine}/site"
    change(
        cohorts,
        "late: {path:",
        f"far: {{kind: rsync, remote: '{remote}', cohort: spring}}\n      late: {{path:",
    )
    cohorts.publish("web")
    lose(cohorts, "../web", "../www")
    with pytest.raises(UsageError, match=r"are lost: .*; far was not looked at: .*cannot be"):
        cohorts.publish("web")


def test_lost_contents_named(cohorts):
    cohorts.publish("web")
    cohorts.lesson("one", 2)
    for name in (".clm", "../web"):
        shutil.rmtree(cohorts.path / name)
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


def test_older_record_overwrites_nothing(cohorts):
    cohorts.publish("web")
    record = cohorts.path / "published.spring.jsonl"
    older = record.read_text()
    cohorts.now = "2027-03-05"
    cohorts.publish("web")
    before = published(cohorts)["web"]
    record.write_text(older)
    cohorts.lesson("one", 2)
    with pytest.raises(UsageError, match=r"not published, or were changed .*Completed"):
        cohorts.publish("web")
    assert published(cohorts)["web"] == before


def test_destination_without_record_not_replaced(cohorts):
    change(cohorts, "web: {path: ../web, cohort: spring", "web: {path: ../web")
    change(cohorts, "    time-zone", "    start: 2027-03-01\n    time-zone")
    cohorts.now = "2027-04-01"
    cohorts.publish("web")
    change(cohorts, "web: {path: ../web", "web: {path: ../web, cohort: spring")
    assert cohorts.changed("web") == set()  # what it has is now frozen
    (cohorts.path / "published.spring.jsonl").unlink()
    cohorts.lesson("one", 2)
    with pytest.raises(UsageError, match="were not published, or were changed"):
        cohorts.publish("web")


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
