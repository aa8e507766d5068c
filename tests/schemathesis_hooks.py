"""What OpenAPI can't say, for Schemathesis: which model is served, how little it generates, what follows.

    SCHEMATHESIS_HOOKS=tests.schemathesis_hooks schemathesis run http://127.0.0.1:8080/openapi.json

Nor can it say what makes sense: of bodies that a schema allows, most are refused, for a tool's result that
nobody asked for or an image that no model sees. So most valid bodies are set upon one of our own examples.
Bodies are changed only from valid to valid, so that a body which breaks the contract still does.
"""

import json
import os
import zlib
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis import GenerationMode

MODEL = os.environ.get("FAKE_LLM_SERVER_FUZZED_MODEL", "smollm2-135m")
MAX_TOKENS = 4
MAX_CHOICES = 2
UNBOUNDED = "Compactconversation"
"""Writes a summary whose length no request bounds: it is asked with the examples, and seldom beside."""

LIMITS = ("max_completion_tokens", "max_output_tokens")
FEWEST_OUTPUT_TOKENS = 16
"""The contract's minimum of `max_output_tokens`."""

EXAMPLES: dict[str, dict[str, dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "example_requests.json").read_text(encoding="utf-8")
)
"""Operation to name to a body, but for its model."""

FIELDS_OF_EXAMPLES = frozenset(
    {
        *("messages", "tools", "tool_choice", "functions", "function_call", "response_format", "modalities"),
        *("input", "text", "previous_response_id", "conversation", "prompt"),
        *("audio", "web_search_options", "moderation", "context_management"),
    }
)
"""Fields that are an example's own or nobody's: they make sense together, or this server refuses them."""

FOLLOWERS = {
    ("/chat/completions", "completion_id"): (
        "getChatCompletion",
        "updateChatCompletion",
        "getChatCompletionMessages",
        "deleteChatCompletion",
    ),
    ("/responses", "response_id"): ("getResponse", "listInputItems", "cancelResponse", "deleteResponse"),
}
"""A path that creates objects, and the parameter that names one, to the operations that take its id."""

OFFENCES_IN_WORDS = ("Supported values are: ", "does not match pattern")
"""Marks of a message with the code `invalid_value` that is about the contract."""

STRICTER_THAN_THE_CONTRACT = (
    # The document leaves the model of a response out for prompts that name one; OpenAI keeps those, not we.
    "Missing required parameter: 'model'.",
    # OpenAI demands an input even where a previous response has something to answer; it may be empty there.
    "Missing required parameter: 'input'.",
    """One of "input" or "previous_response_id" or 'prompt' or 'conversation' must be provided.""",
    # Reasoning that isn't sealed is looked up by its id; one that is needs none.
    "].id'.",
    # Items of programs that call tools, which only OpenAI runs.
    "This server runs no programs, so no conversation with it has such an item.",
    # To JSON Schema 5.0 is an integer, to OpenAI it isn't: https://github.com/Jeffser/Alpaca/issues/904
    "expected an integer, but got a decimal number instead.",
    # U+0085 is white space to Unicode and to Rust and Python, but not to ECMA's `\\s`.
    "pattern '^[^\\s<|\\\\/>]+$'.",
)
"""Words of messages that refuse what the contract allows, as OpenAI does."""


