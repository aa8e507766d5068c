"""A setting is declared once: whatever else is said of it is made from the declaration."""

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from annotated_types import Ge

import fake_llm_server
from codegen import repository
from codegen.__main__ import main
from codegen.errors import SettingsError
from codegen.settings_stage import fill_page
from fake_llm_server import ConfigurationError
from fake_llm_server._cli.setting_flags import add_setting_flags
from fake_llm_server._settings import DECLARED, AnswerRules, EngineSettings, ServerSettings, list_settings
from fake_llm_server._settings.checks import settle
from fake_llm_server._settings.option import Option
from fake_llm_server._settings.reference import write_tables
from fake_llm_server._settings.sources import read_settings

SOURCE = Path(fake_llm_server.__file__).parent
NAMES = [setting.name for setting in list_settings(ServerSettings, EngineSettings, AnswerRules)]


@dataclass(frozen=True, slots=True)
class MoreSettings:
    """Settings that a change adds: nothing but their declarations."""

    num_retries: Annotated[int | None, Ge(0), Option("limits", "how often", unset="for ever")] = None
    is_loud: Annotated[bool, Option("server", "whether it shouts")] = False

    def __post_init__(self) -> None:
        """Check the fields."""
        settle(self)


ADDED = list_settings(MoreSettings)


def test_what_is_made_is_fresh() -> None:
    """The tables of the docs and the types of the arguments are made of the declarations as they are."""
    assert main(["settings", "--check"]) == 0


def test_page_without_its_marks_is_refused() -> None:
    """Tables that have no place are told, rather than left out."""
    with pytest.raises(SettingsError, match="lacks a mark"):
        fill_page("# A page", write_tables())


def test_a_declaration_is_all_that_a_setting_takes(tmp_path: Path) -> None:
    """A new setting has its flag, its variable, its key in the file and its check at once."""
    parser = argparse.ArgumentParser()
    add_setting_flags(parser, ADDED, nargs="*")
    assert "how often (default: for ever)" in parser.format_help()
    flags = vars(parser.parse_args(["--num-retries", "3", "--is-loud"]))
    file = tmp_path / "settings.toml"
    file.write_text("num_retries = 3\nis_loud = true")
    environment = {"FAKE_LLM_SERVER_NUM_RETRIES": "3", "FAKE_LLM_SERVER_IS_LOUD": "yes"}
    expected: dict[str, Any] = {"num_retries": 3, "is_loud": True}
    assert read_settings(ADDED, flags=flags, environment={}) == expected
    assert read_settings(ADDED, flags={}, environment=environment) == expected
    assert read_settings(ADDED, flags={}, environment={}, file=file) == expected
    assert MoreSettings(**expected) == MoreSettings(num_retries=3, is_loud=True)
    with pytest.raises(ConfigurationError, match="num_retries is -1, but must be an integer of at least 0"):
        MoreSettings(num_retries=-1)


def test_every_setting_is_used() -> None:
    """Each is read somewhere, so none is taken and ignored."""
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    for name in NAMES:
        assert re.search(rf"\b(settings|rules)\.(engine\.)?{name}\b", text), name


@pytest.mark.parametrize(
    "path",
    [
        *(SOURCE / "_settings" / f"{name}.py" for name in ("option", "checks", "sources", "reference")),
        SOURCE / "_cli" / "setting_flags.py",
        SOURCE / "_app" / "arguments.py",
        repository.ROOT / "codegen" / "settings_stage.py",
    ],
    ids=lambda path: path.name,
)
def test_no_setting_is_named_where_all_are_handled(path: Path) -> None:
    """What carries settings knows none of them, so a new one costs no edit there."""
    named = set(
        re.findall(r"\w+", re.sub(r'""".*?"""', "", path.read_text(encoding="utf-8"), flags=re.DOTALL))
    )
    assert not named & set(NAMES)


def test_names_are_settings_of_one_thing() -> None:
    """No two settings have one name: the environment and the file have no sections."""
    names = [setting.name for setting in list_settings(*DECLARED)]
    assert len(names) == len(set(names))
