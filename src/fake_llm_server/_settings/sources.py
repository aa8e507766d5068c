"""Where settings come from besides Python: flags, the environment and a TOML file, in this order.

The first source that has a setting decides. Values out of flags and variables are text; several of them stand
in several flags, or with commas between them in one variable. An empty variable counts as none.
"""

import difflib
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fake_llm_server._errors import ConfigurationError
from fake_llm_server._settings.checks import check_value, refuse
from fake_llm_server._settings.option import VARIABLE_PREFIX, Setting

_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_settings(
    settings: Sequence[Setting],
    *,
    flags: Mapping[str, Any],
    environment: Mapping[str, str],
    file: Path | None = None,
) -> dict[str, Any]:
    """The settings that some source has, each by its name and in its declared type.

    Args:
        settings: those to look for.
        flags: name to the text of the flag, or a list of texts; other names are ignored.
        environment: variable to text; other variables are ignored.
        file: in TOML, with a key for each setting; None reads none.

    Raises:
        ConfigurationError: a value can't be had by its setting, or the file can't be read or has another key;
            the message names the source.
    """
    table = {} if file is None else _read_file(file, settings)
    values = {}
    for setting in settings:
        for label, value in _find(setting, flags, environment, table, file):
            values[setting.name] = check_value(setting, value, label)
            break
    return values


def read_lines(settings: Sequence[Setting], lines: Sequence[str], label: str) -> dict[str, Any]:
    """The settings of lines such as `num_slots = 2`, each by its name and in its declared type.

    Args:
        settings: all that there are.
        lines: each with a setting.
        label: where they stand, for errors.

    Raises:
        ConfigurationError: a line has no setting, or one that can't have its value.
    """
    by_name = {setting.name: setting for setting in settings}
    values = {}
    for line in lines:
        name, is_pair, text = (part.strip() for part in line.partition("="))
        if not is_pair or name not in by_name:
            close = difflib.get_close_matches(name, by_name, n=1)
            hint = f"; did you mean {close[0]}?" if close else "."
            raise ConfigurationError(
                f"{label} takes lines of a name, = and a value; {line!r} names no setting{hint}"
            )
        own_label = f"{name} in {label}"
        values[name] = check_value(by_name[name], _parse_value(by_name[name], text, own_label), own_label)
    return values


def find_mistyped(settings: Sequence[Setting], environment: Mapping[str, str]) -> dict[str, str]:
    """Variables that are no setting's but look like one, each with the nearest that is.

    Args:
        settings: all there are.
        environment: variable to text.
    """
    names = [setting.variable.removeprefix(VARIABLE_PREFIX) for setting in settings]
    found = {}
    for variable in environment:
        name = variable.removeprefix(VARIABLE_PREFIX)
        if name == variable or name in names:
            continue
        for close in difflib.get_close_matches(name.upper(), names, n=1, cutoff=0.75):
            found[variable] = VARIABLE_PREFIX + close
    return found


def _find(
    setting: Setting,
    flags: Mapping[str, Any],
    environment: Mapping[str, str],
    table: Mapping[str, Any],
    file: Path | None,
) -> Iterator[tuple[str, Any]]:
    """What each source has for a setting, with a label that names the source."""
    if setting.name in flags:
        yield setting.flag, _parse_flag(setting, flags[setting.name])
    if text := environment.get(setting.variable):
        yield setting.variable, _parse_value(setting, text, setting.variable)
    if setting.name in table:
        value = table[setting.name]
        is_one = setting.kind is tuple and isinstance(value, str)
        yield f"{setting.name} in {file}", (value,) if is_one else value


def _read_file(file: Path, settings: Sequence[Setting]) -> dict[str, Any]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{file} can't be read: {error.strerror}.") from error
    except ValueError as error:  # not TOML, or not UTF-8
        raise ConfigurationError(f"{file} isn't a TOML file: {error}.") from error
    names = [setting.name for setting in settings]
    for key, value in table.items():
        if key not in names and isinstance(value, dict):
            raise ConfigurationError(
                f"{file} has a table [{key}], which is no setting; all settings stand at the top of the "
                "file, without a table."
            )
        if key not in names:
            close = difflib.get_close_matches(key, names, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}."
            raise ConfigurationError(f"{file} has {key!r}, which is no setting; {hint}")
    for setting in settings:
        if setting.kind is Mapping and isinstance(table.get(setting.name), dict):
            _check_table(file, setting.name, table[setting.name], names)
    return table


def _check_table(file: Path, key: str, table: Mapping[str, Any], settings: Sequence[str]) -> None:
    """Refuse what isn't a name and its text: in TOML, all that follows a table's line is in the table."""
    for name, value in table.items():
        if name in settings or not isinstance(value, str):
            raise ConfigurationError(
                f"{file} has {name} = {value!r} in [{key}], which takes names with their texts; "
                f"settings stand above the line [{key}]."
            )


def _parse_flag(setting: Setting, given: Any) -> Any:
    """A flag's value: text, the texts of a repeated flag, or what argparse made of a switch."""
    if setting.kind is Mapping:
        return dict(_split_pair(text, setting.flag) for text in given)
    is_text = isinstance(given, str)
    return _parse_text(setting, given, setting.flag) if is_text and setting.kind is not tuple else given


def _parse_value(setting: Setting, text: str, label: str) -> Any:
    """A value in text, in which several are separated by commas."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if setting.kind is Mapping:
        return dict(_split_pair(part, label) for part in parts)
    return parts if setting.kind is tuple else _parse_text(setting, text, label)


def _split_pair(text: str, label: str) -> tuple[str, str]:
    """`NAME=VALUE`, or a name alone, whose value is left out."""
    name, has_value, value = text.partition("=")
    if not name.strip() or (has_value and not value.strip()):
        raise ConfigurationError(
            f"{label} takes a name, such as gpt-4o-mini, or NAME=VALUE; it was {text!r}."
        )
    return name, value


def _parse_text(setting: Setting, text: str, label: str) -> Any:
    """One value in text; `none` is None where that may be."""
    if setting.is_optional and text.lower() == "none":
        return None
    parsers: dict[Any, Callable[[str], Any]] = {
        int: int,
        float: float,
        bool: lambda given: _BOOLEANS[given.lower()],
    }
    try:
        return parsers.get(setting.kind, str)(text)
    except (ValueError, KeyError):
        raise refuse(setting, text, label) from None
