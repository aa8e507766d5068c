"""Opens servers as a user's tests do. mypy checks this file (`tox -e types`); nothing runs it."""

from collections.abc import Iterator
from pathlib import Path
from typing import assert_type

import openai
import pytest

from fake_llm_server import EngineSettings, FakeLLMServer, ModelSpec, ServingConfiguration, StartError


def with_every_argument(tmp_path: Path) -> None:
    """Each argument has its type; strings, paths and specs name models."""
    with FakeLLMServer(
        model_name=["smollm2-135m", tmp_path / "mine.gguf", ModelSpec.from_model_name("smollm3")],
        aliases={"gpt-4o-mini": "smollm2-135m", "mine": tmp_path / "mine.gguf"},
        load="first_use",
        max_model_bytes=4 << 30,
        gpu_layers=-1,
        host="127.0.0.1",
        port=8080,
        engine=EngineSettings(
            num_slots=2,
            window=1024,
            num_threads=1,
            max_queued=8,
            max_wait_s=2.5,
            max_kv_bytes=1 << 30,
            max_prefix_cache_bytes=0,
        ),
        store_path=tmp_path / "store.sqlite",
        api_keys={"sk-mine"},
        max_body_bytes=1 << 20,
        body_timeout_s=5,
        answer_timeout_s=60,
        requests_per_minute=60,
        cors_origins=["*"],
    ) as server:
        assert_type(server, FakeLLMServer)
        assert_type(server.port, int)
        assert_type(server.base_url, str)
        assert_type(server.configuration, ServingConfiguration)


def with_its_defaults() -> None:
    """No argument is needed; None takes the default of those that allow it."""
    FakeLLMServer().close()
    FakeLLMServer("smollm2-135m", aliases=None, engine=None, store_path=None).close()
    FakeLLMServer(ModelSpec.from_model_name("smollm2-135m"), store_path="store.sqlite").close()


def clients(server: FakeLLMServer) -> tuple[openai.OpenAI, openai.AsyncOpenAI]:
    """The arguments for a client go into OpenAI's clients beside others."""
    arguments = server.openai_client_args()
    assert_type(arguments["base_url"], str)
    assert_type(arguments["api_key"], str)
    return openai.OpenAI(**arguments, max_retries=0), openai.AsyncOpenAI(**arguments, timeout=60)


@pytest.fixture(scope="session")
def running_server() -> Iterator[FakeLLMServer]:
    """A fixture keeps the type of what it yields."""
    with FakeLLMServer() as opened:
        yield opened


def failing_start() -> str:
    """A failure is caught by its name."""
    try:
        FakeLLMServer(port=1)
    except StartError as error:
        return str(error)
    return ""


def mistakes() -> None:
    """A checker finds a wrong use: mypy reports an ignore that is not needed."""
    FakeLLMServer(port="8080")  # type: ignore[arg-type] # a port is a number
    FakeLLMServer(load="later")  # type: ignore[arg-type] # there are two ways
    FakeLLMServer(engine={"window": 64})  # type: ignore[arg-type] # a class is needed
    FakeLLMServer(api_keys=[1])  # type: ignore[list-item] # keys are text
    FakeLLMServer(requests_per_second=1)  # type: ignore[call-arg] # there is no such setting
    FakeLLMServer("smollm2-135m", {"gpt-4o": "smollm2-135m"})  # type: ignore[call-arg] # aliases are named
    EngineSettings(num_slots="2")  # type: ignore[arg-type] # a count is a number
    FakeLLMServer().port = 80  # type: ignore[misc] # a port can't be set
    FakeLLMServer().openai_client_args()["organization"]  # type: ignore[typeddict-item] # there is no such argument
