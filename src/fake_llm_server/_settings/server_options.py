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

    load: Literal["start", "first_use"]
    max_model_bytes: int | None
    gpu_layers: int
    host: str
    port: int
    store_path: str | Path | None
    store_by_default: bool
    hosted_tools: Literal["accept", "refuse"]
    any_model: bool
    script: str | Path | None
    api_keys: Collection[str]
    control_key: str | None
    cors_origins: Collection[str]
    max_body_bytes: int
    body_timeout_s: float
    answer_timeout_s: float | None
    requests_per_minute: int | None
    tokens_per_minute: int | None
    engine: EngineSettings | None
    answers: AnswerRules | None
