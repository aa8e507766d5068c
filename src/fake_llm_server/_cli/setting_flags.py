"""The flags of commands that start a server, made from the declared settings; and what they come to."""

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from fake_llm_server._settings import DECLARED, Setting, list_settings
from fake_llm_server._settings.arguments import group_arguments
from fake_llm_server._settings.sources import find_mistyped, read_settings

_LINK = re.compile(r" \(\[[^]]+\]\([^)]+\)\)|\[([^]]+)\]\([^)]+\)")
"""A link: in parentheses it is left out, in a sentence its words stay."""

_METAVARS: Mapping[Any, str] = {int: "N", float: "SECONDS", Path: "FILE", Mapping: "NAME[=MODEL]"}
_POSITIONAL = "model_name"


def list_served(*sections: str) -> tuple[Setting, ...]:
    """The settings of some sections, or of all where none is named."""
    declared = list_settings(*DECLARED)
    return tuple(setting for setting in declared if not sections or setting.option.section in sections)


def add_setting_flags(
    parser: argparse.ArgumentParser, settings: Sequence[Setting], *, nargs: Literal["?", "*"]
) -> None:
    """Add the flags of settings to a command's parser; one that isn't given isn't in the namespace.

    Args:
        parser: of the command.
        settings: those that it takes.
        nargs: how many models it takes, by position.
    """
    groups: dict[str, argparse._ArgumentGroup] = {}
    for setting in settings:
        section = setting.option.section
        group = groups.setdefault(section, parser.add_argument_group(section))
        if setting.name == _POSITIONAL:
            words = f"an alias, a Hugging Face repository or a GGUF file (default: {setting.default_text})"
            parser.add_argument(
                setting.name, nargs=nargs, default=argparse.SUPPRESS, metavar="MODEL", help=words
            )
        else:
            group.add_argument(setting.flag, **_describe_flag(setting))


def _describe_flag(setting: Setting) -> dict[str, Any]:
    default = setting.default_text if setting.option.served is None else str(setting.option.served)
    text = _LINK.sub(lambda link: link[1] or "", setting.option.text)
    words = f"{text} (default: {default})".replace("%", "%%")
    flag: dict[str, Any] = {"dest": setting.name, "default": argparse.SUPPRESS, "help": words}
    if setting.kind is bool:
        return {**flag, "action": argparse.BooleanOptionalAction}
    if setting.kind in (tuple, Mapping):
        flag["action"] = "append"
        flag["help"] += "; may be given more than once"
    choices = f"{{{','.join(setting.choices)}}}" if setting.choices else None
    name = setting.flag.removeprefix("--").rpartition("-")[2].upper()
    return {**flag, "metavar": choices or _METAVARS.get(setting.kind, name)}


def read_arguments(
    parsed: argparse.Namespace, settings: Sequence[Setting], file: Path | None = None
) -> dict[str, Any]:
    """The arguments of `FakeLLMServer` that flags, the environment or a file have.

    Raises:
        ConfigurationError: a setting can't have its value, or an alias leaves open what it means.
    """
    for variable, close in find_mistyped(list_settings(*DECLARED), os.environ).items():
        print(f"fake-llm-server: {variable} is no setting; did you mean {close}?", file=sys.stderr)
    given = vars(parsed)
    if isinstance(given.get(_POSITIONAL), str):
        given = {**given, _POSITIONAL: [given[_POSITIONAL]]}
    defaults = {each.name: each.option.served for each in settings if each.option.served is not None}
    read = defaults | read_settings(settings, flags=given, environment=os.environ, file=file)
    return group_arguments(read)
