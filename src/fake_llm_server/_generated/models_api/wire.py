# Made by `python -m codegen generate` from spec/openapi.yaml. Don't edit it.
"""The wire types of the API."""

from typing import Literal

from fake_llm_server._contract import ContractModel


class DeleteModelResponse(ContractModel):
    id: str
    deleted: bool
    object: str


class Model(ContractModel):
    id: str
    created: int
    object: Literal["model"]
    owned_by: str
    shutdown_date: str | None = None


class ListModelsResponse(ContractModel):
    object: Literal["list"]
    data: list[Model]
