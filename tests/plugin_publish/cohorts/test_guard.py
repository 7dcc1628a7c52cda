"""Publications that stop, since a cohort would get what it must not or lose what it has."""

from __future__ import annotations

import shutil

import pytest
from published_cohorts import FIRST, SPEC, WEEK_1, change, published
from published_term import marks, marks_in_history

from clm import UsageError


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
