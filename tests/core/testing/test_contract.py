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
from pathlib import PurePosixPath
import click
from attrs import field, frozen
from typing import Any
from clm import (
    Check, CheckResult, FileInput, Format, JobRequest, JobType, OutputSpec, Starter, StarterFiles,
    hookimpl,
)
from clm.commands import course_options, json_option, write_json

MODE = __name__.removeprefix("mode_")
if MODE == "heavy":
    import wave

@frozen
class Payload:
    name: str
    mode: str = MODE
    pair: Any = field(factory=lambda: (1, 2) if MODE == "tuple" else [1, 2])

def plan(source, context):
    file = {"reserved": "aux.txt", "collide": "a.txt"}.get(MODE, f"{context.topic_id}.txt")
    places = tuple(variant.directory / file for variant in context.variants)
    name = source.topic_path.name
    if MODE == "plan_raises" and "bad" in source.read_text():
        raise KeyError(name)
    id = MODE if MODE == "same_ids" else f"{MODE}:{source.course_path}"
    yield JobRequest(id, MODE.replace("_", "-"), Payload(name),
        source.course_path, (FileInput(name, source.path, source.digest),),
        (OutputSpec("text", places, PurePosixPath("a.svg") if MODE == "late" else None),))

@hookimpl
def clm_job_types():
    patterns = ("*.overlap" if MODE == "rival" else f"*.{MODE}",)
    return [JobType(name=MODE.replace("_", "-"), patterns=patterns, payload=Payload, plan=plan,
        worker="contract_worker:Toy", fingerprint=lambda: "1", formats=(Format("text", "Text"),))]

@hookimpl
def clm_checks():
    return [Check("tool", lambda: CheckResult(MODE != "no_remedy", "a tool"))]

@hookimpl
def clm_starters():
    text = "bad" if MODE == "bad_start" else "good"
    return [Starter("text", lambda request: StarterFiles({f"{request.stem}.{MODE}": text}))]

@hookimpl
def clm_commands(cli):
    json_flag = click.option("--json") if MODE == "valued" else json_option

    @cli.command("do-" + MODE.replace("_", "-"), help=MODE != "no_help" and "Do it." or "")
    @json_flag
    @course_options(MODE.replace("_", "-"))
    def do(course, **options):
        if MODE == "chatty":
            print("begins")
        write_json(outputs=len(course.finished_build().outputs))
"""

WORKER = """
import os, socket, subprocess, sys, tempfile, time
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
        if mode == "absolute":
            Path(__file__).with_name("absolute").touch()
        if mode == "home":
            (Path.home() / "cache").mkdir(exist_ok=True)
        if mode == "variable":
            os.environ["CONTRACT_TEST"] = "1"
        if mode == "folder":
            os.chdir(job.folder.parents[2])
        if mode == "network":
            with socket.socket(type=socket.SOCK_DGRAM) as unreachable:
                unreachable.connect(("192.0.2.1", 9))
        if mode == "process":
            subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        while "slow" in text and (mode == "deaf" or not job.is_cancelled()):
            try:
                time.sleep(0.01)
            except BaseException:
                if mode != "stubborn":
                    raise
                break
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
    heavy = ("wave",)
    cancel_after = 0.1
    seconds = 1.0
"""
CLASS = """
class Test_MODE(Common):
    plugin = "NAME"
    samples = (Sample({"intro/a.MODE": "good"}),)
    bad_samples = (BadSample({"intro/a.MODE": "bad"}, "it is bad", line=1),)
    slow = Sample({"intro/a.MODE": "slow"})
    commands = (("do-NAME",),)
    endless = Sample({"intro/a.MODE": "endless"})
"""

GOLDEN = '{"type": "%s", "version": 1, "payload": {"mode": "x", "name": "a.txt", "pair": [1, 2]}}'
MODES = {
    "well": [],
    "heavy": ["test_planning_imports_nothing_heavy"],
    "random": [
        "test_mistake_leaves_later_conversions_unchanged",
        "test_same_input_gives_same_bytes",
    ],
    "litter": ["test_nothing_left_outside_job_folder", "test_nothing_written_elsewhere"],
    "absolute": ["test_nothing_written_elsewhere"],
    "home": ["test_nothing_left_outside_job_folder", "test_nothing_written_elsewhere"],
    "variable": ["test_process_unchanged"],
    "folder": ["test_process_unchanged"],
    "network": ["test_no_network_used"],
    "process": ["test_started_processes_end"],
    "reserved": ["test_names_of_outputs_portable", "test_topics_with_same_names_do_not_collide"],
    "collide": ["test_topics_with_same_names_do_not_collide"],
    "same_ids": ["test_topics_with_same_names_do_not_collide"],
    "late": ["test_files_of_topic_planned_before_decks"],
    "overlap": ["test_claims_no_files_of_other_plugins"],
    "no_help": ["test_commands_have_help"],
    "chatty": ["test_commands_print_one_json_document"],
    "valued": ["test_option_json_is_flag"],
    "stubborn": ["test_overdue_job_is_ended"],
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
        contracts.append(CLASS.replace("MODE", mode).replace("NAME", name))
        golden = GOLDEN % name
        if mode == "new_field":
            golden = golden.replace(', "pair": [1, 2]', "")
        if mode != "no_golden":
            (folder / "payloads" / f"{name}-1.json").write_text(golden)
    (folder / "mode_rival.py").write_text(PLUGIN)
    plugins = {mode.replace("_", "-"): f"mode_{mode}" for mode in (*MODES, "rival")}
    write_metadata(folder, "modes", "1.0", plugins)
    (folder / "test_contract.py").write_text("\n".join(contracts))
    return _failures(folder)


def _failures(folder: Path) -> dict[str, list[str]]:
    # Tests that start processes are slow, so they run for few modes.
    chosen = (
        "Test_well or not killed_worker and (Test_heavy or not imports_nothing_heavy) "
        "and (Test_chatty or not one_json_document)"
    )
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
