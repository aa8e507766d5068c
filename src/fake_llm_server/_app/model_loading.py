"""Names of models to a mapping of models: named, downloaded, and loaded now or when they are wanted."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fake_llm_server._errors import ConfigurationError
from fake_llm_server._settings import Load, LoadSettings
from fake_llm_server._weights import DownloadedModel, ModelSpec, OnDemandModels, loaded_models
from fake_llm_server._weights.shape import MemoryNeed
from fake_llm_server._weights.sizes import format_bytes

if TYPE_CHECKING:
    from llama_cpp import Llama

ModelName = str | Path | ModelSpec
Estimate = Callable[[DownloadedModel], MemoryNeed]


def name_models(names: ModelName | Sequence[ModelName]) -> dict[ModelName, ModelSpec]:
    """What each name means, in the order given.

    Raises:
        ConfigurationError: there is none, or two would be served under one name.
        UnknownModelError: a name means nothing.
    """
    given = [names] if isinstance(names, str | Path | ModelSpec) else list(names)
    if not given:
        raise ConfigurationError("There is nothing to serve: name at least one model.")
    specs: dict[ModelName, ModelSpec] = {}
    for name in given:
        spec = ModelSpec.from_model_name(name)
        if spec.name in {other.name for other in specs.values()}:
            raise ConfigurationError(
                f"Two models would be served as {spec.name!r}: give each once, or a ModelSpec with "
                "another name."
            )
        specs[name] = spec
    return specs


def load_models(
    specs: Sequence[ModelSpec],
    load: Load,
    *,
    settings: LoadSettings,
    estimate: Estimate,
    max_bytes: int | None,
    is_checked: bool = True,
) -> tuple[Mapping[str, "Llama"], Callable[[], None]]:
    """Download the models, and load them if that is to be done at the start.

    Args:
        specs: with different names.
        load: when.
        settings: how weights are laid out.
        estimate: tells what serving a model takes.
        max_bytes: what all of them may take together; None is bounded by the machine alone.
        is_checked: whether an estimate may fail, so that each is made before a model is loaded on demand.

    Returns:
        Name to model, and what lets them go.

    Raises:
        ConfigurationError: `max_bytes` is too small.
        ModelError: a model can't be downloaded or loaded; none stays in use.
    """
    _check_gpu(settings)
    downloaded = {spec.name: spec.download() for spec in specs}
    on_demand = OnDemandModels(downloaded, settings=settings, estimate=estimate, max_bytes=max_bytes)
    if load == "first_use":
        if is_checked:
            on_demand.estimate_all()
        return on_demand, on_demand.close
    _refuse_too_many(downloaded, estimate, max_bytes)
    return _load_all(downloaded, settings, estimate)


def _check_gpu(settings: LoadSettings) -> None:
    if settings.gpu_layers:
        from fake_llm_server._weights.native import check_gpu_support  # noqa: PLC0415 - imports llama_cpp

        check_gpu_support(settings)


def _refuse_too_many(
    downloaded: Mapping[str, DownloadedModel], estimate: Estimate, max_bytes: int | None
) -> None:
    if max_bytes is None:
        return
    total = sum({model.paths: estimate(model).total for model in downloaded.values()}.values())
    if total > max_bytes:
        raise ConfigurationError(
            f"The {len(downloaded)} models take {format_bytes(total)} ({total} bytes) together, but "
            f"max_model_bytes is {max_bytes}: raise it, or load them when they are first used."
        )


def _load_all(
    downloaded: Mapping[str, DownloadedModel], settings: LoadSettings, estimate: Estimate
) -> tuple[Mapping[str, "Llama"], Callable[[], None]]:
    """Load one after the other, each counting what those before it will take when they serve."""
    promised = 0

    def estimate_on_top(model: DownloadedModel) -> MemoryNeed:
        nonlocal promised
        need = estimate(model)
        counted = replace(need, compute=need.compute + promised)
        promised += need.total
        return counted

    with ExitStack() as releasing:
        llamas = {}
        for name, model in downloaded.items():
            loaded = loaded_models.acquire(model, settings, estimate=estimate_on_top)
            releasing.callback(loaded.release)
            llamas[name] = loaded.llama
        return llamas, releasing.pop_all().close
