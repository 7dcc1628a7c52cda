"""Removal of a course's databases."""

from __future__ import annotations

from pathlib import Path

from clm.backends.admin import remove_databases
from clm.backends.paths import ClmPaths
from clm.database.cache.opening import open_cache
from clm.database.cache.results import ResultsCache, mark_suspect


def test_new_cache_not_suspect(tmp_path: Path) -> None:
    paths = ClmPaths.of_folder(tmp_path)
    ResultsCache(paths.cache_db).close()
    mark_suspect(paths.cache_db)

    remove_databases(paths)
    for _ in range(2):
        open_cache(paths.cache_db).close()

    assert [path.name for path in tmp_path.iterdir()] == [paths.cache_db.name]
