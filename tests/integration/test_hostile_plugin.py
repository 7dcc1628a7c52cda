"""A hundred faults of a plugin, each beside a working one: each is named, and none does harm.

The plugin is installed as users have it; the builds run in this process.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from course_folder import CourseFolder, Recorder
from one_file_plugin import install_plugin

from clm.testing.course_project import files_below
from clm.testing.installing import load_only

PLUGIN = """
import math, os, sys, time
from pathlib import Path, PurePosixPath

from attrs import evolve, field, frozen, validators
from clm import (BackendType, Check, CheckResult, ConversionError, Diagnostic, FileInput, Format,
    JobInput, JobRequest, JobType, Link, OutputSpec, Place, Result, Severity, TransientJobError,
    UsageError, Worker, hookimpl)

@frozen
class Payload:
    text: str = ""

class Converter(Worker):
    def convert(self, payload, job):
        return convert(payload, job)

def convert(payload, job):
    return Result({"out": b"torn"})

def request(source, context, **changes):
    places = tuple(v.directory / f"{source.topic_path.stem}.txt" for v in context.variants)
    values = dict(id=f"torn:{source.course_path}", job_type="torn", payload=Payload(),
        source=source.course_path, outputs=(OutputSpec("out", places),))
    return JobRequest(**(values | changes))

def plan(source, context):
    return [request(source, context, **REQUEST)]

def fail(*arguments):
    raise LookupError("on purpose")

def spin(*arguments):
    while True:
        pass

REQUEST, JOB_TYPE, MORE = {}, {}, []
"""
HOOK = """

if "clm_job_types" not in globals():
    @hookimpl
    def clm_job_types():
        values = dict(name="torn", patterns=("*.torn",), payload=Payload, plan=plan,
            worker=f"{__name__}:Converter", fingerprint=lambda: "1",
            formats=(Format("torn", "Torn"),))
        return [JobType(**(values | JOB_TYPE)), *MORE]
