"""Models, by the names that are promised: the code is in `_weights`."""

from fake_llm_server._weights import SUPPORTED_MODEL_ALIASES as SUPPORTED_MODEL_ALIASES
from fake_llm_server._weights import DownloadedModel as DownloadedModel
from fake_llm_server._weights import ModelSpec as ModelSpec
from fake_llm_server._weights import loaded_models as loaded_models
