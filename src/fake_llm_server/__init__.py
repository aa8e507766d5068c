"""A fake of the OpenAI API for tests: generated from OpenAI's contract, answered by a real small model.

Example:
    import openai

    from fake_llm_server import FakeLLMServer

    with FakeLLMServer(model_name="smollm2-135m") as server:
        client = openai.OpenAI(**server.openai_client_args())
        print(client.models.list().data[0].id)
"""

import fake_llm_server._engine  # noqa: F401 - first: it settles how OpenMP's workers wait
from fake_llm_server.main import SUPPORTED_MODEL_ALIASES as SUPPORTED_MODEL_ALIASES
from fake_llm_server.main import ConfigurationError as ConfigurationError
from fake_llm_server.main import DownloadedModel as DownloadedModel
from fake_llm_server.main import DownloadError as DownloadError
from fake_llm_server.main import EngineSettings as EngineSettings
from fake_llm_server.main import FakeLLMServer as FakeLLMServer
from fake_llm_server.main import FakeLLMServerError as FakeLLMServerError
from fake_llm_server.main import ModelError as ModelError
from fake_llm_server.main import ModelLoadError as ModelLoadError
from fake_llm_server.main import ModelSpec as ModelSpec
from fake_llm_server.main import ServerSettings as ServerSettings
from fake_llm_server.main import ServingConfiguration as ServingConfiguration
from fake_llm_server.main import StartError as StartError
from fake_llm_server.main import UnknownModelError as UnknownModelError
from fake_llm_server.main import create_server_app as create_server_app
from fake_llm_server.main import loaded_models as loaded_models
from fake_llm_server.main import parse_server_args as parse_server_args

__version__ = "0.1.0"