@schemathesis.hook
def before_load_schema(context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Give bodies their examples, and link each object's creation to its reading, changing and deleting."""
    del context  # there is none before the document is loaded
    for schema in raw_schema["components"]["schemas"].values():
        if _has_shared_member(schema):
            del schema["discriminator"]
    for path in raw_schema["paths"].values():
        creation = path.get("post", {})
        bodies = EXAMPLES.get(creation.get("operationId"))
        if bodies:
            creation["requestBody"]["content"]["application/json"]["examples"] = {
                name: {"value": {"model": MODEL, **body}} for name, body in bodies.items()
            }
    for (path, parameter), operations in FOLLOWERS.items():
        raw_schema["paths"][path]["post"]["responses"]["200"]["links"] = {
            name: {"operationId": name, "parameters": {parameter: "$response.body#/id"}}
            for name in operations
        }


def _has_shared_member(schema: dict[str, Any]) -> bool:
    """Whether several tags of a union name one schema, of which Schemathesis allows only the last one."""
    members = [*schema.get("discriminator", {}).get("mapping", {}).values()]
    return len(members) > len(set(members))


@schemathesis.deserializer("text/event-stream")
def read_events(context: schemathesis.DeserializationContext, response: schemathesis.Response) -> list[Any]:
    """The documents that the contract describes: each event's data, but for the mark that ends a chat."""
    del context  # all streams are read alike
    lines = response.content.decode().split("\n")
    texts = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    return [json.loads(text) for text in texts if text != "[DONE]"]


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Ask the served model for few tokens, and let it store what it says."""
    if not isinstance(body, dict) or context.operation is None:
        return body
    return _bound_body(context.operation.definition.raw["operationId"], body)


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]
) -> None:
    """Set three valid bodies in four upon an example, with about half of the fields that were made up."""
    del context, kwargs  # the case says it all
    operation = case.operation.definition.raw["operationId"]
    is_valid = case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
    if not is_valid or operation not in EXAMPLES or not isinstance(case.body, dict):
        return
    mark = zlib.crc32(json.dumps(case.body, sort_keys=True).encode())
    if mark % 4 == 0 or operation == UNBOUNDED:
        case.body = _bound_body(operation, case.body)
        return
    example = [*EXAMPLES[operation].values()][mark // 4 % len(EXAMPLES[operation])]
    names = sorted(case.body.keys() - FIELDS_OF_EXAMPLES)
    taken = {name: case.body[name] for index, name in enumerate(names) if mark >> index % 32 & 1}
    bounded = _bound_body(operation, {"model": MODEL, **example, **taken})
    case.body = {**bounded, **{name: example[name] for name in LIMITS if name in example}}


def _bound_body(operation: str, body: dict[str, Any]) -> dict[str, Any]:
    """Ask the served model for few tokens, and let it store what it says."""
    body = dict(body)
    if isinstance(body.get("model"), str):
        body["model"] = MODEL
    match operation:
        case "createChatCompletion":
            _bound_chat(body)
        case "createResponse":
            _bound(body, "max_output_tokens", FEWEST_OUTPUT_TOKENS)
            body.setdefault("max_output_tokens", FEWEST_OUTPUT_TOKENS)
            _store(body)
            body.setdefault("model", MODEL)
        case "Getinputtokencounts":
            body.setdefault("model", MODEL)
    return body


def _bound_chat(body: dict[str, Any]) -> None:
    for field in ("max_tokens", "max_completion_tokens"):
        _bound(body, field, MAX_TOKENS)
    if "max_tokens" not in body:
        body.setdefault("max_completion_tokens", MAX_TOKENS)
    _bound(body, "n", MAX_CHOICES)
    _store(body)


def _store(body: dict[str, Any]) -> None:
    """Keep what is created, so that there is something to read, change and delete."""
    given = body.get("store")
    if given is None or given is False:
        body["store"] = True


def _bound(body: dict[str, Any], field: str, most: int) -> None:
    value = body.get(field)
    if isinstance(value, int) and not isinstance(value, bool) and most < value:
        body[field] = most


@schemathesis.hook
def map_path_parameters(context: schemathesis.HookContext, path_parameters: Any) -> Any:
    """Ask for the served model now and then: a made-up name is never found."""
    del context  # all operations with a model in their path are alike
    if isinstance(path_parameters, dict):
        model = path_parameters.get("model")
        if isinstance(model, str) and len(model) % 2:
            return {**path_parameters, "model": MODEL}
    return path_parameters


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext,
    failure: Exception,
    case: schemathesis.Case[Any],
    response: schemathesis.Response,
) -> bool:
    """Let a valid request be refused for what a schema can't say, such as two fields that exclude each other.

    A refusal that says the request breaks the contract, while Schemathesis says it doesn't, stays a failure.
    """
    del context  # the case and its reply say it all
    if type(failure).__name__ == "AcceptedNegativeData":
        return not _is_text_by_now(case.query)
    if type(failure).__name__ != "RejectedPositiveData":
        return True
    error = response.json()["error"]
    if any(words in error["message"] for words in STRICTER_THAN_THE_CONTRACT):
        return False
    code = str(error["code"])
    is_bound = any(mark in code for mark in ("_min_", "_max_", "empty_"))
    is_named = code in {"unknown_parameter", "missing_required_parameter", "invalid_type"}
    return is_bound or is_named or any(mark in error["message"] for mark in OFFENCES_IN_WORDS)


def _is_text_by_now(query: Any) -> bool:
    """Whether what was wrong in a query is gone on the wire, where a null or a number in a pair is a text.

    So is a list or an object of one, which the client library writes as its only element.

    Schemathesis keeps the query as it is written: `metadata[name]` to the value.
    """
    pairs = {name: value for name, value in (query or {}).items() if name.startswith("metadata[")}
    are_plain = all("][" not in name and _is_one_text(value) for name, value in pairs.items())
    return bool(pairs) and are_plain


def _is_one_text(value: Any) -> bool:
    """Whether a value of a query becomes one text."""
    parts = list(value) if isinstance(value, dict | list) else [value]
    return len(parts) == 1 and not isinstance(parts[0], dict | list)
