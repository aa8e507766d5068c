# Made by `python -m codegen generate` from spec/openapi.yaml. Don't edit it.
"""The wire types of the API."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from fake_llm_server._contract import ContractModel, Omissible, OneOf, Option

from ..shared import (
    Metadata,
    ModerationParam,
    ModerationResultBody,
    PromptCacheBreakpointParam,
    PromptCacheOptionsParam,
    ReasoningEffort,
    ResponseFormatJsonObject,
    ResponseFormatText,
    Verbosity,
)


class ChatCompletionAllowedTools(ContractModel):
    mode: Literal["auto", "required"]
    tools: list[dict[str, Any]]


class ChatCompletionAllowedToolsChoice(ContractModel):
    type: Literal["allowed_tools"]
    allowed_tools: ChatCompletionAllowedTools


class ChatCompletionDeleted(ContractModel):
    object: Literal["chat.completion.deleted"]
    id: str
    deleted: bool


class ChatCompletionFunctionCallOption(ContractModel):
    name: str


class ChatCompletionFunctions(ContractModel):
    description: Omissible[str] = None
    name: Annotated[str, Field(max_length=64, min_length=1, pattern="^[a-zA-Z0-9_-]+$")]
    parameters: Omissible[dict[str, Any]] = None


class ChatCompletionModerationError(ContractModel):
    type: Literal["error"]
    code: str
    message: str


class ChatCompletionModerationResults(ContractModel):
    type: Literal["moderation_results"]
    model: str
    results: list[ModerationResultBody]


ChatCompletionModerationInput = TypeAliasType(
    "ChatCompletionModerationInput",
    Annotated[
        ChatCompletionModerationResults | ChatCompletionModerationError,
        OneOf("type", Option("object", "moderation_results"), Option("object", "error")),
    ],
)
ChatCompletionModerationOutput = TypeAliasType(
    "ChatCompletionModerationOutput",
    Annotated[
        ChatCompletionModerationResults | ChatCompletionModerationError,
        OneOf("type", Option("object", "moderation_results"), Option("object", "error")),
    ],
)


class ChatCompletionModeration(ContractModel):
    input: ChatCompletionModerationInput
    output: ChatCompletionModerationOutput


class CompletionUsageCompletionTokensDetails(ContractModel):
    accepted_prediction_tokens: Omissible[int] = None
    audio_tokens: Omissible[int] = None
    reasoning_tokens: Omissible[int] = None
    text_tokens: Omissible[int] = None
    rejected_prediction_tokens: Omissible[int] = None


class CompletionUsagePromptTokensDetails(ContractModel):
    audio_tokens: Omissible[int] = None
    cached_tokens: Omissible[int] = None
    text_tokens: Omissible[int] = None
    image_tokens: Omissible[int] = None
    cache_write_tokens: Omissible[int] = None


class CompletionUsage(ContractModel):
    completion_tokens: int
    prompt_tokens: int
    total_tokens: int
    completion_tokens_details: Omissible[CompletionUsageCompletionTokensDetails] = None
    prompt_tokens_details: Omissible[CompletionUsagePromptTokensDetails] = None


class ChatCompletionMessageCustomToolCallCustom(ContractModel):
    name: str
    input: str


class ChatCompletionMessageCustomToolCall(ContractModel):
    id: str
    type: Literal["custom"]
    custom: ChatCompletionMessageCustomToolCallCustom


class ChatCompletionMessageToolCallFunction(ContractModel):
    name: Annotated[str, Field(min_length=1, pattern="^[a-zA-Z0-9_-]+$")]
    arguments: str


class ChatCompletionMessageToolCall(ContractModel):
    id: str
    type: Literal["function"]
    function: ChatCompletionMessageToolCallFunction


ChatCompletionMessageToolCallsItem = TypeAliasType(
    "ChatCompletionMessageToolCallsItem",
    Annotated[
        ChatCompletionMessageToolCall | ChatCompletionMessageCustomToolCall,
        OneOf("type", Option("object", "function"), Option("object", "custom")),
    ],
)
ChatCompletionMessageToolCalls = TypeAliasType(
    "ChatCompletionMessageToolCalls",
    Annotated[list[ChatCompletionMessageToolCallsItem], Field(max_length=128, min_length=1)],
)


class ChatCompletionResponseMessageAnnotationUrlCitation(ContractModel):
    end_index: int
    start_index: int
    url: str
    title: str


class ChatCompletionResponseMessageAnnotation(ContractModel):
    type: Literal["url_citation"]
    url_citation: ChatCompletionResponseMessageAnnotationUrlCitation


class ChatCompletionResponseMessageAudio(ContractModel):
    id: str
    expires_at: int
    data: str
    transcript: str


class ChatCompletionResponseMessageFunctionCall(ContractModel):
    arguments: str
    name: str


class ChatCompletionResponseMessage(ContractModel):
    content: str | None
    refusal: str | None
    tool_calls: Omissible[ChatCompletionMessageToolCalls] = None
    annotations: Omissible[list[ChatCompletionResponseMessageAnnotation]] = None
    role: Literal["assistant"]
    function_call: Omissible[ChatCompletionResponseMessageFunctionCall] = None
    audio: ChatCompletionResponseMessageAudio | None = None
    reasoning_content: str | None = None


class ChatCompletionTokenLogprobTopLogprob(ContractModel):
    token: str
    logprob: float
    bytes: list[int] | None


class ChatCompletionTokenLogprob(ContractModel):
    token: str
    logprob: float
    bytes: list[int] | None
    top_logprobs: list[ChatCompletionTokenLogprobTopLogprob]


class CreateChatCompletionResponseChoiceLogprobs(ContractModel):
    content: list[ChatCompletionTokenLogprob] | None
    refusal: list[ChatCompletionTokenLogprob] | None


class CreateChatCompletionResponseChoice(ContractModel):
    finish_reason: Literal["stop", "length", "tool_calls", "content_filter", "function_call"]
    index: int
    message: ChatCompletionResponseMessage
    logprobs: CreateChatCompletionResponseChoiceLogprobs | None


ServiceTier = TypeAliasType("ServiceTier", Literal["auto", "default", "flex", "scale", "priority", "fast"])


class CreateChatCompletionResponse(ContractModel):
    id: str
    choices: list[CreateChatCompletionResponseChoice]
    created: int
    model: str
    metadata: Metadata | None = None
    service_tier: ServiceTier | None = None
    system_fingerprint: Omissible[str] = None
    object: Literal["chat.completion"]
    usage: Omissible[CompletionUsage] = None
    moderation: ChatCompletionModeration | None = None


class ChatCompletionList(ContractModel):
    object: Literal["list"]
    data: list[CreateChatCompletionResponse]
    first_id: str
    last_id: str
    has_more: bool


class ChatCompletionMessageListDataItemAnnotationUrlCitation(ContractModel):
    end_index: int
    start_index: int
    url: str
    title: str


class ChatCompletionMessageListDataItemAnnotation(ContractModel):
    type: Literal["url_citation"]
    url_citation: ChatCompletionMessageListDataItemAnnotationUrlCitation


class ChatCompletionMessageListDataItemAudio(ContractModel):
    id: str
    expires_at: int
    data: str
    transcript: str


class ChatCompletionRequestMessageContentPartImageImageUrl(ContractModel):
    url: str
    detail: Omissible[Literal["auto", "low", "high"]] = None


class ChatCompletionRequestMessageContentPartImage(ContractModel):
    type: Literal["image_url"]
    image_url: ChatCompletionRequestMessageContentPartImageImageUrl
    prompt_cache_breakpoint: Omissible[PromptCacheBreakpointParam] = None


class ChatCompletionRequestMessageContentPartText(ContractModel):
    type: Literal["text"]
    text: str
    prompt_cache_breakpoint: Omissible[PromptCacheBreakpointParam] = None


ChatCompletionMessageListDataItemContentPart = TypeAliasType(
    "ChatCompletionMessageListDataItemContentPart",
    Annotated[
        ChatCompletionRequestMessageContentPartText | ChatCompletionRequestMessageContentPartImage,
        OneOf("type", Option("object", "text"), Option("object", "image_url")),
    ],
)


class ChatCompletionMessageListDataItemFunctionCall(ContractModel):
    arguments: str
    name: str


class ChatCompletionMessageListDataItem(ContractModel):
    content: str | None
    refusal: str | None
    tool_calls: Omissible[ChatCompletionMessageToolCalls] = None
    annotations: Omissible[list[ChatCompletionMessageListDataItemAnnotation]] = None
    role: Literal["developer", "system", "user", "assistant", "tool", "function"]
    function_call: Omissible[ChatCompletionMessageListDataItemFunctionCall] = None
    audio: ChatCompletionMessageListDataItemAudio | None = None
    reasoning_content: str | None = None
    id: str
    content_parts: list[ChatCompletionMessageListDataItemContentPart] | None = None
    name: str | None = None
    tool_call_id: Omissible[str] = None


class ChatCompletionMessageList(ContractModel):
    object: Literal["list"]
    data: list[ChatCompletionMessageListDataItem]
    first_id: str
    last_id: str
    has_more: bool


class ChatCompletionMessageToolCallChunkCustom(ContractModel):
    name: Omissible[str] = None
    input: Omissible[str] = None


class ChatCompletionMessageToolCallChunkFunction(ContractModel):
    name: Omissible[str] = None
    arguments: Omissible[str] = None


class ChatCompletionMessageToolCallChunk(ContractModel):
    index: int
    id: Omissible[str] = None
    type: Omissible[Literal["function", "custom"]] = None
    function: Omissible[ChatCompletionMessageToolCallChunkFunction] = None
    custom: Omissible[ChatCompletionMessageToolCallChunkCustom] = None


class ChatCompletionNamedToolChoiceFunction(ContractModel):
    name: str


class ChatCompletionNamedToolChoice(ContractModel):
    type: Literal["function"]
    function: ChatCompletionNamedToolChoiceFunction


class ChatCompletionNamedToolChoiceCustomCustom(ContractModel):
    name: str


class ChatCompletionNamedToolChoiceCustom(ContractModel):
    type: Literal["custom"]
    custom: ChatCompletionNamedToolChoiceCustomCustom


class ChatCompletionRequestAssistantMessageAnnotationUrlCitation(ContractModel):
    end_index: int
    start_index: int
    url: str
    title: str


class ChatCompletionRequestAssistantMessageAnnotation(ContractModel):
    type: Literal["url_citation"]
    url_citation: ChatCompletionRequestAssistantMessageAnnotationUrlCitation


class ChatCompletionRequestAssistantMessageAudio(ContractModel):
    id: str


class ChatCompletionRequestMessageContentPartRefusal(ContractModel):
    type: Literal["refusal"]
    refusal: str


ChatCompletionRequestAssistantMessageContentPart = TypeAliasType(
    "ChatCompletionRequestAssistantMessageContentPart",
    Annotated[
        ChatCompletionRequestMessageContentPartText | ChatCompletionRequestMessageContentPartRefusal,
        OneOf("type", Option("object", "text"), Option("object", "refusal")),
    ],
)
ChatCompletionRequestAssistantMessageContentList = TypeAliasType(
    "ChatCompletionRequestAssistantMessageContentList",
    Annotated[list[ChatCompletionRequestAssistantMessageContentPart], Field(min_length=1)],
)
ChatCompletionRequestAssistantMessageContent = TypeAliasType(
    "ChatCompletionRequestAssistantMessageContent",
    Annotated[
        str | ChatCompletionRequestAssistantMessageContentList, OneOf(None, Option("string"), Option("array"))
    ],
)


class ChatCompletionRequestAssistantMessageFunctionCall(ContractModel):
    arguments: str
    name: str


class ChatCompletionRequestAssistantMessage(ContractModel):
    content: ChatCompletionRequestAssistantMessageContent | None = None
    refusal: str | None = None
    role: Literal["assistant"]
    name: Annotated[Omissible[str], Field(pattern="^[^\\s<|\\\\/>]+$")] = None
    audio: ChatCompletionRequestAssistantMessageAudio | None = None
    tool_calls: ChatCompletionMessageToolCalls | None = None
    function_call: ChatCompletionRequestAssistantMessageFunctionCall | None = None
    annotations: list[ChatCompletionRequestAssistantMessageAnnotation] | None = None
    reasoning_content: str | None = None


ChatCompletionRequestDeveloperMessageContentList = TypeAliasType(
    "ChatCompletionRequestDeveloperMessageContentList",
    Annotated[list[ChatCompletionRequestMessageContentPartText], Field(min_length=1)],
)
ChatCompletionRequestDeveloperMessageContent = TypeAliasType(
    "ChatCompletionRequestDeveloperMessageContent",
    Annotated[
        str | ChatCompletionRequestDeveloperMessageContentList, OneOf(None, Option("string"), Option("array"))
    ],
)


class ChatCompletionRequestDeveloperMessage(ContractModel):
    content: ChatCompletionRequestDeveloperMessageContent
    role: Literal["developer"]
    name: Annotated[Omissible[str], Field(pattern="^[^\\s<|\\\\/>]+$")] = None


class ChatCompletionRequestFunctionMessage(ContractModel):
    role: Literal["function"]
    content: str | None
    name: str


ChatCompletionRequestSystemMessageContentPart = TypeAliasType(
    "ChatCompletionRequestSystemMessageContentPart",
    Annotated[ChatCompletionRequestMessageContentPartText, OneOf("type", Option("object", "text"))],
)
ChatCompletionRequestSystemMessageContentList = TypeAliasType(
    "ChatCompletionRequestSystemMessageContentList",
    Annotated[list[ChatCompletionRequestSystemMessageContentPart], Field(min_length=1)],
)
ChatCompletionRequestSystemMessageContent = TypeAliasType(
    "ChatCompletionRequestSystemMessageContent",
    Annotated[
        str | ChatCompletionRequestSystemMessageContentList, OneOf(None, Option("string"), Option("array"))
    ],
)


class ChatCompletionRequestSystemMessage(ContractModel):
    content: ChatCompletionRequestSystemMessageContent
    role: Literal["system"]
    name: Annotated[Omissible[str], Field(pattern="^[^\\s<|\\\\/>]+$")] = None


ChatCompletionRequestToolMessageContentPart = TypeAliasType(
    "ChatCompletionRequestToolMessageContentPart",
    Annotated[ChatCompletionRequestMessageContentPartText, OneOf("type", Option("object", "text"))],
)
ChatCompletionRequestToolMessageContentList = TypeAliasType(
    "ChatCompletionRequestToolMessageContentList",
    Annotated[list[ChatCompletionRequestToolMessageContentPart], Field(min_length=1)],
)
ChatCompletionRequestToolMessageContent = TypeAliasType(
    "ChatCompletionRequestToolMessageContent",
    Annotated[
        str | ChatCompletionRequestToolMessageContentList, OneOf(None, Option("string"), Option("array"))
    ],
)


class ChatCompletionRequestToolMessage(ContractModel):
    role: Literal["tool"]
    content: ChatCompletionRequestToolMessageContent
    tool_call_id: str
    name: Annotated[Omissible[str], Field(pattern="^[^\\s<|\\\\/>]+$")] = None


class ChatCompletionRequestMessageContentPartAudioInputAudio(ContractModel):
    data: str
    format: Literal["wav", "mp3"]


class ChatCompletionRequestMessageContentPartAudio(ContractModel):
    type: Literal["input_audio"]
    input_audio: ChatCompletionRequestMessageContentPartAudioInputAudio
    prompt_cache_breakpoint: Omissible[PromptCacheBreakpointParam] = None


class ChatCompletionRequestMessageContentPartFileFile(ContractModel):
    filename: Omissible[str] = None
    file_data: Omissible[str] = None
    file_id: Omissible[str] = None


class ChatCompletionRequestMessageContentPartFile(ContractModel):
    type: Literal["file"]
    file: ChatCompletionRequestMessageContentPartFileFile
    prompt_cache_breakpoint: Omissible[PromptCacheBreakpointParam] = None


ChatCompletionRequestUserMessageContentPart = TypeAliasType(
    "ChatCompletionRequestUserMessageContentPart",
    Annotated[
        ChatCompletionRequestMessageContentPartText
        | ChatCompletionRequestMessageContentPartImage
        | ChatCompletionRequestMessageContentPartAudio
        | ChatCompletionRequestMessageContentPartFile,
        OneOf(
            "type",
            Option("object", "text"),
            Option("object", "image_url"),
            Option("object", "input_audio"),
            Option("object", "file"),
        ),
    ],
)
ChatCompletionRequestUserMessageContentList = TypeAliasType(
    "ChatCompletionRequestUserMessageContentList", list[ChatCompletionRequestUserMessageContentPart]
)
ChatCompletionRequestUserMessageContent = TypeAliasType(
    "ChatCompletionRequestUserMessageContent",
    Annotated[
        str | ChatCompletionRequestUserMessageContentList, OneOf(None, Option("string"), Option("array"))
    ],
)


class ChatCompletionRequestUserMessage(ContractModel):
    content: ChatCompletionRequestUserMessageContent
    role: Literal["user"]
    name: Annotated[Omissible[str], Field(pattern="^[^\\s<|\\\\/>]+$")] = None


ChatCompletionRequestMessage = TypeAliasType(
    "ChatCompletionRequestMessage",
    Annotated[
        ChatCompletionRequestDeveloperMessage
        | ChatCompletionRequestSystemMessage
        | ChatCompletionRequestUserMessage
        | ChatCompletionRequestAssistantMessage
        | ChatCompletionRequestToolMessage
        | ChatCompletionRequestFunctionMessage,
        OneOf(
            "role",
            Option("object", "developer"),
            Option("object", "system"),
            Option("object", "user"),
            Option("object", "assistant"),
            Option("object", "tool"),
            Option("object", "function"),
        ),
    ],
)


class ChatCompletionStreamOptions(ContractModel):
    include_usage: Omissible[bool] = None
    include_obfuscation: Omissible[bool] = None


class ChatCompletionStreamResponseDeltaFunctionCall(ContractModel):
    arguments: Omissible[str] = None
    name: Omissible[str] = None


class ChatCompletionStreamResponseDelta(ContractModel):
    content: str | None = None
    function_call: Omissible[ChatCompletionStreamResponseDeltaFunctionCall] = None
    tool_calls: Omissible[list[ChatCompletionMessageToolCallChunk]] = None
    role: Omissible[Literal["developer", "system", "user", "assistant", "tool"]] = None
    refusal: str | None = None
    reasoning_content: str | None = None


class FunctionObject(ContractModel):
    description: str | None = None
    name: Annotated[str, Field(max_length=64, min_length=1, pattern="^[a-zA-Z0-9_-]+$")]
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class ChatCompletionTool(ContractModel):
    type: Literal["function"]
    function: FunctionObject


ChatCompletionToolChoiceOption = TypeAliasType(
    "ChatCompletionToolChoiceOption",
    Annotated[
        Literal["none", "auto", "required"]
        | ChatCompletionAllowedToolsChoice
        | ChatCompletionNamedToolChoice
        | ChatCompletionNamedToolChoiceCustom,
        OneOf(
            "type",
            Option("string"),
            Option("object", "allowed_tools"),
            Option("object", "function"),
            Option("object", "custom"),
        ),
    ],
)


class VoiceIdsOrCustomVoiceObject(ContractModel):
    id: str


VoiceIdsShared = TypeAliasType("VoiceIdsShared", str)
VoiceIdsOrCustomVoice = TypeAliasType(
    "VoiceIdsOrCustomVoice",
    Annotated[VoiceIdsShared | VoiceIdsOrCustomVoiceObject, OneOf(None, Option("string"), Option("object"))],
)


class CreateChatCompletionRequestAudio(ContractModel):
    voice: VoiceIdsOrCustomVoice
    format: Literal["wav", "aac", "mp3", "flac", "opus", "pcm16"]


CreateChatCompletionRequestFunctionCall = TypeAliasType(
    "CreateChatCompletionRequestFunctionCall",
    Annotated[
        Literal["none", "auto"] | ChatCompletionFunctionCallOption,
        OneOf(None, Option("string"), Option("object")),
    ],
)
CreateChatCompletionRequestLogitBiasValue = TypeAliasType(
    "CreateChatCompletionRequestLogitBiasValue", Annotated[int, Field(ge=-100, le=100)]
)


class ResponseFormatJsonSchemaJsonSchema(ContractModel):
    description: str | None = None
    name: Annotated[str, Field(max_length=64, min_length=1, pattern="^[a-zA-Z0-9_-]+$")]
    schema_: Annotated[Omissible[dict[str, Any]], Field(alias="schema")] = None
    strict: bool | None = None


class ResponseFormatJsonSchema(ContractModel):
    type: Literal["json_schema"]
    json_schema: ResponseFormatJsonSchemaJsonSchema


CreateChatCompletionRequestResponseFormat = TypeAliasType(
    "CreateChatCompletionRequestResponseFormat",
    Annotated[
        ResponseFormatText | ResponseFormatJsonSchema | ResponseFormatJsonObject,
        OneOf(
            "type", Option("object", "text"), Option("object", "json_schema"), Option("object", "json_object")
        ),
    ],
)


class CustomToolChatCompletionsCustomFormatGrammarGrammar(ContractModel):
    definition: str
    syntax: Literal["lark", "regex"]


class CustomToolChatCompletionsCustomFormatGrammar(ContractModel):
    type: Literal["grammar"]
    grammar: CustomToolChatCompletionsCustomFormatGrammarGrammar


class CustomToolChatCompletionsCustomFormatText(ContractModel):
    type: Literal["text"]


CustomToolChatCompletionsCustomFormat = TypeAliasType(
    "CustomToolChatCompletionsCustomFormat",
    Annotated[
        CustomToolChatCompletionsCustomFormatText | CustomToolChatCompletionsCustomFormatGrammar,
        OneOf("type", Option("object", "text"), Option("object", "grammar")),
    ],
)


class CustomToolChatCompletionsCustom(ContractModel):
    name: str
    description: Omissible[str] = None
    format: Omissible[CustomToolChatCompletionsCustomFormat] = None


class CustomToolChatCompletions(ContractModel):
    type: Literal["custom"]
    custom: CustomToolChatCompletionsCustom


CreateChatCompletionRequestTool = TypeAliasType(
    "CreateChatCompletionRequestTool",
    Annotated[
        ChatCompletionTool | CustomToolChatCompletions,
        OneOf("type", Option("object", "function"), Option("object", "custom")),
    ],
)


class WebSearchLocation(ContractModel):
    country: Omissible[str] = None
    region: Omissible[str] = None
    city: Omissible[str] = None
    timezone: Omissible[str] = None


class CreateChatCompletionRequestWebSearchOptionsUserLocation(ContractModel):
    type: Literal["approximate"]
    approximate: WebSearchLocation


WebSearchContextSize = TypeAliasType("WebSearchContextSize", Literal["low", "medium", "high"])


class CreateChatCompletionRequestWebSearchOptions(ContractModel):
    user_location: CreateChatCompletionRequestWebSearchOptionsUserLocation | None = None
    search_context_size: Omissible[WebSearchContextSize] = None


ModelIdsShared = TypeAliasType("ModelIdsShared", str)
ParallelToolCalls = TypeAliasType("ParallelToolCalls", bool)
PredictionContentContentList = TypeAliasType(
    "PredictionContentContentList",
    Annotated[list[ChatCompletionRequestMessageContentPartText], Field(min_length=1)],
)
PredictionContentContent = TypeAliasType(
    "PredictionContentContent",
    Annotated[str | PredictionContentContentList, OneOf(None, Option("string"), Option("array"))],
)


class PredictionContent(ContractModel):
    type: Literal["content"]
    content: PredictionContentContent


ResponseModalities = TypeAliasType("ResponseModalities", list[Literal["text", "audio"]])
StopConfigurationList = TypeAliasType(
    "StopConfigurationList", Annotated[list[str], Field(max_length=4, min_length=1)]
)
StopConfiguration = TypeAliasType(
    "StopConfiguration",
    Annotated[str | StopConfigurationList, OneOf(None, Option("string"), Option("array"))],
)


class CreateChatCompletionRequest(ContractModel):
    metadata: Metadata | None = None
    top_logprobs: Annotated[int | None, Field(ge=0, le=20)] = None
    temperature: Annotated[float | None, Field(ge=0.0, le=2.0)] = None
    top_p: Annotated[float | None, Field(ge=0.0, le=1.0)] = None
    user: str | None = None
    safety_identifier: Annotated[str | None, Field(max_length=64)] = None
    prompt_cache_key: Annotated[str | None, Field(max_length=64)] = None
    prompt_cache_retention: Literal["in_memory", "24h"] | None = None
    prompt_cache_options: PromptCacheOptionsParam | None = None
    messages: Annotated[list[ChatCompletionRequestMessage], Field(min_length=1)]
    model: ModelIdsShared
    service_tier: ServiceTier | None = None
    modalities: ResponseModalities | None = None
    verbosity: Verbosity | None = None
    reasoning_effort: ReasoningEffort | None = None
    max_completion_tokens: Annotated[int | None, Field(ge=1)] = None
    frequency_penalty: Annotated[float | None, Field(ge=-2.0, le=2.0)] = None
    presence_penalty: Annotated[float | None, Field(ge=-2.0, le=2.0)] = None
    web_search_options: CreateChatCompletionRequestWebSearchOptions | None = None
    response_format: CreateChatCompletionRequestResponseFormat | None = None
    audio: CreateChatCompletionRequestAudio | None = None
    store: bool | None = None
    moderation: ModerationParam | None = None
    stream: bool | None = None
    stop: StopConfiguration | None = None
    logit_bias: dict[str, CreateChatCompletionRequestLogitBiasValue] | None = None
    logprobs: bool | None = None
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    n: Annotated[int | None, Field(ge=1, le=128)] = None
    prediction: PredictionContent | None = None
    seed: Annotated[int | None, Field(ge=-9223372036854775808, le=9223372036854775807)] = None
    stream_options: ChatCompletionStreamOptions | None = None
    tools: Annotated[list[CreateChatCompletionRequestTool] | None, Field(max_length=128)] = None
    tool_choice: ChatCompletionToolChoiceOption | None = None
    parallel_tool_calls: ParallelToolCalls | None = None
    function_call: CreateChatCompletionRequestFunctionCall | None = None
    functions: Annotated[list[ChatCompletionFunctions] | None, Field(max_length=128, min_length=1)] = None


class CreateChatCompletionStreamResponseChoiceLogprobs(ContractModel):
    content: list[ChatCompletionTokenLogprob] | None
    refusal: list[ChatCompletionTokenLogprob] | None


class CreateChatCompletionStreamResponseChoice(ContractModel):
    delta: ChatCompletionStreamResponseDelta
    logprobs: CreateChatCompletionStreamResponseChoiceLogprobs | None = None
    finish_reason: Literal["stop", "length", "tool_calls", "content_filter", "function_call"] | None
    index: int


class CreateChatCompletionStreamResponse(ContractModel):
    id: str
    choices: list[CreateChatCompletionStreamResponseChoice]
    created: int
    model: str
    obfuscation: Omissible[str] = None
    service_tier: ServiceTier | None = None
    system_fingerprint: Omissible[str] = None
    object: Literal["chat.completion.chunk"]
    usage: CompletionUsage | None = None
    moderation: ChatCompletionModeration | None = None


class GetChatCompletionMessagesQuery(ContractModel):
    after: Omissible[str] = None
    limit: Annotated[Omissible[int], Field(ge=1, le=100)] = None
    order: Omissible[Literal["asc", "desc"]] = None


class ListChatCompletionsQuery(ContractModel):
    model: Omissible[str] = None
    metadata: Metadata | None = None
    after: Omissible[str] = None
    limit: Annotated[Omissible[int], Field(ge=1, le=100)] = None
    order: Omissible[Literal["asc", "desc"]] = None


class UpdateChatCompletionRequest(ContractModel):
    metadata: Metadata | None
