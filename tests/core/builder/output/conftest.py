"""An output folder with its record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from recorded_outputs import Outputs

from clm.builder.output.record import OutputsRecord
from clm.database.cache.results import ResultsCache


@pytest.fixture
def outputs(tmp_path: Path) -> Iterator[Outputs]:
    record, cache = OutputsRecord(tmp_path / "o.db"), ResultsCache(tmp_path / "c.db")
    with record, cache:
        yield Outputs(tmp_path, record, cache)