"""


def at(path: str) -> str:
    """The request with an output at this path."""
    return f"REQUEST['outputs'] = (OutputSpec('out', (PurePosixPath({path!r}),)),)"


def hook(name: str, body: str, arguments: str = "") -> str:
    return f"@hookimpl\ndef {name}({arguments}):\n    {body}\n"


def converts(body: str) -> str:
    return f"def convert(payload, job):\n    {body}\n"


# What the plugin does, and the cause that its message has. In all of them, the build fails.
FAULTS = {
    # -- loading ------------------------------------------------------------------------------
    "fails when imported": ("1 / 0", "ZeroDivisionError"),
    "imports what is missing": ("import not_there_at_all", "No module named 'not_there_at_all'"),
    "exits when imported": ("sys.exit(0)", "SystemExit: 0"),
    "raises a bare BaseException": ("raise BaseException('x')", "BaseException: x"),
    "misspells a hook": (hook("clm_job_type", "return []"), "did you mean 'clm_job_types'?"),
    "has an unmarked hook": ("def clm_starters(): return []", "not marked with @clm.hookimpl"),
    "wants another argument": (hook("clm_checks", "return []", "x"), "clm_checks"),
    "is of the future": ("clm_api_version = 99", "made for a newer CLM"),
    "has a version that is none": ("clm_api_version = 'one'", "not an integer"),
    "returns no job types": (hook("clm_job_types", "pass"), "it lacks a `return`"),
    "returns one job type": (hook("clm_job_types", "return 3"), "returns int, not a list"),
    "returns names of job types": (hook("clm_job_types", "return ['a']"), "is not a JobType"),
    "raises in clm_job_types": (hook("clm_job_types", "fail()"), "its hook clm_job_types"),
    "raises in clm_backends": (hook("clm_backends", "fail()"), "its hook clm_backends"),
    "returns no backends": (hook("clm_backends", "pass"), "it lacks a `return`"),
    "returns a wrong backend": (hook("clm_backends", "return [3]"), "not a BackendType"),
    "raises in clm_executors": (hook("clm_executors", "fail()"), "its hook clm_executors"),
    "returns a wrong executor": (hook("clm_executors", "return [3]"), "not a ExecutorType"),
    "raises in clm_result_stores": (hook("clm_result_stores", "fail()"), "clm_result_stores"),
    "returns a wrong store": (hook("clm_result_stores", "return [3]"), "not a ResultStoreType"),
    "raises in clm_settings": (hook("clm_settings", "fail()"), "its hook clm_settings"),
    "returns no settings": (hook("clm_settings", "pass"), "it lacks a `return`"),
    "returns a dict of settings": (hook("clm_settings", "return dict"), "not an attrs class"),
    "has settings without help": (
        "@frozen\nclass Settings:\n    a: int = 1\n" + hook("clm_settings", "return Settings"),
        "Settings.a has no help",
    ),
    "has wrong default settings": (
        "@frozen\nclass Settings:\n    a: int = field(default=1, metadata={'help': 'x'},"
        " validator=validators.ge(2))\n" + hook("clm_settings", "return Settings"),
        "raised for the defaults of Settings",
    ),
    # -- job types ----------------------------------------------------------------------------
    "has a name with spaces": ("JOB_TYPE['name'] = 'a b'", "invalid job type name: 'a b'"),
    "has no name": ("JOB_TYPE['name'] = None", "invalid job type name: None"),
    "has two job types of one name": (
        "MORE.append(JobType('torn', (), Payload, 'a:b', str, plan=plan))",
        "returns the name 'torn' twice",
    ),
    "claims with a text": ("JOB_TYPE['patterns'] = '*.torn'", "patterns is '*.torn'"),
    "claims with numbers": ("JOB_TYPE['patterns'] = (3,)", "patterns is (3,)"),
    "has a payload that is a dict": ("JOB_TYPE['payload'] = dict", "not an attrs class"),
    "has a worker that is a class": ("JOB_TYPE['worker'] = Converter", "not of the form"),
    "has a fingerprint that is a text": ("JOB_TYPE['fingerprint'] = '1'", "not callable"),
    "has a plan that is a text": ("JOB_TYPE['plan'] = 'plan'", "plan is 'plan', not callable"),
    "has no plan": ("JOB_TYPE['plan'] = None", "is required"),
    "has formats that are texts": ("JOB_TYPE['formats'] = ('torn',)", "not a tuple of Format"),
    "has two formats of one name": ("JOB_TYPE['formats'] = (Format('a', 'A'),) * 2", "duplicate"),
    "has a stage that is a text": ("JOB_TYPE['stage'] = 'first'", "stage is 'first'"),
    "has a pool of no worker": ("JOB_TYPE['pool_size'] = 0", "pool_size is 0"),
    "has version 0 of a payload": ("JOB_TYPE['payload_version'] = 0", "payload_version is 0"),
    "has a migration that is none": ("JOB_TYPE['migrations'] = {1: 3}", "migration from version 1"),
    "has migrations in a list": ("JOB_TYPE['migrations'] = [3]", "migrations is [3]"),
    "delivers sources perhaps": ("JOB_TYPE['delivers_source'] = 'x'", "delivers_source is 'x'"),
    "is numbered perhaps": ("JOB_TYPE['numbered'] = 'x'", "numbered is 'x'"),
    "has a mirror that is a text": ("JOB_TYPE['is_mirror'] = 'x'", "is_mirror is 'x'"),
    "has a folder that is a number": ("JOB_TYPE['formats'] = (Format('a', 3),)", "folder is 3"),
    "has a format without a name": ("JOB_TYPE['formats'] = (Format('', 'A'),)", "name is ''"),
    "has kinds in a text": ("JOB_TYPE['formats'] = (Format('a', 'A', 'speaker'),)", "kinds is"),
    "needs an image of a text": ("JOB_TYPE['image'] = 'debian'", "image is 'debian'"),
    # -- planning -----------------------------------------------------------------------------
    "raises in plan": ("plan = fail", "failed to plan the source: LookupError: on purpose"),
    "raises an OSError in plan": (
        "def plan(*a): raise OSError('x')",
        "failed to plan the source: OSError: x",
    ),
    "reads an undeclared file in plan": (
        "def plan(*a): return open('/not/there').read()",
        "FileNotFoundError",
    ),
    "exits in plan": ("def plan(*a): sys.exit(0)", "SystemExit: 0"),
    "never ends a plan": ("plan = spin", "failed to plan the source: it took longer than"),
    "never ends a list of requests": (
        "def plan(source, context):\n    while True: yield request(source, context)",
        "it took longer than",
    ),
    "recurs for ever in plan": ("def plan(*a): return plan(*a)", "RecursionError"),
    "plans None": ("def plan(*a): return None", "TypeError"),
    "plans one request": ("def plan(*a): return request(*a)", "TypeError"),
    "plans texts": ("def plan(*a): return ['x']", "'x' is not a JobRequest"),
    "plans for another": ("REQUEST['job_type'] = 'shoutt'", "did you mean 'shout'?"),
    "takes the payload of another": ("REQUEST['payload'] = 3", "takes Payload, not int"),
    "has an object in its payload": ("REQUEST['payload'] = Payload(object())", "is not JSON"),
    "has a set in its payload": ("REQUEST['payload'] = Payload({1})", "is not JSON"),
    "has infinity in its payload": ("REQUEST['payload'] = Payload(math.inf)", "is not JSON"),
    "has a name that is a number": ("REQUEST['id'] = 3", "id is 3, not a str"),
    "has two equal names": (
        "def plan(*a): return [request(*a), request(*a)]",
        "duplicate job id",
    ),
    "needs a job that is not planned": (
        "REQUEST['inputs'] = (JobInput('a', 'nobody', 'out'),)",
        "needs the output 'out' of the job 'nobody'",
    ),
    "needs itself": (
        "def plan(s, c):\n    r = request(s, c)\n"
        "    return [evolve(r, inputs=(JobInput('a', r.id, 'out'),))]",
        "needs the output 'out'",
    ),
    "has inputs outside of the folder": (
        "REQUEST['inputs'] = (JobInput('../x', 'a', 'b'),)",
        "leads out of its folder",
    ),
    "has a text as output": ("REQUEST['outputs'] = ('out',)", "an output is 'out'"),
    "has a text as destination": (
        "REQUEST['outputs'] = (OutputSpec('out', ('a.txt',)),)",
        "a destination is 'a.txt', not a PurePosixPath",
    ),
    "has a number as limit": ("REQUEST['time_limit'] = -1", "time_limit is -1"),
    "never has an attempt": ("REQUEST['max_attempts'] = 0", "max_attempts is 0"),
    "links with a text": ("REQUEST['links'] = ('a.html',)", "a link is 'a.html'"),
    "writes a hook of git": (at(".git/hooks/pre-commit"), "is not below a folder of the course"),
    "writes a hook of git in its target": (at("out/all/.git/hooks/x"), "in a folder '.git'"),
    "writes a database": (at(".clm/cache.db"), "is not below a folder of the course"),
    "writes a source": (at("slides/module_100_tests/x.py"), "is not below a folder of the course"),
    "writes the spec": (at("course.yaml"), "is not below a folder of the course"),
    "writes with an absolute path": (at("/tmp/torn.txt"), "is not below a folder of the course"),
    "writes beside the course": (at("../torn.txt"), "is not below a folder of the course"),
    "leaves its target": (at("out/all/../../torn.txt"), "leads out of its folder"),
    "writes into a name with a zero": (at("out/all/a\0b"), "no file name has"),
    "replaces another source": (
        "REQUEST['outputs'] = (OutputSpec('out', (), PurePosixPath('three.torn')),)",
        "is that of another source",
    ),
    "leaves its topic": (
        "REQUEST['outputs'] = (OutputSpec('out', (), PurePosixPath('../x.txt')),)",
        "leads out of its folder",
    ),
    "raises in plan_section": ("JOB_TYPE['plan_section'] = fail", "failed to plan the section"),
    "raises in plan_course": ("JOB_TYPE['plan_course'] = fail", "failed to plan the course"),
    "raises in configure": ("JOB_TYPE['configure'] = fail", "failed to apply the settings"),
    "configures to nothing": (
        "JOB_TYPE['configure'] = lambda *a: None",
        "configure returned None, not a JobType",
    ),
    "configures to a wrong type": (
        "JOB_TYPE['configure'] = lambda jt, s: evolve(jt, patterns='*')",
        "patterns is '*'",
    ),
    "raises in is_mirror": ("JOB_TYPE['is_mirror'] = fail", "failed to detect mirrors"),
    "never ends is_mirror": ("JOB_TYPE['is_mirror'] = spin", "it took longer than"),
    "raises in resolve_links": (
        "JOB_TYPE['resolve_links'] = fail\n"
        "REQUEST['links'] = (Link(PurePosixPath('a'), Place('x')),)",
        "failed to resolve the links",
    ),
    "resolves links to nothing": (
        "JOB_TYPE['resolve_links'] = lambda *a: None\n"
        "REQUEST['links'] = (Link(PurePosixPath('a'), Place('x')),)",
        "resolve_links returned None",
    ),
    "resolves links to another job": (
        "JOB_TYPE['resolve_links'] = lambda r, t: evolve(r, id='other')\n"
        "REQUEST['links'] = (Link(PurePosixPath('a'), Place('x')),)",
        "changed the id or the outputs",
    ),
    "raises a wrong error": (
        "def plan(*a): raise ConversionError('x', place='a.txt')",
        "the place of a Diagnostic is 'a.txt'",
    ),
    "raises in fingerprint": ("JOB_TYPE['fingerprint'] = fail", "failed to determine the versions"),
    "has no fingerprint": ("JOB_TYPE['fingerprint'] = lambda: None", "returned None"),
    "never ends its fingerprint": ("JOB_TYPE['fingerprint'] = spin", "it took longer than"),
    "has a payload of anything": (
        "@frozen\nclass Payload:\n    text: object = ''",
        "Unsupported type: <class 'object'>",
    ),
    # -- converting ---------------------------------------------------------------------------
    "has no worker": ("JOB_TYPE['worker'] = 'not_there:X'", "No module named 'not_there'"),
    "has a worker that is none": ("class Converter: pass", "which is not a Worker"),
    "has a worker that cannot be made": (
        "class Converter(Worker):\n    def __init__(self): fail()\n    convert = fail",
        "the worker of job type 'torn' cannot be made: LookupError",
    ),
    "has an abstract worker": ("class Converter(Worker): pass", "abstract"),
    "has a worker that cannot be started": (
        "class Converter(Worker):\n    start = convert = fail",
        "the worker of job type 'torn' cannot be started: LookupError",
    ),
    "raises in convert": (converts("fail()"), "failed unexpectedly: LookupError: on purpose"),
    "raises an OSError in convert": (converts("open('/not/there')"), "FileNotFoundError"),
    "exits in convert": (converts("sys.exit(0)"), "SystemExit: 0"),
    "cancels in convert": (
        converts("raise __import__('asyncio').CancelledError"),
        "CancelledError",
    ),
    "never ends convert": (converts("spin()"), "the 'torn' job took longer than"),
    "never ends, and catches everything": (
        converts("while True:\n        try: spin()\n        except Exception: pass"),
        "the 'torn' job took longer than",
    ),
    "raises what has no text": (
        "class Silent(Exception):\n    def __str__(self): raise Silent\n"
        + converts("raise Silent"),
        "failed unexpectedly: Silent",
    ),
    "raises a wrong ConversionError": (converts("raise ConversionError(3)"), "is 3, not a str"),
    "returns None": (converts("return None"), "returned a NoneType, not a Result"),
    "returns bytes": (converts("return b'torn'"), "returned a bytes, not a Result"),
    "returns no outputs": (converts("return Result({})"), "lacks the outputs ['out']"),
    "returns outputs None": (converts("return Result(None)"), "returned outputs None"),
    "returns too many outputs": (
        converts("return Result({'out': b'', 'x': b''})"),
        "has undeclared outputs ['x']",
    ),
    "returns a text": (converts("return Result({'out': 'text'})"), "neither bytes nor a Path"),
    "returns a file outside": (
        converts("return Result({'out': Path('/etc/hostname')})"),
        "not a file in the job's folder",
    ),
    "returns a file that is not there": (
        converts("return Result({'out': Path('a\\0b')})"),
        "null",
    ),
    "returns texts as diagnostics": (
        converts("return Result({'out': b''}, ('careful',))"),
        "'careful' is not a Diagnostic",
    ),
    "returns a wrong severity": (
        converts("return Result({'out': b''}, (Diagnostic('x', 'error'),))"),
        "the severity of a Diagnostic is 'error'",
    ),
    "returns metadata that is no JSON": (
        converts("return Result({'out': b''}, (), {'a': object()})"),
        "not JSON serializable",
    ),
    "makes a memo of an object": (converts("job.memo(object(), bytes)"), "TypeError"),
    "makes a memo of a text": (converts("job.memo('a', str)"), "failed unexpectedly"),
}


@pytest.fixture
def course(
    course: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CourseFolder]:
    load_only(monkeypatch, ["shout", "torn"])
    course.output_targets = "[{path: out/all}]"
    course.add("intro/one.shout", "hello")
    course.add("intro/picture.png", b"\x89PNG")
    course.add("bad/two.torn", "two")
    yield course
    sys.modules.pop("torn_module", None)


def surroundings(course: CourseFolder) -> dict[Path, bytes]:
    """The contents of all files beside the outputs and CLM's own."""
    return {
        path: path.read_bytes()
        for path in files_below(course.path.parent)
        if not path.is_relative_to(course.path / "out")
        and not path.is_relative_to(course.own)
        and "__pycache__" not in path.parts
    }


