"""The contract for backends, on the backends of the core."""

from __future__ import annotations

import pytest

from clm.testing.backends import BackendContract


class TestInline(BackendContract):
    factory = "clm.backends.inline:InlineBackend"
    tries_again = False
    can_be_interrupted = False


@pytest.mark.integration
class TestSqlite(BackendContract):
    factory = "clm.backends.sqlite:SqliteBackend"
