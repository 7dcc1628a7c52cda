"""Settings and their errors."""

from __future__ import annotations

import pytest

from clm_plugin_publish.settings import Destination, PublishSettings


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "folder"}, "needs 'path'"),
        ({"kind": "git"}, "needs 'remote'"),
        ({"kind": "git", "remote": "r", "path": "x"}, "no 'path'"),
        ({"kind": "zip", "path": "x", "remote": "r"}, "no 'remote'"),
        ({"path": "x", "split": "deck"}, "for the kind 'zip'"),
        ({"path": "x", "keep": ("../x",)}, "no path inside"),
        ({"path": "x", "files": ("/etc/passwd",)}, "no path inside"),
        ({"path": "x", "root": "C:/x"}, "no path inside"),
    ],
)
def test_contradictions_refused(given, message):
    with pytest.raises(ValueError, match=message):
        Destination(**given)


@pytest.mark.parametrize("name", ["", "A", "a/b", "..", "a--b", "x" * 41])
def test_bad_names_refused(name):
    with pytest.raises(ValueError, match="no name"):
        PublishSettings({name: Destination(path="x")})
