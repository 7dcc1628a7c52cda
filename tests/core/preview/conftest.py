"""A small output folder, and a server of it."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from clm.preview.answers import Preview
from clm.preview.live import Live
from clm.preview.server import serving
from clm.preview.trees import ServedTree, ServedTrees

SECRET = "secret"
Ask = Callable[..., http.client.HTTPResponse]


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("preview")
    for path, text in {
        "out/public/De/a b.html": "<body>page</body>",
        "out/public/De/data.csv": "1,2",
        "out/public/De/umlaut.py": "ä",
        "out/public/De/speaker/s.html": "nested",
        "out/speaker/De/s.html": "private",
        "out/other.txt": "other",
        "outside.txt": "outside",
    }.items():
        file = top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return top / "out"


@pytest.fixture(scope="package")
def trees(folder: Path) -> ServedTrees:
    names = {"public/De": True, "speaker/De": False, "public/De/speaker": False}
    return ServedTrees(
        folder, tuple(ServedTree(name, "de", public) for name, public in names.items()), SECRET
    )


@pytest.fixture(scope="package")
def live() -> Live:
    return Live()


@pytest.fixture(scope="package")
def preview(trees: ServedTrees, live: Live) -> Preview:
    return Preview(live, lambda: trees, lambda: "<Course>", report=lambda: "the report")


@pytest.fixture(scope="package")
def port(preview: Preview) -> Iterator[int]:
    with serving(preview, "127.0.0.1", free_port()) as used:
        yield used


@pytest.fixture
def ask(port: int) -> Iterator[Ask]:
    with ExitStack() as stack:

        def get(
            path: str, method: str = "GET", host: str = "localhost", **more: str
        ) -> http.client.HTTPResponse:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.putrequest(method, path, skip_host=True)
            for name, value in {"Host": host, **more}.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            stack.callback(connection.close)
            return stack.enter_context(connection.getresponse())

        yield get


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def unused_port() -> int:
    return free_port()
