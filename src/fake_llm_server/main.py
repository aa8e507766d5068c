"""The public API: what is imported here is supported; everything else is private and may change."""

from fake_llm_server._api_server import ServerSettings as ServerSettings
from fake_llm_server._api_server import ServingConfiguration as ServingConfiguration
from fake_llm_server._api_server import create_server_app as create_server_app
from fake_llm_server._api_server import parse_server_args as parse_server_args
from fake_llm_server._controls import Calls as Calls
from fake_llm_server._controls import ReceivedCall as ReceivedCall
from fake_llm_server._controls import ReceivedRequest as ReceivedRequest
from fake_llm_server._controls import Reply as Reply
from fake_llm_server._controls import reply as reply
from fake_llm_server._errors import ConfigurationError as ConfigurationError
from fake_llm_server._errors import DownloadError as DownloadError
from fake_llm_server._errors import FakeLLMServerError as FakeLLMServerError
from fake_llm_server._errors import ModelError as ModelError
from fake_llm_server._errors import ModelLoadError as ModelLoadError
from fake_llm_server._errors import ScriptError as ScriptError
from fake_llm_server._errors import ScriptWarning as ScriptWarning
from fake_llm_server._errors import StartError as StartError
from fake_llm_server._errors import UnknownModelError as UnknownModelError
from fake_llm_server._models import SUPPORTED_MODEL_ALIASES as SUPPORTED_MODEL_ALIASES
from fake_llm_server._models import DownloadedModel as DownloadedModel
from fake_llm_server._models import ModelSpec as ModelSpec
from fake_llm_server._models import loaded_models as loaded_models
from fake_llm_server._serving import FakeLLM as FakeLLM
from fake_llm_server._serving import FakeLLMServer as FakeLLMServer
from fake_llm_server._settings import AnswerRules as AnswerRules
from fake_llm_server._settings import EngineSettings as EngineSettings
