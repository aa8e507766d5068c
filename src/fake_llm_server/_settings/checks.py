"""Checks a value against the declaration of its setting, and says what was expected."""

import re
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from annotated_types import Ge, Gt, Le

from fake_llm_server._errors import ConfigurationError
from fake_llm_server._settings.option import Setting, list_settings

_KINDS: dict[Any, str] = {
    int: "an integer",
    float: "a number",
    bool: "true or false",
    str: "text",
    Path: "a path",
    tuple: "several strings",
    Mapping: "names with their values",
}


def settle(settings: Any) -> None:
    """Give every declared field of a frozen dataclass its declared type, or refuse it.

    Raises:
        ConfigurationError: a value has another type, or is out of bounds.
    """
    declared: type = type(settings)
    for setting in list_settings(declared):
        value = check_value(setting, getattr(settings, setting.name), setting.name)
        object.__setattr__(settings, setting.name, value)


def check_value(setting: Setting, value: Any, label: str) -> Any:
    """The value in its declared type.

    Args:
        setting: what is set.
        value: as Python or TOML has it.
        label: names the setting, and where the value comes from, in errors.

    Raises:
        ConfigurationError: it has another type, or is out of bounds.
    """
    if value is None and setting.is_optional:
        return None
    if setting.kind is tuple:
        return _check_strings(setting, value, label)
    convert = _find_converter(setting, value)
    if convert is None:
        raise refuse(setting, value, label)
    converted = convert(value)
    is_matching = setting.matches is None or re.fullmatch(setting.matches.pattern, converted)
    if not is_matching or not all(_holds(bound, converted) for bound in setting.bounds):
        raise refuse(setting, value, label)
    return converted


def refuse(setting: Setting, value: Any, label: str) -> ConfigurationError:
    """The error for a value that a setting can't have."""
    return ConfigurationError(f"{label} is {value!r}, but must be {describe_expected(setting)}.")


def describe_expected(setting: Setting) -> str:
    """What a value must be, such as "an integer of at least 1, or None"."""
    if setting.matches and setting.kind is not tuple:
        expected = setting.matches.expected
    elif setting.choices:
        expected = " or ".join(repr(choice) for choice in setting.choices)
    else:
        expected = _KINDS[setting.kind] + _describe_bounds(setting)
    return f"{expected}, or None" if setting.is_optional else expected


def _describe_bounds(setting: Setting) -> str:
    match setting.bounds:
        case (Ge(ge=least),):
            return f" of at least {least}"
        case (Gt(gt=below),):
            return f" above {below}"
        case (Ge(ge=least), Le(le=most)):
            return f" from {least} to {most}"
    return ""


def _holds(bound: Ge | Gt | Le, value: Any) -> bool:
    match bound:
        case Ge(ge=least):
            return bool(value >= least)
        case Gt(gt=below):
            return bool(value > below)
        case Le(le=most):
            return bool(value <= most)


def _find_converter(setting: Setting, value: Any) -> Callable[[Any], Any] | None:
    """What gives a value its declared type; None if it has another one."""
    if setting.kind is Literal:
        return str if value in setting.choices else None
    accepted: dict[Any, tuple[Any, Callable[[Any], Any]]] = {
        int: (Integral, int),
        float: (Real, float),
        bool: (bool, bool),
        str: (str, str),
        Path: (str | PathLike, Path),
        Mapping: (Mapping, dict),
    }
    types, convert = accepted[setting.kind]
    is_number = setting.kind in (int, float)
    return convert if isinstance(value, types) and not (is_number and isinstance(value, bool)) else None


def _check_strings(setting: Setting, value: Any, label: str) -> tuple[str, ...]:
    """Take any collection of strings but a string itself, which is one by accident."""
    if isinstance(value, str):
        raise ConfigurationError(f"{label} takes several strings, such as [{value!r}]; it was one string.")
    if not isinstance(value, Iterable):
        raise refuse(setting, value, label)
    strings = tuple(value)
    for each in strings:
        if not isinstance(each, str):
            raise ConfigurationError(f"{label} takes strings; {each!r} is none.")
        if setting.matches and not re.fullmatch(setting.matches.pattern, each):
            raise ConfigurationError(f"{label} has {each!r}, but each must be {setting.matches.expected}.")
    return strings
