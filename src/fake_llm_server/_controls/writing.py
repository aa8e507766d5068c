"""`reply`: the one word in which tests write answers."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fake_llm_server._controls.reading.calls import ToolCallSpec, read_calls
from fake_llm_server._controls.reading.ends import read_reason, read_usage
from fake_llm_server._controls.reading.errors import read_error
from fake_llm_server._controls.reading.fields import read_fields
from fake_llm_server._controls.reading.items import read_items
from fake_llm_server._controls.reading.logprobs import LogprobSpec, read_logprobs
from fake_llm_server._controls.reading.texts import read_text
from fake_llm_server._controls.reply import Reply, Scriptable
from fake_llm_server._controls.self_check import check_reply
from fake_llm_server._errors import ConfigurationError
from fake_llm_server._seam import FinishReason
from fake_llm_server._settings import AnswerRules


def reply(
    what: Scriptable = ...,
    *,
    chunks: Sequence[str] | None = None,
    like: str | re.Pattern[str] | None = None,
    json: Any = ...,
    schema: Any = None,
    tool: str | None = None,
    arguments: Any = ...,
    call_id: str | None = None,
    tool_calls: Sequence[ToolCallSpec] = (),
    items: Sequence[Any] = (),
    reasoning: str | None = None,
    refusal: str | None = None,
    logprobs: Sequence[LogprobSpec] | None = None,
    finish_reason: FinishReason | None = None,
    usage: Mapping[str, int] | None = None,
    fields: Mapping[str, Any] | None = None,
    choices: Sequence[Scriptable] = (),
    rules: AnswerRules | None = None,
    message: str | None = None,
    type: str | None = None,  # noqa: A002 - OpenAI's name
    code: str | None = None,
    param: str | None = None,
    retry_after: float | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Write an answer, or some of it: the model fills in what is left out.

    Args:
        what: the text; or the status of an error, such as 429; or a function that makes the reply of the
            call, and may be asynchronous; `...` leaves it out.
        chunks: the text as a stream is to split it.
        like: a regular expression; the model writes a text that it matches as a whole.
        json: a value, or an instance of a Pydantic model, whose JSON is the text. Where `...` stands in it,
            the model writes what the request's own schema has there; `...: ...` is the rest of an object.
        schema: a JSON schema, or a Pydantic model's class; the model writes JSON that satisfies it.
        tool: the name of a tool that the answer calls.
        arguments: of that call: a value for JSON, with `...` as in `json`, or text as it stands (JSON, or a
            custom tool's input); `...` has the model write all of them, by the request's own schema.
        call_id: of that call; one is made where it is left out.
        tool_calls: several calls, each a name, a name with its arguments, or these with the call's id.
        items: of a response, as they stand on the wire, in this order, before the text and the calls: those
            of hosted tools, such as `{"type": "web_search_call", …}`, messages, reasoning, … Ids and what
            else says nothing may be left out.
        reasoning: what the answer thinks first.
        refusal: the words in which the answer declines.
        logprobs: of the text's tokens: each its text and its logprob, and perhaps, by their texts, those of
            the most probable tokens in its place. Made where a request asks for them and they are left out.
        finish_reason: `length` and `content_filter` are cut answers.
        usage: `prompt_tokens`, `completion_tokens`, and the other names of `Usage`.
        fields: of the API's reply, such as `id`, `created` or `service_tier`, in place of its own.
        choices: one for each answer of a request with `n`; without it all are the same.
        rules: for what the model writes of this reply; `AnswerRules.none()` is the raw model.
        message: of an error; so are `type`, `code` and `param`. OpenAI's, by its status, where left out.
        type: see `message`.
        code: see `message`.
        param: see `message`.
        retry_after: seconds, for the error's `retry-after` and `retry-after-ms`.
        headers: of the error.

    Raises:
        ConfigurationError: the reply contradicts itself.
    """
    if isinstance(what, Reply):
        raise ConfigurationError("This is a reply already: use it as it is, or dataclasses.replace().")
    error_parts = {"message": message, "type": type, "code": code, "param": param}
    read = read_text(what, chunks, like, json, schema)
    written = Reply(
        text=read.text,
        wanted=read.wanted,
        chunks=None if chunks is None else tuple(chunks),
        tool_calls=read_calls(tool, arguments, call_id, tool_calls),
        items=read_items(items),
        reasoning=reasoning,
        refusal=refusal,
        logprobs=read_logprobs(logprobs),
        finish_reason=read_reason(finish_reason),
        usage=read_usage(usage),
        fields=read_fields(fields),
        error=read_error(what, error_parts, retry_after, headers),
        choices=tuple(as_reply(choice) for choice in choices),
        function=what if callable(what) else None,
        rules=rules,
    )
    check_reply(written)
    return written


def as_reply(what: Scriptable) -> Reply:
    """The reply that a member of a script stands for.

    Raises:
        ConfigurationError: it stands for none.
    """
    return what if isinstance(what, Reply) else reply(what)
