"""Settings and their errors."""

from __future__ import annotations

import pytest

from clm_plugin_publish.settings import (
    Cohort,
    Destination,
    DestinationError,
    PublishSettings,
    with_home,
)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "folder"}, "needs 'path'"),
        ({"kind": "git"}, "needs 'remote'"),
        ({"kind": "git", "remote": "r", "path": "x"}, "no 'path'"),
        ({"kind": "zip", "path": "x", "remote": "r"}, "no 'remote'"),
        ({"kind": "rsync", "remote": "h:x", "path": "x"}, "no 'path'"),
        ({"kind": "rsync", "remote": "h:x", "keep": ("x",)}, "no 'keep'"),
        ({"path": "x", "split": "deck"}, "for the kind 'zip'"),
        ({"path": "x", "package": "cartridge"}, "for the kind 'moodle'"),
        ({"kind": "moodle", "path": "x", "split": "deck"}, "for the kind 'zip'"),
        ({"path": "x", "keep": ("../x",)}, "no path inside"),
        ({"path": "x", "files": ("/etc/passwd",)}, "no path inside"),
        ({"path": "x", "root": "C:/x"}, "no path inside"),
        ({"path": "x", "cohort": "c", "audience": "speakers"}, "consists of students"),
        ({"path": "x", "cohort": "c", "dates": {"t": "2027-03-01"}}, "dates of the cohort"),
    ],
)
def test_contradictions_refused(given, message):
    with pytest.raises(ValueError, match=message):
        Destination(**given)


def test_unknown_account_is_error():
    with pytest.raises(DestinationError, match="'~no-such-account/x' begins") as caught:
        with_home("~no-such-account/x", "remote")
    assert caught.value.key == "remote"


@pytest.mark.parametrize("name", ["", "A", "a/b", "..", "a--b", "x" * 41])
def test_bad_names_refused(name):
    with pytest.raises(ValueError, match="no name"):
        PublishSettings({name: Destination(path="x")})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "needs 'start' or 'dates'"),
        ({"start": "4.10.2027"}, "no date"),
        ({"start": "2027-10-04", "end": "2027-10-03"}, "before 'start'"),
        ({"start": "2027-10-04", "holidays": ("2027-12-31/2027-12-24",)}, "ends before"),
    ],
)
def test_wrong_cohorts_refused(given, message):
    with pytest.raises(ValueError, match=message):
        Cohort(**given)


def test_cohort_and_destination_have_own_names():
    with pytest.raises(ValueError, match="'a' is the name of"):
        PublishSettings({"a": Destination(path="x")}, {"a": Cohort("2027-10-04")})
