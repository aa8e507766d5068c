"""The arguments of a call, and structured answers, as far as the conversation says them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fake_llm_server._seam import GenerationRequest, JsonSchema, JsonSchemaFormat, Tool, Turn
from fake_llm_server._text.values.choosing import choose, leave_out, leave_out_formed
from fake_llm_server._text.values.conversation import Conversation, read_json
from fake_llm_server._text.values.narrowing import narrow
from fake_llm_server._text.values.parameters import (
    MAX_PARAMETERS,
    is_plain_object,
    read_parameters,
    split_name,
)

_MAX_DESCRIPTION = 200
MAX_TOOLS = 24
"""How many tools of a request are looked at; the rest keep their schemas."""


def take_values(request: GenerationRequest) -> GenerationRequest:
    """A request whose schemas hold the values that its conversation gives.

    Only the language of the answer is meant to be made of it: its prompt is that of the request as it came.
    """
    conversation = Conversation(request.turns)
    tools = request.tools
    if request.tool_use.mode != "none":
        tools = tuple(_fit_first(conversation, tool) for tool in tools[:MAX_TOOLS]) + tools[MAX_TOOLS:]
    answer_format = request.answer_format
    if isinstance(answer_format, JsonSchemaFormat):
        answer_format = replace(answer_format, schema=fit_answer(conversation, answer_format))
    return replace(request, tools=tools, answer_format=answer_format)


def fit_calls(request: GenerationRequest, calls: Sequence[Tool]) -> tuple[Tool, ...]:
    """Calls that are decided, each under a schema with the values that it is to be made with.

    Args:
        request: that they answer.
        calls: the tool of each, in their order. A parameter that has a `const` already keeps it, and a value
            beside that one in the text is preferred. Several calls of one tool without any get different
            values, where the request has some.
    """
    conversation = Conversation(request.turns)
    fitted: list[Tool] = []
    for number, tool in enumerate(calls):
        schemas = fit_tool(conversation, tool)
        earlier = sum(other == tool for other in calls[:number])
        schema = schemas[min(earlier, len(schemas) - 1)] if schemas else tool.parameters
        fitted.append(replace(tool, parameters=schema))
    return tuple(fitted)


def fit_arguments(request: GenerationRequest, tool: Tool) -> list[JsonSchema]:
    """Schemas for the calls of one tool that a request gives reason for, each a part of the tool's own.

    The i-th call is written under the i-th schema. There are several where the request names several values
    for one parameter: `the weather in Paris and London` gives two. Calls that were made since the last user
    turn are left out, so the list is empty once all have been made. A tool whose schema isn't understood, or
    to which the request says nothing, has its own schema as the only one, however often it was called.
    """
    return fit_tool(Conversation(request.turns), tool)


def fit_tool(conversation: Conversation, tool: Tool) -> list[JsonSchema]:
    """See `fit_arguments`."""
    schema = tool.parameters
    if tool.kind != "function" or not isinstance(schema, Mapping) or not is_plain_object(schema):
        return [] if schema is None else [schema]
    parameters = read_parameters(schema, _context(tool.name, tool.description, schema))
    variants = [
        leave_out(schema, parameters, chosen)
        for chosen in choose(conversation, schema, parameters, tool_name=tool.name)
    ]
    made = _calls_made(conversation.turns, tool.name)
    if not any(variants):
        return [schema]
    return [narrow(schema, chosen) for chosen in variants if not _is_made(chosen, made)]


def _context(name: str, description: str | None, schema: JsonSchema) -> frozenset[str]:
    """The words of a tool or schema that its parameters are to be understood by."""
    words = [*split_name(name), *split_name((description or "")[:_MAX_DESCRIPTION])]
    properties = schema["properties"] if isinstance(schema, Mapping) else ()
    return frozenset(words).union(*(split_name(each) for each in list(properties)[:MAX_PARAMETERS]))


def fit_answer(conversation: Conversation, answer_format: JsonSchemaFormat) -> JsonSchema | None:
    """The schema of a structured answer with the values that the conversation gives."""
    schema = answer_format.schema
    if not isinstance(schema, Mapping) or not is_plain_object(schema):
        return schema
    parameters = read_parameters(schema, _context(answer_format.name, answer_format.description, schema))
    chosen = choose(conversation, schema, parameters, tool_name=None)[0]
    return narrow(schema, leave_out_formed(parameters, chosen))


def _fit_first(conversation: Conversation, tool: Tool) -> Tool:
    fitted = fit_tool(conversation, tool)
    return replace(tool, parameters=fitted[0]) if fitted else tool


def _calls_made(turns: Sequence[Turn], name: str) -> list[Any]:
    """Arguments of the calls of a tool since the last user turn."""
    asked = max((number for number, turn in enumerate(turns) if turn.role == "user"), default=-1)
    calls = [call for turn in turns[asked + 1 :] for call in turn.calls if call.name == name]
    return [arguments for call in calls if (arguments := read_json(call.arguments)) is not None]


def _is_made(chosen: Mapping[tuple[str, ...], Any], made: Sequence[Any]) -> bool:
    """Whether an earlier call has all of the values that were chosen."""
    values = {path: schema["const"] for path, schema in chosen.items() if schema and "const" in schema}
    return bool(values) and any(
        all(_at(arguments, path) == value for path, value in values.items()) for arguments in made
    )


def _at(arguments: Any, path: Sequence[str]) -> Any:
    for name in path:
        arguments = arguments.get(name) if isinstance(arguments, Mapping) else None
    return arguments
