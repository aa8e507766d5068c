# Made by `python -m codegen generate` from spec/openapi.yaml. Don't edit it.
"""The wire types of the API."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypeAliasType

from fake_llm_server._contract import ContractModel, Omissible, OneOf, Option

from ..shared import (
    Error,
    Metadata,
    ModerationParam,
    ModerationResultBody,
    PromptCacheBreakpointParam,
    PromptCacheModeEnum,
    PromptCacheOptionsParam,
    PromptCacheTTLEnum,
    ReasoningEffort,
    ResponseFormatJsonObject,
    ResponseFormatText,
    Verbosity,
)

MessageRole = TypeAliasType(
    "MessageRole",
    Literal["unknown", "user", "assistant", "system", "critic", "discriminator", "developer", "tool"],
)
CallableToolAllowedCaller = TypeAliasType("CallableToolAllowedCaller", Literal["direct", "programmatic"])


class ApplyPatchToolParam(ContractModel):
    type: Literal["apply_patch"]
    allowed_callers: Annotated[list[CallableToolAllowedCaller] | None, Field(min_length=1)] = None


class ContainerNetworkPolicyDomainSecretParam(ContractModel):
    domain: Annotated[str, Field(min_length=1)]
    name: Annotated[str, Field(min_length=1)]
    value: Annotated[str, Field(max_length=10485760, min_length=1)]


class ContainerNetworkPolicyAllowlistParam(ContractModel):
    type: Literal["allowlist"]
    allowed_domains: Annotated[list[str], Field(min_length=1)]
    domain_secrets: Annotated[
        Omissible[list[ContainerNetworkPolicyDomainSecretParam]], Field(min_length=1)
    ] = None


class ContainerNetworkPolicyDisabledParam(ContractModel):
    type: Literal["disabled"]


AutoCodeInterpreterToolParamNetworkPolicy = TypeAliasType(
    "AutoCodeInterpreterToolParamNetworkPolicy",
    Annotated[
        ContainerNetworkPolicyDisabledParam | ContainerNetworkPolicyAllowlistParam,
        OneOf("type", Option("object", "disabled"), Option("object", "allowlist")),
    ],
)
ContainerMemoryLimit = TypeAliasType("ContainerMemoryLimit", Literal["1g", "4g", "16g", "64g"])


class AutoCodeInterpreterToolParam(ContractModel):
    type: Literal["auto"]
    file_ids: Annotated[Omissible[list[str]], Field(max_length=50)] = None
    memory_limit: ContainerMemoryLimit | None = None
    network_policy: Omissible[AutoCodeInterpreterToolParamNetworkPolicy] = None


CodeInterpreterToolContainer = TypeAliasType(
    "CodeInterpreterToolContainer",
    Annotated[str | AutoCodeInterpreterToolParam, OneOf(None, Option("string"), Option("object"))],
)


class CodeInterpreterTool(ContractModel):
    type: Literal["code_interpreter"]
    container: CodeInterpreterToolContainer
    allowed_callers: Annotated[list[CallableToolAllowedCaller] | None, Field(min_length=1)] = None


class ComputerTool(ContractModel):
    type: Literal["computer"]


ComputerEnvironment = TypeAliasType(
    "ComputerEnvironment", Literal["windows", "mac", "linux", "ubuntu", "browser"]
)


class ComputerUsePreviewTool(ContractModel):
    type: Literal["computer_use_preview"]
    environment: ComputerEnvironment
    display_width: int
    display_height: int


GrammarSyntax1 = TypeAliasType("GrammarSyntax1", Literal["lark", "regex"])


class CustomGrammarFormatParam(ContractModel):
    type: Literal["grammar"]
    syntax: GrammarSyntax1
    definition: str


class CustomTextFormatParam(ContractModel):
    type: Literal["text"]


CustomToolParamFormat = TypeAliasType(
    "CustomToolParamFormat",
    Annotated[
        CustomTextFormatParam | CustomGrammarFormatParam,
        OneOf("type", Option("object", "text"), Option("object", "grammar")),
    ],
)


class CustomToolParam(ContractModel):
    type: Literal["custom"]
    name: str
    description: str | None = None
    format: CustomToolParamFormat | None = None
    defer_loading: bool | None = None
    allowed_callers: Annotated[list[CallableToolAllowedCaller] | None, Field(min_length=1)] = None


ComparisonFilterValueListItem = TypeAliasType(
    "ComparisonFilterValueListItem", Annotated[str | float, OneOf(None, Option("string"), Option("number"))]
)
ComparisonFilterValueList = TypeAliasType("ComparisonFilterValueList", list[ComparisonFilterValueListItem])
ComparisonFilterValue = TypeAliasType(
    "ComparisonFilterValue",
    Annotated[
        str | float | bool | ComparisonFilterValueList,
        OneOf(None, Option("string"), Option("number"), Option("boolean"), Option("array")),
    ],
)


class ComparisonFilter(ContractModel):
    type: Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]
    key: str
    value: ComparisonFilterValue


class CompoundFilter(ContractModel):
    type: Literal["and", "or"]
    filters: "list[CompoundFilterFilter]"


Filters = TypeAliasType(
    "Filters",
    Annotated[
        ComparisonFilter | CompoundFilter,
        OneOf(
            "type",
            Option("object", "eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"),
            Option("object", "and", "or"),
        ),
    ],
)


class HybridSearchOptions(ContractModel):
    embedding_weight: float
    text_weight: float


RankerVersionType = TypeAliasType("RankerVersionType", Literal["auto", "default-2024-11-15"])


class RankingOptions(ContractModel):
    ranker: Omissible[RankerVersionType] = None
    score_threshold: Annotated[Omissible[float], Field(ge=0.0, le=1.0)] = None
    hybrid_search: Omissible[HybridSearchOptions] = None


class FileSearchTool(ContractModel):
    type: Literal["file_search"]
    vector_store_ids: list[str]
    max_num_results: Annotated[Omissible[int], Field(ge=1, le=50)] = None
    ranking_options: Omissible[RankingOptions] = None
    filters: Filters | None = None


ContainerAutoParamNetworkPolicy = TypeAliasType(
    "ContainerAutoParamNetworkPolicy",
    Annotated[
        ContainerNetworkPolicyDisabledParam | ContainerNetworkPolicyAllowlistParam,
        OneOf("type", Option("object", "disabled"), Option("object", "allowlist")),
    ],
)


class InlineSkillSourceParam(ContractModel):
    type: Literal["base64"]
    media_type: Literal["application/zip"]
    data: Annotated[str, Field(max_length=70254592, min_length=1)]


class InlineSkillParam(ContractModel):
    type: Literal["inline"]
    name: str
    description: str
    source: InlineSkillSourceParam


class SkillReferenceParam(ContractModel):
    type: Literal["skill_reference"]
    skill_id: Annotated[str, Field(max_length=64, min_length=1)]
    version: Omissible[str] = None


ContainerAutoParamSkill = TypeAliasType(
    "ContainerAutoParamSkill",
    Annotated[
        SkillReferenceParam | InlineSkillParam,
        OneOf("type", Option("object", "skill_reference"), Option("object", "inline")),
    ],
)


class ContainerAutoParam(ContractModel):
    type: Literal["container_auto"]
    file_ids: Annotated[Omissible[list[str]], Field(max_length=50)] = None
    memory_limit: ContainerMemoryLimit | None = None
    network_policy: Omissible[ContainerAutoParamNetworkPolicy] = None
    skills: Annotated[Omissible[list[ContainerAutoParamSkill]], Field(max_length=200)] = None


class ContainerReferenceParam(ContractModel):
    type: Literal["container_reference"]
    container_id: str


class LocalSkillParam(ContractModel):
    name: str
    description: str
    path: str


class LocalEnvironmentParam(ContractModel):
    type: Literal["local"]
    skills: Annotated[Omissible[list[LocalSkillParam]], Field(max_length=200)] = None


FunctionShellToolParamEnvironment = TypeAliasType(
    "FunctionShellToolParamEnvironment",
    Annotated[
        ContainerAutoParam | LocalEnvironmentParam | ContainerReferenceParam,
        OneOf(
            "type",
            Option("object", "container_auto"),
            Option("object", "local"),
            Option("object", "container_reference"),
        ),
    ],
)


class FunctionShellToolParam(ContractModel):
    type: Literal["shell"]
    environment: FunctionShellToolParamEnvironment | None = None
    allowed_callers: Annotated[list[CallableToolAllowedCaller] | None, Field(min_length=1)] = None


class FunctionTool(ContractModel):
    type: Literal["function"]
    name: Annotated[str, Field(max_length=128, min_length=1, pattern="^[a-zA-Z0-9_-]+$")]
    description: str | None = None
    parameters: dict[str, Any] | None = None
    output_schema: dict[str, Any] | None = None
    strict: bool | None = None
    defer_loading: bool | None = None
    allowed_callers: list[CallableToolAllowedCaller] | None = None


ImageGenActionEnum = TypeAliasType("ImageGenActionEnum", Literal["generate", "edit", "auto"])


class ImageGenToolInputImageMask(ContractModel):
    image_url: Omissible[str] = None
    file_id: Omissible[str] = None


InputFidelity = TypeAliasType("InputFidelity", Literal["high", "low"])


class ImageGenTool(ContractModel):
    type: Literal["image_generation"]
    model: Omissible[str] = None
    quality: Omissible[Literal["low", "medium", "high", "auto"]] = None
    size: Omissible[str] = None
    output_format: Omissible[Literal["png", "webp", "jpeg"]] = None
    output_compression: Annotated[Omissible[int], Field(ge=0, le=100)] = None
    moderation: Omissible[Literal["auto", "low"]] = None
    background: Omissible[Literal["transparent", "opaque", "auto"]] = None
    input_fidelity: InputFidelity | None = None
    input_image_mask: Omissible[ImageGenToolInputImageMask] = None
    partial_images: Annotated[Omissible[int], Field(ge=0, le=3)] = None
    action: Omissible[ImageGenActionEnum] = None


class LocalShellToolParam(ContractModel):
    type: Literal["local_shell"]


MCPToolAllowedToolsList = TypeAliasType("MCPToolAllowedToolsList", list[str])


class MCPToolFilter(ContractModel):
    tool_names: Omissible[list[str]] = None
    read_only: Omissible[bool] = None


MCPToolAllowedTools = TypeAliasType(
    "MCPToolAllowedTools",
    Annotated[MCPToolAllowedToolsList | MCPToolFilter, OneOf(None, Option("array"), Option("object"))],
)


class MCPToolRequireApprovalObject(ContractModel):
    always: Omissible[MCPToolFilter] = None
    never: Omissible[MCPToolFilter] = None


MCPToolRequireApproval = TypeAliasType(
    "MCPToolRequireApproval",
    Annotated[
        MCPToolRequireApprovalObject | Literal["always", "never"],
        OneOf(None, Option("object"), Option("string")),
    ],
)


class MCPTool(ContractModel):
    type: Literal["mcp"]
    server_label: str
    server_url: Omissible[str] = None
    connector_id: Omissible[
        Literal[
            "connector_dropbox",
            "connector_gmail",
            "connector_googlecalendar",
            "connector_googledrive",
            "connector_microsoftteams",
            "connector_outlookcalendar",
            "connector_outlookemail",
            "connector_sharepoint",
        ]
    ] = None
    tunnel_id: Annotated[Omissible[str], Field(pattern="^tunnel_[a-z0-9]{32}$")] = None
    authorization: Omissible[str] = None
    server_description: Omissible[str] = None
    headers: dict[str, str] | None = None
    allowed_tools: MCPToolAllowedTools | None = None
    allowed_callers: Annotated[list[CallableToolAllowedCaller] | None, Field(min_length=1)] = None
    require_approval: MCPToolRequireApproval | None = None
    defer_loading: Omissible[bool] = None


class FunctionToolParam(ContractModel):
    name: Annotated[str, Field(max_length=128, min_length=1, pattern="^[a-zA-Z0-9_-]+$")]
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None
    type: Literal["function"]
    output_schema: dict[str, Any] | None = None
    defer_loading: Omissible[bool] = None
    allowed_callers: Annotated[list[CallableToolAllowedCaller] | None, Field(min_length=1)] = None


NamespaceToolParamTool = TypeAliasType(
    "NamespaceToolParamTool",
    Annotated[
        FunctionToolParam | CustomToolParam,
        OneOf("type", Option("object", "function"), Option("object", "custom")),
    ],
)


class NamespaceToolParam(ContractModel):
    type: Literal["namespace"]
    name: Annotated[str, Field(min_length=1)]
    description: str
    tools: Annotated[list[NamespaceToolParamTool], Field(min_length=1)]


class ProgrammaticToolCallingParam(ContractModel):
    type: Literal["programmatic_tool_calling"]


ToolSearchExecutionType = TypeAliasType("ToolSearchExecutionType", Literal["server", "client"])


class ToolSearchToolParam(ContractModel):
    type: Literal["tool_search"]
    execution: Omissible[ToolSearchExecutionType] = None
    description: str | None = None
    parameters: dict[str, Any] | None = None


class ApproximateLocation(ContractModel):
    type: Literal["approximate"]
    country: str | None = None
    region: str | None = None
    city: str | None = None
    timezone: str | None = None


SearchContentType = TypeAliasType("SearchContentType", Literal["text", "image"])
SearchContextSize = TypeAliasType("SearchContextSize", Literal["low", "medium", "high"])


class WebSearchPreviewTool(ContractModel):
    type: Literal["web_search_preview", "web_search_preview_2025_03_11"]
    user_location: ApproximateLocation | None = None
    search_context_size: Omissible[SearchContextSize] = None
    search_content_types: Omissible[list[SearchContentType]] = None


class WebSearchApproximateLocation(ContractModel):
    type: Omissible[Literal["approximate"]] = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    timezone: str | None = None


class WebSearchToolFilters(ContractModel):
    allowed_domains: list[str] | None = None


class WebSearchTool(ContractModel):
    type: Literal["web_search", "web_search_2025_08_26"]
    external_web_access: Omissible[bool] = None
    filters: WebSearchToolFilters | None = None
    user_location: WebSearchApproximateLocation | None = None
    search_context_size: Omissible[Literal["low", "medium", "high"]] = None
    search_content_types: Omissible[list[SearchContentType]] = None


Tool = TypeAliasType(
    "Tool",
    Annotated[
        FunctionTool
        | FileSearchTool
        | ComputerTool
        | ComputerUsePreviewTool
        | WebSearchTool
        | MCPTool
        | CodeInterpreterTool
        | ProgrammaticToolCallingParam
        | ImageGenTool
        | LocalShellToolParam
        | FunctionShellToolParam
        | CustomToolParam
        | NamespaceToolParam
        | ToolSearchToolParam
        | WebSearchPreviewTool
        | ApplyPatchToolParam,
        OneOf(
            "type",
            Option("object", "function"),
            Option("object", "file_search"),
            Option("object", "computer"),
            Option("object", "computer_use_preview"),
            Option("object", "web_search", "web_search_2025_08_26"),
            Option("object", "mcp"),
            Option("object", "code_interpreter"),
            Option("object", "programmatic_tool_calling"),
            Option("object", "image_generation"),
            Option("object", "local_shell"),
            Option("object", "shell"),
            Option("object", "custom"),
            Option("object", "namespace"),
            Option("object", "tool_search"),
            Option("object", "web_search_preview", "web_search_preview_2025_03_11"),
            Option("object", "apply_patch"),
        ),
    ],
)


class AdditionalTools(ContractModel):
    type: Literal["additional_tools"]
    id: str
    role: MessageRole
    tools: list[Tool]


class AdditionalToolsItemParam(ContractModel):
    id: str | None = None
    type: Literal["additional_tools"]
    role: Literal["developer"]
    tools: list[Tool]


class ContainerFileCitationBody(ContractModel):
    type: Literal["container_file_citation"]
    container_id: str
    file_id: str
    start_index: int
    end_index: int
    filename: str


class FileCitationBody(ContractModel):
    type: Literal["file_citation"]
    file_id: str
    index: int
    filename: str


class FilePath(ContractModel):
    type: Literal["file_path"]
    file_id: str
    index: int


class UrlCitationBody(ContractModel):
    type: Literal["url_citation"]
    url: str
    start_index: int
    end_index: int
    title: str


Annotation = TypeAliasType(
    "Annotation",
    Annotated[
        FileCitationBody | UrlCitationBody | ContainerFileCitationBody | FilePath,
        OneOf(
            "type",
            Option("object", "file_citation"),
            Option("object", "url_citation"),
            Option("object", "container_file_citation"),
            Option("object", "file_path"),
        ),
    ],
)
ApplyPatchCallOutputStatus = TypeAliasType("ApplyPatchCallOutputStatus", Literal["completed", "failed"])
ApplyPatchCallOutputStatusParam = TypeAliasType(
    "ApplyPatchCallOutputStatusParam", Literal["completed", "failed"]
)
ApplyPatchCallStatus = TypeAliasType("ApplyPatchCallStatus", Literal["in_progress", "completed"])
ApplyPatchCallStatusParam = TypeAliasType("ApplyPatchCallStatusParam", Literal["in_progress", "completed"])


class ApplyPatchCreateFileOperation(ContractModel):
    type: Literal["create_file"]
    path: str
    diff: str


class ApplyPatchCreateFileOperationParam(ContractModel):
    type: Literal["create_file"]
    path: Annotated[str, Field(min_length=1)]
    diff: Annotated[str, Field(max_length=10485760)]


class ApplyPatchDeleteFileOperation(ContractModel):
    type: Literal["delete_file"]
    path: str


class ApplyPatchDeleteFileOperationParam(ContractModel):
    type: Literal["delete_file"]
    path: Annotated[str, Field(min_length=1)]


class ApplyPatchUpdateFileOperationParam(ContractModel):
    type: Literal["update_file"]
    path: Annotated[str, Field(min_length=1)]
    diff: Annotated[str, Field(max_length=10485760)]


ApplyPatchOperationParam = TypeAliasType(
    "ApplyPatchOperationParam",
    Annotated[
        ApplyPatchCreateFileOperationParam
        | ApplyPatchDeleteFileOperationParam
        | ApplyPatchUpdateFileOperationParam,
        OneOf(
            "type",
            Option("object", "create_file"),
            Option("object", "delete_file"),
            Option("object", "update_file"),
        ),
    ],
)


class ApplyPatchUpdateFileOperation(ContractModel):
    type: Literal["update_file"]
    path: str
    diff: str


ApplyPatchToolCallOperation = TypeAliasType(
    "ApplyPatchToolCallOperation",
    Annotated[
        ApplyPatchCreateFileOperation | ApplyPatchDeleteFileOperation | ApplyPatchUpdateFileOperation,
        OneOf(
            "type",
            Option("object", "create_file"),
            Option("object", "delete_file"),
            Option("object", "update_file"),
        ),
    ],
)


class DirectToolCallCaller(ContractModel):
    type: Literal["direct"]


class ProgramToolCallCaller(ContractModel):
    type: Literal["program"]
    caller_id: str


ToolCallCaller = TypeAliasType(
    "ToolCallCaller",
    Annotated[
        DirectToolCallCaller | ProgramToolCallCaller,
        OneOf("type", Option("object", "direct"), Option("object", "program")),
    ],
)


class ApplyPatchToolCall(ContractModel):
    type: Literal["apply_patch_call"]
    id: str
    call_id: str
    caller: ToolCallCaller | None = None
    status: ApplyPatchCallStatus
    operation: ApplyPatchToolCallOperation
    created_by: Omissible[str] = None


class DirectToolCallCallerParam(ContractModel):
    type: Literal["direct"]


class ProgramToolCallCallerParam(ContractModel):
    type: Literal["program"]
    caller_id: Annotated[str, Field(max_length=64, min_length=1)]


ToolCallCallerParam = TypeAliasType(
    "ToolCallCallerParam",
    Annotated[
        DirectToolCallCallerParam | ProgramToolCallCallerParam,
        OneOf("type", Option("object", "direct"), Option("object", "program")),
    ],
)


class ApplyPatchToolCallItemParam(ContractModel):
    type: Literal["apply_patch_call"]
    id: str | None = None
    call_id: Annotated[str, Field(max_length=64, min_length=1)]
    caller: ToolCallCallerParam | None = None
    status: ApplyPatchCallStatusParam
    operation: ApplyPatchOperationParam


class ApplyPatchToolCallOutput(ContractModel):
    type: Literal["apply_patch_call_output"]
    id: str
    call_id: str
    caller: ToolCallCaller | None = None
    status: ApplyPatchCallOutputStatus
    output: str | None = None
    created_by: Omissible[str] = None


class ApplyPatchToolCallOutputItemParam(ContractModel):
    type: Literal["apply_patch_call_output"]
    id: str | None = None
    call_id: Annotated[str, Field(max_length=64, min_length=1)]
    caller: ToolCallCallerParam | None = None
    status: ApplyPatchCallOutputStatusParam
    output: Annotated[str | None, Field(max_length=10485760)] = None


ClickButtonType = TypeAliasType("ClickButtonType", Literal["left", "right", "wheel", "back", "forward"])


class ClickParam(ContractModel):
    type: Literal["click"]
    button: ClickButtonType
    x: int
    y: int
    keys: list[str] | None = None


class CodeInterpreterOutputImage(ContractModel):
    type: Literal["image"]
    url: str


class CodeInterpreterOutputLogs(ContractModel):
    type: Literal["logs"]
    logs: str


CodeInterpreterToolCallOutput = TypeAliasType(
    "CodeInterpreterToolCallOutput",
    Annotated[
        CodeInterpreterOutputLogs | CodeInterpreterOutputImage,
        OneOf("type", Option("object", "logs"), Option("object", "image")),
    ],
)


class CodeInterpreterToolCall(ContractModel):
    type: Literal["code_interpreter_call"]
    id: str
    status: Literal["in_progress", "completed", "incomplete", "interpreting", "failed"]
    container_id: str
    code: str | None
    outputs: list[CodeInterpreterToolCallOutput] | None


class CompactionBody(ContractModel):
    type: Literal["compaction"]
    id: str
    encrypted_content: str
    created_by: Omissible[str] = None


class DoubleClickAction(ContractModel):
    type: Literal["double_click"]
    x: int
    y: int
    keys: list[str] | None


class CoordParam(ContractModel):
    x: int
    y: int


class DragParam(ContractModel):
    type: Literal["drag"]
    path: list[CoordParam]
    keys: list[str] | None = None


class KeyPressAction(ContractModel):
    type: Literal["keypress"]
    keys: list[str]


class MoveParam(ContractModel):
    type: Literal["move"]
    x: int
    y: int
    keys: list[str] | None = None


class ScreenshotParam(ContractModel):
    type: Literal["screenshot"]


class ScrollParam(ContractModel):
    type: Literal["scroll"]
    x: int
    y: int
    scroll_x: int
    scroll_y: int
    keys: list[str] | None = None


class TypeParam(ContractModel):
    type: Literal["type"]
    text: str


class WaitParam(ContractModel):
    type: Literal["wait"]


ComputerAction = TypeAliasType(
    "ComputerAction",
    Annotated[
        ClickParam
        | DoubleClickAction
        | DragParam
        | KeyPressAction
        | MoveParam
        | ScreenshotParam
        | ScrollParam
        | TypeParam
        | WaitParam,
        OneOf(
            "type",
            Option("object", "click"),
            Option("object", "double_click"),
            Option("object", "drag"),
            Option("object", "keypress"),
            Option("object", "move"),
            Option("object", "screenshot"),
            Option("object", "scroll"),
            Option("object", "type"),
            Option("object", "wait"),
        ),
    ],
)
ComputerActionList = TypeAliasType("ComputerActionList", list[ComputerAction])


class ComputerCallSafetyCheckParam(ContractModel):
    id: str
    code: str | None = None
    message: str | None = None


class ComputerToolCall(ContractModel):
    type: Literal["computer_call"]
    id: str
    call_id: str
    action: Omissible[ComputerAction] = None
    actions: Omissible[ComputerActionList] = None
    pending_safety_checks: list[ComputerCallSafetyCheckParam]
    status: Literal["in_progress", "completed", "incomplete"]


ComputerCallOutputStatus = TypeAliasType(
    "ComputerCallOutputStatus", Literal["completed", "incomplete", "failed"]
)


class ComputerScreenshotImage(ContractModel):
    type: Literal["computer_screenshot"]
    image_url: Omissible[str] = None
    file_id: Omissible[str] = None


class ComputerToolCallOutputResource(ContractModel):
    type: Literal["computer_call_output"]
    id: str
    call_id: str
    acknowledged_safety_checks: Omissible[list[ComputerCallSafetyCheckParam]] = None
    output: ComputerScreenshotImage
    status: ComputerCallOutputStatus
    created_by: Omissible[str] = None


class CustomToolCall(ContractModel):
    type: Literal["custom_tool_call"]
    id: str | None = None
    call_id: Annotated[str, Field(max_length=64)]
    caller: ToolCallCaller | None = None
    namespace: str | None = None
    name: str
    input: str
    status: Literal["in_progress", "completed", "incomplete"] | None = None
    internal_chat_message_metadata_passthrough: dict[str, Any] | None = None


FileInputDetail = TypeAliasType("FileInputDetail", Literal["auto", "low", "high"])


class PromptCacheBreakpointConfig(ContractModel):
    mode: Literal["explicit"]


class InputFileContent(ContractModel):
    type: Literal["input_file"]
    file_id: str | None = None
    filename: Omissible[str] = None
    file_data: Omissible[str] = None
    prompt_cache_breakpoint: Omissible[PromptCacheBreakpointConfig] = None
    file_url: Omissible[str] = None
    detail: Omissible[FileInputDetail] = None


ImageDetail = TypeAliasType("ImageDetail", Literal["low", "high", "auto", "original"])


class InputImageContent(ContractModel):
    type: Literal["input_image"]
    image_url: str | None = None
    file_id: str | None = None
    detail: Omissible[ImageDetail] = None
    prompt_cache_breakpoint: Omissible[PromptCacheBreakpointConfig] = None


class InputTextContent(ContractModel):
    type: Literal["input_text"]
    text: str
    prompt_cache_breakpoint: Omissible[PromptCacheBreakpointConfig] = None


FunctionAndCustomToolCallOutput = TypeAliasType(
    "FunctionAndCustomToolCallOutput",
    Annotated[
        InputTextContent | InputImageContent | InputFileContent,
        OneOf(
            "type",
            Option("object", "input_text"),
            Option("object", "input_image"),
            Option("object", "input_file"),
        ),
    ],
)
CustomToolCallOutputOutputList = TypeAliasType(
    "CustomToolCallOutputOutputList", list[FunctionAndCustomToolCallOutput]
)
CustomToolCallOutputOutput = TypeAliasType(
    "CustomToolCallOutputOutput",
    Annotated[str | CustomToolCallOutputOutputList, OneOf(None, Option("string"), Option("array"))],
)


class CustomToolCallOutput(ContractModel):
    type: Literal["custom_tool_call_output"]
    id: str | None = None
    call_id: Annotated[str, Field(max_length=64)]
    caller: ToolCallCallerParam | None = None
    output: CustomToolCallOutputOutput
    status: Literal["in_progress", "completed", "incomplete"] | None = None
    internal_chat_message_metadata_passthrough: dict[str, Any] | None = None


VectorStoreFileAttributesValueText = TypeAliasType(
    "VectorStoreFileAttributesValueText", Annotated[str, Field(max_length=512)]
)
VectorStoreFileAttributesValue = TypeAliasType(
    "VectorStoreFileAttributesValue",
    Annotated[
        VectorStoreFileAttributesValueText | float | bool,
        OneOf(None, Option("string"), Option("number"), Option("boolean")),
    ],
)
VectorStoreFileAttributes = TypeAliasType(
    "VectorStoreFileAttributes",
    Annotated[
        dict[Annotated[str, StringConstraints(max_length=64)], VectorStoreFileAttributesValue],
        Field(max_length=16),
    ],
)


class FileSearchToolCallResult(ContractModel):
    file_id: Omissible[str] = None
    text: Omissible[str] = None
    filename: Omissible[str] = None
    attributes: VectorStoreFileAttributes | None = None
    score: Omissible[float] = None


class FileSearchToolCall(ContractModel):
    id: str
    type: Literal["file_search_call"]
    status: Literal["in_progress", "searching", "completed", "incomplete", "failed"]
    queries: list[str]
    results: list[FileSearchToolCallResult] | None = None


class FunctionShellAction(ContractModel):
    commands: list[str]
    timeout_ms: int | None
    max_output_length: int | None


class ContainerReferenceResource(ContractModel):
    type: Literal["container_reference"]
    container_id: str


class LocalEnvironmentResource(ContractModel):
    type: Literal["local"]


FunctionShellCallEnvironment = TypeAliasType(
    "FunctionShellCallEnvironment",
    Annotated[
        LocalEnvironmentResource | ContainerReferenceResource,
        OneOf("type", Option("object", "local"), Option("object", "container_reference")),
    ],
)
FunctionShellCallStatus = TypeAliasType(
    "FunctionShellCallStatus", Literal["in_progress", "completed", "incomplete"]
)


class FunctionShellCall(ContractModel):
    type: Literal["shell_call"]
    id: str
    call_id: str
    caller: ToolCallCaller | None = None
    action: FunctionShellAction
    status: FunctionShellCallStatus
    environment: FunctionShellCallEnvironment | None
    created_by: Omissible[str] = None


class FunctionShellCallOutputExitOutcome(ContractModel):
    type: Literal["exit"]
    exit_code: int


class FunctionShellCallOutputTimeoutOutcome(ContractModel):
    type: Literal["timeout"]


FunctionShellCallOutputContentOutcome = TypeAliasType(
    "FunctionShellCallOutputContentOutcome",
    Annotated[
        FunctionShellCallOutputTimeoutOutcome | FunctionShellCallOutputExitOutcome,
        OneOf("type", Option("object", "timeout"), Option("object", "exit")),
    ],
)


class FunctionShellCallOutputContent(ContractModel):
    stdout: str
    stderr: str
    outcome: FunctionShellCallOutputContentOutcome
    created_by: Omissible[str] = None


FunctionShellCallOutputStatusEnum = TypeAliasType(
    "FunctionShellCallOutputStatusEnum", Literal["in_progress", "completed", "incomplete"]
)


class FunctionShellCallOutput(ContractModel):
    type: Literal["shell_call_output"]
    id: str
    call_id: str
    caller: ToolCallCaller | None = None
    status: FunctionShellCallOutputStatusEnum
    output: list[FunctionShellCallOutputContent]
    max_output_length: int | None
    created_by: Omissible[str] = None


class FunctionToolCall(ContractModel):
    id: str | None = None
    type: Literal["function_call"]
    call_id: Annotated[str, Field(max_length=64)]
    caller: ToolCallCaller | None = None
    namespace: str | None = None
    name: str
    arguments: str
    status: Literal["in_progress", "completed", "incomplete"] | None = None
    internal_chat_message_metadata_passthrough: dict[str, Any] | None = None


FunctionToolCallOutputOutputList = TypeAliasType(
    "FunctionToolCallOutputOutputList", list[FunctionAndCustomToolCallOutput]
)
FunctionToolCallOutputOutput = TypeAliasType(
    "FunctionToolCallOutputOutput",
    Annotated[str | FunctionToolCallOutputOutputList, OneOf(None, Option("string"), Option("array"))],
)


class FunctionToolCallOutput(ContractModel):
    id: Omissible[str] = None
    type: Literal["function_call_output"]
    call_id: Annotated[Omissible[str], Field(max_length=64)] = None
    name: Omissible[str] = None
    namespace: Omissible[str] = None
    caller: ToolCallCallerParam | None = None
    output: FunctionToolCallOutputOutput
    status: Omissible[Literal["in_progress", "completed", "incomplete"]] = None


class ImageGenToolCall(ContractModel):
    type: Literal["image_generation_call"]
    id: str
    status: Literal["in_progress", "completed", "generating", "failed"]
    result: str | None


class LocalShellExecAction(ContractModel):
    type: Literal["exec"]
    command: list[str]
    timeout_ms: int | None = None
    working_directory: str | None = None
    env: dict[str, str] | None = None
    user: str | None = None


class LocalShellToolCall(ContractModel):
    type: Literal["local_shell_call"]
    id: Omissible[str] = None
    call_id: str
    action: LocalShellExecAction
    status: Literal["in_progress", "completed", "incomplete"]


class LocalShellToolCallOutput(ContractModel):
    type: Literal["local_shell_call_output"]
    id: Omissible[str] = None
    output: str
    status: Literal["in_progress", "completed", "incomplete"] | None = None
    call_id: Omissible[str] = None


class MCPApprovalRequest(ContractModel):
    type: Literal["mcp_approval_request"]
    id: str
    server_label: str
    name: str
    arguments: str


class MCPApprovalResponseResource(ContractModel):
    type: Literal["mcp_approval_response"]
    id: str
    approval_request_id: str
    approve: bool
    reason: str | None = None


class MCPListToolsTool(ContractModel):
    name: str
    description: str | None = None
    input_schema: dict[str, Any]
    annotations: dict[str, Any] | None = None


class MCPListTools(ContractModel):
    type: Literal["mcp_list_tools"]
    id: str
    server_label: str
    tools: list[MCPListToolsTool]
    error: str | None = None


class HTTPError(ContractModel):
    type: Literal["http_error"]
    code: int
    message: str


class MCPProtocolError(ContractModel):
    type: Literal["mcp_protocol_error"]
    code: int
    message: str


class MCPToolExecutionError(ContractModel):
    type: Literal["mcp_tool_execution_error"]
    content: Any | None


MCPToolCallError = TypeAliasType(
    "MCPToolCallError",
    Annotated[
        MCPProtocolError | MCPToolExecutionError | HTTPError,
        OneOf(
            "type",
            Option("object", "mcp_protocol_error"),
            Option("object", "mcp_tool_execution_error"),
            Option("object", "http_error"),
        ),
    ],
)
MCPToolCallStatus = TypeAliasType(
    "MCPToolCallStatus", Literal["in_progress", "completed", "incomplete", "calling", "failed"]
)


class MCPToolCall(ContractModel):
    type: Literal["mcp_call"]
    id: str
    server_label: str
    name: str
    arguments: str
    output: str | None = None
    error: MCPToolCallError | None = None
    status: Omissible[MCPToolCallStatus] = None
    approval_request_id: str | None = None


class ComputerScreenshotContent(ContractModel):
    type: Literal["computer_screenshot"]
    image_url: str | None
    file_id: str | None
    detail: ImageDetail
    prompt_cache_breakpoint: Omissible[PromptCacheBreakpointConfig] = None


class TopLogProb(ContractModel):
    token: str
    logprob: float
    bytes: list[int]


class LogProb(ContractModel):
    token: str
    logprob: float
    bytes: list[int]
    top_logprobs: list[TopLogProb]


class OutputTextContent(ContractModel):
    type: Literal["output_text"]
    text: str
    annotations: list[Annotation]
    logprobs: list[LogProb]


class ReasoningTextContent(ContractModel):
    type: Literal["reasoning_text"]
    text: str


class RefusalContent(ContractModel):
    type: Literal["refusal"]
    refusal: str


class SummaryTextContent(ContractModel):
    type: Literal["summary_text"]
    text: str


class TextContent(ContractModel):
    type: Literal["text"]
    text: str


MessageContentItem = TypeAliasType(
    "MessageContentItem",
    Annotated[
        InputTextContent
        | OutputTextContent
        | TextContent
        | SummaryTextContent
        | ReasoningTextContent
        | RefusalContent
        | InputImageContent
        | ComputerScreenshotContent
        | InputFileContent,
        OneOf(
            "type",
            Option("object", "input_text"),
            Option("object", "output_text"),
            Option("object", "text"),
            Option("object", "summary_text"),
            Option("object", "reasoning_text"),
            Option("object", "refusal"),
            Option("object", "input_image"),
            Option("object", "computer_screenshot"),
            Option("object", "input_file"),
        ),
    ],
)
MessagePhase2 = TypeAliasType("MessagePhase2", Literal["commentary", "final_answer"])
MessageStatus = TypeAliasType("MessageStatus", Literal["in_progress", "completed", "incomplete"])


class Message(ContractModel):
    type: Literal["message"]
    id: str
    status: MessageStatus
    role: MessageRole
    content: list[MessageContentItem]
    phase: MessagePhase2 | None = None


class Program(ContractModel):
    type: Literal["program"]
    id: str
    call_id: str
    code: str
    fingerprint: str


ProgramOutputStatus = TypeAliasType("ProgramOutputStatus", Literal["completed", "incomplete"])


class ProgramOutput(ContractModel):
    type: Literal["program_output"]
    id: str
    call_id: str
    result: str
    status: ProgramOutputStatus


class ReasoningItem(ContractModel):
    type: Literal["reasoning"]
    id: str
    encrypted_content: str | None = None
    summary: list[SummaryTextContent]
    content: Omissible[list[ReasoningTextContent]] = None
    status: Omissible[Literal["in_progress", "completed", "incomplete"]] = None


FunctionCallStatus = TypeAliasType("FunctionCallStatus", Literal["in_progress", "completed", "incomplete"])


class ToolSearchCall(ContractModel):
    type: Literal["tool_search_call"]
    id: str
    call_id: str | None
    execution: ToolSearchExecutionType
    arguments: Any | None
    status: FunctionCallStatus
    created_by: Omissible[str] = None


FunctionCallOutputStatusEnum = TypeAliasType(
    "FunctionCallOutputStatusEnum", Literal["in_progress", "completed", "incomplete"]
)


class ToolSearchOutput(ContractModel):
    type: Literal["tool_search_output"]
    id: str
    call_id: str | None
    execution: ToolSearchExecutionType
    tools: list[Tool]
    status: FunctionCallOutputStatusEnum
    created_by: Omissible[str] = None


class WebSearchActionFind(ContractModel):
    type: Literal["find_in_page"]
    url: str
    pattern: str


class WebSearchActionOpenPage(ContractModel):
    type: Literal["open_page"]
    url: str | None = None


class WebSearchActionSearchSource(ContractModel):
    type: Literal["url"]
    url: str


class WebSearchActionSearch(ContractModel):
    type: Literal["search"]
    query: Omissible[str] = None
    queries: Omissible[list[str]] = None
    sources: Omissible[list[WebSearchActionSearchSource]] = None


WebSearchToolCallAction = TypeAliasType(
    "WebSearchToolCallAction",
    Annotated[
        WebSearchActionSearch | WebSearchActionOpenPage | WebSearchActionFind,
        OneOf(
            "type",
            Option("object", "search"),
            Option("object", "open_page"),
            Option("object", "find_in_page"),
        ),
    ],
)


class WebSearchToolCall(ContractModel):
    id: str
    type: Literal["web_search_call"]
    status: Literal["in_progress", "searching", "completed", "failed"]
    action: WebSearchToolCallAction


ItemField = TypeAliasType(
    "ItemField",
    Annotated[
        Message
        | Program
        | ProgramOutput
        | FunctionToolCall
        | ToolSearchCall
        | ToolSearchOutput
        | AdditionalTools
        | FunctionToolCallOutput
        | FileSearchToolCall
        | WebSearchToolCall
        | ImageGenToolCall
        | ComputerToolCall
        | ComputerToolCallOutputResource
        | ReasoningItem
        | CompactionBody
        | CodeInterpreterToolCall
        | LocalShellToolCall
        | LocalShellToolCallOutput
        | FunctionShellCall
        | FunctionShellCallOutput
        | ApplyPatchToolCall
        | ApplyPatchToolCallOutput
        | MCPListTools
        | MCPApprovalRequest
        | MCPApprovalResponseResource
        | MCPToolCall
        | CustomToolCall
        | CustomToolCallOutput,
        OneOf(
            "type",
            Option("object", "message"),
            Option("object", "program"),
            Option("object", "program_output"),
            Option("object", "function_call"),
            Option("object", "tool_search_call"),
            Option("object", "tool_search_output"),
            Option("object", "additional_tools"),
            Option("object", "function_call_output"),
            Option("object", "file_search_call"),
            Option("object", "web_search_call"),
            Option("object", "image_generation_call"),
            Option("object", "computer_call"),
            Option("object", "computer_call_output"),
            Option("object", "reasoning"),
            Option("object", "compaction"),
            Option("object", "code_interpreter_call"),
            Option("object", "local_shell_call"),
            Option("object", "local_shell_call_output"),
            Option("object", "shell_call"),
            Option("object", "shell_call_output"),
            Option("object", "apply_patch_call"),
            Option("object", "apply_patch_call_output"),
            Option("object", "mcp_list_tools"),
            Option("object", "mcp_approval_request"),
            Option("object", "mcp_approval_response"),
            Option("object", "mcp_call"),
            Option("object", "custom_tool_call"),
            Option("object", "custom_tool_call_output"),
        ),
    ],
)


class ResponseUsageInputTokensDetails(ContractModel):
    cached_tokens: int
    cache_write_tokens: int


class ResponseUsageOutputTokensDetails(ContractModel):
    reasoning_tokens: int


class ResponseUsage(ContractModel):
    input_tokens: int
    input_tokens_details: ResponseUsageInputTokensDetails
    output_tokens: int
    output_tokens_details: ResponseUsageOutputTokensDetails
    total_tokens: int


class CompactResource(ContractModel):
    id: str
    object: Literal["response.compaction"]
    output: list[ItemField]
    created_at: int
    usage: ResponseUsage


class CompactionSummaryItemParam(ContractModel):
    id: str | None = None
    type: Literal["compaction"]
    encrypted_content: Annotated[str, Field(max_length=20971520)]


class CompactionTriggerItemParam(ContractModel):
    type: Literal["compaction_trigger"]


FunctionCallItemStatus = TypeAliasType(
    "FunctionCallItemStatus", Literal["in_progress", "completed", "incomplete"]
)


class ComputerCallOutputItemParam(ContractModel):
    id: str | None = None
    call_id: Annotated[str, Field(max_length=64, min_length=1)]
    type: Literal["computer_call_output"]
    output: ComputerScreenshotImage
    acknowledged_safety_checks: list[ComputerCallSafetyCheckParam] | None = None
    status: FunctionCallItemStatus | None = None


FileDetailEnum = TypeAliasType("FileDetailEnum", Literal["auto", "low", "high"])


class InputFileContentParam(ContractModel):
    type: Literal["input_file"]
    file_id: str | None = None
    filename: str | None = None
    file_data: Annotated[str | None, Field(max_length=73400320)] = None
    file_url: str | None = None
    detail: Omissible[FileDetailEnum] = None
    prompt_cache_breakpoint: PromptCacheBreakpointParam | None = None


DetailEnum = TypeAliasType("DetailEnum", Literal["low", "high", "auto", "original"])


class InputImageContentParamAutoParam(ContractModel):
    type: Literal["input_image"]
    image_url: Annotated[str | None, Field(max_length=20971520)] = None
    file_id: str | None = None
    detail: DetailEnum | None = None
    prompt_cache_breakpoint: PromptCacheBreakpointParam | None = None


class InputTextContentParam(ContractModel):
    type: Literal["input_text"]
    text: Annotated[str, Field(max_length=10485760)]
    prompt_cache_breakpoint: PromptCacheBreakpointParam | None = None


FunctionCallOutputItemParamOutputListItem = TypeAliasType(
    "FunctionCallOutputItemParamOutputListItem",
    Annotated[
        InputTextContentParam | InputImageContentParamAutoParam | InputFileContentParam,
        OneOf(
            "type",
            Option("object", "input_text"),
            Option("object", "input_image"),
            Option("object", "input_file"),
        ),
    ],
)
FunctionCallOutputItemParamOutputList = TypeAliasType(
    "FunctionCallOutputItemParamOutputList", list[FunctionCallOutputItemParamOutputListItem]
)
FunctionCallOutputItemParamOutputText = TypeAliasType(
    "FunctionCallOutputItemParamOutputText", Annotated[str, Field(max_length=10485760)]
)
FunctionCallOutputItemParamOutput = TypeAliasType(
    "FunctionCallOutputItemParamOutput",
    Annotated[
        FunctionCallOutputItemParamOutputText | FunctionCallOutputItemParamOutputList,
        OneOf(None, Option("string"), Option("array")),
    ],
)


class FunctionCallOutputItemParam(ContractModel):
    id: str | None = None
    call_id: Annotated[str | None, Field(max_length=64, min_length=1)] = None
    type: Literal["function_call_output"]
    output: FunctionCallOutputItemParamOutput
    name: Annotated[str | None, Field(max_length=128, min_length=1)] = None
    namespace: Annotated[str | None, Field(max_length=64, min_length=1, pattern="^[a-zA-Z0-9_-]+$")] = None
    caller: ToolCallCallerParam | None = None
    status: FunctionCallItemStatus | None = None
    internal_chat_message_metadata_passthrough: dict[str, Any] | None = None


class FunctionShellActionParam(ContractModel):
    commands: list[str]
    timeout_ms: int | None = None
    max_output_length: int | None = None


FunctionShellCallItemParamEnvironment = TypeAliasType(
    "FunctionShellCallItemParamEnvironment",
    Annotated[
        LocalEnvironmentParam | ContainerReferenceParam,
        OneOf("type", Option("object", "local"), Option("object", "container_reference")),
    ],
)
FunctionShellCallItemStatus = TypeAliasType(
    "FunctionShellCallItemStatus", Literal["in_progress", "completed", "incomplete"]
)


class FunctionShellCallItemParam(ContractModel):
    id: str | None = None
    call_id: Annotated[str, Field(max_length=64, min_length=1)]
    caller: ToolCallCallerParam | None = None
    type: Literal["shell_call"]
    action: FunctionShellActionParam
    status: FunctionShellCallItemStatus | None = None
    environment: FunctionShellCallItemParamEnvironment | None = None


class FunctionShellCallOutputExitOutcomeParam(ContractModel):
    type: Literal["exit"]
    exit_code: int


class FunctionShellCallOutputTimeoutOutcomeParam(ContractModel):
    type: Literal["timeout"]


FunctionShellCallOutputOutcomeParam = TypeAliasType(
    "FunctionShellCallOutputOutcomeParam",
    Annotated[
        FunctionShellCallOutputTimeoutOutcomeParam | FunctionShellCallOutputExitOutcomeParam,
        OneOf("type", Option("object", "timeout"), Option("object", "exit")),
    ],
)


class FunctionShellCallOutputContentParam(ContractModel):
    stdout: Annotated[str, Field(max_length=10485760)]
    stderr: Annotated[str, Field(max_length=10485760)]
    outcome: FunctionShellCallOutputOutcomeParam


class FunctionShellCallOutputItemParam(ContractModel):
    id: str | None = None
    call_id: Annotated[str, Field(max_length=64, min_length=1)]
    caller: ToolCallCallerParam | None = None
    type: Literal["shell_call_output"]
    output: list[FunctionShellCallOutputContentParam]
    status: FunctionShellCallItemStatus | None = None
    max_output_length: int | None = None


InputContent = TypeAliasType(
    "InputContent",
    Annotated[
        InputTextContent | InputImageContent | InputFileContent,
        OneOf(
            "type",
            Option("object", "input_text"),
            Option("object", "input_image"),
            Option("object", "input_file"),
        ),
    ],
)
InputMessageContentList = TypeAliasType("InputMessageContentList", list[InputContent])
EasyInputMessageContent = TypeAliasType(
    "EasyInputMessageContent",
    Annotated[str | InputMessageContentList, OneOf(None, Option("string"), Option("array"))],
)
MessagePhase = TypeAliasType("MessagePhase", Literal["commentary", "final_answer"])


class EasyInputMessage(ContractModel):
    role: Literal["user", "system", "developer"]
    content: EasyInputMessageContent
    phase: MessagePhase | None = None
    type: Omissible[Literal["message"]] = None
    status: Literal["in_progress", "completed", "incomplete"] | None = None
    id: Omissible[str] = None
    internal_chat_message_metadata_passthrough: dict[str, Any] | None = None


class OutputTextContentParam(ContractModel):
    type: Literal["output_text"]
    text: str
    annotations: Omissible[list[Annotation]] = None
    logprobs: list[LogProb] | None = None


OutputMessageContentParam = TypeAliasType(
    "OutputMessageContentParam",
    Annotated[
        OutputTextContentParam | RefusalContent,
        OneOf("type", Option("object", "output_text"), Option("object", "refusal")),
    ],
)
OutputMessageParamContentList = TypeAliasType(
    "OutputMessageParamContentList", list[OutputMessageContentParam]
)
OutputMessageParamContent = TypeAliasType(
    "OutputMessageParamContent",
    Annotated[str | OutputMessageParamContentList, OneOf(None, Option("string"), Option("array"))],
)


class OutputMessageParam(ContractModel):
    type: Omissible[Literal["message"]] = None
    role: Literal["assistant"]
    content: OutputMessageParamContent
    id: Omissible[str] = None
    status: Literal["in_progress", "completed", "incomplete"] | None = None
    phase: MessagePhase | None = None
    internal_chat_message_metadata_passthrough: dict[str, Any] | None = None


InputItemMessage = TypeAliasType(
    "InputItemMessage",
    Annotated[
        EasyInputMessage | OutputMessageParam,
        OneOf("role", Option("object", "user", "system", "developer"), Option("object", "assistant")),
    ],
)


class ItemReferenceParam(ContractModel):
    type: Omissible[Literal["item_reference"]] = None
    id: str


class MCPApprovalResponse(ContractModel):
    type: Literal["mcp_approval_response"]
    id: str | None = None
    approval_request_id: str
    approve: bool
    reason: str | None = None


class ProgramItemParam(ContractModel):
    id: str
    type: Literal["program"]
    call_id: Annotated[str, Field(max_length=64, min_length=1)]
    code: Annotated[str, Field(max_length=10485760)]
    fingerprint: Annotated[str, Field(max_length=10485760)]


ProgramOutputItemStatus = TypeAliasType("ProgramOutputItemStatus", Literal["completed", "incomplete"])


class ProgramOutputItemParam(ContractModel):
    id: str
    type: Literal["program_output"]
    call_id: Annotated[str, Field(max_length=64, min_length=1)]
    result: Annotated[str, Field(max_length=10485760)]
    status: ProgramOutputItemStatus


class ReasoningItemParam(ContractModel):
    type: Literal["reasoning"]
    id: Omissible[str] = None
    encrypted_content: str | None = None
    summary: list[SummaryTextContent]
    content: list[ReasoningTextContent] | None = None
    internal_chat_message_metadata_passthrough: dict[str, Any] | None = None


class ToolSearchCallItemParam(ContractModel):
    id: str | None = None
    call_id: Annotated[str | None, Field(max_length=64, min_length=1)] = None
    type: Literal["tool_search_call"]
    execution: Omissible[ToolSearchExecutionType] = None
    arguments: dict[str, Any]
    status: FunctionCallItemStatus | None = None


class ToolSearchOutputItemParam(ContractModel):
    id: str | None = None
    call_id: Annotated[str | None, Field(max_length=64, min_length=1)] = None
    type: Literal["tool_search_output"]
    execution: Omissible[ToolSearchExecutionType] = None
    tools: list[Tool]
    status: FunctionCallItemStatus | None = None


InputItem = TypeAliasType(
    "InputItem",
    Annotated[
        InputItemMessage
        | FileSearchToolCall
        | ComputerToolCall
        | ComputerCallOutputItemParam
        | WebSearchToolCall
        | FunctionToolCall
        | FunctionCallOutputItemParam
        | ToolSearchCallItemParam
        | ToolSearchOutputItemParam
        | AdditionalToolsItemParam
        | CompactionSummaryItemParam
        | ImageGenToolCall
        | CodeInterpreterToolCall
        | LocalShellToolCall
        | LocalShellToolCallOutput
        | FunctionShellCallItemParam
        | FunctionShellCallOutputItemParam
        | ApplyPatchToolCallItemParam
        | ApplyPatchToolCallOutputItemParam
        | MCPListTools
        | MCPApprovalRequest
        | MCPApprovalResponse
        | MCPToolCall
        | CustomToolCallOutput
        | CustomToolCall
        | ReasoningItemParam
        | CompactionTriggerItemParam
        | ItemReferenceParam
        | ProgramItemParam
        | ProgramOutputItemParam,
        OneOf(
            "type",
            Option("object", "message", absent=["content", "role"]),
            Option("object", "file_search_call"),
            Option("object", "computer_call"),
            Option("object", "computer_call_output"),
            Option("object", "web_search_call"),
            Option("object", "function_call"),
            Option("object", "function_call_output"),
            Option("object", "tool_search_call"),
            Option("object", "tool_search_output"),
            Option("object", "additional_tools"),
            Option("object", "compaction"),
            Option("object", "image_generation_call"),
            Option("object", "code_interpreter_call"),
            Option("object", "local_shell_call"),
            Option("object", "local_shell_call_output"),
            Option("object", "shell_call"),
            Option("object", "shell_call_output"),
            Option("object", "apply_patch_call"),
            Option("object", "apply_patch_call_output"),
            Option("object", "mcp_list_tools"),
            Option("object", "mcp_approval_request"),
            Option("object", "mcp_approval_response"),
            Option("object", "mcp_call"),
            Option("object", "custom_tool_call_output"),
            Option("object", "custom_tool_call"),
            Option("object", "reasoning"),
            Option("object", "compaction_trigger"),
            Option("object", "item_reference", absent=["id"]),
            Option("object", "program"),
            Option("object", "program_output"),
        ),
    ],
)
CompactResponseMethodPublicBodyInputList = TypeAliasType(
    "CompactResponseMethodPublicBodyInputList", list[InputItem]
)
CompactResponseMethodPublicBodyInputText = TypeAliasType(
    "CompactResponseMethodPublicBodyInputText", Annotated[str, Field(max_length=10485760)]
)
CompactResponseMethodPublicBodyInput = TypeAliasType(
    "CompactResponseMethodPublicBodyInput",
    Annotated[
        CompactResponseMethodPublicBodyInputText | CompactResponseMethodPublicBodyInputList,
        OneOf(None, Option("string"), Option("array")),
    ],
)
ModelIdsCompaction = TypeAliasType("ModelIdsCompaction", str)
PromptCacheRetentionEnum = TypeAliasType("PromptCacheRetentionEnum", Literal["in_memory", "24h"])
ServiceTierEnum = TypeAliasType("ServiceTierEnum", Literal["auto", "default", "fast", "flex", "priority"])


class CompactResponseMethodPublicBody(ContractModel):
    model: ModelIdsCompaction | None
    input: CompactResponseMethodPublicBodyInput | None = None
    previous_response_id: str | None = None
    instructions: str | None = None
    prompt_cache_key: Annotated[str | None, Field(max_length=64)] = None
    prompt_cache_retention: PromptCacheRetentionEnum | None = None
    prompt_cache_options: PromptCacheOptionsParam | None = None
    service_tier: ServiceTierEnum | None = None


CompoundFilterFilter = TypeAliasType(
    "CompoundFilterFilter",
    Annotated[
        ComparisonFilter | CompoundFilter,
        OneOf(
            "type",
            Option("object", "eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"),
            Option("object", "and", "or"),
        ),
    ],
)


class ContextManagementParam(ContractModel):
    type: Literal["compaction"]
    compact_threshold: Annotated[int | None, Field(ge=1000)] = None


class ConversationParam2(ContractModel):
    id: str


ConversationParam = TypeAliasType(
    "ConversationParam", Annotated[str | ConversationParam2, OneOf(None, Option("string"), Option("object"))]
)
IncludeEnum = TypeAliasType(
    "IncludeEnum",
    Literal[
        "file_search_call.results",
        "web_search_call.results",
        "web_search_call.action.sources",
        "message.input_image.image_url",
        "computer_call_output.output.image_url",
        "code_interpreter_call.outputs",
        "reasoning.encrypted_content",
        "message.output_text.logprobs",
    ],
)
InputParamList = TypeAliasType("InputParamList", list[InputItem])
InputParam = TypeAliasType(
    "InputParam", Annotated[str | InputParamList, OneOf(None, Option("string"), Option("array"))]
)
ModelIdsResponses = TypeAliasType("ModelIdsResponses", str)
ResponsePromptVariablesValue = TypeAliasType(
    "ResponsePromptVariablesValue",
    Annotated[
        str | InputTextContent | InputImageContent | InputFileContent,
        OneOf(
            "type",
            Option("string"),
            Option("object", "input_text"),
            Option("object", "input_image"),
            Option("object", "input_file"),
        ),
    ],
)
ResponsePromptVariables = TypeAliasType("ResponsePromptVariables", dict[str, ResponsePromptVariablesValue])


class Prompt(ContractModel):
    id: str
    version: str | None = None
    variables: ResponsePromptVariables | None = None


ReasoningModeEnum = TypeAliasType("ReasoningModeEnum", str)


class Reasoning(ContractModel):
    mode: ReasoningModeEnum | None = None
    effort: ReasoningEffort | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None
    context: Literal["auto", "current_turn", "all_turns"] | None = None
    generate_summary: Literal["auto", "concise", "detailed"] | None = None


class ResponseStreamOptions(ContractModel):
    include_obfuscation: Omissible[bool] = None


class TextResponseFormatJsonSchema(ContractModel):
    type: Literal["json_schema"]
    description: str | None = None
    name: Annotated[str, Field(max_length=64, min_length=1, pattern="^[a-zA-Z0-9_-]+$")]
    schema_: Annotated[dict[str, Any], Field(alias="schema")]
    strict: bool | None = None


TextResponseFormatConfiguration = TypeAliasType(
    "TextResponseFormatConfiguration",
    Annotated[
        ResponseFormatText | TextResponseFormatJsonSchema | ResponseFormatJsonObject,
        OneOf(
            "type", Option("object", "text"), Option("object", "json_schema"), Option("object", "json_object")
        ),
    ],
)


class ResponseTextParam(ContractModel):
    format: TextResponseFormatConfiguration | None = None
    verbosity: Verbosity | None = None


ServiceTierResponses = TypeAliasType(
    "ServiceTierResponses", Literal["auto", "default", "flex", "scale", "priority", "fast", "ultrafast"]
)


class SpecificApplyPatchParam(ContractModel):
    type: Literal["apply_patch"]


class SpecificFunctionShellParam(ContractModel):
    type: Literal["shell"]


class SpecificProgrammaticToolCallingParam(ContractModel):
    type: Literal["programmatic_tool_calling"]


class ToolChoiceAllowed(ContractModel):
    type: Literal["allowed_tools"]
    mode: Literal["auto", "required"]
    tools: list[dict[str, Any]]


class ToolChoiceCustom(ContractModel):
    type: Literal["custom"]
    name: str


class ToolChoiceFunction(ContractModel):
    type: Literal["function"]
    name: str


class ToolChoiceMCP(ContractModel):
    type: Literal["mcp"]
    server_label: str
    name: str | None = None


ToolChoiceOptions = TypeAliasType("ToolChoiceOptions", Literal["none", "auto", "required"])


class ToolChoiceTypes(ContractModel):
    type: Literal[
        "file_search",
        "web_search_preview",
        "computer",
        "computer_use_preview",
        "computer_use",
        "web_search_preview_2025_03_11",
        "image_generation",
        "code_interpreter",
    ]


ToolChoiceParam = TypeAliasType(
    "ToolChoiceParam",
    Annotated[
        ToolChoiceOptions
        | ToolChoiceAllowed
        | ToolChoiceTypes
        | ToolChoiceFunction
        | ToolChoiceMCP
        | ToolChoiceCustom
        | SpecificProgrammaticToolCallingParam
        | SpecificApplyPatchParam
        | SpecificFunctionShellParam,
        OneOf(
            "type",
            Option("string"),
            Option("object", "allowed_tools"),
            Option(
                "object",
                "file_search",
                "web_search_preview",
                "computer",
                "computer_use_preview",
                "computer_use",
                "web_search_preview_2025_03_11",
                "image_generation",
                "code_interpreter",
            ),
            Option("object", "function"),
            Option("object", "mcp"),
            Option("object", "custom"),
            Option("object", "programmatic_tool_calling"),
            Option("object", "apply_patch"),
            Option("object", "shell"),
        ),
    ],
)
ToolsArray = TypeAliasType("ToolsArray", list[Tool])


class CreateResponse(ContractModel):
    metadata: Metadata | None = None
    top_logprobs: Annotated[int | None, Field(ge=0, le=20)] = None
    temperature: Annotated[float | None, Field(ge=0.0, le=2.0)] = None
    top_p: Annotated[float | None, Field(ge=0.0, le=1.0)] = None
    user: str | None = None
    safety_identifier: Annotated[str | None, Field(max_length=64)] = None
    prompt_cache_key: Annotated[str | None, Field(max_length=64)] = None
    prompt_cache_retention: Literal["in_memory", "24h"] | None = None
    prompt_cache_options: PromptCacheOptionsParam | None = None
    previous_response_id: str | None = None
    model: Omissible[ModelIdsResponses] = None
    background: bool | None = None
    max_tool_calls: Annotated[int | None, Field(ge=1)] = None
    text: ResponseTextParam | None = None
    tools: ToolsArray | None = None
    tool_choice: ToolChoiceParam | None = None
    prompt: Prompt | None = None
    service_tier: ServiceTierResponses | None = None
    truncation: Literal["auto", "disabled"] | None = None
    reasoning: Reasoning | None = None
    input: Omissible[InputParam] = None
    include: list[IncludeEnum] | None = None
    parallel_tool_calls: bool | None = None
    store: bool | None = None
    instructions: str | None = None
    moderation: ModerationParam | None = None
    stream: bool | None = None
    stream_options: ResponseStreamOptions | None = None
    conversation: ConversationParam | None = None
    context_management: Annotated[list[ContextManagementParam] | None, Field(min_length=1)] = None
    max_output_tokens: Annotated[int | None, Field(ge=16)] = None
    client_metadata: dict[str, Any] | None = None


CustomToolCallOutputResourceOutputList = TypeAliasType(
    "CustomToolCallOutputResourceOutputList", list[FunctionAndCustomToolCallOutput]
)
CustomToolCallOutputResourceOutput = TypeAliasType(
    "CustomToolCallOutputResourceOutput",
    Annotated[str | CustomToolCallOutputResourceOutputList, OneOf(None, Option("string"), Option("array"))],
)


class CustomToolCallOutputResource(ContractModel):
    type: Literal["custom_tool_call_output"]
    id: str
    call_id: Annotated[str, Field(max_length=64)]
    caller: ToolCallCallerParam | None = None
    output: CustomToolCallOutputResourceOutput
    status: FunctionCallOutputStatusEnum
    internal_chat_message_metadata_passthrough: dict[str, Any] | None = None
    created_by: Omissible[str] = None


class CustomToolCallResource(ContractModel):
    type: Literal["custom_tool_call"]
    id: str
    call_id: Annotated[str, Field(max_length=64)]
    caller: ToolCallCaller | None = None
    namespace: str | None = None
    name: str
    input: str
    status: FunctionCallStatus
    internal_chat_message_metadata_passthrough: dict[str, Any] | None = None
    created_by: Omissible[str] = None


class DeleteResponseResult(ContractModel):
    id: str
    object: Literal["response"]
    deleted: bool


FunctionToolCallOutputResourceOutputList = TypeAliasType(
    "FunctionToolCallOutputResourceOutputList", list[FunctionAndCustomToolCallOutput]
)
FunctionToolCallOutputResourceOutput = TypeAliasType(
    "FunctionToolCallOutputResourceOutput",
    Annotated[str | FunctionToolCallOutputResourceOutputList, OneOf(None, Option("string"), Option("array"))],
)


class FunctionToolCallOutputResource(ContractModel):
    id: str
    type: Literal["function_call_output"]
    call_id: Annotated[Omissible[str], Field(max_length=64)] = None
    name: Omissible[str] = None
    namespace: Omissible[str] = None
    caller: ToolCallCallerParam | None = None
    output: FunctionToolCallOutputResourceOutput
    status: FunctionCallOutputStatusEnum
    created_by: Omissible[str] = None


class FunctionToolCallResource(ContractModel):
    id: str
    type: Literal["function_call"]
    call_id: Annotated[str, Field(max_length=64)]
    caller: ToolCallCaller | None = None
    namespace: str | None = None
    name: str
    arguments: str
    status: FunctionCallStatus
    internal_chat_message_metadata_passthrough: dict[str, Any] | None = None
    created_by: Omissible[str] = None


class GetResponseQuery(ContractModel):
    include: Omissible[list[IncludeEnum]] = None
    stream: Omissible[bool] = None
    starting_after: Annotated[Omissible[int], Field(ge=0)] = None
    include_obfuscation: Omissible[bool] = None


class InputMessageResource(ContractModel):
    type: Literal["message"]
    role: Literal["user", "system", "developer"]
    status: Omissible[Literal["in_progress", "completed", "incomplete"]] = None
    content: InputMessageContentList
    id: str


OutputMessageContent = TypeAliasType(
    "OutputMessageContent",
    Annotated[
        OutputTextContent | RefusalContent,
        OneOf("type", Option("object", "output_text"), Option("object", "refusal")),
    ],
)


class OutputMessage(ContractModel):
    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    content: list[OutputMessageContent]
    phase: MessagePhase | None = None
    status: Literal["in_progress", "completed", "incomplete"]


ItemMessageResource = TypeAliasType(
    "ItemMessageResource",
    Annotated[
        InputMessageResource | OutputMessage,
        OneOf("role", Option("object", "user", "system", "developer"), Option("object", "assistant")),
    ],
)
ItemResource = TypeAliasType(
    "ItemResource",
    Annotated[
        ItemMessageResource
        | FileSearchToolCall
        | ComputerToolCall
        | ComputerToolCallOutputResource
        | WebSearchToolCall
        | FunctionToolCallResource
        | FunctionToolCallOutputResource
        | ToolSearchCall
        | ToolSearchOutput
        | AdditionalTools
        | ReasoningItem
        | Program
        | ProgramOutput
        | CompactionBody
        | ImageGenToolCall
        | CodeInterpreterToolCall
        | LocalShellToolCall
        | LocalShellToolCallOutput
        | FunctionShellCall
        | FunctionShellCallOutput
        | ApplyPatchToolCall
        | ApplyPatchToolCallOutput
        | MCPListTools
        | MCPApprovalRequest
        | MCPApprovalResponseResource
        | MCPToolCall
        | CustomToolCallResource
        | CustomToolCallOutputResource,
        OneOf(
            "type",
            Option("object", "message"),
            Option("object", "file_search_call"),
            Option("object", "computer_call"),
            Option("object", "computer_call_output"),
            Option("object", "web_search_call"),
            Option("object", "function_call"),
            Option("object", "function_call_output"),
            Option("object", "tool_search_call"),
            Option("object", "tool_search_output"),
            Option("object", "additional_tools"),
            Option("object", "reasoning"),
            Option("object", "program"),
            Option("object", "program_output"),
            Option("object", "compaction"),
            Option("object", "image_generation_call"),
            Option("object", "code_interpreter_call"),
            Option("object", "local_shell_call"),
            Option("object", "local_shell_call_output"),
            Option("object", "shell_call"),
            Option("object", "shell_call_output"),
            Option("object", "apply_patch_call"),
            Option("object", "apply_patch_call_output"),
            Option("object", "mcp_list_tools"),
            Option("object", "mcp_approval_request"),
            Option("object", "mcp_approval_response"),
            Option("object", "mcp_call"),
            Option("object", "custom_tool_call"),
            Option("object", "custom_tool_call_output"),
        ),
    ],
)


class ListInputItemsQuery(ContractModel):
    limit: Annotated[Omissible[int], Field(ge=1, le=100)] = None
    order: Omissible[Literal["asc", "desc"]] = None
    after: Omissible[str] = None
    include: Omissible[list[IncludeEnum]] = None


class ModerationErrorBody(ContractModel):
    type: Literal["error"]
    code: str
    message: str


ModerationInput = TypeAliasType(
    "ModerationInput",
    Annotated[
        ModerationResultBody | ModerationErrorBody,
        OneOf("type", Option("object", "moderation_result"), Option("object", "error")),
    ],
)
ModerationOutput = TypeAliasType(
    "ModerationOutput",
    Annotated[
        ModerationResultBody | ModerationErrorBody,
        OneOf("type", Option("object", "moderation_result"), Option("object", "error")),
    ],
)


class Moderation(ContractModel):
    input: ModerationInput
    output: ModerationOutput


OutputContent = TypeAliasType(
    "OutputContent",
    Annotated[
        OutputTextContent | RefusalContent | ReasoningTextContent,
        OneOf(
            "type",
            Option("object", "output_text"),
            Option("object", "refusal"),
            Option("object", "reasoning_text"),
        ),
    ],
)
OutputItem = TypeAliasType(
    "OutputItem",
    Annotated[
        OutputMessage
        | FileSearchToolCall
        | FunctionToolCall
        | FunctionToolCallOutputResource
        | WebSearchToolCall
        | ComputerToolCall
        | ComputerToolCallOutputResource
        | ReasoningItem
        | Program
        | ProgramOutput
        | ToolSearchCall
        | ToolSearchOutput
        | AdditionalTools
        | CompactionBody
        | ImageGenToolCall
        | CodeInterpreterToolCall
        | LocalShellToolCall
        | LocalShellToolCallOutput
        | FunctionShellCall
        | FunctionShellCallOutput
        | ApplyPatchToolCall
        | ApplyPatchToolCallOutput
        | MCPToolCall
        | MCPListTools
        | MCPApprovalRequest
        | MCPApprovalResponseResource
        | CustomToolCall
        | CustomToolCallOutputResource,
        OneOf(
            "type",
            Option("object", "message"),
            Option("object", "file_search_call"),
            Option("object", "function_call"),
            Option("object", "function_call_output"),
            Option("object", "web_search_call"),
            Option("object", "computer_call"),
            Option("object", "computer_call_output"),
            Option("object", "reasoning"),
            Option("object", "program"),
            Option("object", "program_output"),
            Option("object", "tool_search_call"),
            Option("object", "tool_search_output"),
            Option("object", "additional_tools"),
            Option("object", "compaction"),
            Option("object", "image_generation_call"),
            Option("object", "code_interpreter_call"),
            Option("object", "local_shell_call"),
            Option("object", "local_shell_call_output"),
            Option("object", "shell_call"),
            Option("object", "shell_call_output"),
            Option("object", "apply_patch_call"),
            Option("object", "apply_patch_call_output"),
            Option("object", "mcp_call"),
            Option("object", "mcp_list_tools"),
            Option("object", "mcp_approval_request"),
            Option("object", "mcp_approval_response"),
            Option("object", "custom_tool_call"),
            Option("object", "custom_tool_call_output"),
        ),
    ],
)
PersonalityEnum = TypeAliasType("PersonalityEnum", str)


class PromptCacheOptions(ContractModel):
    ttl: PromptCacheTTLEnum
    mode: PromptCacheModeEnum


class ResponseConversation(ContractModel):
    id: str


ResponseErrorCode = TypeAliasType(
    "ResponseErrorCode",
    Literal[
        "server_error",
        "rate_limit_exceeded",
        "invalid_prompt",
        "data_residency_mismatch",
        "bio_policy",
        "vector_store_timeout",
        "invalid_image",
        "invalid_image_format",
        "invalid_base64_image",
        "invalid_image_url",
        "image_too_large",
        "image_too_small",
        "image_parse_error",
        "image_content_policy_violation",
        "invalid_image_mode",
        "image_file_too_large",
        "unsupported_image_media_type",
        "empty_image_file",
        "failed_to_download_image",
        "image_file_not_found",
        "context_length_exceeded",
    ],
)


class ResponseError(ContractModel):
    code: ResponseErrorCode
    message: str


class ResponseIncompleteDetails(ContractModel):
    reason: Omissible[Literal["max_output_tokens", "content_filter"]] = None


ResponseInstructionsList = TypeAliasType("ResponseInstructionsList", list[InputItem])
ResponseInstructions = TypeAliasType(
    "ResponseInstructions",
    Annotated[str | ResponseInstructionsList, OneOf(None, Option("string"), Option("array"))],
)


class Response(ContractModel):
    metadata: Metadata | None
    top_logprobs: Annotated[int | None, Field(ge=0, le=20)] = None
    temperature: Annotated[float | None, Field(ge=0.0, le=2.0)]
    top_p: Annotated[float | None, Field(ge=0.0, le=1.0)]
    user: str | None = None
    safety_identifier: Annotated[str | None, Field(max_length=64)] = None
    prompt_cache_key: Annotated[str | None, Field(max_length=64)] = None
    prompt_cache_retention: Literal["in_memory", "24h"] | None = None
    previous_response_id: str | None = None
    model: ModelIdsResponses
    background: bool | None = None
    max_tool_calls: Annotated[int | None, Field(ge=1)] = None
    text: Omissible[ResponseTextParam] = None
    tools: ToolsArray
    tool_choice: ToolChoiceParam
    prompt: Prompt | None = None
    service_tier: ServiceTierResponses | None = None
    truncation: Literal["auto", "disabled"] | None = None
    id: str
    object: Literal["response"]
    status: Omissible[Literal["completed", "failed", "in_progress", "cancelled", "queued", "incomplete"]] = (
        None
    )
    created_at: int
    completed_at: int | None = None
    error: ResponseError | None
    incomplete_details: ResponseIncompleteDetails | None
    output: list[OutputItem]
    reasoning: Reasoning | None = None
    instructions: ResponseInstructions | None
    output_text: str | None = None
    usage: ResponseUsage | None = None
    prompt_cache_options: Omissible[PromptCacheOptions] = None
    moderation: Moderation | None = None
    parallel_tool_calls: bool
    conversation: ResponseConversation | None = None
    max_output_tokens: int | None = None
    store: Omissible[bool] = None


class ResponseApplyPatchCallOperationDiffDeltaEvent(ContractModel):
    type: Literal["response.apply_patch_call_operation_diff.delta"]
    item_id: str
    output_index: int
    delta: str
    sequence_number: int
    obfuscation: Omissible[str] = None


class ResponseApplyPatchCallOperationDiffDoneEvent(ContractModel):
    type: Literal["response.apply_patch_call_operation_diff.done"]
    item_id: str
    output_index: int
    diff: str
    sequence_number: int


class ResponseAudioDeltaEvent(ContractModel):
    type: Literal["response.audio.delta"]
    sequence_number: int
    delta: str


class ResponseAudioDoneEvent(ContractModel):
    type: Literal["response.audio.done"]
    sequence_number: int


class ResponseAudioTranscriptDeltaEvent(ContractModel):
    type: Literal["response.audio.transcript.delta"]
    delta: str
    sequence_number: int


class ResponseAudioTranscriptDoneEvent(ContractModel):
    type: Literal["response.audio.transcript.done"]
    sequence_number: int


class ResponseCodeInterpreterCallCodeDeltaEvent(ContractModel):
    type: Literal["response.code_interpreter_call_code.delta"]
    output_index: int
    item_id: str
    delta: str
    sequence_number: int


class ResponseCodeInterpreterCallCodeDoneEvent(ContractModel):
    type: Literal["response.code_interpreter_call_code.done"]
    output_index: int
    item_id: str
    code: str
    sequence_number: int


class ResponseCodeInterpreterCallCompletedEvent(ContractModel):
    type: Literal["response.code_interpreter_call.completed"]
    output_index: int
    item_id: str
    sequence_number: int


class ResponseCodeInterpreterCallInProgressEvent(ContractModel):
    type: Literal["response.code_interpreter_call.in_progress"]
    output_index: int
    item_id: str
    sequence_number: int


class ResponseCodeInterpreterCallInterpretingEvent(ContractModel):
    type: Literal["response.code_interpreter_call.interpreting"]
    output_index: int
    item_id: str
    sequence_number: int


class ResponseCompletedEvent(ContractModel):
    type: Literal["response.completed"]
    response: Response
    sequence_number: int


class ResponseContentPartAddedEvent(ContractModel):
    type: Literal["response.content_part.added"]
    item_id: str
    output_index: int
    content_index: int
    part: OutputContent
    sequence_number: int


class ResponseContentPartDoneEvent(ContractModel):
    type: Literal["response.content_part.done"]
    item_id: str
    output_index: int
    content_index: int
    sequence_number: int
    part: OutputContent


class ResponseCreatedEvent(ContractModel):
    type: Literal["response.created"]
    response: Response
    sequence_number: int


class ResponseCustomToolCallInputDeltaEvent(ContractModel):
    type: Literal["response.custom_tool_call_input.delta"]
    sequence_number: int
    output_index: int
    item_id: str
    delta: str
    obfuscation: Omissible[str] = None


class ResponseCustomToolCallInputDoneEvent(ContractModel):
    type: Literal["response.custom_tool_call_input.done"]
    sequence_number: int
    output_index: int
    item_id: str
    input: str


class ResponseErrorEvent(ContractModel):
    type: Literal["error"]
    code: str | None
    message: str
    param: str | None
    sequence_number: int
    error: Omissible[Error] = None


class ResponseFailedEvent(ContractModel):
    type: Literal["response.failed"]
    sequence_number: int
    response: Response


class ResponseFileSearchCallCompletedEvent(ContractModel):
    type: Literal["response.file_search_call.completed"]
    output_index: int
    item_id: str
    sequence_number: int


class ResponseFileSearchCallInProgressEvent(ContractModel):
    type: Literal["response.file_search_call.in_progress"]
    output_index: int
    item_id: str
    sequence_number: int


class ResponseFileSearchCallSearchingEvent(ContractModel):
    type: Literal["response.file_search_call.searching"]
    output_index: int
    item_id: str
    sequence_number: int


class ResponseFunctionCallArgumentsDeltaEvent(ContractModel):
    type: Literal["response.function_call_arguments.delta"]
    item_id: str
    output_index: int
    sequence_number: int
    delta: str
    obfuscation: Omissible[str] = None


class ResponseFunctionCallArgumentsDoneEvent(ContractModel):
    type: Literal["response.function_call_arguments.done"]
    item_id: str
    name: str
    output_index: int
    sequence_number: int
    arguments: str


class ResponseImageGenCallCompletedEvent(ContractModel):
    type: Literal["response.image_generation_call.completed"]
    output_index: int
    sequence_number: int
    item_id: str


class ResponseImageGenCallGeneratingEvent(ContractModel):
    type: Literal["response.image_generation_call.generating"]
    output_index: int
    item_id: str
    sequence_number: int


class ResponseImageGenCallInProgressEvent(ContractModel):
    type: Literal["response.image_generation_call.in_progress"]
    output_index: int
    item_id: str
    sequence_number: int


class ResponseImageGenCallPartialImageEvent(ContractModel):
    type: Literal["response.image_generation_call.partial_image"]
    output_index: int
    item_id: str
    sequence_number: int
    partial_image_index: int
    partial_image_b64: str
    size: Omissible[str] = None
    quality: Omissible[str] = None
    background: Omissible[str] = None
    output_format: Omissible[str] = None


class ResponseInProgressEvent(ContractModel):
    type: Literal["response.in_progress"]
    response: Response
    sequence_number: int


class ResponseIncompleteEvent(ContractModel):
    type: Literal["response.incomplete"]
    response: Response
    sequence_number: int


class ResponseItemList(ContractModel):
    object: Literal["list"]
    data: list[ItemResource]
    has_more: bool
    first_id: str
    last_id: str


class ResponseLogProbTopLogprob(ContractModel):
    token: Omissible[str] = None
    logprob: Omissible[float] = None


class ResponseLogProb(ContractModel):
    token: str
    logprob: float
    top_logprobs: Omissible[list[ResponseLogProbTopLogprob]] = None


class ResponseMCPCallArgumentsDeltaEvent(ContractModel):
    type: Literal["response.mcp_call_arguments.delta"]
    output_index: int
    item_id: str
    delta: str
    sequence_number: int


class ResponseMCPCallArgumentsDoneEvent(ContractModel):
    type: Literal["response.mcp_call_arguments.done"]
    output_index: int
    item_id: str
    arguments: str
    sequence_number: int


class ResponseMCPCallCompletedEvent(ContractModel):
    type: Literal["response.mcp_call.completed"]
    item_id: str
    output_index: int
    sequence_number: int


class ResponseMCPCallFailedEvent(ContractModel):
    type: Literal["response.mcp_call.failed"]
    item_id: str
    output_index: int
    sequence_number: int


class ResponseMCPCallInProgressEvent(ContractModel):
    type: Literal["response.mcp_call.in_progress"]
    sequence_number: int
    output_index: int
    item_id: str


class ResponseMCPListToolsCompletedEvent(ContractModel):
    type: Literal["response.mcp_list_tools.completed"]
    item_id: str
    output_index: int
    sequence_number: int


class ResponseMCPListToolsFailedEvent(ContractModel):
    type: Literal["response.mcp_list_tools.failed"]
    item_id: str
    output_index: int
    sequence_number: int


class ResponseMCPListToolsInProgressEvent(ContractModel):
    type: Literal["response.mcp_list_tools.in_progress"]
    item_id: str
    output_index: int
    sequence_number: int


class ResponseOutputItemAddedEvent(ContractModel):
    type: Literal["response.output_item.added"]
    output_index: int
    sequence_number: int
    item: OutputItem


class ResponseOutputItemDoneEvent(ContractModel):
    type: Literal["response.output_item.done"]
    output_index: int
    sequence_number: int
    item: OutputItem


class ResponseOutputTextAnnotationAddedEvent(ContractModel):
    type: Literal["response.output_text.annotation.added"]
    item_id: str
    output_index: int
    content_index: int
    annotation_index: int
    sequence_number: int
    annotation: Annotation | None


class ResponseQueuedEvent(ContractModel):
    type: Literal["response.queued"]
    response: Response
    sequence_number: int


class ResponseReasoningSummaryPartAddedEventPart(ContractModel):
    type: Literal["summary_text"]
    text: str


class ResponseReasoningSummaryPartAddedEvent(ContractModel):
    type: Literal["response.reasoning_summary_part.added"]
    item_id: str
    output_index: int
    summary_index: int
    sequence_number: int
    part: ResponseReasoningSummaryPartAddedEventPart


class ResponseReasoningSummaryPartDoneEventPart(ContractModel):
    type: Literal["summary_text"]
    text: str


class ResponseReasoningSummaryPartDoneEvent(ContractModel):
    type: Literal["response.reasoning_summary_part.done"]
    item_id: str
    output_index: int
    summary_index: int
    status: Omissible[Literal["incomplete"]] = None
    sequence_number: int
    part: ResponseReasoningSummaryPartDoneEventPart


class ResponseReasoningSummaryTextDeltaEvent(ContractModel):
    type: Literal["response.reasoning_summary_text.delta"]
    item_id: str
    output_index: int
    summary_index: int
    delta: str
    sequence_number: int
    obfuscation: Omissible[str] = None


class ResponseReasoningSummaryTextDoneEvent(ContractModel):
    type: Literal["response.reasoning_summary_text.done"]
    item_id: str
    output_index: int
    summary_index: int
    text: str
    sequence_number: int


class ResponseReasoningTextDeltaEvent(ContractModel):
    type: Literal["response.reasoning_text.delta"]
    item_id: str
    output_index: int
    content_index: int
    delta: str
    sequence_number: int
    obfuscation: Omissible[str] = None


class ResponseReasoningTextDoneEvent(ContractModel):
    type: Literal["response.reasoning_text.done"]
    item_id: str
    output_index: int
    content_index: int
    text: str
    sequence_number: int


class ResponseRefusalDeltaEvent(ContractModel):
    type: Literal["response.refusal.delta"]
    item_id: str
    output_index: int
    content_index: int
    delta: str
    sequence_number: int


class ResponseRefusalDoneEvent(ContractModel):
    type: Literal["response.refusal.done"]
    item_id: str
    output_index: int
    content_index: int
    refusal: str
    sequence_number: int


class ResponseShellCallCommandAddedStreamingEvent(ContractModel):
    type: Literal["response.shell_call_command.added"]
    sequence_number: int
    output_index: int
    command_index: int
    command: str


class ResponseShellCallCommandDeltaStreamingEvent(ContractModel):
    type: Literal["response.shell_call_command.delta"]
    sequence_number: int
    output_index: int
    command_index: int
    delta: str
    obfuscation: Omissible[str] = None


class ResponseShellCallCommandDoneStreamingEvent(ContractModel):
    type: Literal["response.shell_call_command.done"]
    sequence_number: int
    output_index: int
    command_index: int
    command: str


class ShellCallOutputDelta(ContractModel):
    stdout: Omissible[str] = None
    stderr: Omissible[str] = None


class ResponseShellCallOutputContentDeltaStreamingEvent(ContractModel):
    type: Literal["response.shell_call_output_content.delta"]
    sequence_number: int
    item_id: str
    output_index: int
    command_index: int
    delta: ShellCallOutputDelta


class ResponseShellCallOutputContentDoneStreamingEvent(ContractModel):
    type: Literal["response.shell_call_output_content.done"]
    sequence_number: int
    item_id: str
    output_index: int
    command_index: int
    output: list[FunctionShellCallOutputContent]


class ResponseTextDeltaEvent(ContractModel):
    type: Literal["response.output_text.delta"]
    item_id: str
    output_index: int
    content_index: int
    delta: str
    sequence_number: int
    logprobs: list[ResponseLogProb]
    obfuscation: Omissible[str] = None


class ResponseTextDoneEvent(ContractModel):
    type: Literal["response.output_text.done"]
    item_id: str
    output_index: int
    content_index: int
    text: str
    sequence_number: int
    logprobs: list[ResponseLogProb]


class ResponseWebSearchCallCompletedEvent(ContractModel):
    type: Literal["response.web_search_call.completed"]
    output_index: int
    item_id: str
    sequence_number: int


class ResponseWebSearchCallInProgressEvent(ContractModel):
    type: Literal["response.web_search_call.in_progress"]
    output_index: int
    item_id: str
    sequence_number: int


class ResponseWebSearchCallSearchingEvent(ContractModel):
    type: Literal["response.web_search_call.searching"]
    output_index: int
    item_id: str
    sequence_number: int


ResponseStreamEvent = TypeAliasType(
    "ResponseStreamEvent",
    Annotated[
        ResponseAudioDeltaEvent
        | ResponseAudioDoneEvent
        | ResponseAudioTranscriptDeltaEvent
        | ResponseAudioTranscriptDoneEvent
        | ResponseCodeInterpreterCallCodeDeltaEvent
        | ResponseCodeInterpreterCallCodeDoneEvent
        | ResponseCodeInterpreterCallCompletedEvent
        | ResponseCodeInterpreterCallInProgressEvent
        | ResponseCodeInterpreterCallInterpretingEvent
        | ResponseCompletedEvent
        | ResponseContentPartAddedEvent
        | ResponseContentPartDoneEvent
        | ResponseCreatedEvent
        | ResponseErrorEvent
        | ResponseFileSearchCallCompletedEvent
        | ResponseFileSearchCallInProgressEvent
        | ResponseFileSearchCallSearchingEvent
        | ResponseFunctionCallArgumentsDeltaEvent
        | ResponseFunctionCallArgumentsDoneEvent
        | ResponseShellCallCommandAddedStreamingEvent
        | ResponseShellCallCommandDeltaStreamingEvent
        | ResponseShellCallCommandDoneStreamingEvent
        | ResponseShellCallOutputContentDeltaStreamingEvent
        | ResponseShellCallOutputContentDoneStreamingEvent
        | ResponseInProgressEvent
        | ResponseFailedEvent
        | ResponseIncompleteEvent
        | ResponseOutputItemAddedEvent
        | ResponseOutputItemDoneEvent
        | ResponseReasoningSummaryPartAddedEvent
        | ResponseReasoningSummaryPartDoneEvent
        | ResponseReasoningSummaryTextDeltaEvent
        | ResponseReasoningSummaryTextDoneEvent
        | ResponseReasoningTextDeltaEvent
        | ResponseReasoningTextDoneEvent
        | ResponseRefusalDeltaEvent
        | ResponseRefusalDoneEvent
        | ResponseTextDeltaEvent
        | ResponseTextDoneEvent
        | ResponseWebSearchCallCompletedEvent
        | ResponseWebSearchCallInProgressEvent
        | ResponseWebSearchCallSearchingEvent
        | ResponseImageGenCallCompletedEvent
        | ResponseImageGenCallGeneratingEvent
        | ResponseImageGenCallInProgressEvent
        | ResponseImageGenCallPartialImageEvent
        | ResponseMCPCallArgumentsDeltaEvent
        | ResponseMCPCallArgumentsDoneEvent
        | ResponseMCPCallCompletedEvent
        | ResponseMCPCallFailedEvent
        | ResponseMCPCallInProgressEvent
        | ResponseMCPListToolsCompletedEvent
        | ResponseMCPListToolsFailedEvent
        | ResponseMCPListToolsInProgressEvent
        | ResponseOutputTextAnnotationAddedEvent
        | ResponseQueuedEvent
        | ResponseCustomToolCallInputDeltaEvent
        | ResponseCustomToolCallInputDoneEvent
        | ResponseApplyPatchCallOperationDiffDeltaEvent
        | ResponseApplyPatchCallOperationDiffDoneEvent,
        OneOf(
            "type",
            Option("object", "response.audio.delta"),
            Option("object", "response.audio.done"),
            Option("object", "response.audio.transcript.delta"),
            Option("object", "response.audio.transcript.done"),
            Option("object", "response.code_interpreter_call_code.delta"),
            Option("object", "response.code_interpreter_call_code.done"),
            Option("object", "response.code_interpreter_call.completed"),
            Option("object", "response.code_interpreter_call.in_progress"),
            Option("object", "response.code_interpreter_call.interpreting"),
            Option("object", "response.completed"),
            Option("object", "response.content_part.added"),
            Option("object", "response.content_part.done"),
            Option("object", "response.created"),
            Option("object", "error"),
            Option("object", "response.file_search_call.completed"),
            Option("object", "response.file_search_call.in_progress"),
            Option("object", "response.file_search_call.searching"),
            Option("object", "response.function_call_arguments.delta"),
            Option("object", "response.function_call_arguments.done"),
            Option("object", "response.shell_call_command.added"),
            Option("object", "response.shell_call_command.delta"),
            Option("object", "response.shell_call_command.done"),
            Option("object", "response.shell_call_output_content.delta"),
            Option("object", "response.shell_call_output_content.done"),
            Option("object", "response.in_progress"),
            Option("object", "response.failed"),
            Option("object", "response.incomplete"),
            Option("object", "response.output_item.added"),
            Option("object", "response.output_item.done"),
            Option("object", "response.reasoning_summary_part.added"),
            Option("object", "response.reasoning_summary_part.done"),
            Option("object", "response.reasoning_summary_text.delta"),
            Option("object", "response.reasoning_summary_text.done"),
            Option("object", "response.reasoning_text.delta"),
            Option("object", "response.reasoning_text.done"),
            Option("object", "response.refusal.delta"),
            Option("object", "response.refusal.done"),
            Option("object", "response.output_text.delta"),
            Option("object", "response.output_text.done"),
            Option("object", "response.web_search_call.completed"),
            Option("object", "response.web_search_call.in_progress"),
            Option("object", "response.web_search_call.searching"),
            Option("object", "response.image_generation_call.completed"),
            Option("object", "response.image_generation_call.generating"),
            Option("object", "response.image_generation_call.in_progress"),
            Option("object", "response.image_generation_call.partial_image"),
            Option("object", "response.mcp_call_arguments.delta"),
            Option("object", "response.mcp_call_arguments.done"),
            Option("object", "response.mcp_call.completed"),
            Option("object", "response.mcp_call.failed"),
            Option("object", "response.mcp_call.in_progress"),
            Option("object", "response.mcp_list_tools.completed"),
            Option("object", "response.mcp_list_tools.failed"),
            Option("object", "response.mcp_list_tools.in_progress"),
            Option("object", "response.output_text.annotation.added"),
            Option("object", "response.queued"),
            Option("object", "response.custom_tool_call_input.delta"),
            Option("object", "response.custom_tool_call_input.done"),
            Option("object", "response.apply_patch_call_operation_diff.delta"),
            Option("object", "response.apply_patch_call_operation_diff.done"),
        ),
    ],
)
TokenCountsBodyInputList = TypeAliasType("TokenCountsBodyInputList", list[InputItem])
TokenCountsBodyInputText = TypeAliasType(
    "TokenCountsBodyInputText", Annotated[str, Field(max_length=10485760)]
)
TokenCountsBodyInput = TypeAliasType(
    "TokenCountsBodyInput",
    Annotated[
        TokenCountsBodyInputText | TokenCountsBodyInputList, OneOf(None, Option("string"), Option("array"))
    ],
)
TruncationEnum = TypeAliasType("TruncationEnum", Literal["auto", "disabled"])


class TokenCountsBody(ContractModel):
    model: str | None = None
    input: TokenCountsBodyInput | None = None
    previous_response_id: str | None = None
    tools: list[Tool] | None = None
    text: ResponseTextParam | None = None
    reasoning: Reasoning | None = None
    truncation: Omissible[TruncationEnum] = None
    instructions: str | None = None
    personality: Omissible[PersonalityEnum] = None
    conversation: ConversationParam | None = None
    tool_choice: ToolChoiceParam | None = None
    parallel_tool_calls: bool | None = None


class TokenCountsResource(ContractModel):
    object: Literal["response.input_tokens"]
    input_tokens: int
