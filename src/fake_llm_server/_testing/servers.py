"""The servers of a run of tests: opened when they are wanted, closed at its end."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from typing import Any, Self, Unpack

from fake_llm_server._app import ModelName, parse_server_args
from fake_llm_server._backends.remote.plan import HostAddress
from fake_llm_server._serving import FakeLLMServer
from fake_llm_server._settings import DECLARED, ServerOptions, list_settings
from fake_llm_server._settings.arguments import group_arguments
from fake_llm_server._settings.sources import read_lines

SUITS_TESTS: Mapping[str, Any] = {"load": "first_use", "any_model": True}
"""Settings of a server for tests, unless they are given otherwise."""


class FakeLLMServerFactory:
    """Opens servers for tests: a call takes what `FakeLLMServer` takes.

    They load their model when a call first falls through to it, and answer for every model's name, unless
    they are told otherwise. All are closed when the run of tests ends.

    Args:
        lines: settings, such as `num_slots = 2`, of each server that isn't told otherwise.
        label: where the lines stand, for errors.
        host: the port and the secret of the process that keeps the models; None keeps them here.

    Raises:
        ConfigurationError: a line has no setting, or one that can't have its value.
    """

    def __init__(
        self, lines: Sequence[str] = (), *, label: str = "", host: tuple[int, str] | None = None
    ) -> None:
        settings = read_lines(list_settings(*DECLARED), lines, label)
        self._arguments = {**SUITS_TESTS, **group_arguments(settings)}
        self._host = None if host is None else HostAddress(*host)
        self._opened = ExitStack()

    def __call__(
        self,
        model_name: ModelName | Sequence[ModelName] | None = None,
        *,
        aliases: Mapping[str, ModelName] | None = None,
        **options: Unpack[ServerOptions],
    ) -> FakeLLMServer:
        """Open a server; see `FakeLLMServer`."""
        named: dict[str, Any] = {"model_name": model_name, "aliases": aliases}
        given = {name: value for name, value in named.items() if value is not None}
        configuration = parse_server_args(**{**self._arguments, **given, **options})
        if options.get("max_model_bytes", self._arguments.get("max_model_bytes")) is None:
            configuration = replace(configuration, host=self._host)
        return self._opened.enter_context(FakeLLMServer.from_configuration(configuration))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._opened.close()


@cache
def open_default_server() -> FakeLLMServer:
    """The process's own server for tests that don't say which one; it is closed when the process ends."""
    return FakeLLMServer(**SUITS_TESTS)
