"""Hostile diagrams, which must not read files outside their job's folder or use the network."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from attrs import define, field
from plantuml_topic import FOLDER, Topic, uml

from clm import ClmError, ConversionError
from clm_plugin_plantuml.svg import sanitised
from clm_plugin_plantuml.worker import PlantUmlWorker

SECRET = "xyzzy-4711"


@define
class Canary:
    """A server on loopback that records its requests."""

    port: int
    asked: list[str] = field(factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def canary() -> Iterator[Canary]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            canary.asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"A -> B: {SECRET}\n".encode())

        do_HEAD = do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    canary = Canary(server.server_address[1])
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield canary
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder with secrets, beside the topic's and the jobs' folders."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.iuml").write_text(f"A -> B: {SECRET}\n")
    (folder / "secret.json").write_text(f'{{"a": "{SECRET}"}}')
    (folder / "secret.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>{SECRET}</text></svg>'
    )
    return folder


def drawn(topic: Topic, *lines: str) -> str:
    """The picture as SVG, or the text of the error."""
    topic.set(format="svg")
    topic.write("pu/x.pu", uml("participant canary", *lines))
    try:
        (picture,) = topic.pictures().values()
        topic.set(format="png")
        topic.pictures()
    except ClmError as error:
        texts = [str(error), error.excerpt or "", error.details or ""]
        return "\n".join(texts).replace("".join(lines), "")
    return picture.decode().replace("\xa0", " ")


# Each is tried with the path as it is, and with a computed path, which planning cannot find.
FILE_VECTORS = [
    "!include {path}/secret.iuml",
    "!include_many {path}/secret.iuml",
    "!includesub {path}/secret.iuml!A",
    "!includeurl file://{path}/secret.iuml",
    "!include file://{path}/secret.iuml",
    "!import {path}/secret.iuml",
    '!$d = %load_json("{path}/secret.json")\ncanary -> canary: $d.a',
    '!$d = %load_json("file://{path}/secret.json")\ncanary -> canary: $d.a',
    "canary -> canary: <img:{path}/secret.svg>",
    "canary -> canary: <img:file://{path}/secret.svg>",
    "sprite $s {path}/secret.svg\ncanary -> canary: <$s>",
    "!theme secret from {path}",
    "<style file={path}/secret.iuml>",
]


@pytest.mark.parametrize("vector", FILE_VECTORS)
@pytest.mark.parametrize("way", ["absolute", "relative", "from the folder of processes"])
@pytest.mark.parametrize("computed", [False, True])
def test_no_outside_file_read(topic: Topic, outside: Path, vector, way, computed):
    paths = {
        "absolute": outside.as_posix(),
        "relative": "../../outside",
        "from the folder of processes": os.path.relpath(outside).replace(os.sep, "/"),
    }
    path = paths[way]
    lines = vector.format(path="$path" if computed else path).split("\n")
    if computed:
        lines.insert(0, f'!$path = "{path}"')
    assert SECRET not in drawn(topic, *lines)


@pytest.mark.parametrize("prefix", ["~/", "::", "//", "./../../outside/../"])
def test_alternative_path_syntax_blocked(topic: Topic, outside: Path, prefix):
    path = f"{prefix}{outside.relative_to('/').as_posix()}/secret.iuml"
    assert SECRET not in drawn(topic, f'!$path = "{path}"', "!include $path")


def test_computed_path_inside_topic_read(topic: Topic):
    topic.write("shared/a.iuml", f"canary -> canary: {SECRET}\n")
    assert SECRET in drawn(topic, '!$path = "../shared"', "!include $path/a.iuml")


def test_symlink_out_of_job_blocked(topic: Topic, outside: Path):
    # The core copies files, so only a bug can put a link there; even then nothing leaks.
    topic.set(format="svg")
    topic.write("pu/x.pu", uml('!$d = "out"', "!include $d/secret.iuml"))
    payload = topic.plan().payload
    folder = topic.folder / "linked"
    (folder / "pu").mkdir(parents=True)
    (folder / "pu/x.pu").write_text((topic.folder / FOLDER / "pu/x.pu").read_text())
    (folder / "pu/out").symlink_to(outside)
    from clm import Job

    job = Job(folder, f"{FOLDER}/pu/x.pu", ("x.svg",), "test", lambda: False)
    with pytest.raises(ConversionError, match="cannot include"):
        topic.worker.convert(payload, job)


URL_VECTORS = [
    "!include {url}/a.iuml",
    "!includeurl {url}/a.iuml",
    '!$d = %load_json("{url}/a.json")\ncanary -> canary: $d.a',
    "canary -> canary: <img:{url}/a.png>",
    "canary -> canary: <img:{url}/a.svg>",
    "!theme a from {url}",
    "sprite $s {url}/a.svg",
    "<style file={url}/a.css>",
    "!import {url}/a.zip",
]


@pytest.mark.parametrize("vector", URL_VECTORS)
@pytest.mark.parametrize("computed", [False, True])
def test_no_url_requested(topic: Topic, canary: Canary, vector, computed):
    lines = vector.format(url="$url" if computed else canary.url).split("\n")
    if computed:
        lines.insert(0, f'!$url = "{canary.url}"')
    assert SECRET not in drawn(topic, *lines)
    assert canary.asked == []


def test_canary_records_requests(canary: Canary):
    with socket.create_connection(("127.0.0.1", canary.port)) as connection:
        connection.sendall(b"GET /x HTTP/1.0\r\n\r\n")
        assert SECRET.encode() in connection.makefile("rb").read()
    assert canary.asked == ["/x"]


def test_environment_not_read(topic: Topic, worker, monkeypatch):
    monkeypatch.setenv("CLM_TEST_SECRET", SECRET)
    monkeypatch.setenv("PLANTUML_SECURITY_PROFILE", "UNSECURE")
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-DPLANTUML_SECURITY_PROFILE=UNSECURE")
    fresh = PlantUmlWorker()
    try:
        own = Topic(topic.folder / "own", fresh)
        names = ("CLM_TEST_SECRET", "PATH", "user.home")
        text = drawn(own, *(f'canary -> canary: "[%getenv("{name}")]"' for name in names))
        assert text.count("[]") == len(names)
    finally:
        fresh.stop()


@pytest.mark.parametrize(
    "expression",
    ['%getenv("plantuml.allowlist.path")', '%upper(%getenv("plantuml.allowlist.path"))'],
)
@pytest.mark.parametrize("format", ["png", "svg"])
def test_job_folder_not_revealed(topic: Topic, expression, format):
    topic.set(format=format)
    topic.write("pu/x.pu", uml(f"A -> B: {expression}"))
    with pytest.raises(ConversionError, match="the folder of its job") as caught:
        topic.convert()
    assert str(topic.folder) not in str(caught.value)


@pytest.mark.parametrize("name", ["%dirpath()", "%filename()", '%getenv("user.dir")'])
def test_plantuml_functions_reveal_no_folder(topic: Topic, name):
    shown = drawn(topic, f"canary -> canary: [{name}]")
    assert "[" in shown
    assert str(topic.folder.parent) not in shown


def test_svg_entity_not_resolved(topic: Topic, outside: Path):
    topic.write(
        "pu/a.svg",
        f'<!DOCTYPE svg [<!ENTITY x SYSTEM "{(outside / "secret.iuml").as_uri()}">]>'
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&x;</text></svg>',
    )
    assert SECRET not in drawn(topic, "canary -> canary: <img:a.svg>")


@pytest.mark.parametrize(
    "harm",
    [
        "<script>alert(1)</script>",
        '<a href="javascript:alert(1)"><text>x</text></a>',
        '<rect onclick="alert(1)"/>',
        "<foreignObject><b/></foreignObject>",
        '<image href="https://x.y/alert.png"/>',
        '<image href="file:///alert"/>',
        '<use href="https://x.y/alert.svg#a"/>',
        "<style>@import 'alert.css';</style>",
        '<rect style="fill:url(https://x.y/alert)"/>',
        '<set attributeName="href" to="javascript:alert(1)"/>',
    ],
)
def test_active_content_removed(harm):
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><text id="kept">kept</text>{harm}</svg>'
    clean = sanitised(svg.encode()).decode()
    assert "kept" in clean
    for mark in ("alert", "foreign"):
        assert mark not in clean


@pytest.mark.parametrize(
    "harmless",
    [
        '<a href="https://x.y/z"><text>x</text></a>',
        '<image href="data:image/png;base64,AAAA" />',
        '<rect fill="url(#gradient)" />',
    ],
)
def test_links_and_embedded_images_kept(harmless):
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{harmless}</svg>'
    assert harmless in sanitised(svg.encode()).decode()


def test_svg_with_entities_rejected():
    bomb = b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>'
    with pytest.raises(ValueError, match="document type"):
        sanitised(bomb)


def test_script_link_removed_from_diagram(topic: Topic):
    picture = drawn(topic, "canary -> canary: [[javascript:alert(1) click]]")
    assert "click" in picture
    assert 'href="javascript' not in picture
