"""A plugin with two jobs of the course: of all outputs, and of the output of the first."""

from __future__ import annotations

from pathlib import Path

import pytest
from one_file_plugin import install_plugin

from clm.testing.installing import load_only

GATHER = """
from attrs import frozen
import clm

@frozen
class Gathering:
    names: tuple[str, ...]

class Gatherer(clm.Worker):
    def convert(self, payload, job):
        texts = [(job.folder / name).read_text() for name in payload.names]
        return clm.Result({"text": "".join(texts).encode()})

def plan_course(sources, context):
    root = min(out.variant.root for out in context.outputs)
    items = [out.input for out in context.outputs if out.variant.root == root]
    yield request("all", items, root)
    yield request("again", [clm.JobInput("all.txt", "gather:all", "text")], root)

def request(name, items, root):
    payload = Gathering(tuple(item.name for item in items))
    outputs = (clm.OutputSpec("text", (root / f"{name}.txt",)),)
    return clm.JobRequest(
        f"gather:{name}", "gather", payload, "course.yaml", tuple(items), outputs
    )

@clm.hookimpl
def clm_job_types():
    return [clm.JobType(name="gather", patterns=(), payload=Gathering, plan_course=plan_course,
                        worker="gather_module:Gatherer", fingerprint=lambda: "1")]
"""


def add_gather(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the plugin beside the test plugin."""
    install_plugin(site, "gather", GATHER)
    load_only(monkeypatch, ["shout", "gather"])
