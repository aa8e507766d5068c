"""Reads a request for a response, with the conversation it continues, as a `GenerationRequest`."""

from collections.abc import Sequence

from fake_llm_server._api.responses.input_items import Item, dump_item, item_type
from fake_llm_server._api.responses.tools import OfferedTools, read_tool_use
from fake_llm_server._api.responses.turns import read_turns
from fake_llm_server._api.shared.structured_output import FormatPlace, read_schema_format
from fake_llm_server._errors import InvalidRequestError
from fake_llm_server._generated.responses.wire import CreateResponse
from fake_llm_server._seam import (
    DEFAULT_TEMPERATURE,
    AnswerFormat,
    GenerationRequest,
    JsonObject,
    Sampling,
    Turn,
)

LOGPROBS = "message.output_text.logprobs"
ENCRYPTED_REASONING = "reasoning.encrypted_content"


def read_generation_request(
    body: CreateResponse, items: Sequence[Item], offered: OfferedTools
) -> GenerationRequest:
    """Read a request's body.

    Args:
        body: the request.
        items: the whole conversation, the request's input last.
        offered: its tools.

    Raises:
        InvalidRequestError: fields contradict each other, or ask for what a text model can't do.
        NotFoundError: see `read_turns`.
    """
    reasoning = body.reasoning
    turns = read_turns(items, keeps_all_thoughts=reasoning is None or reasoning.context != "current_turn")
    return GenerationRequest(
        turns=(*_read_instructions(body.instructions), *turns),
        tools=tuple(offered.tools),
        tool_use=read_tool_use(body.tool_choice, offered, is_parallel=body.parallel_tool_calls is not False),
        sampling=Sampling(
            temperature=DEFAULT_TEMPERATURE if body.temperature is None else body.temperature,
            top_p=1.0 if body.top_p is None else body.top_p,
        ),
        max_tokens=body.max_output_tokens,
        num_top_logprobs=(body.top_logprobs or 0) if LOGPROBS in (body.include or ()) else None,
        answer_format=_read_format(body, items),
        reasoning_effort=reasoning.effort if reasoning else None,
        hosted_tools=frozenset(offered.uncalled),
    )


def _read_instructions(instructions: str | None) -> tuple[Turn, ...]:
    return (Turn("developer", instructions),) if instructions else ()


def _read_format(body: CreateResponse, items: Sequence[Item]) -> AnswerFormat | None:
    given = body.text.format if body.text else None
    if given is None or given.type == "text":
        return None
    if given.type == "json_object":
        _check_speaks_of_json(body, items)
        return JsonObject()
    return read_schema_format(given, _place_of(given.name))


def find_format_place(body: CreateResponse) -> FormatPlace | None:
    """Where a request names the schema of its answer, if it has one."""
    given = body.text.format if body.text else None
    if given is None or given.type != "json_schema":
        return None
    return _place_of(given.name)


def _place_of(name: str) -> FormatPlace:
    return FormatPlace(name, "text.format.schema", "invalid_json_schema")


def _check_speaks_of_json(body: CreateResponse, items: Sequence[Item]) -> None:
    messages = [str(dump_item(item)) for item in items if item_type(item) == "message"]
    if not any("json" in text.lower() for text in (body.instructions or "", *messages)):
        raise InvalidRequestError(
            "Response input messages must contain the word 'json' in some form to use 'text.format' of type "
            "'json_object'.",
            param="input",
        )
