"""The hooks before and after a build, and the view of the build that they get."""

from __future__ import annotations

import json
import re
import sys
import zlib
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from building import full
from course_folder import CourseFolder, messages
from one_file_plugin import install_plugin
from watching import Watching

from clm.builder.options import BuildFilter
from clm.builder.outcome.last_build import load_last_build
from clm.builder.validation.course import validate_course
from clm.cli.groups import load_plugins
from clm.cli.main import main
from clm.testing.installing import load_only

pytestmark = pytest.mark.integration

NOTES = """
import json, pathlib
from attrs import field, frozen
from clm import hookimpl

@frozen
class Settings:
    file: str = field(default="", metadata={"help": "the file to write"})

@hookimpl
def clm_settings():
    return Settings

@hookimpl
def clm_build_started(build, settings):
    pathlib.Path(settings.file).write_text(build.course.name["en"])

@hookimpl
def clm_build_finished(build, settings):
    print("noise")
    note = {
        "started": pathlib.Path(settings.file).read_text(),
        "ok": build.ok,
        "complete": build.complete,
        "problems": [problem.message for problem in build.problems],
        "folder": str(build.folder),
        "targets": [target.name for target in build.targets],
        "sections": [[s.id, [t.id for t in s.topics]] for s in build.course.sections],
        "outputs": [output.as_data() for output in build.outputs],
    }
    pathlib.Path(settings.file).write_text(json.dumps(note))
"""


