"""Flags come before the environment, the environment before the file; errors name their source."""

from pathlib import Path
from typing import Any

import pytest

from fake_llm_server import ConfigurationError, EngineSettings, ServerSettings
from fake_llm_server._settings import DECLARED, list_settings
from fake_llm_server._settings.sources import find_mistyped, read_settings

SETTINGS = list_settings(*DECLARED)


def write(directory: Path, text: str) -> Path:
    """A file of settings."""
    file = directory / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return file


def read(
    file: Path | None = None, *, environment: dict[str, str] | None = None, **flags: Any
) -> dict[str, Any]:
    """What the sources come to."""
    return read_settings(SETTINGS, flags=flags, environment=environment or {}, file=file)


def test_first_source_decides(tmp_path: Path) -> None:
    """Each source wins over those after it, and what none has is left to the declaration."""
    file = write(tmp_path, "window = 1000\nport = 1001\nmax_queued = 1002")
    environment = {"FAKE_LLM_SERVER_WINDOW": "2000", "FAKE_LLM_SERVER_PORT": "2001"}
    assert read(file, environment=environment, window="3000") == {
        "window": 3000,
        "port": 2001,
        "max_queued": 1002,
    }


@pytest.mark.parametrize(
    ("name", "texts", "value"),
    [
        ("port", ("80", "80", "80"), 80),
        ("max_wait_s", ("1.5", "1.5", "1.5"), 1.5),
        ("max_wait_s", ("none", "None", "2"), None),
        ("body_timeout_s", ("5", "5", "5"), 5.0),
        ("host", ("::1", "::1", "'::1'"), "::1"),
        ("load", ("first_use", "first_use", "'first_use'"), "first_use"),
        ("store_path", ("a/b", "a/b", "'a/b'"), Path("a/b")),
        ("api_keys", (["a", "b"], "a, b", "['a', 'b']"), ("a", "b")),
        ("model_name", (["a"], "a", "'a'"), ("a",)),
        ("aliases", (["a=b", "c"], "a=b,c", "{a = 'b', c = ''}"), {"a": "b", "c": ""}),
    ],
)
def test_each_source_has_each_type(
    tmp_path: Path, name: str, texts: tuple[Any, str, str], value: Any
) -> None:
    """A setting comes to the same whichever source has it."""
    flag, variable, toml = texts
    expected = {name: value}
    assert read(**{name: flag}) == expected
    assert read(environment={f"FAKE_LLM_SERVER_{name.upper()}": variable}) == expected
    if value is not None:  # TOML has no null
        assert read(write(tmp_path, f"{name} = {toml}")) == expected


def test_empty_and_foreign_variables_are_none() -> None:
    """A variable that a CI job leaves empty, or that is another program's, sets nothing."""
    assert read(environment={"FAKE_LLM_SERVER_WINDOW": "", "FAKE_LLM_SERVER_OTHER": "1", "PORT": "1"}) == {}


