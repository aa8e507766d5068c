"""Asks a scope the same through both APIs, streamed and not, and reads the answers in one form."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import openai

MODEL = "smollm2-135m"

WAYS = [("chat", False), ("chat", True), ("responses", False), ("responses", True)]
"""Each API, whole and streamed."""


@dataclass
class Read:
    """An answer as a program reads it.

    Attributes:
        calls: names and arguments.
        pieces: of the text, as a stream brought them.
    """

    text: str = ""
    refusal: str = ""
    reasoning: str = ""
    finish: str | None = None
    calls: list[tuple[str, str]] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    usage: tuple[int, int] | None = None


def ask(
    client: openai.OpenAI,
    way: tuple[str, bool],
    *,
    text: str = "Weather?",
    tools: Any = (),
    schema: Any = None,
    **fields: Any,
) -> Read:
    """Ask, and read the answer.

    Args:
        client: of the scope.
        way: one of `WAYS`.
        text: of the user.
        tools: names of functions and their parameters; a custom tool where those are None.
        schema: of the answer.
        **fields: further ones of the request, as both APIs name them.
    """
    api, is_streamed = way
    asked = _Asked(text, tools, schema, is_streamed, fields)
    return _ask_chat(client, asked) if api == "chat" else _ask_responses(client, asked)


@dataclass(frozen=True, slots=True)
class _Asked:
    text: str
    tools: Sequence[Any]
    schema: Any
    is_streamed: bool
    fields: dict[str, Any]


def _ask_chat(client: openai.OpenAI, asked: _Asked) -> Read:
    given: dict[str, Any] = {
        "model": MODEL,
        "messages": [{"role": "user", "content": asked.text}],
        **asked.fields,
    }
    if asked.tools:
        given["tools"] = [_chat_tool(*tool) for tool in asked.tools]
    if asked.schema is not None:
        given["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": asked.schema},
        }
    if asked.is_streamed:
        return _read_chunks(
            client.chat.completions.create(**given, stream=True, stream_options={"include_usage": True})
        )
    completion = client.chat.completions.create(**given)
    [choice] = completion.choices
    message = choice.message
    return Read(
        text=message.content or "",
        refusal=message.refusal or "",
        reasoning=getattr(message, "reasoning_content", None) or "",
        finish=choice.finish_reason,
        calls=[_read_call(call.model_dump()) for call in message.tool_calls or ()],
        usage=(completion.usage.prompt_tokens, completion.usage.completion_tokens)
        if completion.usage
        else None,
    )


def _read_chunks(chunks: Any) -> Read:
    read = Read()
    calls: dict[int, list[str]] = {}
    for chunk in chunks:
        if chunk.usage:
            read.usage = (chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
        for choice in chunk.choices:
            delta = choice.delta
            read.finish = choice.finish_reason or read.finish
            read.refusal += delta.refusal or ""
            read.reasoning += getattr(delta, "reasoning_content", None) or ""
            if delta.content:
                read.pieces.append(delta.content)
            for call in delta.tool_calls or ():
                part = call.model_dump()
                name, arguments = _read_call(part)
                begun = calls.setdefault(call.index, ["", ""])
                calls[call.index] = [begun[0] + (name or ""), begun[1] + (arguments or "")]
    read.text = "".join(read.pieces)
    read.calls = [(name, arguments) for name, arguments in calls.values()]
    return read


def _chat_tool(name: str, parameters: Any) -> dict[str, Any]:
    if parameters is None:
        return {"type": "custom", "custom": {"name": name}}
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


def _read_call(call: dict[str, Any]) -> tuple[str, str]:
    custom = call.get("custom")
    if custom:
        return custom.get("name"), custom.get("input")
    return call["function"].get("name"), call["function"].get("arguments")


def _ask_responses(client: openai.OpenAI, asked: _Asked) -> Read:
    given: dict[str, Any] = {"model": MODEL, "input": asked.text, **asked.fields}
    if asked.tools:
        given["tools"] = [_responses_tool(*tool) for tool in asked.tools]
    if asked.schema is not None:
        given["text"] = {"format": {"type": "json_schema", "name": "answer", "schema": asked.schema}}
    if not asked.is_streamed:
        return _read_response(client.responses.create(**given))
    pieces, response = [], None
    for event in client.responses.create(**given, stream=True):
        if event.type == "response.output_text.delta":
            pieces.append(event.delta)
        if event.type in ("response.completed", "response.incomplete"):
            response = event.response
    read = _read_response(response)
    assert read.text == "".join(pieces)
    read.pieces = pieces
    return read


def _responses_tool(name: str, parameters: Any) -> dict[str, Any]:
    if parameters is None:
        return {"type": "custom", "name": name}
    return {"type": "function", "name": name, "parameters": parameters, "strict": False}


def _read_response(response: Any) -> Read:
    details = response.incomplete_details
    read = Read(finish=details.reason if details else response.status)
    read.usage = (response.usage.input_tokens, response.usage.output_tokens)
    for item in response.output:
        if item.type == "message":
            read.text += "".join(part.text for part in item.content if part.type == "output_text")
            read.refusal += "".join(part.refusal for part in item.content if part.type == "refusal")
        elif item.type == "reasoning":
            read.reasoning += "".join(part.text for part in item.content)
        else:
            read.calls.append((item.name, item.arguments if item.type == "function_call" else item.input))
    return read
