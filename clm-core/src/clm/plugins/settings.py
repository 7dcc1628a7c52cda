"""Settings of plugins, from the course spec and the environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs
from cattrs import Converter

from clm.errors import SettingsError
from clm.hints import nearest
from clm.jobs.structuring import strict_converter

_BOOLEANS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def structure_settings(
    plugin: str, cls: type, values: Mapping[str, Any], environ: Mapping[str, str]
) -> Any:
    """An instance of the settings class `cls`; variables in `environ` override `values`.

    Keys of `values` may be written with `-` or `_`.

    Raises:
        SettingsError: an unknown key, a value of the wrong type, or one that a validator rejects.
    """
    try:
        if not values and not _is_set(plugin, cls, environ) and _has_defaults(cls):
            return cls()  # without cattrs, which would take most of the time of loading a plugin
    except Exception as error:
        raise SettingsError(f"invalid default settings: {error}", plugin=plugin) from error
    attrs.resolve_types(cls)
    from_environment = _from_environment(plugin, cls, environ)
    merged = {**_by_field(plugin, cls, values), **from_environment}
    converter = strict_converter()
    try:
        return converter.structure(merged, cls)
    except Exception as error:
        from clm.plugins.setting_faults import settings_error  # rarely needed

        variables = {name: variable_of(plugin, name) for name in from_environment}
        structure = partial(_structured, converter, cls)
        raise settings_error(plugin, cls, merged, variables, structure, error) from error


def _structured(converter: Converter, cls: type, values: Mapping[str, Any]) -> object:
    return converter.structure(values, cls)


def _is_set(plugin: str, cls: type, environ: Mapping[str, str]) -> bool:
    return any(variable_of(plugin, field.name) in environ for field in attrs.fields(cls))


def _has_defaults(cls: type) -> bool:
    return all(field.default is not attrs.NOTHING for field in attrs.fields(cls))


def variable_of(plugin: str, field: str) -> str:
    """The environment variable that sets a plugin's setting."""
    return f"CLM_{plugin}_{field}".replace("-", "_").upper()


def _by_field(plugin: str, cls: type, values: Mapping[str, Any]) -> dict[str, Any]:
    known = {field.name for field in attrs.fields(cls)}
    result: dict[str, Any] = {}
    for key, value in values.items():
        name = str(key).replace("-", "_")
        if name not in known:
            kebab = {field.replace("_", "-") for field in known}
            raise SettingsError(
                f"plugin {plugin!r} has no setting {key!r}",
                plugin=plugin,
                hint=nearest(name.replace("_", "-"), kebab),
                of_key=True,
            )
        if name in result:
            message = f"the setting {key!r} of plugin {plugin!r} is given twice"
            hint = "write it with either '-' or '_'"
            raise SettingsError(message, plugin=plugin, hint=hint, of_key=True)
        result[name] = value
    return result


def _from_environment(plugin: str, cls: type, environ: Mapping[str, str]) -> dict[str, Any]:
    result = {}
    for field in attrs.fields(cls):
        variable = variable_of(plugin, field.name)
        if variable not in environ:
            continue
        try:
            result[field.name] = _parsed(environ[variable], field.type)
        except ValueError as error:
            from clm.plugins.setting_faults import allowed_values  # rarely needed

            hint = allowed_values(field, environ[variable]) or None
            message = f"environment variable {variable}: {error}"
            raise SettingsError(message, plugin=plugin, hint=hint) from error
    return result


def _parsed(text: str, target: Any) -> Any:
    """The text of an environment variable as plain data from which the type is structured."""
    if get_origin(target) in (Union, UnionType):
        return _parsed_optional(text, get_args(target))
    if target is bool:
        if text.lower() not in _BOOLEANS:
            raise ValueError(f"invalid boolean: {text!r} (use true or false)")
        return _BOOLEANS[text.lower()]
    if target in (int, float):
        return _number(text, target)
    if get_origin(target) in (list, tuple):
        return [_parsed(item.strip(), get_args(target)[0]) for item in text.split(",") if item]
    if get_origin(target) is dict or attrs.has(target):
        return json.loads(text)
    return text


def _parsed_optional(text: str, members: tuple[Any, ...]) -> Any:
    if not text and NoneType in members:
        return None
    return _parsed(text, next(member for member in members if member is not NoneType))


def _number(text: str, target: type) -> Any:
    try:
        return target(text)
    except ValueError:
        kind = "integer" if target is int else "number"
        raise ValueError(f"invalid {kind}: {text!r}") from None
