"""A fake of the OpenAI API for tests: generated from OpenAI's contract, answered by a real small model.

Example:
    import openai

    from fake_llm_server import FakeLLMServer

    with FakeLLMServer(model_name="smollm2-135m") as server:
        client = openai.OpenAI(**server.openai_client_args())
        print(client.models.list().data[0].id)
"""

import importlib
import inspect
import typing

from fake_llm_server import _openmp

_openmp.let_workers_sleep()  # before anything imports llama_cpp

__version__ = "0.1.0"

if typing.TYPE_CHECKING:
    from fake_llm_server.main import SUPPORTED_MODEL_ALIASES as SUPPORTED_MODEL_ALIASES
    from fake_llm_server.main import AnswerRules as AnswerRules
    from fake_llm_server.main import BreakPoint as BreakPoint
    from fake_llm_server.main import Calls as Calls
    from fake_llm_server.main import ConfigurationError as ConfigurationError
    from fake_llm_server.main import DownloadedModel as DownloadedModel
    from fake_llm_server.main import DownloadError as DownloadError
    from fake_llm_server.main import EngineSettings as EngineSettings
    from fake_llm_server.main import FakeLLM as FakeLLM
    from fake_llm_server.main import FakeLLMServer as FakeLLMServer
    from fake_llm_server.main import FakeLLMServerError as FakeLLMServerError
    from fake_llm_server.main import FakeLLMServerFactory as FakeLLMServerFactory
    from fake_llm_server.main import ModelError as ModelError
    from fake_llm_server.main import ModelLoadError as ModelLoadError
    from fake_llm_server.main import ModelSpec as ModelSpec
    from fake_llm_server.main import ReceivedCall as ReceivedCall
    from fake_llm_server.main import ReceivedRequest as ReceivedRequest
    from fake_llm_server.main import Reply as Reply
    from fake_llm_server.main import ScriptError as ScriptError
    from fake_llm_server.main import ScriptWarning as ScriptWarning
    from fake_llm_server.main import ServerSettings as ServerSettings
    from fake_llm_server.main import ServingConfiguration as ServingConfiguration
    from fake_llm_server.main import StartError as StartError
    from fake_llm_server.main import UnknownModelError as UnknownModelError
    from fake_llm_server.main import create_server_app as create_server_app
    from fake_llm_server.main import loaded_models as loaded_models
    from fake_llm_server.main import parse_server_args as parse_server_args
    from fake_llm_server.main import reply as reply
    from fake_llm_server.main import use_fake_llm as use_fake_llm
else:
    # Imported when they are first wanted: that takes a second or two, and a command imports this package
    # before it can say what an interruption does.

    def __getattr__(name: str) -> object:
        if name.startswith("_") and name != "__all__":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        public = _import_public()
        if name == "__all__":
            return sorted(public)
        if name not in public:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals().update(public)
        return public[name]

    def __dir__() -> list[str]:
        return sorted({*globals(), *_import_public()})

    def _import_public() -> dict[str, object]:
        main = importlib.import_module(f"{__name__}.main")
        return {
            name: value
            for name, value in vars(main).items()
            if not name.startswith("_") and not inspect.ismodule(value)
        }
