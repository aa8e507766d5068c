"""Prepares the answer to a request: everything that can be refused is refused here, before anything runs."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from fake_llm_server._api.responses.event_sequencer import OutputOptions
from fake_llm_server._api.responses.generation_request import (
    ENCRYPTED_REASONING,
    LOGPROBS,
    find_format_place,
    read_generation_request,
)
from fake_llm_server._api.responses.input_checks import (
    check_id,
    check_ids_are_unique,
    check_input,
    check_namespaces,
    check_thoughts_are_followed,
)
from fake_llm_server._api.responses.input_items import Item, item_type, list_references, read_input
from fake_llm_server._api.responses.response_object import write_head
from fake_llm_server._api.responses.tools import OfferedTools, read_tools, refuse_hosted
from fake_llm_server._api.shared.call_context import CallContext
from fake_llm_server._api.shared.field_declarations import load_declarations, refuse_fields
from fake_llm_server._api.shared.object_ids import ObjectIds
from fake_llm_server._api.shared.served_models import ServedModel, ServedModels
from fake_llm_server._api.shared.structured_output import FormatPlace
from fake_llm_server._contract import run_aside_if_large
from fake_llm_server._errors import InvalidRequestError, NotFoundError
from fake_llm_server._generated.responses.wire import CreateResponse, Response
from fake_llm_server._seam import Backend, Call, GenerationRequest

FIELDS = load_declarations("responses")

NOTHING_TO_ANSWER = (
    """One of "input" or "previous_response_id" or 'prompt' or 'conversation' must be provided."""
)
"""OpenAI's words, and its quotes; they come without a `param`."""


class History(Protocol):
    """Where earlier responses are found."""

    async def find_conversation(self, response_id: str) -> Sequence[Item] | None:
        """What was said up to the end of a response, or None if it isn't known."""

    async def find_items(self, item_ids: Collection[str]) -> Mapping[str, Item]:
        """Those of these items that are in a known conversation, by their ids."""


@dataclass(frozen=True, slots=True)
class PreparedResponse:
    """A request that nothing stands against.

    Attributes:
        head: the response as it begins.
        items: the whole conversation, the request's input last.
        call: for the backend.
        options: what the client wants to see.
        backend: what answers.
        is_truncated: whether the oldest turns may be dropped.
        compact_threshold: tokens of the prompt from which on it is condensed; 0 condenses it and answers
            nothing.
        is_generated: whether there is to be an answer at all.
        tool_params: see `OfferedTools.params`.
        answer_format: where the request names the schema of its answer.
        reply_headers: see `CallContext`.
    """

    head: Response
    items: Sequence[Item]
    call: Call
    options: OutputOptions
    backend: Backend
    is_truncated: bool
    compact_threshold: int | None = None
    is_generated: bool = True
    tool_params: Mapping[str, str] = field(default_factory=dict)
    answer_format: FormatPlace | None = None
    reply_headers: dict[str, str] = field(default_factory=dict)

    def now(self) -> int:
        """Unix time in seconds, by the clock of the call's scope."""
        return int(self.call.scope.clock.unix_time())


class ResponsePreparer:
    """Prepares the responses of one server.

    Args:
        models: what is served.
        ids: gives out ids.
    """

    def __init__(self, models: ServedModels, ids: ObjectIds) -> None:
        self._models = models
        self._ids = ids

    async def prepare(
        self,
        body: CreateResponse,
        raw: bytes,
        history: History,
        context: CallContext,
        *,
        operation: str = "createResponse",
        is_generated: bool = True,
    ) -> PreparedResponse:
        """Read a request.

        Args:
            body: the request.
            raw: its bytes, from which ids are made.
            history: where earlier responses are found.
            context: who asks.
            operation: of the contract.
            is_generated: see `PreparedResponse`.

        Raises:
            InvalidRequestError: it can't be served as it stands.
            NotFoundError: it names a model or an object that isn't there.
            StoreError: the store can't be used.
        """
        _check_fields(body)
        assert body.model is not None  # noqa: S101 - checked by _check_fields
        backend = _find_model(self._models, body.model).backend
        check_input(body.input)
        conversation = await read_history(body.previous_response_id, history)
        is_stored = operation == "createResponse" and _is_to_be_stored(body, context)
        referred = await history.find_items(set(list_references(body.input)))
        response_id = await self._ids.create(context.scope, "resp_", raw, is_stored=is_stored)
        read = partial(_read_body, body, conversation, partial(read_input, body.input, response_id, referred))
        items, offered, request = await run_aside_if_large(len(raw), read)
        if context.settings.hosted_tools == "refuse":
            refuse_hosted(offered, body.model)
        head = write_head(
            body,
            response_id=response_id,
            created_at=int(context.scope.clock.unix_time()),
            model=body.model,
            tools=offered.written,
            is_stored=is_stored,
        )
        return PreparedResponse(
            head=head,
            items=items,
            call=context.create_call(
                operation, body.model, request, metadata=body.metadata, is_streamed=bool(body.stream)
            ),
            options=_read_options(body, offered),
            backend=backend,
            is_truncated=body.truncation == "auto",
            compact_threshold=_read_threshold(body, items),
            is_generated=is_generated,
            tool_params=offered.params,
            answer_format=find_format_place(body),
            reply_headers=context.reply_headers,
        )