def rows() -> Iterator[Any]:
    for name, (source, cause) in FAULTS.items():
        # These take their time, which the working plugin must have, too.
        marks = [pytest.mark.integration] if "longer than" in cause else []
        yield pytest.param(source, cause, id=name, marks=marks)


@pytest.mark.parametrize(("source", "cause"), list(rows()))
def test_fault_is_named_and_does_no_harm(
    course: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch, source: str, cause: str
) -> None:
    if "longer than" in cause:
        monkeypatch.setenv("CLM_PLUGIN_SECONDS", "0.5")
        monkeypatch.setenv("CLM_JOB_LIMIT", "0.5s")
    if "three.torn" in source:
        course.add("bad/three.torn", "three")
    install_plugin(shout, "torn", PLUGIN + source + HOOK, version="2.5")
    before = surroundings(course)
    recorder = Recorder()

    report = course.build(recorder, backend="inline")

    assert not report.ok
    said = [*recorder.problems, *(d for job in report.jobs for d in job.diagnostics)]
    named = [d for d in said if "plugin 'torn' of clm-torn 2.5" in d.message]
    assert any(cause in str(diagnostic) for diagnostic in named), "\n".join(map(str, said))
    assert surroundings(course) == before
    outputs = course.outputs(course.path / "out")
    assert {text for path, text in outputs.items() if path.endswith("one.txt")} == {b"HELLO"}
    assert any(path.endswith("picture.png") for path in outputs)
    assert all(path.startswith("all/") for path in outputs)


def test_faults_are_a_hundred() -> None:
    assert len(FAULTS) >= 100
