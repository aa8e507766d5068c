"""What users may import, and what a release must not lose."""

import inspect
import typing

import fake_llm_server
from fake_llm_server import main
from fake_llm_server._settings import NESTED, LoadSettings, ModelSettings, ServerSettings, list_settings

PUBLIC_NAMES = {
    "SUPPORTED_MODEL_ALIASES",
    "AnswerRules",
    "BreakPoint",
    "Calls",
    "ConfigurationError",
    "DownloadError",
    "DownloadedModel",
    "EngineSettings",
    "FakeLLM",
    "FakeLLMServer",
    "FakeLLMServerError",
    "FakeLLMServerFactory",
    "ModelError",
    "ModelLoadError",
    "ModelSpec",
    "ReceivedCall",
    "ReceivedRequest",
    "Reply",
    "ScriptError",
    "ScriptWarning",
    "ServerSettings",
    "ServingConfiguration",
    "StartError",
    "UnknownModelError",
    "create_server_app",
    "loaded_models",
    "parse_server_args",
    "reply",
    "use_fake_llm",
}


def public_names(module: object) -> set[str]:
    """Names of a module that are neither private nor modules themselves."""
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }


def test_public_names_are_those_of_main() -> None:
    """The package re-exports what `main` imports, and nothing else, by name, by `*` and in `dir`."""
    assert public_names(main) == PUBLIC_NAMES
    assert set(fake_llm_server.__all__) == PUBLIC_NAMES  # type: ignore[attr-defined] # made at run time
    assert public_names(fake_llm_server) == PUBLIC_NAMES
    assert set(dir(fake_llm_server)) >= PUBLIC_NAMES
    assert not hasattr(fake_llm_server, "NoSuchName")
    assert all(getattr(fake_llm_server, name) is getattr(main, name) for name in PUBLIC_NAMES)


def test_public_names_are_documented() -> None:
    """Whatever a user may import says what it is."""
    for name in PUBLIC_NAMES - {"SUPPORTED_MODEL_ALIASES"}:
        assert inspect.getdoc(getattr(main, name)), name


def test_settings_are_typed() -> None:
    """`FakeLLMServer` takes what `parse_server_args` does, and each setting has its type for editors."""
    constructor, parse = (inspect.signature(each) for each in (main.FakeLLMServer, main.parse_server_args))
    assert list(constructor.parameters.values()) == list(parse.parameters.values())
    [options] = typing.get_args(parse.parameters["options"].annotation)
    declared = list_settings(ModelSettings, LoadSettings, ServerSettings)
    assert [*typing.get_type_hints(options)] == [*(setting.name for setting in declared), *NESTED]
