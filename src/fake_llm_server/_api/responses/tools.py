"""Reads the tools of a request, and whether and which of them the model is to call."""

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from fake_llm_server._api.responses.client_tools import is_chosen, read_client_tool
from fake_llm_server._api.responses.turns import function_name
from fake_llm_server._api.shared.finite_answers import check_grammar_ends
from fake_llm_server._api.shared.function_parameters import word_parameters_fault
from fake_llm_server._errors import InvalidRequestError
from fake_llm_server._generated.responses.wire import FunctionTool
from fake_llm_server._seam import Grammar, Tool, ToolUse

MAX_TOOLS = 128
"""Of one request, as for chat completions."""

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-\[\]_a-z~%@&']+")
"""A scheme, and after it the characters that RFC 3986 allows."""


@dataclass(slots=True)
class OfferedTools:
    """The tools of a request.

    Attributes:
        tools: as the model knows them.
        written: as the response repeats them.
        namespaces: the model's name of a tool in a namespace, to the namespace and the tool's name there.
        params: the model's name of a tool, to the path of its schema or grammar.
        uncalled: types of tools that are taken and never called: nothing here runs them.
        client_tools: the model's name of a tool that the client runs, and that is no function, to its type.
        is_searched: whether the client looks for tools itself: some may be deferred until it finds them.
    """

    tools: list[Tool] = field(default_factory=list)
    written: list[Any] = field(default_factory=list)
    namespaces: dict[str, tuple[str, str]] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    uncalled: set[str] = field(default_factory=set)
    client_tools: dict[str, str] = field(default_factory=dict)
    is_searched: bool = False

    def add(self, tool: Tool, path: str) -> None:
        """Add a tool that stands at `path`; those of an item stand at `input`."""
        self.tools.append(tool)
        place = "format.definition" if tool.kind == "custom" else "parameters"
        self.params[tool.name] = path if path == "input" else f"{path}.{place}"


def read_tools(given: Sequence[Any], additional: Iterable[Any], found: Iterable[Any] = ()) -> OfferedTools:
    """Read the tools of a request.

    Args:
        given: the request's `tools`.
        additional: those of its `additional_tools` items, which the response doesn't repeat.
        found: those that the client's own search found. Until then, deferred ones are unknown to the model.

    Raises:
        InvalidRequestError: two tools share a name, or one breaks OpenAI's rules.
    """
    found = list(found)
    has_search = any(tool.type == "tool_search" and tool.execution == "client" for tool in given)
    offered = OfferedTools(is_searched=has_search or bool(found))
    for position, tool in enumerate(given):
        offered.written.append(_read_tool(offered, tool, f"tools[{position}]"))
    for tool in additional:
        _read_tool(offered, tool, "input")
    _add_found(offered, found)
    _check_names(offered.tools)
    return offered


def _add_found(offered: OfferedTools, found: Iterable[Any]) -> None:
    """Add what a search found, unless it is known already: a tool may be found more than once."""
    searched = OfferedTools(is_searched=True)
    for tool in found:
        _read_tool(searched, tool, "input", is_found=True)
    for tool in searched.tools:
        if tool.name not in offered.params:
            offered.add(tool, "input")
    offered.namespaces = {**searched.namespaces, **offered.namespaces}


def _read_tool(offered: OfferedTools, tool: Any, path: str, *, is_found: bool = False) -> Any:
    """Add a tool, unless it is deferred and not `is_found`, and return it as the response repeats it."""
    match tool.type:
        case "function":
            read = _read_function(offered, tool, path)
            _add_loaded(offered, read, tool, path, is_found=is_found)
            return FunctionTool(
                type="function",
                name=tool.name,
                description=tool.description,
                parameters=_writable(read.parameters),
                strict=read.strict,
            )
        case "custom":
            _add_loaded(offered, _read_custom(offered, tool, path), tool, path, is_found=is_found)
            return tool
        case "namespace":
            for position, inner in enumerate(tool.tools):
                _read_in_namespace(offered, tool, inner, f"{path}.tools[{position}]", is_found=is_found)
            return tool
    run_by_client = read_client_tool(tool)
    if run_by_client is not None:
        offered.client_tools[run_by_client.name] = tool.type
        offered.add(run_by_client, path)
        return tool
    _check_server_url(tool, path)
    offered.uncalled.add(tool.type)
    return tool