async def read_history(response_id: str | None, history: History) -> Sequence[Item]:
    """The conversation that a request goes on with.

    Raises:
        InvalidRequestError: the id isn't one, or the response isn't known.
    """
    if response_id is None:
        return ()
    check_id(response_id, "previous_response_id", "resp")
    conversation = await history.find_conversation(response_id)
    if conversation is None:
        raise InvalidRequestError(
            f"Previous response with id '{response_id}' not found.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
    return conversation


def _is_to_be_stored(body: CreateResponse, context: CallContext) -> bool:
    """Whether a response can be asked for later; one in the background can, as it is there to be polled."""
    wanted = context.settings.store_by_default if body.store is None else body.store
    return wanted or bool(body.background)


def _read_body(
    body: CreateResponse, conversation: Sequence[Item], read_given: Callable[[], Sequence[Item]]
) -> tuple[list[Item], OfferedTools, GenerationRequest]:
    """The whole conversation, the tools, and what is asked of the backend."""
    given = read_given()
    items = [*conversation, *given]
    if not items or (body.input == "" and not conversation):
        raise InvalidRequestError(NOTHING_TO_ANSWER, code="missing_required_parameter")
    check_ids_are_unique(items)
    offered = _read_tools(body, items)
    names = {tool.name for tool in offered.tools if tool.name not in offered.namespaces}
    check_namespaces(body.input, names, {name for _, name in offered.namespaces.values()})
    request = read_generation_request(body, items, offered)
    check_thoughts_are_followed(given)
    return items, offered, request


def _find_model(models: ServedModels, name: str) -> ServedModel:
    """The model that a response is asked of.

    Raises:
        InvalidRequestError: there is none. Unlike in chat it isn't a 404:
            https://github.com/kangminlee-maker/local-OAuth-CLI-API-adapter
    """
    try:
        return models.find(name)
    except NotFoundError as error:
        message = f"The requested model '{name}' does not exist."
        raise InvalidRequestError(message, param="model", code="model_not_found") from error


def _read_tools(body: CreateResponse, items: Sequence[Item]) -> OfferedTools:
    additional = [tool for item in items if item_type(item) == "additional_tools" for tool in item.tools]
    found = [tool for item in items if item_type(item) == "tool_search_output" for tool in item.tools]
    return read_tools(body.tools or (), additional, found)


def _read_options(body: CreateResponse, offered: OfferedTools) -> OutputOptions:
    include = body.include or ()
    reasoning = body.reasoning
    return OutputOptions(
        has_logprobs=LOGPROBS in include,
        is_summarized=bool(reasoning and (reasoning.summary or reasoning.generate_summary)),
        is_sealed=ENCRYPTED_REASONING in include,
        namespaces=offered.namespaces,
        client_tools=offered.client_tools,
    )


def _read_threshold(body: CreateResponse, items: Sequence[Item]) -> int | None:
    """From how many tokens on the conversation is condensed."""
    triggers = [position for position, item in enumerate(items) if item_type(item) == "compaction_trigger"]
    if triggers:
        if triggers != [len(items) - 1]:
            message = "A 'compaction_trigger' must be the final input item."
            raise InvalidRequestError(message, param="input", code="invalid_value")
        return 0
    thresholds = [entry.compact_threshold for entry in body.context_management or ()]
    return min((threshold for threshold in thresholds if threshold is not None), default=None)


def _check_fields(body: CreateResponse) -> None:
    """Refuse fields that aren't served, need another one, or exclude one."""
    declared = FIELDS["createResponse"]
    if body.conversation is not None:
        _refuse_conversation(body)
    if body.prompt is not None:
        raise NotFoundError(f"Prompt with id '{body.prompt.id}' not found. {declared['prompt'].remark}")
    refuse_fields(body, declared)
    for name in ("model", "input"):
        if getattr(body, name) is None:
            message = f"Missing required parameter: '{name}'."
            raise InvalidRequestError(message, param=name, code="missing_required_parameter")
    if body.stream_options is not None and not body.stream:
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise InvalidRequestError(message, param="stream_options")
    if body.background and body.store is False:
        message = "Background responses are polled, so they must be stored: 'background' requires 'store'."
        raise InvalidRequestError(message, param="store", code="invalid_parameter_combination")


def _refuse_conversation(body: CreateResponse) -> None:
    given: Any = body.conversation
    if body.previous_response_id is not None:
        # OpenAI's words, gaps included.
        message = (
            "Mutually exclusive parameters: ''. Ensure you are only providing one of: 'pre..._id' or "
            "'conversation'."
        )
        raise InvalidRequestError(message, code="mutually_exclusive_parameters")
    name = given if isinstance(given, str) else given.id
    hint = FIELDS["createResponse"]["conversation"].remark
    raise NotFoundError(f"Conversation with id '{name}' not found. {hint}")
