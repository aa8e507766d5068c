"""Answers the operations of the API of models."""

from fastapi import Request

from fake_llm_server._api.shared.served_models import ServedModel, ServedModels
from fake_llm_server._contract import Reply
from fake_llm_server._errors import PermissionDeniedError
from fake_llm_server._generated.models_api.api import ModelsApi
from fake_llm_server._generated.models_api.wire import DeleteModelResponse, ListModelsResponse, Model


class ModelsHandler(ModelsApi):
    """Lists what is served.

    Args:
        models: what is served.
    """

    def __init__(self, models: ServedModels) -> None:
        self._models = models

    async def list_models(self, request: Request) -> Reply[ListModelsResponse]:
        """List every name that a request may give as its model."""
        del request  # there is nothing to ask
        models = [_write_model(model) for model in self._models.by_name.values()]
        return ListModelsResponse(object="list", data=models)

    async def retrieve_model(self, model: str, request: Request) -> Reply[Model]:
        """Describe one model."""
        del request  # the path says it all
        return _write_model(self._models.find(model))

    async def delete_model(self, model: str, request: Request) -> Reply[DeleteModelResponse]:
        """Refuse: OpenAI deletes only models that were fine-tuned, and there are none here."""
        del request  # the path says it all
        self._models.find(model)
        raise PermissionDeniedError(
            f"The model `{model}` can't be deleted: only fine-tuned models can, and this server has none.",
            param="model",
        )


def _write_model(model: ServedModel) -> Model:
    return Model(id=model.name, object="model", created=model.created, owned_by=model.owned_by)
