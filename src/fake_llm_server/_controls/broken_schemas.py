"""The lie about schemas: JSON that a request's own schema doesn't allow, in the place of the answer's."""

import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from fake_llm_server._controls.json_check import satisfies
from fake_llm_server._controls.json_text import parse_json
from fake_llm_server._controls.schemas import find_answer_schema, find_parameters
from fake_llm_server._seam import (
    CallDelta,
    CallEnded,
    CallStarted,
    Finished,
    GenerationEvent,
    GenerationRequest,
    JsonSchema,
    TextDelta,
)

_OTHERS: tuple[Any, ...] = ("wrong", 0, [], {}, None, True)
"""Values of every type, of which some schema allows one, and hardly any all."""


async def break_schemas(
    request: GenerationRequest, events: AsyncGenerator[GenerationEvent, None]
) -> AsyncGenerator[GenerationEvent, None]:
    """Hold back each text and each call's arguments that have a schema, and break them at their end.

    What has no schema, or one that allows everything, stays as it is.
    """
    held: dict[int, _Held] = {}
    schema: JsonSchema | None
    names: dict[int, str] = {}
    async with aclosing(events):
        async for event in events:
            match event:
                case TextDelta() | CallDelta():
                    schema = _find_schema(event, request, names.get(event.choice, ""))
                    if schema is not None:
                        held.setdefault(event.choice, _Held(event, schema)).add(event)
                        continue
                case CallStarted() | CallEnded() | Finished():
                    if event.choice in held:
                        yield held.pop(event.choice).break_it()
                    if isinstance(event, CallStarted):
                        names[event.choice] = event.name
            yield event


class _Held:
    """A text, or a call's arguments, of which all pieces are held back."""

    def __init__(self, first: TextDelta | CallDelta, schema: JsonSchema) -> None:
        self._first = first
        self._schema = schema
        self._text = ""

    def add(self, piece: TextDelta | CallDelta) -> None:
        self._text += piece.text if isinstance(piece, TextDelta) else piece.arguments

    def break_it(self) -> TextDelta | CallDelta:
        broken = break_schema(self._text, self._schema)
        text = self._text if broken is None else broken
        if isinstance(self._first, TextDelta):
            return replace(self._first, text=text, logprobs=())
        return replace(self._first, arguments=text, logprobs=())


def _find_schema(piece: TextDelta | CallDelta, request: GenerationRequest, called: str) -> JsonSchema | None:
    """What a text, or the arguments of the called tool, must be; None if that is no matter of JSON."""
    if isinstance(piece, TextDelta):
        wanted = request.answer_format
        return None if wanted is None else find_answer_schema(wanted)
    if piece.kind == "custom":
        return None
    return find_parameters(next((tool for tool in request.tools if tool.name == called), None))


def break_schema(text: str, schema: JsonSchema) -> str | None:
    """JSON that a schema doesn't allow, as close to a text as it can be; None if it allows everything.

    The first of these that breaks it: without one of its required properties, with a property of a wrong
    type, with a wrong value in the place of all of it.
    """
    value = parse_json(text)  # None for an answer that a limit cut
    for candidate in _list_candidates(value, schema):
        if not satisfies(candidate, schema):
            return json.dumps(candidate, ensure_ascii=False)
    return None


def _list_candidates(value: Any, schema: JsonSchema) -> Iterator[Any]:
    if isinstance(value, dict):
        required = schema.get("required", ()) if isinstance(schema, Mapping) else ()
        names = [name for name in required if name in value]
        for name in [*names, *(name for name in value if name not in names)]:
            yield {key: inner for key, inner in value.items() if key != name}
        for name in value:
            yield from ({**value, name: other} for other in _OTHERS)
    yield from _OTHERS
