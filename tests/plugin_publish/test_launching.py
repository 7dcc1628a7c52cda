"""Addresses of notebooks in Binder and Colab."""

from __future__ import annotations

import pytest

from clm_plugin_publish.handouts.launching import Repository, repository

NOTEBOOK = "public/En/My Course/01 A & B #1 ü.ipynb"


@pytest.mark.parametrize(
    ("remote", "host", "path"),
    [
        ("https://github.com/ada/course.git", "github.com", "ada/course"),
        ("https://user:token@github.com/ada/course", "github.com", "ada/course"),
        ("git@github.com:ada/my.course.git", "github.com", "ada/my.course"),
        ("ssh://git@github.com/ada/course.git", "github.com", "ada/course"),
        ("ssh://git@gitlab.com:22/group/sub/course.git", "gitlab.com", "group/sub/course"),
        ("https://gitlab.com/ada/course/", "gitlab.com", "ada/course"),
    ],
)
def test_public_hosts_known(remote, host, path):
    assert repository(remote, "main") == Repository(host, path, "main")


@pytest.mark.parametrize(
    "remote",
    [
        "https://git.example.org/ada/course.git", "/srv/github.com/ada/course.git",
        "https://github.com.example.org/ada/course", "https://example.org/github.com/ada/course",
        "https://github.com/ada", "https://github.com/ada/b/c", "file:///github.com/ada/course",
        "https://github.com/ada/course?x=1", "https://github.com/ada/cou rse",
    ],
)  # fmt: skip
def test_other_hosts_unknown(remote):
    assert repository(remote, "main") is None


def test_address_for_binder():
    assert Repository("github.com", "ada/course", "gh-pages").address("binder", NOTEBOOK) == (
        "https://mybinder.org/v2/gh/ada/course/gh-pages?labpath="
        "public%2FEn%2FMy%20Course%2F01%20A%20%26%20B%20%231%20%C3%BC.ipynb"
    )
    assert Repository("gitlab.com", "a/b/c", "x/y").address("binder", "n.ipynb") == (
        "https://mybinder.org/v2/gl/a%2Fb%2Fc/x%2Fy?labpath=n.ipynb"
    )


def test_address_for_colab():
    assert Repository("github.com", "ada/course", "x/y").address("colab", NOTEBOOK) == (
        "https://colab.research.google.com/github/ada/course/blob/x/y/"
        "public/En/My%20Course/01%20A%20%26%20B%20%231%20%C3%BC.ipynb"
    )


def test_colab_knows_no_gitlab():
    assert Repository("gitlab.com", "a/b", "main").services(["binder", "colab"]) == ("binder",)
