"""Server of a preview: what it answers, to whom, and what it refuses."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from clm.errors import UsageError
from clm.preview.live import Live
from clm.preview.server import Preview, serving
from clm.preview.trees import ServedTree, ServedTrees

SECRET = "secret"
Ask = Callable[..., http.client.HTTPResponse]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("preview")
    for path, text in {
        "out/public/De/a b.html": "<body>page</body>",
        "out/public/De/data.csv": "1,2",
        "out/public/De/speaker/s.html": "nested",
        "out/speaker/De/s.html": "private",
        "out/other.txt": "other",
        "outside.txt": "outside",
    }.items():
        file = top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return top / "out"


@pytest.fixture(scope="module")
def trees(folder: Path) -> ServedTrees:
    names = {"public/De": True, "speaker/De": False, "public/De/speaker": False}
    return ServedTrees(
        folder, tuple(ServedTree(name, "de", public) for name, public in names.items()), SECRET
    )


@pytest.fixture(scope="module")
def live() -> Live:
    return Live()


@pytest.fixture(scope="module")
def ask(trees: ServedTrees, live: Live) -> Iterator[Ask]:
    preview = Preview(live, lambda: trees, lambda: "<Course>")
    with ExitStack() as stack:
        port = urlsplit(stack.enter_context(serving(preview, "127.0.0.1", free_port()))).port

        def get(
            path: str, method: str = "GET", host: str = "localhost"
        ) -> http.client.HTTPResponse:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.putrequest(method, path, skip_host=True)
            connection.putheader("Host", host)
            connection.endheaders()
            stack.callback(connection.close)
            return stack.enter_context(connection.getresponse())

        yield get


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_page_gets_script(ask: Ask) -> None:
    answer = ask("/course/public/De/a%20b.html")
    text = answer.read().decode()
    assert answer.status == 200
    assert text.startswith("<body>page<script") and text.endswith("</script></body>")
    assert 'data-path="public/De/a b.html"' in text


def test_other_file_unchanged(ask: Ask) -> None:
    answer = ask("/course/public/De/data.csv")
    assert (answer.status, answer.read()) == (200, b"1,2")


@pytest.mark.parametrize(
    "path",
    [
        "/course/speaker/De/s.html",
        "/course/public/De/speaker/s.html",
        "/wrong/speaker/De/s.html",
        f"/{SECRET}/public/De/data.csv",
        "/course/other.txt",
        "/course/../outside.txt",
        "/course/public/De/../../other.txt",
        "/course/public/De/%2e%2e/%2e%2e/other.txt",
        "/course/public/De/..%5c..%5cother.txt",
        "/course/public/De",
        "/course/public/De/%00",
        "//etc/passwd",
        "/course//etc/passwd",
    ],
)
def test_other_addresses_not_found(ask: Ask, path: str) -> None:
    assert ask(path).status == 404


@pytest.mark.parametrize("path", ["speaker/De/s.html", "public/De/speaker/s.html"])
def test_private_tree_needs_secret(ask: Ask, path: str) -> None:
    assert ask(f"/{SECRET}/{path}").status == 200


def test_link_out_of_tree_not_followed(ask: Ask, folder: Path) -> None:
    (folder / "public/De/link.txt").symlink_to(folder.parent / "outside.txt")
    (folder / "public/De/private.html").symlink_to(folder / "speaker/De/s.html")
    assert ask("/course/public/De/link.txt").status == 404
    assert ask("/course/public/De/private.html").status == 404


@pytest.mark.parametrize("host", ["localhost", "localhost:8765", "127.0.0.1:1", "[::1]:80"])
def test_own_names_answered(ask: Ask, host: str) -> None:
    assert ask("/", host=host).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "", "localhost.evil", "1.2.3.4"]
)
@pytest.mark.parametrize("path", ["/", "/~state", "/~events", "/course/public/De/data.csv"])
def test_foreign_names_refused(ask: Ask, path: str, host: str) -> None:
    assert ask(path, host=host).status == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_but_reading(ask: Ask, method: str) -> None:
    assert ask("/", method=method).status == 501


def test_no_other_site_may_read(ask: Ask) -> None:
    assert ask("/~state").getheader("Access-Control-Allow-Origin") is None


def test_head_has_no_body(ask: Ask) -> None:
    answer = ask("/course/public/De/data.csv", method="HEAD")
    assert (answer.getheader("Content-Length"), answer.read()) == ("3", b"")


def test_dashboard_links_public_trees(ask: Ask) -> None:
    text = ask("/").read().decode()
    assert '"/course/public/De/a%20b.html"' in text
    assert SECRET not in text and "speaker" not in text


def test_secret_dashboard_links_all_trees(ask: Ask) -> None:
    text = ask(f"/{SECRET}/").read().decode()
    assert "&lt;Course&gt;" in text
    assert '"/course/public/De/a%20b.html"' in text
    assert f'"/{SECRET}/speaker/De/s.html"' in text
    assert '"/course/speaker' not in text


def test_events_begin_with_state(ask: Ask, live: Live) -> None:
    answer = ask("/~events")
    first = json.loads(answer.readline().removeprefix(b"data: "))
    assert (first["event"], first["state"]) == ("state", "building")
    answer.readline()
    live.begin([Path("a/b.py")])
    assert json.loads(answer.readline().removeprefix(b"data: "))["changed"] == ["b.py"]


def test_events_end_with_preview(trees: ServedTrees) -> None:
    preview = Preview(Live(), lambda: trees, lambda: "")
    with serving(preview, "127.0.0.1", free_port()) as url:
        events = urlopen(f"{url}~events", timeout=20)
        events.readline()
    assert events.read().strip() == b""
    events.close()


def test_taken_port_is_usage_error(trees: ServedTrees) -> None:
    preview = Preview(Live(), lambda: trees, lambda: "")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port}"), serving(preview, "127.0.0.1", port):
            pass
