# Made by `python -m codegen generate` from spec/openapi.yaml. Don't edit it.
"""Wire types that more than one API uses."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypeAliasType

from fake_llm_server._contract import ContractModel, Omissible


class Error(ContractModel):
    code: str | None
    message: str
    param: str | None
    type: str


class ErrorResponse(ContractModel):
    error: Error


MetadataValue = TypeAliasType("MetadataValue", Annotated[str, Field(max_length=512)])
Metadata = TypeAliasType(
    "Metadata",
    Annotated[dict[Annotated[str, StringConstraints(max_length=64)], MetadataValue], Field(max_length=16)],
)
ModerationMode = TypeAliasType("ModerationMode", Literal["score", "block"])


class ModerationConfigParam(ContractModel):
    mode: ModerationMode


ModerationInputType = TypeAliasType("ModerationInputType", Literal["text", "image"])


class ModerationPolicyParam(ContractModel):
    input: ModerationConfigParam | None = None
    output: ModerationConfigParam | None = None


class ModerationParam(ContractModel):
    model: str
    policy: ModerationPolicyParam | None = None


ModerationResultBodyCategoryAppliedInputTypesValue = TypeAliasType(
    "ModerationResultBodyCategoryAppliedInputTypesValue", list[ModerationInputType]
)


class ModerationResultBody(ContractModel):
    type: Literal["moderation_result"]
    model: str
    flagged: bool
    categories: dict[str, bool]
    category_scores: dict[str, float]
    category_applied_input_types: dict[str, ModerationResultBodyCategoryAppliedInputTypesValue]


class PromptCacheBreakpointParam(ContractModel):
    mode: Literal["explicit"]


PromptCacheModeEnum = TypeAliasType("PromptCacheModeEnum", Literal["implicit", "explicit"])
PromptCacheTTLEnum = TypeAliasType("PromptCacheTTLEnum", Literal["30m"])


class PromptCacheOptionsParam(ContractModel):
    ttl: Omissible[PromptCacheTTLEnum] = None
    mode: Omissible[PromptCacheModeEnum] = None


ReasoningEffort = TypeAliasType(
    "ReasoningEffort", Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
)


class ResponseFormatJsonObject(ContractModel):
    type: Literal["json_object"]


class ResponseFormatText(ContractModel):
    type: Literal["text"]


Verbosity = TypeAliasType("Verbosity", Literal["low", "medium", "high"])
