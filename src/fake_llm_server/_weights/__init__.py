"""Models: named, fetched, checked, loaded and let go. Knows neither the engine nor any wire format."""

from fake_llm_server._settings import LoadSettings
from fake_llm_server._weights.loaded import LoadedModel, LoadedModels, loaded_models
from fake_llm_server._weights.on_demand import OnDemandModels
from fake_llm_server._weights.shared_pool import Lease, SharedPool
from fake_llm_server._weights.spec import SUPPORTED_MODEL_ALIASES, DownloadedModel, ModelSpec

__all__ = [
    "SUPPORTED_MODEL_ALIASES",
    "DownloadedModel",
    "Lease",
    "LoadSettings",
    "LoadedModel",
    "LoadedModels",
    "ModelSpec",
    "OnDemandModels",
    "SharedPool",
    "loaded_models",
]
