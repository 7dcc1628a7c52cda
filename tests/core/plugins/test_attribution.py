"""Attribution of errors in the functions of a job type to its plugin and version."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import pytest

from clm.errors import ConversionError, PluginLoadError
from clm.jobs.job_type import JobType
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
        yield
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
@pytest.mark.parametrize("error", ["KeyError('x')", "SystemExit('x')", "BaseException('x')"])
def test_raising_function_names_plugin(site: Any, task: str, call: Call, error: str) -> None:
    failing = job_type(site, error)
    with pytest.raises(PluginLoadError) as caught:
        call(failing)
    message = f"plugin 'one' of clm-one 1.0: job type 'thing' failed to {task}: "
    assert caught.value.message.startswith(message)
    assert error.partition("(")[0] in caught.value.message
    assert caught.value.plugin == "one"
    assert "fault of the plugin" in (caught.value.hint or "")


@pytest.mark.parametrize("call", [call for _, call in FUNCTIONS.values()], ids=FUNCTIONS)
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("ConversionError('wrong')", ConversionError),
        ("FileNotFoundError('gone')", FileNotFoundError),
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
