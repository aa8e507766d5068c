"""What answers for each name of a configuration: backends, made from plans."""

from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from fake_llm_server._api.shared.given_parts import list_wire_faults
from fake_llm_server._api.shared.served_models import ServedModel, ServedModels
from fake_llm_server._api.shared.wire_errors import describe_error
from fake_llm_server._app.configuration import ServingConfiguration
from fake_llm_server._backends.kinds import BackendPlan, create_backend
from fake_llm_server._backends.local.plan import HeldWeights, LocalPlan, OnDemandWeights
from fake_llm_server._backends.remote.plan import HostedModel, RemotePlan
from fake_llm_server._controls import ControlLayer
from fake_llm_server._controls.limits import SettlingLayer
from fake_llm_server._errors import FakeLLMServerError
from fake_llm_server._seam import Backend
from fake_llm_server._weights import OnDemandModels

OWNER = "fake-llm-server"


class ModelBackends:
    """The backends of one application.

    Those of loaded models are opened by `start`. Those of models on demand are opened by calls, and closed
    before their model is unloaded.

    Attributes:
        served: every name of the configuration, with its backend.
    """

    def __init__(self, configuration: ServingConfiguration) -> None:
        plans = plan_backends(configuration)
        self._backends = {name: _control(plan) for name, plan in plans.items()}
        self._at_hand = [self._backends[name] for name, plan in plans.items() if plan.is_at_hand]
        served = dict(_serve(configuration, self._backends))
        fallback = next(iter(served.values())) if configuration.settings.any_model else None
        self.served = ServedModels(dict(_name_all(served, configuration.aliases)), fallback)

    async def start(self) -> None:
        """Open the backends whose models are loaded, so that what doesn't suit them is known at once."""
        for backend in self._at_hand:
            await backend.describe()

    async def aclose(self) -> None:
        """Close every backend. Calls must have ended."""
        async with AsyncExitStack() as closing:
            for backend in self._backends.values():
                closing.push_async_callback(backend.aclose)


def _control(plan: BackendPlan) -> Backend:
    """The backend of a plan, under the control of tests."""
    controlled = ControlLayer(
        create_backend(plan),
        is_loaded=plan.is_at_hand,
        find_status=_find_status,
        list_wire_faults=list_wire_faults,
    )
    return SettlingLayer(controlled)


def _find_status(error: FakeLLMServerError) -> int:
    return describe_error(error).status


def plan_backends(configuration: ServingConfiguration) -> dict[str, BackendPlan]:
    """The plan of each model of a configuration, by its name."""
    models, settings = configuration.models, configuration.settings.engine
    if isinstance(models, OnDemandModels) and configuration.host is not None:
        return {
            name: RemotePlan(
                configuration.host, HostedModel(name, downloaded.paths, models.settings, settings)
            )
            for name, downloaded in models.downloaded.items()
        }
    if isinstance(models, OnDemandModels):
        return {
            name: LocalPlan(name, OnDemandWeights(models, name, settings.max_wait_s), settings)
            for name in models
        }
    return {name: LocalPlan(name, HeldWeights(llama), settings) for name, llama in models.items()}


def _serve(
    configuration: ServingConfiguration, backends: Mapping[str, Backend]
) -> Iterator[tuple[str, ServedModel]]:
    for name, backend in backends.items():
        created = int(_find_file(configuration, name).stat().st_mtime)
        yield name, ServedModel(name, created=created, owned_by=OWNER, backend=backend)


def _find_file(configuration: ServingConfiguration, name: str) -> Path:
    models = configuration.models
    return (
        models.downloaded[name].path if isinstance(models, OnDemandModels) else Path(models[name].model_path)
    )


def _name_all(
    served: Mapping[str, ServedModel], aliases: Mapping[str, str]
) -> Iterator[tuple[str, ServedModel]]:
    """Every name and alias, each repeated in its replies as the client wrote it."""
    yield from served.items()
    for alias, name in aliases.items():
        model = served[name]
        yield alias, ServedModel(alias, model.created, model.owned_by, model.backend)
