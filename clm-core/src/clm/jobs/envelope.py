"""The versioned envelope of payloads: `{"type", "version", "payload"}`.

If the payload's class has fields with `{"local": True}` in their metadata, the envelope has a list
`local` of the paths to them (`settings.program`). Their values, such as the place of a program,
are given to the worker but are not part of the key. Neither is `time_limit`, in seconds, which the
envelope has if its job has one, nor the list `environment` with the names that the job asks for;
their values are in its fingerprint.

The core reads the envelope, finds the job type, migrates the payload's dict to the current
version and structures one class; it never needs the classes of other plugins.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from functools import cache
from typing import Any, cast

import attrs
from cattrs import Converter

from clm.errors import PLUGIN_FAULT, NewerPayloadError, PayloadError
from clm.hints import cause, shown
from clm.jobs.job_type import JobType
from clm.jobs.structuring import canonical_json, explain, strict_converter

_NOT_IN_KEY = frozenset({"environment", "local", "time_limit"})


def dump_payload(
    job_type: JobType,
    payload: Any,
    time_limit: float | None = None,
    environment: Iterable[str] = (),
) -> str:
    """The envelope of a payload, as canonical JSON (equal payloads give equal texts).

    `time_limit` and `environment` are those of the request.

    Raises:
        PayloadError: the payload is of another class or cannot be represented in JSON.
    """
    if type(payload) is not job_type.payload:
        raise PayloadError(
            f"job type {job_type.name!r} takes {job_type.payload.__name__}, "
            f"not {type(payload).__name__}",
            hint=PLUGIN_FAULT,
        )
    try:
        data = _converter(job_type).unstructure(payload)
        envelope = {"type": job_type.name, "version": job_type.payload_version, "payload": data}
        if local := _local_fields(cast(Hashable, job_type.payload)):
            envelope["local"] = list(local)
        if time_limit is not None:
            envelope["time_limit"] = float(time_limit)
        if names := sorted(environment):
            envelope["environment"] = names
        return canonical_json(envelope)
    except Exception as error:  # the payload's class, and what is in it, are the plugin's
        message = f"payload of {job_type.name!r} is not JSON: {cause(error)}"
        raise PayloadError(message, hint=PLUGIN_FAULT) from error


def load_payload(job_type: JobType, text: str) -> Any:
    """The payload in an envelope, migrated to the job type's current version.

    Raises:
        NewerPayloadError: a newer version of the plugin wrote it.
        PayloadError: it is malformed; the message has the path to each error.
    """
    version, data = _open(job_type, text)
    if version > job_type.payload_version:
        raise NewerPayloadError(
            f"the payload has version {version}, but the installed plugin of job type "
            f"{job_type.name!r} reads versions up to {job_type.payload_version}",
            hint="it was written by a newer version of the plugin: upgrade the plugin",
        )
    data = _migrated(job_type, version, data)
    try:
        return _converter(job_type).structure(data, job_type.payload)
    except Exception as error:
        message = f"payload of {job_type.name!r}: {explain(error)}"
        raise PayloadError(message, hint=PLUGIN_FAULT) from error


def _open(job_type: JobType, text: str) -> tuple[int, dict[str, Any]]:
    try:
        envelope = json.loads(text)
    except ValueError as error:
        raise PayloadError(f"the payload's envelope is not JSON: {error}") from error
    names = set(envelope) - _NOT_IN_KEY if isinstance(envelope, dict) else set()
    if names != {"type", "version", "payload"}:
        raise PayloadError("the payload's envelope must have exactly type, version and payload")
    name, version, data = envelope["type"], envelope["version"], envelope["payload"]
    if name != job_type.name:
        raise PayloadError(f"the payload is of job type {name!r}, not {job_type.name!r}")
    if type(version) is not int or version < 1:
        raise PayloadError(f"version: {version!r} is not a positive integer")
    if not isinstance(data, dict):
        raise PayloadError(f"payload: {data!r} is not a mapping")
    return version, data


def _migrated(job_type: JobType, version: int, data: dict[str, Any]) -> dict[str, Any]:
    for older in range(version, job_type.payload_version):
        if older not in job_type.migrations:
            message = f"{job_type.name!r} no longer reads payloads of version {older}"
            raise PayloadError(message, hint=PLUGIN_FAULT)
        try:
            data = job_type.migrations[older](data)
        except Exception as error:
            raise PayloadError(
                f"payload of {job_type.name!r}: the migration from version {older} failed: "
                f"{cause(error)}",
                hint=PLUGIN_FAULT,
            ) from error
        if not isinstance(data, dict):
            raise PayloadError(
                f"payload of {job_type.name!r}: the migration from version {older} returned "
                f"{shown(data)}, not a dict",
                hint=PLUGIN_FAULT,
            )
    return data


def keyed(envelope: str) -> str:
    """The envelope without the values that are not part of the key."""
    if not any(f'"{name}":' in envelope for name in _NOT_IN_KEY):
        return envelope
    data = json.loads(envelope)
    data.pop("time_limit", None)
    data.pop("environment", None)
    for path in data.pop("local", ()):
        *parents, name = path.split(".")
        fields = data["payload"]
        for parent in parents:
            fields = fields[parent]
        fields.pop(name, None)
    return canonical_json(data)


def time_limit_in(envelope: str) -> float | None:
    """The time limit of the envelope's job, in seconds, if it has one of its own."""
    if '"time_limit":' not in envelope:
        return None
    limit = json.loads(envelope).get("time_limit")
    return float(limit) if limit is not None else None


def environment_names(envelope: str) -> tuple[str, ...]:
    """The names of the environment that the job asks for."""
    return tuple(map(str, json.loads(envelope).get("environment", ())))


@cache
def _local_fields(cls: Hashable) -> tuple[str, ...]:
    """The paths to the fields of a payload's class, and of classes in it, that are local."""
    found: list[str] = []
    for field in attrs.fields(attrs.resolve_types(cast(type[attrs.AttrsInstance], cls))):
        if field.metadata.get("local"):
            found.append(field.name)
        elif isinstance(field.type, type) and attrs.has(field.type):
            found += (f"{field.name}.{path}" for path in _local_fields(field.type))
    return tuple(found)


def _converter(job_type: JobType) -> Converter:
    payload: Hashable = job_type.payload
    return _converter_of(payload)


@cache
def _converter_of(payload: Hashable) -> Converter:
    # A converter for each class: hooks that one plugin registers do not affect another plugin.
    return strict_converter()
