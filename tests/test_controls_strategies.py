"""Adversarial replies: valid, odd, decided by what was drawn, and shrunk to a script."""

import importlib
import json
import sys
from hashlib import sha256
from typing import Any
from unittest.mock import patch

import openai
import pytest
from drawn_schemas import SCHEMAS
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scripted_answers import MODEL, WAYS, ask

import fake_llm_server
from fake_llm_server import ConfigurationError, FakeLLMServer, reply
from fake_llm_server._controls.adversarial import Move, decide
from fake_llm_server._controls.adversarial.picks import Picks
from fake_llm_server._controls.adversarial.values import draw_json
from fake_llm_server._controls.request_check import list_contradictions
from fake_llm_server._seam import (
    GenerationRequest,
    Grammar,
    JsonObject,
    JsonSchemaFormat,
    Tool,
    ToolUse,
    Turn,
)
from fake_llm_server.strategies import AdversarialReplies, adversarial_replies

TOOLS = st.lists(
    st.one_of(
        st.builds(
            lambda name, schema: Tool("function", name, parameters=schema),
            st.sampled_from(["a", "b"]),
            SCHEMAS,
        ),
        st.just(Tool("function", "none")),
        st.just(Tool("custom", "free")),
        st.just(Tool("custom", "bound", grammar=Grammar("regex", "a+"))),
    ),
    max_size=3,
    unique_by=lambda tool: tool.name,
)


@st.composite
def draw_requests(draw: st.DrawFn) -> GenerationRequest:
    """Requests with whatever a reply has to suit."""
    tools = tuple(draw(TOOLS))
    modes = ["auto", "required", "none"] if tools else ["none"]
    mode = draw(st.sampled_from(modes))
    named = draw(st.sampled_from([None, tools[0].name])) if mode == "required" else None
    return GenerationRequest(
        turns=(Turn("user", "Hi"),),
        tools=tools,
        tool_use=ToolUse(mode, named=named, is_parallel=draw(st.booleans())),  # type: ignore[arg-type] # of the list
        stop=tuple(draw(st.lists(st.sampled_from(["e", "1", "\n"]), max_size=1))),
        max_tokens=draw(st.none() | st.integers(1, 40)),
        answer_format=draw(
            st.none() | st.just(JsonObject()) | st.builds(JsonSchemaFormat, st.just("answer"), SCHEMAS)
        ),
    )


MOVES = adversarial_replies().filter(lambda replies: replies.moves).map(lambda replies: replies.moves[0])


@settings(max_examples=150)
@given(move=MOVES, request=draw_requests())
def test_what_is_decided_suits_the_request(move: Move, request: GenerationRequest) -> None:
    """Whatever was drawn, the request can have it, and the same draw makes the same reply again."""
    made = decide(move, request)
    assert list_contradictions(made, request) == []
    assert decide(move, request) == made


@settings(max_examples=100)
@given(schema=SCHEMAS, picks=st.lists(st.integers(0, 23), max_size=12))
def test_values_satisfy_their_schemas(schema: Any, picks: list[int]) -> None:
    """Values of drawn schemas need no model: they are found, and they hold."""
    text = draw_json(schema, Picks(picks))
    request = GenerationRequest(turns=(), answer_format=JsonSchemaFormat("answer", schema))
    assert list_contradictions(reply(text), request) == []


RECURSIVE: Any = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 3},
        "price": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.01},
        "child": {"anyOf": [{"$ref": "#"}, {"type": "null"}]},
        "when": {"type": "string", "format": "date-time"},
        "code": {"type": "string", "pattern": "^x+$"},
    },
    "required": ["name", "price"],
    "additionalProperties": False,
}


