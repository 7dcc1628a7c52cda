"""Server of a preview: what it answers, to whom, and what it refuses."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
from attrs import evolve

from clm.builder.report import JobReport, Outcome
from clm.errors import Diagnostic, UsageError
from clm.preview.answers import Preview
from clm.preview.live import Live
from clm.preview.server import serving
from clm.preview.trees import ServedTrees

SECRET = "secret"
Ask = Callable[..., http.client.HTTPResponse]


def events(ask: Ask, page: str = "", **more: str) -> dict[str, object]:
    """The first event of an open page, or of the dashboard."""
    address = f"/~events?page={page}" if page else "/~events"
    first: dict[str, object] = json.loads(ask(address, **more).readline().removeprefix(b"data: "))
    return first


def cookie(ask: Ask) -> dict[str, str]:
    given = ask(f"/{SECRET}/").getheader("Set-Cookie") or ""
    assert "HttpOnly" in given and "SameSite=Strict" in given
    assert SECRET not in given
    return {"Cookie": f"other=1; {given.partition(';')[0]}"}


def test_page_gets_script(ask: Ask) -> None:
    answer = ask("/course/public/De/a%20b.html")
    text = answer.read().decode()
    assert answer.status == 200
    assert text.startswith("<body>page<script") and text.endswith("</script></body>")
    assert 'data-page="/course/public/De/a b.html"' in text


def test_other_file_unchanged(ask: Ask) -> None:
    answer = ask("/course/public/De/data.csv")
    assert (answer.status, answer.read()) == (200, b"1,2")


def test_text_is_utf_8(ask: Ask) -> None:
    kind = ask("/course/public/De/umlaut.py").getheader("Content-Type")
    assert kind == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("part", "status", "content"),
    [("bytes=1-", 206, b",2"), ("bytes=0-0", 206, b"1"), ("bytes=1-99", 206, b",2"),
     ("bytes=9-", 200, b"1,2"), ("bytes=2-1", 200, b"1,2"), ("lines=1-", 200, b"1,2"),
     ("bytes=0-1,2-", 200, b"1,2"), ("bytes=-1", 200, b"1,2"),
     (f"bytes={'1' * 5000}-", 200, b"1,2"), (f"bytes=1-{'1' * 5000}", 200, b"1,2")],
)  # fmt: skip
def test_part_of_film(ask: Ask, part: str, status: int, content: bytes) -> None:
    answer = ask("/course/public/De/data.csv", Range=part)
    assert (answer.status, answer.read()) == (status, content)


@pytest.mark.parametrize(
    "path",
    [
        "/course/speaker/De/s.html",
        "/course/public/De/speaker/s.html",
        "/wrong/speaker/De/s.html",
        f"/{SECRET}/public/De/data.csv",
        f"/{SECRET.upper()}/speaker/De/s.html",
        "/course/other.txt",
        "/course/../outside.txt",
        "/course/public/De/../../other.txt",
        "/course/public/De/%2e%2e/%2e%2e/other.txt",
        "/course/public/De/..%5c..%5cother.txt",
        "/course/public/De/..%2f..%2fother.txt",
        "/course/public/De/%252e%252e/%252e%252e/other.txt",
        "/course/public/De/./data.csv",
        "/course/public//De/data.csv",
        "/course/public/De/data.csv/",
        "/course/public/De",
        "/course/public/De/%00",
        "/course/public/De/data.csv%00.html",
        "/course/public/De/%ff",
        "/course/public/De/" + "x" * 5000,
        "/course/" + "x/" * 3000,
        "//etc/passwd",
        "/course//etc/passwd",
        "/course/C:/Windows/win.ini",
        "/course/public/De/NUL",
        "/course/public/De/data.csv::$DATA",
        "/course",
        "/course/",
        "http://localhost/course/speaker/De/s.html",
    ],
)
def test_other_addresses_not_found(ask: Ask, path: str) -> None:
    assert ask(path).status == 404


def test_missing_page_waits(ask: Ask) -> None:
    answer = ask("/course/public/De/%3Cb%3E.html")
    text = answer.read().decode()
    assert answer.status == 404
    assert 'data-page="/course/public/De/&lt;b&gt;.html" data-stamp=""' in text


@pytest.mark.parametrize("path", ["speaker/De/s.html", "public/De/speaker/s.html"])
def test_private_tree_needs_secret(ask: Ask, path: str) -> None:
    assert ask(f"/{SECRET}/{path}").status == 200


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("link.txt", "../outside.txt"),
        ("private.html", "speaker/De/s.html"),
        ("folder", "speaker/De"),
        ("nested", "public/De/speaker"),
        ("loop", "public/De/loop"),
    ],
)
def test_link_out_of_tree_not_followed(ask: Ask, folder: Path, link: str, target: str) -> None:
    (folder / "public/De" / link).symlink_to(folder / target)
    for address in (link, f"{link}/s.html"):
        assert ask(f"/course/public/De/{address}").status == 404


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:9000", "localhost:8765", "127.0.0.1:1", "[::1]:80", "[::1]"]
)
def test_own_names_answered(ask: Ask, host: str) -> None:
    assert ask("/", host=host).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:80", "", "localhost.evil", "1.2.3.4", "localhost:80@evil",
     "evil.example#localhost", "127.0.0.1.nip.io", "localhost, evil", "0.0.0.0"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/~state", "/~events", "/course/public/De/data.csv"])
def test_foreign_names_refused(ask: Ask, path: str, host: str) -> None:
    assert ask(path, host=host).status == 403


def test_addresses_answered_if_asked() -> None:
    preview = Preview(Live(), lambda: None, lambda: "", any_address=True)
    assert preview.answers_to("192.168.1.5:8765") and preview.answers_to("[fe80::1]:1")
    assert not preview.answers_to("evil.example") and not preview.answers_to("1.2.3.4.evil")


def test_allowed_name_answered() -> None:
    preview = evolve(Preview(Live(), lambda: None, lambda: ""), hosts=("x-8765.app.github.dev",))
    assert preview.answers_to("X-8765.app.github.dev")
    assert not preview.answers_to("y-8765.app.github.dev")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_but_reading(ask: Ask, method: str) -> None:
    assert ask("/", method=method).status == 501


@pytest.mark.parametrize("path", ["/", "/~state", "/~preview.js", "/course/public/De/data.csv"])
def test_no_other_site_may_read(ask: Ask, path: str) -> None:
    answer = ask(path)
    assert answer.getheader("Access-Control-Allow-Origin") is None
    assert answer.getheader("Cross-Origin-Resource-Policy") == "same-origin"


def test_script_of_other_site_refused(ask: Ask) -> None:
    path = "/course/public/De/data.csv"
    assert ask(path, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors").status == 403
    assert ask(path, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate").status == 200


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


def test_browser_of_teacher_sees_all(ask: Ask) -> None:
    text = ask("/", **cookie(ask)).read().decode()
    assert f'"/{SECRET}/speaker/De/s.html"' in text
    assert ask("/~report", **cookie(ask)).read() == b"the report"


@pytest.mark.parametrize("given", ["", "x", "clm-preview=secret", "=", "ä"])
def test_other_cookies_open_nothing(ask: Ask, port: int, given: str) -> None:
    more = {"Cookie": f"clm-preview-{port}={given}"}
    assert SECRET not in ask("/", **more).read().decode()
    assert ask("/~report", **more).status == 404


def test_error_text_needs_secret(trees: ServedTrees, ask: Ask, live: Live) -> None:
    fault = Diagnostic("unlike a note", excerpt="# a note")
    live.ended(JobReport("s", "deck", "s.py", Outcome.FAILED, (fault,)))
    for page in ("", "/course/public/De/none.html"):
        assert "note" not in json.dumps(events(ask, page))
        assert "# a note" in json.dumps(events(ask, page, **cookie(ask)))
    assert b"note" not in ask("/~state").read()
    live.ended(JobReport("s", "deck", "s.py", Outcome.BUILT))


def test_events_follow_state(ask: Ask, live: Live) -> None:
    answer = ask("/~events", **cookie(ask))
    assert json.loads(answer.readline().removeprefix(b"data: "))["state"] == "building"
    answer.readline()
    live.begin([Path("a/b.py")])
    assert json.loads(answer.readline().removeprefix(b"data: "))["changed"] == ["b.py"]


def test_page_told_when_written(ask: Ask, folder: Path, live: Live) -> None:
    page = folder / "public/De/new.html"
    answer = ask("/~events?page=/course/public/De/new.html")
    assert json.loads(answer.readline().removeprefix(b"data: "))["stamp"] is None
    answer.readline()
    page.write_text("<body>new</body>")
    live.begin([])
    stamp = json.loads(answer.readline().removeprefix(b"data: "))["stamp"]
    assert f'data-stamp="{stamp}"' in ask("/course/public/De/new.html").read().decode()


def test_private_page_tells_nothing_to_others(ask: Ask) -> None:
    assert events(ask, "/course/speaker/De/s.html")["stamp"] is None
    assert events(ask, f"/{SECRET}/speaker/De/s.html")["stamp"] is not None


def test_events_end_with_preview(trees: ServedTrees, unused_port: int) -> None:
    preview = Preview(Live(), lambda: trees, lambda: "")
    with serving(preview, "127.0.0.1", unused_port):
        stream = urlopen(f"http://127.0.0.1:{unused_port}/~events", timeout=20)
        stream.readline()
    assert stream.read().strip() == b""
    stream.close()


def test_listens_on_ipv6(trees: ServedTrees, unused_port: int) -> None:
    preview = Preview(Live(), lambda: trees, lambda: "")
    try:
        socket.create_server(("::1", unused_port), family=socket.AF_INET6).close()
    except OSError as error:  # containers may have no IPv6
        with pytest.raises(UsageError, match=error.strerror), serving(preview, "::1", unused_port):
            pass
        return
    with serving(preview, "::1", unused_port), urlopen(f"http://[::1]:{unused_port}/") as answer:
        assert answer.status == 200


def test_taken_port_is_usage_error(trees: ServedTrees) -> None:
    preview = Preview(Live(), lambda: trees, lambda: "")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port}"), serving(preview, "127.0.0.1", port):
            pass


@pytest.mark.parametrize("host", ["nowhere.invalid", "256.1.1.1"])
def test_unknown_host_is_usage_error(trees: ServedTrees, host: str) -> None:
    preview = Preview(Live(), lambda: trees, lambda: "")
    with pytest.raises(UsageError, match="cannot listen"), serving(preview, host, 0):
        pass
