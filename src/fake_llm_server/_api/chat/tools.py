"""Reads the tools of a chat request, and whether and which of them the model is to call."""

from typing import Any, Literal

from fake_llm_server._api.strict_schema import find_strictness_fault
from fake_llm_server._errors import InvalidRequestError
from fake_llm_server._generated.chat.models import (
    ChatCompletionFunctionCallOption,
    CreateChatCompletionRequest,
)
from fake_llm_server._generation import Constraint, Tool, ToolUse


def read_tools(body: CreateChatCompletionRequest) -> tuple[Tool, ...]:
    """The tools of a request, the deprecated `functions` among them.

    Raises:
        InvalidRequestError: two tools share a name, or a strict one breaks OpenAI's rules.
    """
    if body.functions and body.tools:
        raise InvalidRequestError(
            "'functions' and 'tools' can't both be given; 'functions' is deprecated in favor of 'tools'.",
            param="functions",
            code="invalid_value",
        )
    tools = [_read_tool(tool, f"tools[{index}]") for index, tool in enumerate(body.tools or ())]
    tools += [_read_function(function, f"functions[{i}]") for i, function in enumerate(body.functions or ())]
    names = [tool.name for tool in tools]
    for index, name in enumerate(names):
        if name in names[:index]:
            message = f"Duplicate tool name '{name}': each tool of a request needs a name of its own."
            raise InvalidRequestError(message, param=f"tools[{index}]", code="invalid_value")
    return tuple(tools)


def _read_tool(tool: Any, path: str) -> Tool:
    if tool.type == "custom":
        return _read_custom_tool(tool.custom)
    return _read_function(tool.function, f"{path}.function")


def _read_function(function: Any, path: str) -> Tool:
    is_strict = bool(getattr(function, "strict", False))
    parameters = function.parameters
    fault = find_strictness_fault(parameters) if is_strict else _find_type_fault(parameters)
    if fault:
        raise InvalidRequestError(
            f"Invalid schema for function '{function.name}': {fault}",
            param=f"{path}.parameters",
            code="invalid_function_parameters",
        )
    return Tool("function", function.name, function.description, parameters, strict=is_strict)


def _find_type_fault(parameters: Any) -> str | None:
    """Arguments are an object, whatever else their schema says."""
    if parameters and parameters.get("type", "object") != "object":
        return f"""schema must be a JSON Schema of 'type: "object"', got 'type: "{parameters["type"]}"'."""
    return None


def _read_custom_tool(custom: Any) -> Tool:
    grammar = None
    if custom.format is not None and custom.format.type == "grammar":
        given = custom.format.grammar
        grammar = Constraint(given.syntax, given.definition)
    return Tool("custom", custom.name, custom.description, grammar=grammar)


def read_tool_use(body: CreateChatCompletionRequest, tools: tuple[Tool, ...]) -> ToolUse:
    """How tools are to be used: `tool_choice`, `parallel_tool_calls`, or the deprecated `function_call`.

    Raises:
        InvalidRequestError: a choice without tools, or of a tool that isn't there.
    """
    is_parallel = body.parallel_tool_calls is not False and not body.functions
    if body.functions:
        return _read_function_call(body.function_call, tools)
    if not body.tools:
        _refuse_without_tools(body)
        return ToolUse("none")
    choice = body.tool_choice
    if choice is None:
        return ToolUse("auto", is_parallel=is_parallel)
    if isinstance(choice, str):
        return ToolUse(choice, is_parallel=is_parallel)
    if choice.type == "allowed_tools":
        names = frozenset(_allowed_name(tool) for tool in choice.allowed_tools.tools)
        for name in names:
            _check_known(name, tools, "tool_choice")
        return ToolUse(choice.allowed_tools.mode, allowed=names, is_parallel=is_parallel)
    name = choice.custom.name if choice.type == "custom" else choice.function.name
    _check_known(name, tools, "tool_choice")
    return ToolUse("required", named=name, is_parallel=False)


def _read_function_call(
    choice: Literal["none", "auto"] | ChatCompletionFunctionCallOption | None, tools: tuple[Tool, ...]
) -> ToolUse:
    if choice is None or isinstance(choice, str):
        return ToolUse(choice or "auto", is_parallel=False)
    _check_known(choice.name, tools, "function_call")
    return ToolUse("required", named=choice.name, is_parallel=False)


def _refuse_without_tools(body: CreateChatCompletionRequest) -> None:
    given = {
        "tool_choice": body.tool_choice not in (None, "none", "auto"),
        "parallel_tool_calls": body.parallel_tool_calls is not None,
        "function_call": body.function_call not in (None, "none", "auto"),
    }
    for name, is_given in given.items():
        if is_given:
            needed = "functions" if name == "function_call" else "tools"
            message = f"Invalid value for '{name}': '{name}' is only allowed when '{needed}' are specified."
            raise InvalidRequestError(message, param=name)


def _allowed_name(tool: Any) -> str:
    """The name in an entry of `allowed_tools`, whose form the contract leaves open."""
    described = tool.get(tool.get("type")) if isinstance(tool, dict) else None
    name = described.get("name") if isinstance(described, dict) else None
    if not isinstance(name, str):
        raise InvalidRequestError(
            "Invalid value for 'tool_choice.allowed_tools.tools': expected objects such as "
            '{"type": "function", "function": {"name": "get_weather"}}.',
            param="tool_choice.allowed_tools.tools",
            code="invalid_value",
        )
    return name


def _check_known(name: str, tools: tuple[Tool, ...], param: str) -> None:
    if name not in {tool.name for tool in tools}:
        message = f"Tool choice '{name}' not found in 'tools' parameter."
        raise InvalidRequestError(message, param=param, code="invalid_value")
