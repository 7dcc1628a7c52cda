"""The settings that a plugin declares, as texts for display."""

from __future__ import annotations

import json
from typing import Any

import attrs
from attrs import frozen

from clm.plugins.settings import variable_of


@frozen
class Setting:
    """A setting: `name` is its key in the course spec, `variable` its environment variable."""

    name: str
    type: str
    default: Any
    help: str
    variable: str

    @property
    def default_text(self) -> str:
        """The default as it is written in a spec."""
        return value_text(self.default)


def declared_settings(plugin: str, cls: type | None) -> tuple[Setting, ...]:
    """The settings of the attrs class `cls`, in its order; none if it is None."""
    if cls is None:
        return ()
    attrs.resolve_types(cls)
    return tuple(
        Setting(
            name=field.name.replace("_", "-"),
            type=type_text(field.type),
            default=_default(field),
            help=" ".join(str(field.metadata["help"]).split()),
            variable=variable_of(plugin, field.name),
        )
        for field in attrs.fields(cls)
    )


def type_text(kind: Any) -> str:
    """A type as it is written in Python."""
    return kind.__name__ if isinstance(kind, type) and not hasattr(kind, "__args__") else str(kind)


def value_text(value: Any) -> str:
    """A setting's value as it is written in a spec."""
    return json.dumps(_plain(value), ensure_ascii=False, default=str)


def _plain(value: Any) -> Any:
    if attrs.has(type(value)):
        return {k.replace("_", "-"): v for k, v in attrs.asdict(value).items()}
    return value


def _default(field: attrs.Attribute[Any]) -> Any:
    factory = getattr(field.default, "factory", None)
    return factory() if factory else field.default
