"""Broken plugins, each installed beside a working plugin and a course that needs the latter.

Every command runs in a process of its own, with the plugins installed as users have them.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from attrs import frozen
from clm_program import run_clm
from course_folder import CourseFolder
from one_file_plugin import install_plugin

pytestmark = pytest.mark.integration

JOB_TYPE = """
    import attrs
    from clm import JobType, hookimpl

    @attrs.frozen
    class Payload:
        text: str = ""

    def job_type(**changes):
        values = dict(
            name="thing", patterns=("*.thing",), payload=Payload, plan=lambda source, context: (),
            worker="no_such_module:Converter", fingerprint=lambda: "1",
        )
        return JobType(**(values | changes))

    @hookimpl
    def clm_job_types():
        return [job_type({changes})]
"""


def hook(name: str, body: str, arguments: str = "") -> str:
    return f"from clm import hookimpl\n@hookimpl\ndef {name}({arguments}): {body}\n"


@frozen
class Broken:
    """A plugin's source, and the cause that messages name.

    With `twice`, a second distribution also installs it under another name. `shows_in` are the
    commands that report the fault; some faults only appear when the plugin is used.
    """

    source: str
    cause: str
    twice: bool = False
    shows_in: tuple[str, ...] = ("list", "build", "check")


BROKEN = {
    "raises ImportError": Broken("import not_there_at_all", "No module named 'not_there_at_all'"),
    "is not Python": Broken("def (", "SyntaxError"),
    "misspells a hook": Broken(hook("clm_jobtypes", "return []"), "unknown hook 'clm_jobtypes'"),
    "has other arguments": Broken(hook("clm_job_types", "return []", "course"), "course"),
    "doubles a job type": Broken(JOB_TYPE.format(changes=""), "the job type 'thing'", twice=True),
    "claims another's sources": Broken(
        JOB_TYPE.format(changes="worker='clm_plugin_shout.worker:Shouter', patterns=('*.gen',)"),
        "files *.gen are claimed by several job types: 'gen' of plugin 'shout' of",
        shows_in=("check",),
    ),
    **{
        f"raises in {name}": Broken(
            hook(name, "1 / 0"), f"ZeroDivisionError: division by zero, raised by its hook {name}"
        )
        for name in (
            *("clm_job_types", "clm_backends", "clm_executors", "clm_result_stores"),
            "clm_settings",
        )
    },
    # Builds do not call these.
    **{
        f"raises in {name}": Broken(
            hook(name, "1 / 0"),
            f"ZeroDivisionError: division by zero, raised by its hook {name}",
            shows_in=("list", "check"),
        )
        for name in ("clm_checks", "clm_starters")
    },
    "raises in clm_commands": Broken(
        hook("clm_commands", "1 / 0", "cli"),
        "ZeroDivisionError: division by zero, raised by its hook clm_commands",
        shows_in=("--help", "check"),
    ),
    "never finishes its import": Broken("while True: pass", "took longer than 1 s"),
    "sleeps when imported": Broken("import time; time.sleep(600)", "took longer than 1 s"),
    "exits when imported": Broken("import sys; sys.exit(3)", "SystemExit: 3"),
    "has a payload that is not an attrs class": Broken(
        JOB_TYPE.format(changes="payload=dict"), "not an attrs class"
    ),
    "has a worker that does not exist": Broken(
        JOB_TYPE.format(changes=""), "No module named 'no_such_module'", shows_in=("check",)
    ),
    "is made for a newer CLM": Broken(
        "clm_api_version = 99\n" + hook("clm_future", "return []"), "made for a newer CLM"
    ),
    "is made for an older CLM": Broken("clm_api_version = 0", "made for an older CLM"),
}


@pytest.fixture(params=BROKEN.values(), ids=BROKEN)
def broken(request: pytest.FixtureRequest, shout: Path, monkeypatch: pytest.MonkeyPatch) -> Broken:
    case: Broken = request.param
    names = ["torn", "worn"] if case.twice else ["torn"]
    for name in names:
        install_plugin(shout, name, case.source, version="2.5")
    monkeypatch.setenv("CLM_LOAD_PLUGINS", ",".join(["shout", *names]))
    monkeypatch.setenv("CLM_PLUGIN_LOAD_SECONDS", "1")
    return case


def reports(stderr: str, cause: str) -> bool:
    """Whether one message names the plugin, the distribution with its version, and the cause."""
    named = "plugin 'torn' of clm-torn 2.5"
    return any(named in line and cause in line for line in stderr.splitlines())


def test_help_works_with_broken_plugin(broken: Broken) -> None:
    done = run_clm("--help")
    assert done.returncode == 0
    assert "Build a course." in done.stdout
    assert reports(done.stderr, broken.cause) == ("--help" in broken.shows_in), done.stderr
    assert "Traceback" not in done.stderr


def test_list_works_with_broken_plugin(broken: Broken) -> None:
    done = run_clm("plugins", "list")
    assert done.returncode == 0
    assert "torn" in done.stdout
    assert reports(done.stderr, broken.cause) == ("list" in broken.shows_in), done.stderr
    assert "Traceback" not in done.stderr


def test_check_names_broken_plugin(broken: Broken) -> None:
    done = run_clm("plugins", "check")
    assert done.returncode == 1
    assert reports(done.stderr, broken.cause), done.stderr
    assert "Traceback" not in done.stderr


def test_course_builds_despite_broken_plugin(broken: Broken, course: CourseFolder) -> None:
    course.add("intro/one.shout", "hello\n")
    course.add("intro/img/picture.png", b"\x89PNG")
    done = run_clm("build", "--backend", "inline", course.spec)
    assert done.returncode == 0, done.stderr
    assert course.texts("one.txt") == {"HELLO\n"}
    assert any(path.endswith("picture.png") for path in course.outputs())
    assert reports(done.stderr, broken.cause) == ("build" in broken.shows_in), done.stderr
    assert "Traceback" not in done.stderr


def test_unimportable_worker_fails_its_job(
    shout: Path, course: CourseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = dedent("""
        from pathlib import PurePosixPath
        from clm import FileInput, JobRequest, OutputSpec

        def plan(source, context):
            own = FileInput(source.topic_path.name, source.path, source.digest)
            yield JobRequest(
                id=source.course_path, job_type="thing", payload=Payload(),
                source=source.course_path, inputs=(own,),
                outputs=(OutputSpec("text", (PurePosixPath("public/De/Kurs/t.txt"),)),),
            )
    """)
    source = dedent(JOB_TYPE.format(changes="plan=plan")) + plan
    install_plugin(shout, "torn", source, version="2.5")
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "shout,torn")
    course.add("intro/one.shout", "hello\n")
    course.add("intro/two.thing", "hello\n")

    built, checked = run_clm("build", course.spec), run_clm("plugins", "check")

    assert built.returncode == checked.returncode == 1
    assert course.texts("one.txt") == {"HELLO\n"}
    assert reports(built.stderr, "No module named 'no_such_module'"), built.stderr
    assert reports(checked.stderr, "No module named 'no_such_module'")


def test_claim_conflict_names_both_plugins(
    shout: Path, course: CourseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_plugin(shout, "torn", JOB_TYPE.format(changes="patterns=('*.shout',)"))
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "shout,torn")
    course.add("intro/one.shout", "hello\n")

    done = run_clm("build", course.spec)

    assert done.returncode == 1
    message = " ".join(done.stderr.split())
    assert "claimed by two job types: 'shout' of plugin 'shout' of clm-plugin-shout 1.0" in message
    assert "and 'thing' of plugin 'torn' of" in message