@pytest.fixture
def noted(course: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which the hooks of a plugin note the build that they get."""
    install_plugin(shout, "notes", NOTES)
    load_only(monkeypatch, ["shout", "notes"])
    file = course.path / "noted.json"
    course.settings = {"notes": {"file": str(file)}}
    course.backend = "inline"
    full(course)
    return file


def with_hook(
    course: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> CourseFolder:
    """The course, with a plugin whose hook after the build is `body`."""
    source = (
        f"import clm, os, sys, time\n@clm.hookimpl\ndef clm_build_finished(build):\n    {body}\n"
    )
    sys.modules.pop("late_module", None)  # of another test
    install_plugin(shout, "late", source, version="2.5")
    load_only(monkeypatch, ["shout", "late"])
    course.backend = "inline"
    return full(course)


def outputs_of(file: Path) -> dict[str, dict]:
    return {output["path"]: output for output in json.loads(file.read_text())["outputs"]}


# -- the view -----------------------------------------------------------------------------------


def test_outputs_are_files_on_disk(course, noted):
    assert course.build().ok
    found = outputs_of(noted)
    assert list(found) == sorted(course.outputs())
    for path, data in course.outputs().items():
        assert found[path]["digest"] == sha256(data).hexdigest()
        assert found[path]["written"]


def test_output_names_job_and_source(course, noted):
    course.build()
    found = outputs_of(noted)
    path = next(p for p in found if p.endswith("two.txt"))
    source = "slides/module_100_tests/topic_100_loops/two.shout"
    assert (found[path]["job"], found[path]["job_type"]) == (f"shout:{source}", "shout")
    assert (found[path]["source"], found[path]["name"]) == (source, "text")


def test_copy_has_source_only(course, noted):
    course.build()
    copied = [o for path, o in outputs_of(noted).items() if path.endswith("data.csv")]
    source = "slides/module_100_tests/topic_100_intro/data.csv"
    assert {(o["source"], o["job"]) for o in copied} == {(source, "")}


def test_output_has_audience(course, noted):
    course.build()
    for path, output in outputs_of(noted).items():
        root, language, _, _, folder, kind, *_ = path.split("/")
        assert output["public"] == (root == "public")
        assert output["language"] == language.lower()
        assert (output["format"], output["kind"]) == (folder.lower(), kind.lower())
        assert output["section"] == "section-1"


def test_output_has_target(course, noted):
    course.output_targets = "[{name: all, path: a}, {path: b, kinds: [speaker], languages: [en]}]"
    course.write_spec()
    assert course.build().ok
    assert json.loads(noted.read_text())["targets"] == ["all", "b"]
    for path, output in outputs_of(noted).items():
        assert output["target"] == {"a": "all", "b": "b"}[path.partition("/")[0]]
        assert output["public"] == (output["kind"] != "speaker")


def test_course_files_have_language_only(course, noted):
    course.more_spec = "dir-groups:\n  - {name: Extra, path: extra}\n"
    (course.path / "extra").mkdir()
    (course.path / "extra" / "read.me").write_text("all")
    course.write_spec()
    assert course.build().ok
    found = {p: o for p, o in outputs_of(noted).items() if p.endswith("read.me")}
    assert {o["language"] for o in found.values()} == {"de", "en"}
    assert {(o["kind"], o["format"], o["section"]) for o in found.values()} == {("", "", "")}
    assert {o["public"] for p, o in found.items() if p.startswith("public/")} <= {True}


WHOLE = """
from attrs import frozen
from clm import Format, JobRequest, JobType, OutputSpec, hookimpl

@frozen
class Payload:
    name: str = ""

def plan_course(sources, context):
    places = [v.directory / "all.txt" for v in context.variants]
    places += [v.root / "front.txt" for v in context.variants]
    inputs = tuple(out.input for out in context.outputs[:1])
    outputs = (OutputSpec("text", tuple(dict.fromkeys(places))),)
    yield JobRequest("whole", "whole", Payload(inputs[0].name), context.spec, inputs, outputs)

@hookimpl
def clm_job_types():
    return [JobType("whole", (), Payload, "clm_plugin_shout.worker:Shouter", lambda: "1",
                    plan_course=plan_course, formats=(Format("text", "Text"),))]
"""


@pytest.mark.parametrize("mixed", [True, False])
def test_course_output_public_only_if_certain(course, noted, shout, monkeypatch, mixed):
    install_plugin(shout, "whole", WHOLE)
    load_only(monkeypatch, ["shout", "notes", "whole"])
    kinds = "speaker, completed" if mixed else "completed"
    course.output_targets = f"[{{path: a, kinds: [{kinds}]}}]"
    course.write_spec()
    report = course.build()
    assert report.ok, messages(report)
    found = {path: output for path, output in outputs_of(noted).items() if output["job"] == "whole"}
    of_kinds = {o["kind"]: o["public"] for path, o in found.items() if path.endswith("all.txt")}
    assert of_kinds == ({"completed": True, "speaker": False} if mixed else {"completed": True})
    fronts = [o["public"] for path, o in found.items() if path.endswith("front.txt")]
    assert fronts == [not mixed] * 2
    assert {output["section"] for output in found.values()} == {""}


def test_unchanged_outputs_not_written(course, noted):
    course.build()
    before = outputs_of(noted)
    course.build()
    after = outputs_of(noted)
    assert not any(output["written"] for output in after.values())
    assert {p: {**o, "written": True} for p, o in after.items()} == before


def test_failed_job_has_no_outputs(course, noted):
    course.add("loops/two.shout", "!error no voice\n")
    assert not course.build().ok
    note = json.loads(noted.read_text())
    assert (note["ok"], note["problems"][-1:]) == (False, ["no voice"])
    assert not any(path.endswith("two.txt") for path in outputs_of(noted))
    assert any(path.endswith("one.txt") for path in outputs_of(noted))


def test_part_of_course_not_complete(course, noted):
    course.build()
    assert json.loads(noted.read_text())["complete"]
    course.build(filter=BuildFilter(only=("loops",)))
    note = json.loads(noted.read_text())
    assert (note["ok"], note["complete"]) == (True, False)
    assert {output["source"].rpartition("/")[2] for output in note["outputs"]} == {"two.shout"}


def test_hooks_get_course(course, noted):
    course.build()
    note = json.loads(noted.read_text())
    assert (note["started"], note["folder"]) == ("Course", str(course.path.resolve() / "output"))
    assert note["sections"] == [["section-1", ["intro", "loops"]]]


def test_dry_run_calls_no_hook(course, noted):
    course.build(dry_run=True)
    assert not noted.exists()


def test_watch_calls_hooks_for_each_build(course, noted):
    with Watching(course) as watching:
        assert watching.report().ok
        assert all(output["written"] for output in outputs_of(noted).values())
        course.path_of("loops/two.shout").write_text("changed")
        watching.until(lambda: course.texts("two.txt") == {"CHANGED"})
        written = {path for path, output in outputs_of(noted).items() if output["written"]}
    assert written == {path for path in course.outputs() if path.endswith("two.txt")}


# -- faults -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise ValueError('no way')", "it failed: ValueError: no way"),
        ("sys.exit(3)", "it failed: SystemExit: 3"),
        ("raise clm.UsageError('no server', hint='name one')", "2.5: no server"),
        ("build.outputs[0].path = 'x'", "FrozenInstanceError"),
    ],
)
def test_faulty_hook_loses_nothing(course, shout, monkeypatch, body, message):
    report = with_hook(course, shout, monkeypatch, body).build()
    assert "plugin 'late' of clm-late 2.5" in messages(report)
    assert message in messages(report)
    assert "clm_build_finished" in messages(report) or "UsageError" in body
    assert not report.ok
    assert course.texts("two.txt") == {"GRÜSSE\n"} and len(report.jobs) == 3
    assert [p.message for p in load_last_build(course.own).problems] == [
        p.message for p in report.problems
    ]


def test_endless_hook_is_stopped(course, shout, monkeypatch):
    monkeypatch.setenv("CLM_PLUGIN_HOOK_SECONDS", "0.2")
    report = with_hook(course, shout, monkeypatch, "\n    while True: pass").build()
    assert "plugin 'late' of clm-late 2.5: its hook took longer than 0.2 s" in messages(report)


def test_interrupted_hook_interrupts_build(course, shout, monkeypatch):
    report = with_hook(course, shout, monkeypatch, "raise KeyboardInterrupt").build()
    assert report.interrupted
    assert course.texts("two.txt")


# -- lists --------------------------------------------------------------------------------------


def test_json_lists_all_outputs(course, noted, capsys):
    arguments = ["build", str(course.spec), "--json", "--backend", "inline"]
    for _ in range(2):
        assert main(arguments) == 0
        events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        listed = [event for event in events if event["event"] == "output"]
        rest = {"version": 1, "event": "output"}
        assert listed == [rest | output for output in outputs_of(noted).values()]


def recorded(course):
    return list(load_last_build(course.own).delivered)


def test_record_lists_all_outputs(course, noted):
    course.build()
    assert recorded(course) == list(outputs_of(noted).values())
    course.add("loops/two.shout", "changed")
    course.build()
    written = {output["source"] for output in recorded(course) if output["written"]}
    assert {source.rpartition("/")[2] for source in written} == {"two.shout"}
    assert recorded(course) == list(outputs_of(noted).values())


def test_idle_build_keeps_list(course, noted):
    course.build()
    record = course.own / "last-build.json"
    # Only a list that is not made again still has this.
    content = record.read_bytes()
    (packed,) = re.findall(rb"[A-Za-z0-9+/=]{100,}", content)
    text = zlib.decompress(b64decode(packed)).replace(b'"title": ""', b'"title": "kept"')
    record.write_bytes(content.replace(packed, b64encode(zlib.compress(text))))
    for _ in range(2):
        course.build()
        listed = [{**output, "title": "kept"} for output in outputs_of(noted).values()]
        assert recorded(course) == listed
    assert listed and not any(output["written"] for output in listed)


def test_list_follows_killed_build(course, noted):
    course.build()
    kept = (course.own / "last-build.json").read_bytes()
    course.add("loops/two.shout", "changed")
    course.build()
    # A killed build leaves no record.
    (course.own / "last-build.json").write_bytes(kept)
    course.build()
    assert recorded(course) == list(outputs_of(noted).values())


def test_damaged_list_is_made_again(course, noted):
    course.build()
    course.build()
    record = course.own / "last-build.json"
    record.write_bytes(record.read_bytes()[:-9])
    course.build()
    assert recorded(course) == list(outputs_of(noted).values())


# -- checks of courses --------------------------------------------------------------------------


def validated(course, shout, monkeypatch, body: str) -> list[tuple[str, str]]:
    """Severity and message of all that `clm validate` finds with a plugin whose check is `body`."""
    sys.modules.pop("late_module", None)  # of another test
    source = f"import clm\n@clm.hookimpl\ndef clm_check_course(course):\n    {body}\n"
    install_plugin(shout, "late", source, version="2.5")
    load_only(monkeypatch, ["shout", "late"])
    full(course).write_spec()
    found = validate_course(course.spec, load_plugins()).diagnostics
    return [(problem.severity, problem.message) for problem in found]


def test_check_of_course_reported(course, shout, monkeypatch):
    body = "return [clm.Diagnostic(course.info.sections[0].id, place=course.place('x'))]"
    assert validated(course, shout, monkeypatch, body) == [("error", "section-1")]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise KeyError('k')", "late 2.5"),
        ("return None", "not a list"),
        ("return ['text']", "which is no Diagnostic"),
        ("raise clm.UsageError('no such server')", "no such server"),
    ],
)
def test_failing_check_names_plugin(course, shout, monkeypatch, body, message):
    ((severity, text),) = validated(course, shout, monkeypatch, body)
    assert severity == "error"
    assert "late" in text and message in text