def _add_loaded(offered: OfferedTools, read: Tool, tool: Any, path: str, *, is_found: bool) -> None:
    if is_found or not tool.defer_loading:
        offered.add(read, path)


def _check_server_url(tool: Any, path: str) -> None:
    """Hold the address of an MCP server to the contract's `format: uri`."""
    url = getattr(tool, "server_url", None)
    if url is not None and not _URI.fullmatch(url):
        raise InvalidRequestError(
            f"Invalid '{path}.server_url'. Expected a valid URL, but got a value with an invalid format.",
            param=f"{path}.server_url",
            code="invalid_value",
        )


def _writable(parameters: Any) -> dict[str, Any] | None:
    return dict(parameters) if isinstance(parameters, Mapping) else None


def _read_in_namespace(
    offered: OfferedTools, namespace: Any, tool: Any, path: str, *, is_found: bool
) -> None:
    name = function_name(tool.name, namespace.name)
    read_one = _read_custom if tool.type == "custom" else _read_function
    read = read_one(offered, tool, path)
    described = f"{namespace.description} {read.description or ''}".strip()
    offered.namespaces[name] = (namespace.name, tool.name)
    named = Tool(read.kind, name, described, read.parameters, grammar=read.grammar, strict=read.strict)
    _add_loaded(offered, named, tool, path, is_found=is_found)


def _read_function(offered: OfferedTools, tool: Any, path: str) -> Tool:
    """Read a function; one that doesn't say whether it is strict is made so where its schema allows."""
    _check_callers(offered, tool, path)
    parameters, is_strict = tool.parameters, tool.strict
    if is_strict is None:
        normalized = normalize_schema(parameters or {"type": "object", "properties": {}})
        is_strict = word_parameters_fault(tool.name, normalized, is_strict=True) is None
        parameters = normalized if is_strict else parameters
    fault = word_parameters_fault(tool.name, parameters, is_strict=is_strict)
    if fault:
        raise InvalidRequestError(fault, param=f"{path}.parameters", code="invalid_function_parameters")
    return Tool("function", tool.name, tool.description, parameters, strict=is_strict)


def normalize_schema(schema: Any) -> Any:
    """A schema as strict mode wants it: no further properties, and all properties required.

    The Responses API does this to functions that leave `strict` out. Source:
    https://platform.openai.com/docs/guides/function-calling#strict-mode
    """
    if isinstance(schema, list):
        return [normalize_schema(inner) for inner in schema]
    if not isinstance(schema, Mapping):
        return schema
    normalized = {key: deepcopy(value) for key, value in schema.items()}
    for key in ("properties", "$defs", "definitions"):
        if isinstance(schema.get(key), Mapping):
            normalized[key] = {name: normalize_schema(inner) for name, inner in schema[key].items()}
    for key in ("items", "anyOf"):
        if key in schema:
            normalized[key] = normalize_schema(schema[key])
    if schema.get("type") == "object" or isinstance(schema.get("properties"), Mapping):
        normalized.setdefault("properties", {})
        normalized.setdefault("additionalProperties", False)
        normalized["required"] = list(normalized["properties"])
    return normalized


def _read_custom(offered: OfferedTools, tool: Any, path: str) -> Tool:
    _check_callers(offered, tool, path)
    grammar = None
    if tool.format is not None and tool.format.type == "grammar":
        grammar = Grammar(tool.format.syntax, tool.format.definition)
        check_grammar_ends(tool.name, grammar, path if path == "input" else f"{path}.format.definition")
    return Tool("custom", tool.name, tool.description, grammar=grammar)


def _check_callers(offered: OfferedTools, tool: Any, path: str) -> None:
    if tool.defer_loading and not offered.is_searched:
        message = (
            "A deferred tool is loaded by the tool 'tool_search', which this server doesn't run itself: its "
            "'execution' must be 'client'."
        )
        raise InvalidRequestError(
            f"Unsupported value: 'defer_loading' is true. {message} Leave it out.",
            param=f"{path}.defer_loading",
            code="unsupported_value",
        )
    if tool.allowed_callers and "direct" not in tool.allowed_callers:
        raise InvalidRequestError(
            "Unsupported value: 'allowed_callers' must have 'direct': this server runs no programs that call "
            "tools.",
            param=f"{path}.allowed_callers",
            code="unsupported_value",
        )