def test_draws_reach_the_corners() -> None:
    """Optional properties come and go, values are extreme, forms differ; the first one is simple."""
    request = GenerationRequest(turns=(), answer_format=JsonSchemaFormat("answer", RECURSIVE))
    texts = {draw_json(RECURSIVE, Picks(sha256(bytes([seed])).digest()[:12])) for seed in range(80)}
    assert all(not list_contradictions(reply(text), request) for text in texts)
    values = [json.loads(text) for text in texts]
    assert draw_json(RECURSIVE, Picks(())) == '{"name":"xx","price":1}'
    assert {name for value in values for name in value} == set(RECURSIVE["properties"])
    assert any(isinstance(value.get("child"), dict) for value in values)
    assert max(value["price"] for value in values) > 10**6
    assert any("\n" in text for text in texts)
    assert any("\\u" in text for text in texts)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]}{'-streamed' * way[1]}")
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(replies=adversarial_replies(max_calls=2), limit=st.sampled_from([None, 16]))
def test_replies_keep_the_contract(
    server: FakeLLMServer, client: openai.OpenAI, way: Any, replies: AdversarialReplies, limit: int | None
) -> None:
    """They reach the real client as they were made, in both APIs; our fixtures hold them to the contract."""
    limits: dict[str, Any] = (
        {} if limit is None else {"max_tokens" if way[0] == "chat" else "max_output_tokens": limit}
    )
    with server.open_scope(strict=True) as fake_llm:
        fake_llm.when().then(replies)
        asking = client.with_options(api_key=fake_llm.api_key)
        for schema in (None, RECURSIVE):
            tools = [("search", RECURSIVE), ("free", None)]
            try:
                read = ask(asking, way, tools=tools, schema=schema, **limits)
            except openai.APIStatusError:
                assert replies.moves[fake_llm.calls[-1].call.ordinal].kind == "error"
                continue
            made = fake_llm.calls[-1].written
            assert made is not None
            calls = [(call.name, call.arguments) for call in made.tool_calls]
            assert (read.text, read.refusal, read.calls) == (made.text or "", made.refusal or "", calls)
            assert read.reasoning == (made.reasoning or "")


def run_program(client: openai.OpenAI) -> None:
    """A program that takes for granted that every answer has text."""
    completion = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "Weather?"}],
        tools=[{"type": "function", "function": {"name": "search", "parameters": RECURSIVE}}],
    )
    message = completion.choices[0].message
    for call in message.tool_calls or ():
        assert "child" not in json.loads(call.function.arguments)  # type: ignore[union-attr] # no custom tool


def test_a_failure_shrinks_to_a_script(server: FakeLLMServer, client: openai.OpenAI) -> None:
    """What made the program fail is told as Python, in its simplest form."""

    @settings(max_examples=300, database=None, derandomize=True, phases=[Phase.generate, Phase.shrink])
    @given(replies=adversarial_replies(without=["error", "cut_off"]))
    def check(replies: AdversarialReplies) -> None:
        with server.open_scope() as fake_llm:
            fake_llm.when().then(replies)
            run_program(client.with_options(api_key=fake_llm.api_key))

    with pytest.raises(AssertionError) as raised:
        check()
    notes = "\n".join(raised.value.__notes__)
    assert "This answers the same:\nfake_llm.script(" in notes
    script = "reply(tool='search', arguments={'name': 'xx', 'price': 1, 'child': {'name': 'xx', 'price': 1}})"
    null = "reply(tool='search', arguments={'name': 'xx', 'price': 1, 'child': None})"
    assert f"fake_llm.script({script})" in notes or f"fake_llm.script({null})" in notes


@settings(max_examples=20)
@given(replies=adversarial_replies(faults=True, without=["error"]))
def test_faults_are_drawn_on_demand(replies: AdversarialReplies) -> None:
    """They are methods of the replies that are made."""
    request = GenerationRequest(turns=())
    for move in replies.moves:
        made = decide(move, request)
        assert (made == decide(Move(**{**vars_of(move), "fault": None}), request)) == (move.fault is None)


def vars_of(move: Move) -> dict[str, Any]:
    """The fields of a move."""
    return {name: getattr(move, name) for name in Move.__slots__}


def test_bad_input_is_refused() -> None:
    """Unknown kinds, and an installation without Hypothesis, say what is wrong."""
    with pytest.raises(ConfigurationError, match="mood"):
        adversarial_replies(without=["mood"])  # type: ignore[list-item] # what is refused
    with pytest.raises(ConfigurationError, match="from 0 on"):
        adversarial_replies(max_calls=-1)
    module = sys.modules.pop("fake_llm_server.strategies")
    try:
        with (
            patch.dict(sys.modules, {"hypothesis": None}),
            pytest.raises(ImportError, match="needs Hypothesis"),
        ):
            importlib.import_module("fake_llm_server.strategies")
    finally:
        sys.modules["fake_llm_server.strategies"] = module
        fake_llm_server.strategies = module  # as an import leaves it
