"""Makes the backend of a model that others ask for: a local one, which loads it at the first call."""

from contextlib import AsyncExitStack

from fake_llm_server._backends.local.local_backend import LocalBackend
from fake_llm_server._backends.local.model_layout import plan_layouts
from fake_llm_server._backends.local.plan import LocalPlan, OnDemandWeights
from fake_llm_server._backends.remote.plan import HostedModel
from fake_llm_server._seam import Backend, BackendLayer
from fake_llm_server._weights import DownloadedModel, ModelSpec, OnDemandModels
from fake_llm_server._weights.readiness import estimate_need
from fake_llm_server._weights.sources import LocalSource


def create_hosted_backend(model: HostedModel) -> Backend:
    """The backend of a model; nothing is loaded yet."""
    downloaded = DownloadedModel(ModelSpec(model.name, LocalSource(model.paths[0])), model.paths)
    layouts = plan_layouts(model.engine)
    models = OnDemandModels(
        {model.name: downloaded},
        settings=model.weights,
        estimate=lambda each: estimate_need(each, layouts),
    )
    weights = OnDemandWeights(models, model.name, model.engine.max_wait_s)
    return _OwnModels(LocalBackend(LocalPlan(model.name, weights, model.engine)), models)


class _OwnModels(BackendLayer):
    """A backend that lets its models go when it is closed."""

    def __init__(self, below: Backend, models: OnDemandModels) -> None:
        super().__init__(below)
        self._models = models
        self.generate = below.generate

    async def aclose(self) -> None:
        """See `Backend.aclose`."""
        async with AsyncExitStack() as closing:
            closing.callback(self._models.close)
            closing.push_async_callback(super().aclose)
