"""Strict conversion between attrs classes and plain data.

cattrs is lenient by default: None becomes "None", "false" becomes True, a string becomes a
list of its letters, unknown keys are ignored. Payloads and settings come from files and from
other processes, so here a wrong type is an error, reported with its path.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import Enum
from pathlib import PurePosixPath
from typing import Any, get_args, get_origin

import attrs
from cattrs import (
    BaseValidationError,
    Converter,
    IterableValidationError,
    IterableValidationNote,
    transform_error,
)
from cattrs.gen import make_dict_structure_fn
from cattrs.preconf.json import make_converter
from cattrs.v import format_exception


def strict_converter() -> Converter:
    """A new converter that rejects unknown keys and scalars of the wrong type."""
    converter = make_converter(forbid_extra_keys=True)
    for scalar in (str, bool, int):
        converter.register_structure_hook(scalar, _exactly(scalar))
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook(PurePosixPath, lambda v, _: PurePosixPath(_text(v)))
    converter.register_unstructure_hook(PurePosixPath, str)
    converter.register_structure_hook_factory(attrs.has, lambda cls: _class_hook(cls, converter))
    converter.register_structure_hook_factory(_is_sequence, lambda t: _sequence_hook(t, converter))
    return converter


def explain(error: Exception, path: str = "payload") -> str:
    """The errors of a failed structuring as one text, each with its path below `path`."""
    if isinstance(error, BaseValidationError):
        return "; ".join(transform_error(error, path=path, format_exception=_fault))
    return str(error) or type(error).__name__


def canonical_json(data: Any) -> str:
    """The canonical JSON text of plain data: sorted keys, no white space, no NaN.

    Raises:
        ValueError, TypeError: the data cannot be represented in JSON.
    """
    return json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def _fault(error: BaseException, expected: type | None) -> str:
    # The messages of our own hooks are more specific than cattrs' "invalid value for type".
    if type(error) in (TypeError, ValueError):
        # attrs' validators add the attribute and the value to their messages.
        return str(error.args[0] if error.args else error)
    message = format_exception(error, expected)
    return f"{type(error).__name__}: {error}" if message.startswith("unknown error") else message


def _exactly(scalar: type) -> Any:
    def structure(value: Any, target: Any) -> Any:
        if type(value) is not scalar:
            raise TypeError(f"{value!r} is not of type {scalar.__name__}")
        # cattrs uses the hook of a class for its subclasses, such as a StrEnum.
        return target(value) if isinstance(target, type) and issubclass(target, Enum) else value

    return structure


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError(f"{value!r} is not of type str")
    return value


def _number(value: Any, _: Any) -> float:
    if type(value) not in (int, float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


def _class_hook(cls: type, converter: Converter) -> Any:
    structure_dict: Any = make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True)

    def structure(value: Any, target: Any) -> Any:
        if not isinstance(value, dict):
            raise TypeError(f"{value!r} is not a mapping")
        return structure_dict(value, target)

    return structure


def _is_sequence(target: Any) -> bool:
    origin = get_origin(target)
    return isinstance(origin, type) and issubclass(origin, (list, tuple, Sequence))


def _sequence_hook(target: Any, converter: Converter) -> Any:
    arguments = get_args(target)
    origin = get_origin(target)
    fixed = origin is tuple and (len(arguments) != 2 or arguments[1] is not Ellipsis)
    build = list if origin is list else tuple

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"{value!r} is not a list")
        if fixed and len(value) != len(arguments):
            raise TypeError(f"{value!r} is not a list of {len(arguments)} items")
        elements = arguments if fixed else arguments[:1] * len(value)
        return build(_structure_all(value, elements, target, converter))

    return structure


def _structure_all(
    value: Sequence[Any], elements: Sequence[Any], target: Any, converter: Converter
) -> list[Any]:
    structured: list[Any] = []
    faults: list[Exception] = []
    for index, (item, element) in enumerate(zip(value, elements, strict=True)):
        try:
            structured.append(converter.structure(item, element))
        except Exception as error:
            note = f"Structuring {target} @ index {index}"
            error.add_note(IterableValidationNote(note, index, element))
            faults.append(error)
    if faults:
        raise IterableValidationError(f"While structuring {target}", faults, target)
    return structured
