"""The plugin contract: detects each fault, and accepts a plugin without faults."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from clm.testing.installing import write_metadata

pytestmark = pytest.mark.integration

PLUGIN = """
import sys
from attrs import field, frozen
from typing import Any
from clm import (
    Check, CheckResult, FileInput, Format, JobRequest, JobType, OutputSpec, Starter, StarterFiles,
    hookimpl,
)

MODE = __name__.removeprefix("mode_")
if MODE == "heavy":
    import wave

@frozen
class Payload:
    name: str
    mode: str = MODE
    pair: Any = field(factory=lambda: (1, 2) if MODE == "tuple" else [1, 2])

def plan(source, context):
    places = tuple(variant.directory / "a.txt" for variant in context.variants)
    name = source.topic_path.name
    if MODE == "plan_raises" and "bad" in source.read_text():
        raise KeyError(name)
    yield JobRequest(f"{MODE}:{source.course_path}", MODE.replace("_", "-"), Payload(name),
        source.course_path, (FileInput(name, source.path, source.digest),),
        (OutputSpec("text", places),))

@hookimpl
def clm_job_types():
    return [JobType(name=MODE.replace("_", "-"), patterns=("*.txt",), payload=Payload, plan=plan,
        worker="contract_worker:Toy", fingerprint=lambda: "1", formats=(Format("text", "Text"),))]

@hookimpl
def clm_checks():
    return [Check("tool", lambda: CheckResult(MODE != "no_remedy", "a tool"))]

@hookimpl
def clm_starters():
    text = "bad" if MODE == "bad_start" else "good"
    return [Starter("text", lambda request: StarterFiles({f"{request.stem}.txt": text}))]
"""

WORKER = """
import os, tempfile, time
from pathlib import Path
from clm import ConversionError, Place, Result, Worker

class Toy(Worker):
    spoiled = False

    def convert(self, payload, job):
        mode, text = payload.mode, (job.folder / payload.name).read_text()
        if "bad" in text and mode != "lenient":
            self.spoiled = mode == "spoiled"
            if mode == "untyped":
                raise ValueError("it is bad")
            raise ConversionError("it is bad", place=Place(job.source, 2 if mode == "line" else 1))
        if mode == "random":
            text += os.urandom(8).hex()
        if mode == "litter":
            Path("litter").touch()
        if mode == "temporary":
            os.close(tempfile.mkstemp()[0])
        while "slow" in text and (mode == "deaf" or not job.is_cancelled()):
            time.sleep(0.01)
        while "endless" in text and mode == "endless":
            time.sleep(0.01)
        if "endless" in text:
            raise ConversionError("it takes too long")
        return Result({} if mode == "empty" else {"text": (text + str(self.spoiled)).encode()})
"""

CONTRACT = """
from clm.testing import BadSample, PluginContract, Sample

pytest_plugins = ["clm.testing"]

class Common(PluginContract):
    samples = (Sample({"intro/a.txt": "good"}),)
    bad_samples = (BadSample({"intro/a.txt": "bad"}, "it is bad", line=1),)
    heavy = ("wave",)
    slow = Sample({"intro/a.txt": "slow"})
    endless = Sample({"intro/a.txt": "endless"})
    cancel_after = 0.1
    seconds = 1.0
"""

GOLDEN = '{"type": "%s", "version": 1, "payload": {"mode": "x", "name": "a.txt", "pair": [1, 2]}}'
MODES = {
    "well": [],
    "heavy": ["test_planning_imports_nothing_heavy"],
    "random": [
        "test_mistake_leaves_later_conversions_unchanged",
        "test_same_input_gives_same_bytes",
    ],
    "litter": ["test_nothing_left_outside_job_folder"],
    "temporary": ["test_nothing_left_outside_job_folder"],
    "untyped": ["test_mistake_attributed_to_author"],
    "plan_raises": ["test_mistake_attributed_to_author"],
    "lenient": ["test_mistake_attributed_to_author"],
    "line": ["test_mistake_attributed_to_author"],
    "spoiled": [
        "test_mistake_leaves_later_conversions_unchanged",
        "test_same_input_gives_same_bytes",
    ],
    "tuple": ["test_payload_round_trip"],
    "no_golden": [
        "test_changed_payload_needs_new_version",
        "test_payloads_of_all_versions_read",
    ],
    "new_field": ["test_changed_payload_needs_new_version"],
    "no_remedy": ["test_checks_report_with_remedy"],
    "bad_start": ["test_starters_build_without_warnings"],
    "deaf": ["test_cancelled_job_ends_without_result"],
    "endless": ["test_time_limit_is_kept"],
}


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The names of the tests that fail, by the plugin's mode."""
    folder = tmp_path_factory.mktemp("contract")
    (folder / "contract_worker.py").write_text(WORKER)
    (folder / "payloads").mkdir()
    contracts = [CONTRACT]
    for mode in MODES:
        name = mode.replace("_", "-")
        (folder / f"mode_{mode}.py").write_text(PLUGIN)
        contracts.append(f"class Test_{mode}(Common):\n    plugin = {name!r}\n")
        golden = GOLDEN % name
        if mode == "new_field":
            golden = golden.replace(', "pair": [1, 2]', "")
        if mode != "no_golden":
            (folder / "payloads" / f"{name}-1.json").write_text(golden)
    plugins = {mode.replace("_", "-"): f"mode_{mode}" for mode in MODES}
    write_metadata(folder, "modes", "1.0", plugins)
    (folder / "test_contract.py").write_text("\n".join(contracts))
    return _failures(folder)


def _failures(folder: Path) -> dict[str, list[str]]:
    # Tests that start processes are slow, so they run for few modes.
    chosen = "Test_well or not killed_worker and (Test_heavy or not imports_nothing_heavy)"
    command = [sys.executable, "-m", "pytest", "-q", "-k", chosen, "--junit-xml", "report.xml"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (folder / "report.xml").exists(), done.stdout + done.stderr
    failed: dict[str, list[str]] = {mode: [] for mode in MODES}
    for case in ElementTree.parse(folder / "report.xml").iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            mode = case.attrib["classname"].partition("Test_")[2]
            failed[mode].append(case.attrib["name"].partition("[")[0])
    return failed


@pytest.mark.parametrize("mode", MODES)
def test_contract_finds_faults(failures: dict[str, list[str]], mode: str) -> None:
    assert sorted(failures[mode]) == MODES[mode]
