"""The settings of a server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

from fake_llm_server._errors import ConfigurationError
from fake_llm_server._settings.answers import AnswerRules
from fake_llm_server._settings.checks import settle
from fake_llm_server._settings.engine import EngineSettings
from fake_llm_server._settings.option import Matches, Option

_NOT_BLANK = r"(?s).*\S.*"

_ORIGIN = r"\*|null|[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]+"
"""What a browser sends, or `*`: https://www.rfc-editor.org/rfc/rfc6454#section-7"""


NESTED: Mapping[str, tuple[type, str]] = {
    "engine": (EngineSettings, "EngineSettings(num_slots=2, …)"),
    "answers": (AnswerRules, "AnswerRules(decide_calls=False, …)"),
}
"""Settings that Python groups in one argument: its name, its class and an example."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Settings of one server.

    docs/testing.md lists them, with those of its models.

    Attributes:
        engine: how each model's engine is laid out.
        answers: what is done so that a program can use a small model's answers.

    Raises:
        ConfigurationError: a setting is out of range.
    """

    host: Annotated[
        str,
        Matches(_NOT_BLANK, "an address: 127.0.0.1 is this machine alone, 0.0.0.0 any address of it"),
        Option("server", "address to listen on"),
    ] = "127.0.0.1"
    port: Annotated[
        int,
        Ge(0),
        Le(65535),
        Option("server", "TCP port to listen on; 0 takes a free one", served=8080),
    ] = 0
    engine: EngineSettings = field(default_factory=EngineSettings)
    answers: AnswerRules = field(default_factory=AnswerRules)
    store_path: Annotated[
        Path | None,
        Option(
            "server",
            "SQLite file that keeps what clients store, which servers may share ([the store](store.md))",
            unset="in memory",
        ),
    ] = None
    store_by_default: Annotated[
        bool,
        Option(
            "server",
            "whether a response whose request doesn't say `store` is stored, as OpenAI does "
            "([the store](store.md#what-is-stored))",
        ),
    ] = False
    hosted_tools: Annotated[
        Literal["accept", "refuse"],
        Option(
            "server",
            "tools that OpenAI runs itself, such as `web_search`: `accept` takes an offer of them and never "
            "calls one, `refuse` answers 400",
        ),
    ] = "accept"
    any_model: Annotated[
        bool,
        Option(
            "server",
            "requests for a model that isn't served are answered by the first one, instead of with 404",
        ),
    ] = False
    script: Annotated[
        Path | None,
        Option(
            "server",
            "[script file](controls-http.md#script-files) in YAML, JSON or TOML, read again when it changes",
            unset="none",
        ),
    ] = None
    api_keys: Annotated[
        tuple[str, ...],
        Matches(_NOT_BLANK, "a key; leave an empty one out, or give no keys to take any"),
        Option(
            "access",
            "every request must carry one of these keys",
            unset="any key or none is accepted",
            flag="--api-key",
        ),
    ] = ()
    control_key: Annotated[
        str | None,
        Matches(_NOT_BLANK, "a key of its own; leave it out to have no control over HTTP"),
        Option(
            "access",
            "turns [control over HTTP](controls-http.md) on: its requests must carry this key",
            unset="control over HTTP is off",
        ),
    ] = field(default=None, repr=False)
    cors_origins: Annotated[
        tuple[str, ...],
        Matches(
            _ORIGIN,
            "an origin as browsers send it: a scheme, a host and perhaps a port, without a path, such as "
            "'http://localhost:3000', or '*' for any",
        ),
        Option(
            "access",
            "origins whose pages may call the server from a browser, also by WebSocket; `*` is any",
            unset="none",
            flag="--cors-origin",
        ),
    ] = ()
    max_body_bytes: Annotated[
        int,
        Gt(0),
        # OpenAI's, as an error of theirs names it: https://github.com/chidiwilliams/buzz/issues/381
        Option("limits", "largest body of a request; larger ones get 413"),
    ] = 26_214_400
    body_timeout_s: Annotated[float, Gt(0), Option("limits", "bodies that take longer to come get 408")] = (
        60.0
    )
    answer_timeout_s: Annotated[
        float | None,
        Gt(0),
        Option(
            "limits",
            "answers that take longer get 504, or end their stream with an error; what the engine does "
            "before its first answer counts too",
            unset="no limit",
        ),
    ] = None
    requests_per_minute: Annotated[
        int | None,
        Gt(0),
        Option(
            "limits",
            "requests of a key's scope for an answer; those beyond it get 429 with `retry-after`",
            unset="no limit",
        ),
    ] = None
    tokens_per_minute: Annotated[
        int | None,
        Gt(0),
        Option(
            "limits",
            "tokens of a key's scope, estimated before an answer and counted after it; beyond it: 429",
            unset="no limit",
        ),
    ] = None

    def __post_init__(self) -> None:
        """Refuse what could only fail later."""
        settle(self)
        if self.control_key is not None and self.control_key in self.api_keys:
            raise ConfigurationError(
                "control_key is one of api_keys, so that whoever may ask could control the server; give it a "
                "value of its own."
            )
        for name, (declared, example) in NESTED.items():
            given = getattr(self, name)
            if not isinstance(given, declared):
                raise ConfigurationError(f"{name} takes {example}, or None; it was {given!r}.")
