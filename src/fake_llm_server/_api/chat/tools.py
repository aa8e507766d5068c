"""Reads the tools of a chat request, and whether and which of them the model is to call."""

from typing import Any, Literal

from fake_llm_server._api.shared.finite_answers import check_grammar_ends
from fake_llm_server._api.shared.function_parameters import word_parameters_fault
from fake_llm_server._errors import InvalidRequestError
from fake_llm_server._generated.chat.wire import (
    ChatCompletionFunctionCallOption,
    CreateChatCompletionRequest,
)
from fake_llm_server._seam import Grammar, Tool, ToolUse


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


def find_tool_params(body: CreateChatCompletionRequest) -> dict[str, str]:
    """The name of each tool, to the path of its schema or grammar."""
    params = {function.name: f"functions[{i}].parameters" for i, function in enumerate(body.functions or ())}
    for index, tool in enumerate(body.tools or ()):
        if tool.type == "custom":
            params[tool.custom.name] = f"tools[{index}].custom.format.grammar.definition"
        else:
            params[tool.function.name] = f"tools[{index}].function.parameters"
    return params


def _read_tool(tool: Any, path: str) -> Tool:
    if tool.type == "custom":
        return _read_custom_tool(tool.custom, f"{path}.custom")
    return _read_function(tool.function, f"{path}.function")


def _read_function(function: Any, path: str) -> Tool:
    is_strict = bool(getattr(function, "strict", False))
    parameters = function.parameters
    fault = word_parameters_fault(function.name, parameters, is_strict=is_strict)
    if fault:
        raise InvalidRequestError(fault, param=f"{path}.parameters", code="invalid_function_parameters")
    return Tool("function", function.name, function.description, parameters, strict=is_strict)


def _read_custom_tool(custom: Any, path: str) -> Tool:
    grammar = None
    if custom.format is not None and custom.format.type == "grammar":
        given = custom.format.grammar
        grammar = Grammar(given.syntax, given.definition)
        check_grammar_ends(custom.name, grammar, f"{path}.format.grammar.definition")
    return Tool("custom", custom.name, custom.description, grammar=grammar)


def read_tool_use(body: CreateChatCompletionRequest, tools: tuple[Tool, ...]) -> ToolUse:
    """How tools are to be used: `tool_choice`, `parallel_tool_calls`, or the deprecated `function_call`.

    Raises:
        InvalidRequestError: a choice without tools, or of a tool that isn't there.
    """
    _check_choices_have_tools(body)
    if body.functions:
        return _read_function_call(body.function_call, tools)
    if not body.tools:
        return ToolUse("none")
    choice, is_parallel = body.tool_choice, body.parallel_tool_calls is not False
    if choice is None:
        return ToolUse("auto", is_parallel=is_parallel)
    if isinstance(choice, str):
        return ToolUse(choice, is_parallel=is_parallel)
    if choice.type == "allowed_tools":
        allowed = [_read_allowed(tool) for tool in choice.allowed_tools.tools]
        for kind, name in allowed:
            _check_known(kind, name, tools)
        names = frozenset(name for _, name in allowed)
        return ToolUse(choice.allowed_tools.mode, allowed=names, is_parallel=is_parallel)
    name = choice.custom.name if choice.type == "custom" else choice.function.name
    _check_known(choice.type, name, tools)
    return ToolUse("required", named=name, is_parallel=False)


def _read_function_call(
    choice: Literal["none", "auto"] | ChatCompletionFunctionCallOption | None, tools: tuple[Tool, ...]
) -> ToolUse:
    if choice is None or isinstance(choice, str):
        return ToolUse(choice or "auto", is_parallel=False)
    _check_known("function", choice.name, tools)
    return ToolUse("required", named=choice.name, is_parallel=False)


def _check_choices_have_tools(body: CreateChatCompletionRequest) -> None:
    """Refuse a choice of tools, whatever it is, in a request that has none.

    An empty list has none only for a choice that demands a call.
    """
    must_call = not isinstance(body.tool_choice, str | None) or body.tool_choice == "required"
    has_tools = bool(body.tools) if must_call else body.tools is not None
    given = {
        "tool_choice": (body.tool_choice, has_tools, "tools"),
        "parallel_tool_calls": (body.parallel_tool_calls, body.tools is not None, "tools"),
        "function_call": (body.function_call, bool(body.functions), "functions"),
    }
    for name, (value, has_needed, needed) in given.items():
        if value is not None and not has_needed:
            message = f"Invalid value for '{name}': '{name}' is only allowed when '{needed}' are specified."
            raise InvalidRequestError(message, param=name)


def _read_allowed(tool: Any) -> tuple[str, str]:
    """The type and name in an entry of `allowed_tools`, whose form the contract leaves open."""
    kind = tool.get("type") if isinstance(tool, dict) else None
    described = tool.get(kind) if isinstance(kind, str) else None
    name = described.get("name") if isinstance(described, dict) else None
    if not isinstance(kind, str) or not isinstance(name, str):
        raise InvalidRequestError(
            "Invalid value for 'tool_choice.allowed_tools.tools': expected objects such as "
            '{"type": "function", "function": {"name": "get_weather"}}.',
            param="tool_choice.allowed_tools.tools",
            code="invalid_value",
        )
    return kind, name


def _check_known(kind: str, name: str, tools: tuple[Tool, ...]) -> None:
    """Refuse the choice of a tool that isn't there.

    OpenAI words it for the deprecated fields in any case:
    https://github.com/kangminlee-maker/local-OAuth-CLI-API-adapter (docs/conformance-matrix.md, 7, row 12).
    """
    if (kind, name) not in {(tool.kind, tool.name) for tool in tools}:
        raise InvalidRequestError(
            f"Invalid value for 'function_call': no function named '{name}' was specified in the 'functions' "
            "parameter.",
            param="function_call",
        )
