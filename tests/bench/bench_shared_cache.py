"""Time of 1,000 hits of 20 kB in a shared cache: an HTTP server in another process, a folder.

Prints seconds to write the results, and to fetch them into an empty local cache.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from clm.database.cache.results import ResultsCache
from clm.jobs.key import digest_bytes
from clm.stores.api import ResultStore
from clm.stores.folder import open_folder
from clm.stores.http import open_http
from clm.stores.settings import SharedCacheSettings
from clm.stores.shared import SharedCache, Wanted
from clm.stores.writer import write_result

JOBS = 1_000
SUPPORT = Path(__file__).parents[1] / "support"
SERVER = f"""
import sys; sys.path.insert(0, {str(SUPPORT)!r})
from result_server import ResultServer, serving
with serving(ResultServer()) as state:
    print(state.url, flush=True)
    sys.stdin.read()
"""


def measure(name: str, store: ResultStore, folder: Path) -> None:
    folder.mkdir()
    keys = [digest_bytes(f"{name} {i}".encode()) for i in range(JOBS)]
    with ResultsCache(folder / "first.db") as cache:
        for i, key in enumerate(keys):
            cache.add_to_cache(key, "bench", {"page": f"{name} {i:020000d}".encode()})
        began = time.perf_counter()
        for result in cache.check_cache_many(keys).values():
            write_result(store, cache, result, "bench")
        written = time.perf_counter() - began
    wanted = [Wanted(key, "bench", ("page",)) for key in keys]
    with ResultsCache(folder / "second.db") as cache:
        shared = SharedCache(store, SharedCacheSettings("bench"), cache.path)
        began = time.perf_counter()
        found = asyncio.run(shared.fetch(wanted, cache))
        fetched = time.perf_counter() - began
        shared.close()
    print(f"{name}: {len(found)} hits in {fetched:.2f} s, written in {written:.2f} s")


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        measure("folder", open_folder(str(folder / "store")), folder / "of-folder")
        command = [sys.executable, "-c", SERVER]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            measure("http", open_http(server.stdout.readline().strip()), folder / "of-http")
            server.communicate()


if __name__ == "__main__":
    main()
