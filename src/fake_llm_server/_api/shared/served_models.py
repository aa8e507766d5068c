"""The models that a server answers for, by the names that clients use."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fake_llm_server._errors import NotFoundError
from fake_llm_server._seam import Backend


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model under one of its names.

    Attributes:
        name: as clients send it, and as replies repeat it.
        created: Unix time, seconds, of the model's file.
        owned_by: for the API of models.
        backend: what answers; its model may still have to be loaded.
    """

    name: str
    created: int
    owned_by: str
    backend: Backend


@dataclass(frozen=True, slots=True)
class ServedModels:
    """All names of a server.

    Attributes:
        by_name: every name that is served.
        fallback: what answers for all other names; None has them refused.
    """

    by_name: Mapping[str, ServedModel]
    fallback: ServedModel | None = None

    def find(self, name: str) -> ServedModel:
        """Look a name up.

        Raises:
            NotFoundError: nothing is served under it, in OpenAI's words.
        """
        model = self.by_name.get(name)
        if model is None and self.fallback is not None:
            return replace(self.fallback, name=name)
        if model is None:
            message = f"The model `{name}` does not exist or you do not have access to it."
            raise NotFoundError(message, code="model_not_found")
        return model
