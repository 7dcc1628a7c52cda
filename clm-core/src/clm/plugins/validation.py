"""Validation of what plugins register, so that a mistake is reported when the plugin loads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from clm.hints import shown
from clm.jobs.job_type import ImageNeeds, JobType
from clm.jobs.planning import Format
from clm.registration import (
    BackendOption,
    BackendType,
    Check,
    ExecutorType,
    OwnHooks,
    ResultStoreType,
)

if TYPE_CHECKING:
    from clm.starters import Starter

T = TypeVar("T")

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_IMPORT_STRING = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


def check_list(
    found: list[Any], kind: type[T], check: Callable[[T], None], hook: str
) -> tuple[T, ...]:
    """`found` as a tuple, if all items are of `kind`, pass `check` and have unique names."""
    names = set()
    for item in found:
        if not isinstance(item, kind):
            raise TypeError(f"{hook} returns {item!r}, which is not a {kind.__name__}")
        check(item)
        name = getattr(item, "name", None)
        if name in names:
            raise ValueError(f"{hook} returns the name {name!r} twice")
        names.add(name)
    return tuple(found)


def check_job_type(job_type: JobType) -> None:
    """Raise TypeError or ValueError if the job type is invalid."""
    _check_name("job type", job_type.name)
    where = f"job type {job_type.name!r}"
    _check_texts(f"{where}: patterns", job_type.patterns)
    _check_texts(f"{where}: private_folders", job_type.private_folders)
    _check_texts(f"{where}: private_files", job_type.private_files)
    _check_texts(f"{where}: kinds", job_type.kinds)
    for kind in job_type.kinds:
        _check_name("kind", kind)
    _check_import_string(f"{where}: worker", job_type.worker)
    _check_planning(where, job_type)
    _check_callable(f"{where}: fingerprint", job_type.fingerprint)
    _check_functions(where, job_type)
    _check_payload(where, job_type)
    _check_formats(where, job_type.formats)
    size = job_type.pool_size
    if size is not None and not _is_count(size):
        raise ValueError(f"{where}: pool_size is {size!r}, not a positive integer")
    for name in ("delivers_source", "numbered", "containable"):
        value = getattr(job_type, name)
        if not isinstance(value, bool):
            raise TypeError(f"{where}: {name} is {shown(value)}, not a bool")
    if not isinstance(job_type.image, ImageNeeds):
        raise TypeError(f"{where}: image is {shown(job_type.image)}, not an ImageNeeds")
    if type(job_type.stage) is not int:
        raise TypeError(f"{where}: stage is {job_type.stage!r}, not an integer")


def check_executor(executor: ExecutorType) -> None:
    """Raise TypeError or ValueError if the executor is invalid."""
    _check_name("executor", executor.name)
    _check_import_string(f"executor {executor.name!r}: factory", executor.factory)


def check_backend(backend: BackendType) -> None:
    """Raise TypeError or ValueError if the backend is invalid."""
    _check_name("backend", backend.name)
    where = f"backend {backend.name!r}"
    _check_import_string(f"{where}: factory", backend.factory)
    for field in ("workers", "dead_jobs", "discard_dead_jobs"):
        text = getattr(backend, field)
        if text is not None:
            _check_import_string(f"{where}: {field}", text)
    for option in backend.options:
        if not isinstance(option, BackendOption):
            raise TypeError(f"{where}: options have {option!r}, which is not a BackendOption")
        _check_name("option", option.name)
    for flag in backend.deprecated_flags:
        _check_name("flag", flag.removeprefix("--"))


def check_result_store(store: ResultStoreType) -> None:
    """Raise TypeError or ValueError if the store is invalid."""
    _check_name("store", store.name)
    where = f"store {store.name!r}"
    _check_texts(f"{where}: schemes", store.schemes)
    _check_import_string(f"{where}: open", store.open)


def check_own_hooks(found: list[Any]) -> OwnHooks | None:
    """The only result of `clm_own_hooks`, None if there is none."""
    if not found:
        return None
    if not isinstance(found[0], OwnHooks):
        raise TypeError(f"clm_own_hooks returns {found[0]!r}, which is not an OwnHooks")
    _check_import_module("own hooks: specs", found[0].specs)
    _check_import_string("own hooks: check", found[0].check)
    for field in ("code", "names"):
        if text := getattr(found[0], field):
            _check_import_string(f"own hooks: {field}", text)
    return found[0]


def check_check(check: Check) -> None:
    """Raise TypeError or ValueError if the check is invalid."""
    if not isinstance(check.name, str) or not check.name:
        raise ValueError(f"invalid check name: {check.name!r}; it must be a non-empty string")
    _check_callable(f"check {check.name!r}: run", check.run)


def check_starter(starter: Starter) -> None:
    """Raise TypeError or ValueError if the starter is invalid."""
    _check_name("starter", starter.name)
    where = f"starter {starter.name!r}"
    _check_callable(f"{where}: make", starter.make)
    _check_texts(f"{where}: prog_langs", starter.prog_langs)
    _check_texts(f"{where}: checks", starter.checks)


def check_settings_class(settings: Any) -> type:
    """`settings`, if it is an attrs class whose fields all have a default and a help text."""
    if not isinstance(settings, type) or not attrs.has(settings):
        raise TypeError(f"clm_settings returns {settings!r}, which is not an attrs class")
    for field in attrs.fields(settings):
        if field.default is attrs.NOTHING:
            raise TypeError(f"{settings.__name__}.{field.name} has no default")
        if not field.metadata.get("help"):
            raise TypeError(f"{settings.__name__}.{field.name} has no help text in its metadata")
    try:
        settings()
    except Exception as error:
        error.add_note(f"raised for the defaults of {settings.__name__}")
        raise
    return settings


def _check_planning(where: str, job_type: JobType) -> None:
    plans = {
        "plan": job_type.plan,
        "plan_section": job_type.plan_section,
        "plan_course": job_type.plan_course,
        "plan_derived": job_type.plan_derived,
    }
    for name, plan in plans.items():
        if plan is not None:
            _check_callable(f"{where}: {name}", plan)
    if (job_type.derives is None) is not (job_type.plan_derived is None):
        raise ValueError(f"{where}: derives and plan_derived must be given together")
    if job_type.derives is not None and not isinstance(job_type.derives, str):
        raise TypeError(f"{where}: derives is {job_type.derives!r}, not the name of a format")
    if not any(plans.values()):
        raise ValueError(f"{where}: one of {', '.join(plans)} is required")
    if job_type.patterns and not any(plans[name] for name in plans if name != "plan_derived"):
        raise ValueError(f"{where}: patterns need plan, plan_section or plan_course")


def _check_name(what: str, name: Any) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"invalid {what} name: {name!r}; use lower-case letters, digits and single '-'"
        )


def _check_import_string(what: str, value: Any) -> None:
    if not isinstance(value, str) or not _IMPORT_STRING.fullmatch(value):
        raise ValueError(f"{what} is {value!r}, not of the form 'module:name'")


def _check_import_module(what: str, value: Any) -> None:
    if not isinstance(value, str) or not _IMPORT_STRING.fullmatch(f"{value}:name"):
        raise ValueError(f"{what} is {value!r}, not the name of a module")


def _check_callable(what: str, value: Any) -> None:
    if not callable(value):
        raise TypeError(f"{what} is {value!r}, not callable")


def _check_texts(what: str, values: Any) -> None:
    if not isinstance(values, tuple) or not all(isinstance(v, str) and v for v in values):
        raise TypeError(f"{what} is {values!r}, not a tuple of non-empty strings")


def _check_payload(where: str, job_type: JobType) -> None:
    if not isinstance(job_type.payload, type) or not attrs.has(job_type.payload):
        raise TypeError(f"{where}: payload is {job_type.payload!r}, not an attrs class")
    if not _is_count(job_type.payload_version):
        raise ValueError(
            f"{where}: payload_version is {job_type.payload_version!r}, not a positive integer"
        )
    if not isinstance(job_type.migrations, Mapping):
        raise TypeError(f"{where}: migrations is {shown(job_type.migrations)}, not a mapping")
    for version, migration in job_type.migrations.items():
        _check_callable(f"{where}: migration from version {version!r}", migration)


def _check_formats(where: str, formats: Any) -> None:
    if not isinstance(formats, tuple) or not all(isinstance(f, Format) for f in formats):
        raise TypeError(f"{where}: formats is {formats!r}, not a tuple of Format")
    for format_ in formats:
        _check_format(f"{where}: format {format_.name!r}", format_)
    names = [format_.name for format_ in formats]
    if len(set(names)) < len(names):
        raise ValueError(f"{where}: duplicate name in formats {names!r}")


def _check_format(where: str, format_: Format) -> None:
    if not isinstance(format_.name, str) or not format_.name:
        raise ValueError(f"{where}: name is {shown(format_.name)}, not a non-empty text")
    folder = format_.folder
    folders = tuple(folder.values()) if isinstance(folder, Mapping) else (folder,)
    if not all(isinstance(name, str) for name in folders):
        raise TypeError(f"{where}: folder is {shown(folder)}, neither a text nor texts by language")
    if format_.kinds is not None:
        _check_texts(f"{where}: kinds", format_.kinds)
    _check_texts(f"{where}: links_to", format_.links_to)


def _check_functions(where: str, job_type: JobType) -> None:
    for name in (
        *("check", "configure", "environment", "extend", "has_private_content", "is_mirror"),
        *("page_links", "public_text", "resolve_links"),
    ):
        function = getattr(job_type, name)
        if function is not None:
            _check_callable(f"{where}: {name}", function)


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 1
