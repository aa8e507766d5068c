"""`fake-llm-server serve`: everything that a server takes in Python can be said on the command line."""

import argparse
import dataclasses
import re
import signal
import subprocess
import sys
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai
import pytest
from conftest import MODEL

from fake_llm_server import AnswerRules, EngineSettings
from fake_llm_server._cli import main
from fake_llm_server._cli.serve import add_parser
from fake_llm_server._cli.setting_flags import list_served, read_arguments
from fake_llm_server._settings import ServerOptions

KEY = "sk-local"


def parse(*arguments: str) -> argparse.Namespace:
    """The namespace of `serve` with some arguments."""
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    return parser.parse_args(["serve", *arguments])


@contextmanager
def run_serve(*arguments: str) -> Iterator[str]:
    """Run `serve` on a free port until it has said where; stop it with SIGTERM, and expect a good end."""
    command = [sys.executable, "-m", "fake_llm_server", "serve", MODEL, "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = "".join(iter(process.stdout.readline, "print(answer.choices[0].message.content)\n"))
            yield said
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()


def find_client(said: str) -> openai.OpenAI:
    """The client of the printed snippet."""
    found = re.search(r'OpenAI\(base_url="(.+?)", api_key="(.+?)"\)', said)
    assert found is not None, said
    return openai.OpenAI(base_url=found[1], api_key=found[2], max_retries=0)


def read(*arguments: str) -> dict[str, Any]:
    """What `serve` hands to `FakeLLMServer`."""
    parsed = parse(*arguments)
    return read_arguments(parsed, list_served(), parsed.config)


def test_everything_can_be_said() -> None:
    """What `FakeLLMServer` and `EngineSettings` take, `serve` takes too."""
    names = [setting.name for setting in dataclasses.fields(EngineSettings)]
    limits: dict[str, Any] = {name: number for number, name in enumerate(names, 2)}
    limits |= {"rope_scaling": "yarn", "check_again": True}
    arguments = read(
        *("a", "b", "--alias", "c=b", "--load", "first_use", "--gpu-layers", "1", "--host", "::1"),
        *("--port", "1", "--api-key", "k", "--api-key", "l", "--cors-origin", "*", "--control-key", "m"),
        *("--script", "s.yaml"),
        *(
            "--max-model-bytes",
            "1",
            "--store-path",
            "s",
            "--requests-per-minute",
            "2",
            "--tokens-per-minute",
            "9",
        ),
        *("--store-by-default", "--hosted-tools", "refuse", "--any-model"),
        *("--max-body-bytes", "3", "--body-timeout-s", "4.5", "--answer-timeout-s", "60"),
        "--check-again",
        *(f"--{name.replace('_', '-')}={value}" for name, value in limits.items() if value is not True),
    )
    assert set(arguments) == {"model_name", "aliases", *typing.get_type_hints(ServerOptions)}
    assert arguments["engine"] == EngineSettings(**limits)
    assert (arguments["api_keys"], arguments["cors_origins"]) == (("k", "l"), ("*",))
    assert (arguments["aliases"], arguments["body_timeout_s"]) == ({"c": "b"}, 4.5)


def test_what_is_not_said_is_left_to_the_declaration() -> None:
    """Without flags, the defaults are those of Python, except the port."""
    arguments = {
        "model_name": ["smollm2-135m"],
        "aliases": {},
        "engine": EngineSettings(),
        "answers": AnswerRules(),
        "port": 8080,
    }
    assert read() == arguments


def test_environment_and_file_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server can be set up without a flag; an alias may leave out its model where there is one."""
    file = tmp_path / "settings.toml"
    file.write_text("model_name = 'a'\nport = 1\nwindow = 100", encoding="utf-8")
    monkeypatch.setenv("FAKE_LLM_SERVER_WINDOW", "200")
    monkeypatch.setenv("FAKE_LLM_SERVER_ALIASES", "gpt-4o, gpt-5=a")
    arguments = read("--config", str(file), "--port", "0")
    assert (arguments["model_name"], arguments["port"]) == (["a"], 0)
    assert arguments["aliases"] == {"gpt-4o": "a", "gpt-5": "a"}
    assert arguments["engine"] == EngineSettings(window=200)


def test_access_and_limits_are_in_force(tmp_path: Path) -> None:
    """A server with a key, a store and a small window answers its own snippet, and refuses others."""
    store = tmp_path / "store.sqlite"
    limits = ("--window", "64", "--num-slots", "1", "--store-path", str(store))
    keys = ("--api-key", KEY, "--control-key", "sk-control")
    with run_serve(*keys, *limits) as said, find_client(said) as client:
        assert f"Authorization: Bearer {KEY}" in said
        assert re.search(r"^Control: http://127.0.0.1:\d+/fake-llm/v1$", said, re.MULTILINE)
        assert "sk-control" not in said
        answer = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Hi"}], max_tokens=2, store=True
        )
        assert client.chat.completions.retrieve(answer.id).id == answer.id
        with pytest.raises(openai.AuthenticationError):
            client.with_options(api_key="sk-other").models.list()
        with pytest.raises(openai.BadRequestError, match="maximum context length is 64 tokens"):
            client.chat.completions.create(
                model=MODEL, messages=[{"role": "user", "content": "one two three " * 40}]
            )
    assert store.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--num-slots", "0"], "--num-slots is 0, but must be an integer of at least 1, or None."),
        (
            ["--requests-per-minute", "0"],
            "--requests-per-minute is 0, but must be an integer above 0, or None.",
        ),
        (["--api-key", ""], "--api-key has '', but each must be a key"),
    ],
)
def test_impossible_limits_are_told(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    """A limit that can't be meant ends the command with one line, before anything is loaded."""
    assert main(["serve", MODEL, *arguments]) == 1
    assert message in capsys.readouterr().err


def test_mistyped_variable_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that no setting has is told with the nearest one, and the command goes on."""
    monkeypatch.setenv("FAKE_LLM_SERVER_WINDOWS", "512")
    assert main(["serve", "--port", "-1"]) == 1
    told = capsys.readouterr().err
    assert "FAKE_LLM_SERVER_WINDOWS is no setting; did you mean FAKE_LLM_SERVER_WINDOW?" in told
    assert "--port" in told