def _check_names(tools: Sequence[Tool]) -> None:
    if len(tools) > MAX_TOOLS:
        raise InvalidRequestError(
            f"Invalid 'tools': array too long. Expected an array with maximum length {MAX_TOOLS}, but got an "
            f"array with length {len(tools)} instead.",
            param="tools",
            code="array_above_max_length",
        )
    names = [tool.name for tool in tools]
    for position, name in enumerate(names):
        if name in names[:position]:
            message = f"Duplicate tool name '{name}': each tool of a request needs a name of its own."
            raise InvalidRequestError(message, param=f"tools[{position}]", code="invalid_value")


def refuse_hosted(offered: OfferedTools, model: str) -> None:
    """Refuse tools that nothing here runs, in OpenAI's words for a model that can't have them.

    Source: https://github.com/QuantumNous/new-api/issues/1586

    Raises:
        InvalidRequestError: there is such a tool.
    """
    for kind in sorted(offered.uncalled):
        raise InvalidRequestError(f"Hosted tool '{kind}' is not supported with {model}.", param="tools")


def read_tool_use(choice: Any, offered: OfferedTools, *, is_parallel: bool) -> ToolUse:
    """How tools are to be used.

    Raises:
        InvalidRequestError: a choice without tools, or of a tool that isn't there.
    """
    tools = offered.tools
    hosted = frozenset(kind for kind in offered.uncalled if _demands(choice, kind, tools))
    if hosted:
        return ToolUse("required", hosted=hosted, is_parallel=is_parallel)
    if isinstance(choice, str) or choice is None:
        return _read_mode(choice or "auto", tools, is_parallel=is_parallel)
    if choice.type == "allowed_tools":
        allowed = [_read_allowed(tool, offered) for tool in choice.tools]
        for kind, name in allowed:
            _check_known(kind, name, tools)
        return ToolUse(choice.mode, allowed=frozenset(name for _, name in allowed), is_parallel=is_parallel)
    if choice.type in ("function", "custom") and tools:
        _check_known(choice.type, choice.name, tools)
        return ToolUse("required", named=choice.name, is_parallel=False)
    named = next((name for name, kind in offered.client_tools.items() if is_chosen(choice.type, kind)), None)
    if named is not None:
        return ToolUse("required", named=named, is_parallel=False)
    # Where there are no tools at all, OpenAI names the type as well.
    raise _refuse_choice(choice.type)


def _demands(choice: Any, kind: str, tools: Sequence[Tool]) -> bool:
    """Whether a choice can only be met by a call of a tool of this type, of which nothing is run."""
    if choice == "required":
        return not tools
    chosen = getattr(choice, "type", None)
    return isinstance(chosen, str) and (kind.startswith(chosen) or chosen.startswith(kind))


def _read_mode(mode: Any, tools: Sequence[Tool], *, is_parallel: bool) -> ToolUse:
    if tools:
        return ToolUse(mode, is_parallel=is_parallel)
    if mode == "required":
        raise InvalidRequestError(
            "Tool choice 'required' must be specified with 'tools' parameter.",
            param="tool_choice",
            code="invalid_value",
        )
    return ToolUse("none")


def _read_allowed(tool: Mapping[str, Any], offered: OfferedTools) -> tuple[str, str]:
    """The type and name in an entry of `allowed_tools`, whose form the contract leaves open."""
    kind, name = tool.get("type"), tool.get("name")
    if kind in offered.client_tools.values() and name is None:
        return "function", next(known for known, type_ in offered.client_tools.items() if type_ == kind)
    if not isinstance(kind, str) or not isinstance(name, str):
        raise InvalidRequestError(
            "Invalid value for 'tool_choice.tools': expected objects such as "
            '{"type": "function", "name": "get_weather"}.',
            param="tool_choice.tools",
            code="invalid_value",
        )
    return kind, name


def _check_known(kind: str, name: str, tools: Sequence[Tool]) -> None:
    if (kind, name) not in {(tool.kind, tool.name) for tool in tools}:
        raise _refuse_choice(name)


def _refuse_choice(name: str) -> InvalidRequestError:
    """In OpenAI's words, which were measured in https://github.com/kangminlee-maker/local-OAuth-CLI-API-adapter."""
    message = f"Tool choice '{name}' not found in 'tools' parameter."
    return InvalidRequestError(message, param="tool_choice", code="invalid_value")
