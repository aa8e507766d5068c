"""Names models and builds the application as a user does. mypy checks this file; nothing runs it."""

from collections.abc import Mapping
from pathlib import Path
from typing import assert_type

from fastapi import FastAPI

from fake_llm_server import (
    SUPPORTED_MODEL_ALIASES,
    ConfigurationError,
    DownloadedModel,
    DownloadError,
    EngineSettings,
    FakeLLMServerError,
    ModelError,
    ModelLoadError,
    ModelSpec,
    ServerSettings,
    ServingConfiguration,
    UnknownModelError,
    create_server_app,
    parse_server_args,
)


def application() -> FastAPI:
    """An application is made from a configuration, which is a mapping of names to loaded models."""
    configuration = parse_server_args("smollm2-135m", aliases={"gpt-4o": "smollm2-135m"})
    assert_type(configuration, ServingConfiguration)
    assert_type(configuration.settings, ServerSettings)
    for name in configuration:
        assert_type(name, str)
    app = create_server_app(configuration)
    assert_type(app, FastAPI)
    return app


def own_models() -> FastAPI:
    """Models that a program loaded itself are served under the names that it gives them."""
    llama = ModelSpec.from_model_name("smollm2-135m").download().load()
    return create_server_app(
        ServingConfiguration(
            models={"mine": llama},
            aliases={"gpt-4o": "mine"},
            settings=ServerSettings(engine=EngineSettings(window=256), api_keys=("sk-mine",)),
        )
    )


def names_of_models() -> Path:
    """The catalogue is a read-only mapping of aliases to specs, which are downloaded to files."""
    assert_type(SUPPORTED_MODEL_ALIASES, Mapping[str, ModelSpec])
    downloaded = SUPPORTED_MODEL_ALIASES["smollm2-135m"].download(refresh=True)
    assert_type(downloaded, DownloadedModel)
    assert_type(downloaded.paths, tuple[Path, ...])
    assert_type(downloaded.num_bytes, int)
    return downloaded.path


def failures() -> list[type[FakeLLMServerError]]:
    """Every failure is a `FakeLLMServerError`."""
    return [ConfigurationError, DownloadError, ModelError, ModelLoadError, UnknownModelError]


def mistakes() -> None:
    """A checker finds a wrong use: mypy reports an ignore that is not needed."""
    ModelSpec.from_model_name(135)  # type: ignore[arg-type] # a name is text
    create_server_app("smollm2-135m")  # type: ignore[arg-type] # a configuration is needed
    SUPPORTED_MODEL_ALIASES["mine"] = ModelSpec.from_model_name("smollm3")  # type: ignore[index] # the mapping is frozen
    parse_server_args(model="smollm2-135m")  # type: ignore[call-arg] # it is called model_name
    ServerSettings().port = 80  # type: ignore[misc] # settings are frozen
