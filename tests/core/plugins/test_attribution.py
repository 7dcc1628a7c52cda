"""Attribution of errors in the functions of a job type to its plugin and version."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from attrs import evolve

from clm.errors import ConversionError, PluginLoadError
from clm.jobs.job_type import JobType
from clm.jobs.source import SourceFile
from clm.plugins.fingerprint import fingerprint_of

SOURCE = """
    import attrs
    from clm import ConversionError, JobType, hookimpl

    @attrs.frozen
    class Payload:
        text: str = ""

    def fail(*arguments):
        raise {error}

    def fail_in_the_middle(*arguments):
        yield from ()
        raise {error}

    @hookimpl
    def clm_job_types():
        return [JobType(
            "thing", ("*.thing",), Payload, "nowhere:Worker", {fingerprint},
            plan=fail, plan_section=fail_in_the_middle, plan_derived=fail, derives="page",
            check=fail_in_the_middle, is_mirror=fail, configure=fail,
        )]
    """
Call = Callable[[Any], Any]
FUNCTIONS: dict[str, tuple[str, Call]] = {
    "plan": ("plan the source", lambda it: it.plan(None, None)),
    "plan_section": ("plan the section", lambda it: it.plan_section((), None)),
    "plan_derived": ("plan the derived output", lambda it: it.plan_derived(None, None)),
    "check": ("check the source", lambda it: it.check(None, None)),
    "is_mirror": ("detect mirrors", lambda it: it.mirrors(PurePosixPath("a.thing"), ())),
    "configure": ("apply the settings", lambda it: it.configured(None)),
}


def job_type(site: Any, error: str) -> JobType:
    site.install("one", SOURCE.format(error=error, fingerprint="str"))
    loaded: JobType = site.load().job_type("thing")
    return loaded


@pytest.mark.parametrize(("task", "call"), FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize(
    "error",
    [
        "KeyError('x')",
        "SystemExit('x')",
        "BaseException('x')",
        "OSError('x')",
        "FileNotFoundError(2, 'gone', 'undeclared.txt')",
        "ConversionError('x', place='a.txt')",
        "ConversionError(3)",
    ],
)
def test_raising_function_names_plugin(site: Any, task: str, call: Call, error: str) -> None:
    failing = job_type(site, error)
    with pytest.raises(PluginLoadError) as caught:
        call(failing)
    message = f"plugin 'one' of clm-one 1.0: job type 'thing' failed to {task}: "
    assert caught.value.message.startswith(message)
    kind = "TypeError" if "Conversion" in error else error.partition("(")[0]
    assert kind in caught.value.message
    assert caught.value.plugin == "one"
    assert "fault of the plugin" in (caught.value.hint or "")


@pytest.mark.parametrize("call", [call for _, call in FUNCTIONS.values()], ids=FUNCTIONS)
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("ConversionError('wrong')", ConversionError),
        ("OSError(28, 'disk full')", OSError),
        ("KeyboardInterrupt", KeyboardInterrupt),
    ],
)
def test_non_plugin_errors_unchanged(
    site: Any, call: Call, error: str, kind: type[BaseException]
) -> None:
    failing = job_type(site, error)
    with pytest.raises(kind):
        call(failing)


def test_raising_fingerprint_names_plugin(site: Any) -> None:
    site.install("one", SOURCE.format(error="SystemExit(3)", fingerprint="fail"))
    message = (
        "plugin 'one' of clm-one 1.0: "
        "job type 'thing' failed to determine the versions of its tools: SystemExit"
    )
    with pytest.raises(PluginLoadError, match=message):
        fingerprint_of(site.load(), "thing")


def test_omitted_functions_are_none(site: Any, job_type_source: Any) -> None:
    site.install("one", job_type_source("thing"))
    loaded = site.load().job_type("thing")
    assert (loaded.check, loaded.is_mirror, loaded.configure) == (None, None, None)


def test_configure_must_return_job_type(site: Any) -> None:
    source = SOURCE.replace("configure=fail", "configure=lambda job_type, settings: None")
    site.install("one", source.format(error="KeyError", fingerprint="str"))
    with pytest.raises(PluginLoadError, match="configure returned None, not a JobType"):
        site.load().job_type("thing").configured(None)


SOURCE_FILE = SourceFile(Path("/course/a.thing"), PurePosixPath("a.thing"), "a.thing", "0")


def test_unreadable_file_of_course_is_no_fault(site: Any) -> None:
    failing = job_type(site, "PermissionError(13, 'denied', '/course/a.thing')")
    for call in (failing.plan, failing.check):
        with pytest.raises(PermissionError):
            call(SOURCE_FILE, None)
    with pytest.raises(PermissionError):
        failing.plan_section([SOURCE_FILE], None)
    with pytest.raises(PluginLoadError):
        failing.plan(evolve(SOURCE_FILE, path=Path("/course/b.thing")), None)


@pytest.mark.parametrize(
    ("field", "returned", "problem"),
    [
        ("check", "['wrong']", "'wrong' is not a Diagnostic"),
        ("check", "None", "NoneType"),
        ("check", "[Diagnostic(3)]", "the message of a Diagnostic is 3, not a str"),
        ("check", "[Diagnostic('x', 'error')]", "the severity of a Diagnostic is 'error'"),
        ("check", "[Diagnostic('x', place='a.txt')]", "the place of a Diagnostic is 'a.txt'"),
        ("check", "[Diagnostic('x', place=Place(3))]", "the file of a Place is 3, not a str"),
        ("check", "[Diagnostic('x', place=Place('a', '3'))]", "the line of a Place is '3'"),
        ("check", "[Diagnostic('x', hint=3)]", "the hint of a Diagnostic is 3, not a str"),
        ("public_text", "[b'text']", "b'text', not a str"),
        ("public_text", "3", "int"),
        ("resolve_links", "None", "resolve_links returned None, not a JobRequest"),
        ("configure", "evolve(thing(), patterns='*.a')", "patterns is '*.a', not a tuple"),
    ],
)
def test_wrong_result_names_plugin(site: Any, field: str, returned: str, problem: str) -> None:
    site.install(
        "one",
        f"""
        from attrs import evolve, frozen
        from clm import Diagnostic, JobType, Place, hookimpl

        @frozen
        class Payload:
            text: str = ""

        def thing(**more):
            return JobType("thing", ("*.thing",), Payload, "nowhere:Worker", lambda: "1",
                plan=lambda source, context: (), **more)

        @hookimpl
        def clm_job_types():
            return [thing({field}=lambda *arguments: {returned})]
        """,
    )
    with pytest.raises(PluginLoadError) as caught:
        getattr(site.load().job_type("thing"), field)(None, None)
    assert caught.value.message.startswith("plugin 'one' of clm-one 1.0: job type 'thing' failed")
    assert problem in caught.value.message


@pytest.mark.parametrize("function", ["plan", "check"])
def test_source_without_utf8_is_mistake(site: Any, tmp_path: Path, function: str) -> None:
    path = tmp_path / "a.thing"
    path.write_bytes(b"one\ntwo \xe9\n")
    source = SourceFile(path, PurePosixPath("a.thing"), "topic/a.thing", "")
    reading = SOURCE.replace("raise {error}", "arguments[0].read_text()")
    site.install("one", reading.format(fingerprint="str"))
    with pytest.raises(ConversionError, match="the file is not UTF-8: byte 8 is 0xe9") as caught:
        getattr(site.load().job_type("thing"), function)(source, None)
    assert str(caught.value.place) == "topic/a.thing:2:5"
