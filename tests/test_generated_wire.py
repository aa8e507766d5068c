"""The generated models accept what the contract accepts, refuse what it refuses, and say where."""

import json
from importlib import import_module
from typing import Any

import pytest
from contract_values import create_validator, valid_values, with_fault
from example_factor import EXAMPLE_FACTOR
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from codegen import repository
from codegen.contract import parse_contract
from codegen.overrides import load_overrides
from codegen.schemas import is_nullable
from codegen.shaping import class_name, shape_contract
from fake_llm_server._contract import dump_json, parse_json_body
from fake_llm_server._generated.chat.wire import CreateChatCompletionRequest
from fake_llm_server._generated.responses.wire import CreateResponse

CONTRACT = parse_contract(repository.CONTRACT.read_text(encoding="utf-8"))
SHAPE = shape_contract(CONTRACT, load_overrides(repository.OVERRIDES))
MODELLED = [name for name in CONTRACT.components if class_name(name) in SHAPE.modules]
ADAPTERS: dict[str, TypeAdapter[Any]] = {}
CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
RESPONSE: dict[str, Any] = {"model": "m", "input": "hi"}
USER = {"role": "user", "content": "hi"}


def adapter_of(component: str) -> TypeAdapter[Any]:
    """Return what validates a component, built once."""
    name = class_name(component)
    if name not in ADAPTERS:
        module = import_module(f"fake_llm_server._generated.{SHAPE.modules[name]}")
        ADAPTERS[name] = TypeAdapter(getattr(module, name))
    return ADAPTERS[name]


def accepts(adapter: TypeAdapter[Any], value: Any) -> bool:
    """Whether a model accepts a value."""
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


