"""The first section of the page on publishing, followed literally."""

from __future__ import annotations

import re
import shlex
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest
from clm_program import run_clm

pytestmark = pytest.mark.e2e

PAGE = Path(__file__).parents[2] / "docs" / "publishing.md"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        pass


def served(folder: Path, path: str) -> str:
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with urlopen(f"http://127.0.0.1:{server.server_port}/{path}", timeout=20) as answer:
            text = answer.read().decode()
        server.shutdown()
    return text


def test_new_course_published(tmp_path, monkeypatch):
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "notebook,site,publish")
    section = PAGE.read_text("utf-8").split("\n## ")[1]
    blocks = re.findall(r"```(sh|yaml)\n(.*?)```", section, re.DOTALL)
    folder, website = tmp_path, ""
    for language, text in blocks:
        if language == "yaml":
            spec = folder / "course.yaml"
            before = spec.read_text("utf-8").partition("plugins:\n")[0]
            spec.write_text(before + text, encoding="utf-8")
            continue
        for line in text.splitlines():
            words = shlex.split(line)
            if words[0] == "cd":
                folder = folder / words[1]
            elif words[0] == "clm":
                done = run_clm(*words[1:], cwd=folder)
                assert done.returncode == 0, f"{line}\n{done.stderr}"
            else:
                website = words[words.index("--directory") + 1]
    page = served(folder / website, "")
    assert "First Steps" in page and "01%20Introduction" in page
    assert "nothing to do" in run_clm("publish", cwd=folder).stdout
