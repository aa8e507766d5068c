"""What is written from the declarations: the tables of the docs, and the types of the Python arguments.

`python -m codegen settings` puts both into their files.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from fake_llm_server._settings import DECLARED
from fake_llm_server._settings.models import LoadSettings, ModelSettings
from fake_llm_server._settings.option import Setting, list_settings
from fake_llm_server._settings.server import NESTED, ServerSettings

_HEADINGS = {
    "models": "Models",
    "server": "Server",
    "access": "Access",
    "limits": "Limits",
    "engine": "The engine of each model: fields of `EngineSettings`",
    "answers": "The [rules of answers](answers.md): fields of `AnswerRules`",
}
_PYTHON_TYPES: Mapping[Any, str] = {
    Path: "str | Path",
    tuple: "Collection[str]",
}
_OPTIONS_HEAD = '''\
"""The types of `FakeLLMServer`'s settings, for editors and type checkers.

Made by `python -m codegen settings` from the declarations beside it. Don't edit it.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Literal, TypedDict

from fake_llm_server._settings.answers import AnswerRules
from fake_llm_server._settings.engine import EngineSettings


class ServerOptions(TypedDict, total=False):
    """What `FakeLLMServer` and `parse_server_args` take besides models; docs/testing.md says what each is."""

'''


def write_tables() -> str:
    """The settings in Markdown, a table for each section."""
    sections: dict[str, list[str]] = {section: [] for section in _HEADINGS}
    for setting in list_settings(*DECLARED):
        sections[setting.option.section].append(_write_row(setting))
    return "\n".join(
        f"**{_HEADINGS[section]}**\n\n| setting | flag | default | |\n| --- | --- | --- | --- |\n"
        + "".join(rows)
        for section, rows in sections.items()
    )


def _write_row(setting: Setting) -> str:
    default = setting.default_text
    if setting.option.served is not None:
        default += f"; `serve`: {setting.option.served}"
    return f"| `{setting.name}` | `{setting.flag}` | {default} | {setting.option.text} |\n"


def write_server_options() -> str:
    """The module that has `ServerOptions`."""
    own = list_settings(ModelSettings, LoadSettings, ServerSettings)
    lines = [f"    {setting.name}: {_write_type(setting)}\n" for setting in own]
    lines += [f"    {name}: {declared.__name__} | None\n" for name, (declared, _) in NESTED.items()]
    return f"{_OPTIONS_HEAD}{''.join(lines)}"


def _write_type(setting: Setting) -> str:
    if setting.kind is Literal:
        choices = ", ".join(f'"{choice}"' for choice in setting.choices)
        written = f"Literal[{choices}]"
    else:
        written = _PYTHON_TYPES.get(setting.kind) or setting.kind.__name__
    return f"{written} | None" if setting.is_optional else written