@settings(max_examples=150 * EXAMPLE_FACTOR, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_models_and_contract_agree(data: st.DataObject) -> None:
    """A model accepts a value, right or with a fault, exactly when a JSON Schema validator does."""
    component = data.draw(st.sampled_from(MODELLED))
    value = data.draw(valid_values(CONTRACT, component))
    if data.draw(st.booleans()):
        value = data.draw(with_fault(value))
    if value is None and is_nullable(CONTRACT.components[component], CONTRACT.components):
        return  # null is said where a component is used, not in the component's class
    assert accepts(adapter_of(component), value) is create_validator(CONTRACT, component).is_valid(value)


@settings(max_examples=100 * EXAMPLE_FACTOR, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_models_return_what_they_were_given(data: st.DataObject) -> None:
    """Parsing JSON and writing it again gives the same JSON: nothing is lost, coerced or defaulted."""
    component = data.draw(st.sampled_from(MODELLED))
    value = data.draw(valid_values(CONTRACT, component))
    if value is None:
        return
    adapter = adapter_of(component)
    parsed = adapter.validate_python(value)
    assert adapter.dump_python(parsed, mode="json", by_alias=True, exclude_unset=True) == value


def first_error(
    model: type[BaseModel], body: dict[str, Any]
) -> tuple[tuple[str | int, ...], str, dict[str, Any]]:
    """Return location, type and context of a body's first error."""
    with pytest.raises(ValidationError) as caught:
        parse_json_body(model, json.dumps(body).encode())
    error = caught.value.errors()[0]
    return error["loc"], error["type"], error.get("ctx", {})


@pytest.mark.parametrize(
    ("change", "location", "kind"),
    [
        ({"n": "1"}, ("n",), "int_type"),
        ({"n": 1.5}, ("n",), "int_type"),
        ({"n": True}, ("n",), "int_type"),
        ({"n": 129}, ("n",), "less_than_equal"),
        ({"n": 0}, ("n",), "greater_than_equal"),
        ({"stream": "true"}, ("stream",), "bool_type"),
        ({"stream": 1}, ("stream",), "bool_type"),
        ({"model": 3}, ("model",), "string_type"),
        ({"temperature": 2.5}, ("temperature",), "less_than_equal"),
        ({"temperature": "1"}, ("temperature",), "float_type"),
        ({"top_p": -0.1}, ("top_p",), "greater_than_equal"),
        ({"max_tokens": 0}, ("max_tokens",), "greater_than_equal"),
        ({"max_completion_tokens": 0}, ("max_completion_tokens",), "greater_than_equal"),
        ({"top_logprobs": 21}, ("top_logprobs",), "less_than_equal"),
        ({"seed": 2**63}, ("seed",), "less_than_equal"),
        ({"seed": -(2**63) - 1}, ("seed",), "greater_than_equal"),
        ({"logit_bias": {"1": 101}}, ("logit_bias", "1"), "less_than_equal"),
        ({"messages": []}, ("messages",), "too_short"),
        ({"functions": []}, ("functions",), "too_short"),
        ({"tools": {}}, ("tools",), "list_type"),
        ({"stop": ["a"] * 5}, ("stop", "<array>"), "too_long"),
        ({"stop": 5}, ("stop",), "union_kind_invalid"),
        ({"service_tier": "best"}, ("service_tier",), "literal_error"),
        ({"metadata": {"k": "v" * 513}}, ("metadata", "k"), "string_too_long"),
        ({"metadata": {"k" * 65: "v"}}, ("metadata", "k" * 65, "[key]"), "string_too_long"),
        ({"metadata": {str(i): "v" for i in range(17)}}, ("metadata",), "too_long"),
        ({"foo": 1}, ("foo",), "extra_forbidden"),
        ({"messages": [{**USER, "foo": 1}]}, ("messages", 0, "<user>", "foo"), "extra_forbidden"),
        ({"messages": [{"role": "user"}]}, ("messages", 0, "<user>", "content"), "missing"),
        (
            {"messages": [{**USER, "name": "a b"}]},
            ("messages", 0, "<user>", "name"),
            "string_pattern_mismatch",
        ),
        ({"messages": [{"content": "hi"}]}, ("messages", 0), "union_tag_not_found"),
        ({"messages": [{**USER, "role": 5}]}, ("messages", 0), "union_tag_type"),
        ({"messages": [{**USER, "role": "usr"}]}, ("messages", 0), "union_tag_invalid"),
        ({"stream_options": {"include_usage": None}}, ("stream_options", "include_usage"), "bool_type"),
        (
            {"tools": [{"type": "function", "function": {"name": "a b"}}]},
            ("tools", 0, "<function>", "function", "name"),
            "string_pattern_mismatch",
        ),
    ],
)
def test_models_refuse_with_a_location(
    change: dict[str, Any], location: tuple[str | int, ...], kind: str
) -> None:
    """Each fault of a chat request is reported at its place, as the one kind of fault that it is."""
    found_location, found_kind, _ = first_error(CreateChatCompletionRequest, {**CHAT, **change})
    assert (found_location, found_kind) == (location, kind)


@pytest.mark.parametrize(
    ("model", "body", "tags"),
    [
        (
            CreateChatCompletionRequest,
            {**CHAT, "messages": [{"role": "usr", "content": ""}]},
            ["developer", "system", "user", "assistant", "tool", "function"],
        ),
        (
            CreateChatCompletionRequest,
            {**CHAT, "messages": [{"role": "user", "content": [{"type": "x"}]}]},
            ["text", "image_url", "input_audio", "file"],
        ),
        (CreateChatCompletionRequest, {**CHAT, "tools": [{"type": "x"}]}, ["function", "custom"]),
        (
            CreateChatCompletionRequest,
            {**CHAT, "tool_choice": {"type": "x"}},
            ["allowed_tools", "function", "custom"],
        ),
        (
            CreateChatCompletionRequest,
            {**CHAT, "response_format": {"type": "x"}},
            ["text", "json_schema", "json_object"],
        ),
        (CreateChatCompletionRequest, {**CHAT, "prediction": {"type": "x", "content": ""}}, None),
        (
            CreateResponse,
            {"input": [{"role": "x", "content": ""}]},
            ["user", "system", "developer", "assistant"],
        ),
        (
            CreateResponse,
            {"input": [{"role": "assistant", "content": [{"type": "input_text", "text": ""}]}]},
            ["output_text", "refusal"],
        ),
        (CreateResponse, {"text": {"format": {"type": "x"}}}, ["text", "json_schema", "json_object"]),
    ],
)
def test_models_bad_tag_names_the_allowed(
    model: type[BaseModel], body: dict[str, Any], tags: list[str] | None
) -> None:
    """A tag that means no member of a union is answered with those that do; a lone constant with itself."""
    _, kind, context = first_error(model, body)
    if tags is None:
        assert (kind, context["expected"]) == ("literal_error", "'content'")
    else:
        assert (kind, context["expected_tags"]) == ("union_tag_invalid", tags)


@pytest.mark.parametrize(
    ("item", "class_"),
    [
        ({"role": "user", "content": "hi"}, "EasyInputMessage"),
        (
            {"role": "user", "content": [{"type": "input_text", "text": "hi"}], "type": "message"},
            "EasyInputMessage",
        ),
        ({"role": "user", "content": [{"type": "input_image", "image_url": "data:,"}]}, "EasyInputMessage"),
        ({"role": "assistant", "content": "hi"}, "OutputMessageParam"),
        ({"role": "assistant", "content": [{"type": "output_text", "text": "hi"}]}, "OutputMessageParam"),
        ({"id": "msg_1"}, "ItemReferenceParam"),
        ({"id": "msg_1", "type": "item_reference"}, "ItemReferenceParam"),
        ({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}, "FunctionToolCall"),
        ({"type": "function_call_output", "call_id": "c", "output": "1"}, "FunctionCallOutputItemParam"),
    ],
)
def test_models_choose_the_input_item(item: dict[str, Any], class_: str) -> None:
    """An input item is of the class that its tag means, or that its properties mean where it has no tag."""
    body = parse_json_body(CreateResponse, json.dumps({"input": [item]}).encode())
    assert isinstance(body.input, list)
    assert type(body.input[0]).__name__ == class_


@pytest.mark.parametrize(
    "message",
    [
        {"role": "assistant", "content": None, "annotations": None, "refusal": None, "audio": None},
        {"role": "assistant", "content": "4", "reasoning_content": "2 + 2", "annotations": []},
        {
            "role": "assistant",
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}],
        },
    ],
)
def test_models_accept_messages_sent_back(message: dict[str, Any]) -> None:
    """What an assistant said is accepted as clients send it back."""
    parse_json_body(CreateChatCompletionRequest, json.dumps({**CHAT, "messages": [message]}).encode())


def test_models_leave_out_what_was_not_set() -> None:
    """A field that was left out reads as None and is left out again when written: no default is applied."""
    body = parse_json_body(CreateResponse, json.dumps(RESPONSE).encode())
    assert body.temperature is None
    assert json.loads(dump_json(body)) == RESPONSE
