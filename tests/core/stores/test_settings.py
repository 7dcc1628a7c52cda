"""Settings of the shared cache."""

from __future__ import annotations

import pytest

from clm.errors import UsageError
from clm.stores.settings import SharedCacheSettings


def of(url: str, **more: str) -> SharedCacheSettings | None:
    return SharedCacheSettings.of({"CLM_SHARED_CACHE": url} | more)


def test_unset_variable_means_none():
    assert of("") is None and SharedCacheSettings.of({}) is None


@pytest.mark.parametrize(
    ("url", "scheme"),
    [("/srv/clm", "file"), ("HTTPS://host/clm", "https"), ("s3://b/p", "s3"), (r"C:\clm", "file")],
)
def test_scheme_of_url(url, scheme):
    settings = of(url)
    assert settings is not None and settings.scheme == scheme


@pytest.mark.parametrize(
    "url", ["http://me:secret@host/", "http://host:secret/", "http://h/?secret"]
)
def test_secret_in_url_not_shown(url):
    with pytest.raises(UsageError) as caught:
        of(url)
    assert "secret" not in str(caught.value)


def test_unknown_mode_refused():
    with pytest.raises(UsageError, match="read-write, read-only"):
        of("/srv/clm", CLM_SHARED_CACHE_MODE="write")