@pytest.mark.parametrize(
    ("flags", "environment", "toml", "message"),
    [
        ({"window": "x"}, {}, "", "^--window is 'x', but must be an integer of at least 2, or None.$"),
        ({"window": "1"}, {}, "", "^--window is 1, but must be an integer of at least 2, or None.$"),
        (
            {},
            {"FAKE_LLM_SERVER_PORT": "tcp://10.0.0.1:80"},
            "",
            "^FAKE_LLM_SERVER_PORT is 'tcp://10.0.0.1:80', but must be an integer from 0 to 65535.$",
        ),
        (
            {},
            {"FAKE_LLM_SERVER_LOAD": "now"},
            "",
            "^FAKE_LLM_SERVER_LOAD is 'now', but must be 'start' or 'fir",
        ),
        (
            {},
            {},
            "body_timeout_s = nan",
            "^body_timeout_s in .*toml is nan, but must be a number above 0",
        ),
        ({}, {}, "port = '80'", "^port in .*settings.toml is '80', but must be an integer from 0 to 65535.$"),
        ({}, {}, "port = true", "^port in .*settings.toml is True, but must be an integer"),
        ({}, {}, "host = 1", "^host in .*settings.toml is 1, but must be an address: 127.0.0.1 is"),
        ({}, {}, "api_keys = [1]", "^api_keys in .*settings.toml takes strings; 1 is none.$"),
        ({}, {}, "api_keys = 1", "^api_keys in .*settings.toml is 1, but must be several strings.$"),
        (
            {},
            {},
            "aliases = 'a'",
            "^aliases in .*toml is 'a', but must be names with their values.$",
        ),
        (
            {},
            {},
            "num_slot = 1",
            "^.*toml has 'num_slot', which is no setting; did you mean num_slots",
        ),
        (
            {},
            {},
            "x_y_z = 1",
            "^.*toml has 'x_y_z', which is no setting; there are model_name",
        ),
        ({}, {}, "port =", "^.*settings.toml isn't a TOML file: "),
        (
            {},
            {},
            "[engine]\nwindow = 512",
            r"^.*toml has a table \[engine\], which is no setting; all settings stand at the top",
        ),
        (
            {},
            {},
            "[aliases]\na = 'b'\nwindow = 512",
            r"^.*toml has window = 512 in \[aliases\], .*; settings stand above the line \[aliases\].$",
        ),
        ({}, {}, "[aliases]\nload = 'start'", r"^.*toml has load = 'start' in \[aliases\], "),
        (
            {},
            {},
            "[aliases]\na = 1",
            r"^.*toml has a = 1 in \[aliases\], which takes names with their texts; ",
        ),
    ],
)
def test_errors_name_the_source(
    tmp_path: Path, flags: dict[str, str], environment: dict[str, str], toml: str, message: str
) -> None:
    """An error says which setting has which value, where it stands, and what was expected."""
    with pytest.raises(ConfigurationError, match=message):
        read(write(tmp_path, toml), environment=environment, **flags)


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A file that isn't there is an error, not an empty file."""
    with pytest.raises(ConfigurationError, match=r"nothing.toml can't be read: No such file or directory\."):
        read(tmp_path / "nothing.toml")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"port": "80"}, "port is '80', but must be an integer from 0 to 65535."),
        ({"port": True}, "port is True, but must be an integer"),
        ({"store_path": 1}, "store_path is 1, but must be a path, or None."),
        ({"host": None}, "host is None, but must be an address"),
        ({"engine": 2}, r"engine takes EngineSettings\(num_slots=2, …\), or None; it was 2."),
    ],
)
def test_python_is_checked_by_type(arguments: dict[str, Any], message: str) -> None:
    """An argument of another type is refused in the words of the other sources."""
    with pytest.raises(ConfigurationError, match=message):
        ServerSettings(**arguments)


def test_python_values_get_their_declared_types() -> None:
    """Lists and strings are taken where tuples and paths are declared, so equal settings are equal."""
    given: dict[str, Any] = {"api_keys": ["a"], "store_path": "x", "body_timeout_s": 5}
    assert ServerSettings(**given) == ServerSettings(
        api_keys=("a",), store_path=Path("x"), body_timeout_s=5.0
    )
    assert hash(EngineSettings(window=512)) == hash(EngineSettings(window=512))


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("FAKE_LLM_SERVER_WINDOWS", "FAKE_LLM_SERVER_WINDOW"),
        ("FAKE_LLM_SERVER_API_KEY", "FAKE_LLM_SERVER_API_KEYS"),
        ("FAKE_LLM_SERVER_num_slot", "FAKE_LLM_SERVER_NUM_SLOTS"),
        ("FAKE_LLM_SERVER_WINDOW", None),
        ("FAKE_LLM_SERVER_OPENAPI", None),
        ("FAKE_LLM_SERVER_URL", None),
        ("WINDOWS", None),
    ],
)
def test_mistyped_variables_are_found(variable: str, nearest: str | None) -> None:
    """A variable that is nearly a setting's is told with that one; others may be anybody's."""
    found = find_mistyped(SETTINGS, {variable: "1"})
    assert found == ({} if nearest is None else {variable: nearest})
