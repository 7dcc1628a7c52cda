"""Shared results cache on nginx and on an S3 server: a second course runs nothing."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from course_folder import CourseFolder, messages, until

from clm.builder import Outcome

pytestmark = pytest.mark.integration

_NGINX = """
daemon off; pid {folder}/pid; error_log stderr;
events {{}}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/p;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            root {folder}/files; dav_methods PUT; create_full_put_path on;
            client_max_body_size 250m;
        }}
    }}
}}
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            until(answers, "the server's start", seconds=60)
            yield
        finally:
            server.terminate()


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[str]:
    folder, port = tmp_path / "nginx", free_port()
    (folder / "files").mkdir(parents=True)
    folder.chmod(0o777)
    (folder / "files").chmod(0o777)
    user = "user root;\n" if tmp_path.owner() == "root" else ""
    config = folder / "nginx.conf"
    config.write_text(user + _NGINX.format(folder=folder, port=port), encoding="utf-8")
    program = shutil.which("nginx") or "/usr/sbin/nginx"  # not in the path of all users
    with running([program, "-c", str(config)], port):
        yield f"http://127.0.0.1:{port}/clm"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    port = free_port()
    settings = {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ALLOW_HTTP": "true",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    program = f"from moto.server import main; main(['-H', '127.0.0.1', '-p', '{port}'])"
    with running([sys.executable, "-c", program], port):
        import boto3  # comes with the server

        client = boto3.client("s3", endpoint_url=settings["AWS_ENDPOINT_URL"])
        client.create_bucket(Bucket="results")
        client.close()
        yield "s3://results/clm"


def second_runs_nothing(new_course: Callable[[str], CourseFolder]) -> None:
    first, second = new_course("first"), new_course("second")
    for course in (first, second):
        course.add("intro/one.shout", "one\n!warn loud\n")
        course.add("more/two.shout", "two\n")

    assert {job.outcome for job in first.build().jobs} == {Outcome.BUILT}
    report = second.build()
    assert {job.outcome for job in report.jobs} == {Outcome.CACHED}, messages(report)
    assert second.outputs() == first.outputs()
    assert "loud" in messages(report) and "shared cache" not in messages(report)


def test_nginx_shares_results(
    nginx: str, new_course: Callable[[str], CourseFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_SHARED_CACHE", nginx)
    second_runs_nothing(new_course)


def test_s3_shares_results(
    bucket: str, new_course: Callable[[str], CourseFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_SHARED_CACHE", bucket)
    second_runs_nothing(new_course)
