"""Replies, scripts and rules as Python that makes equal ones."""

import inspect
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_llm_server import AnswerRules, Reply, reply
from fake_llm_server._controls.conditions import write_conditions
from fake_llm_server._controls.faulty import Faulty
from fake_llm_server._controls.python_form import write_script
from fake_llm_server._controls.rule import Rule
from fake_llm_server._controls.spelling import FAULTS, PARTS, spell

NAMES = {"reply": reply, "AnswerRules": AnswerRules, "re": re}

EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "what": [{"what": 'It\'s "sunny".\n'}, {"what": ""}, {"what": 429}, {"what": 599}, {"what": ...}],
    "chunks": [{"chunks": ["a", "", "b"]}, {"chunks": []}],
    "like": [{"like": r"Good(bye)?\."}],
    "json": [
        {"json": {"a": [1, None, "ü"]}},
        {"json": []},
        {"json": None},
        {"json": "x"},
        {"json": {"a": [..., {"b": ...}], ...: ...}},
    ],
    "schema": [{"schema": {"type": "object", "required": ["a"]}}, {"schema": True}],
    "tool": [{"tool": "search"}, {"tool": "search", "what": "I search."}],
    "arguments": [
        {"tool": "a", "arguments": {"b": 1.5}},
        {"tool": "a", "arguments": '{"b": 1}'},
        {"tool": "a", "arguments": "print(1)"},
        {"tool": "a", "arguments": []},
        {"tool": "a", "arguments": None},
        {"tool": "a", "arguments": {"b": ..., "c": 3}},
    ],
    "call_id": [{"tool": "a", "call_id": "call_1"}],
    "tool_calls": [
        {"tool_calls": ["a", ("b", {"c": True}), ("d", "text"), "a"]},
        {"tool_calls": [("a", ..., "call_1"), ("b", {"c": ...})]},
    ],
    "items": [
        {"items": [{"type": "web_search_call", "action": {"type": "search"}}]},
        {"what": "Hi", "items": [{"type": "message", "content": "Hm."}, {"type": "reasoning"}]},
    ],
    "reasoning": [{"reasoning": "Hm."}, {"reasoning": "", "what": "Yes."}],
    "refusal": [{"refusal": "I can't help."}],
    "logprobs": [
        {"what": "Yes.", "logprobs": [("Yes", -0.5, {"Yes": -0.5, "No": -2.25}), (".", -1.5)]},
        {"what": "", "logprobs": []},
    ],
    "finish_reason": [{"what": "It is", "finish_reason": "length"}],
    "usage": [{"usage": {"prompt_tokens": 9, "reasoning_tokens": 2}}, {"usage": {}}],
    "fields": [{"what": "a", "fields": {"id": "resp_1", "metadata": {"a": "b"}, "created": 3}}],
    "choices": [{"choices": ["a", reply(tool="b", arguments={}), reply("c", finish_reason="length")]}],
    "rules": [
        {"rules": AnswerRules.none()},
        {"rules": AnswerRules(max_answer_tokens=5)},
        {"rules": AnswerRules()},
    ],
    "message": [{"what": 503, "message": "Busy."}, {"what": 400, "message": ""}],
    "type": [{"what": 500, "type": "other"}],
    "code": [{"what": 429, "code": "insufficient_quota"}, {"what": 404, "code": "gone"}],
    "param": [{"what": 400, "param": "messages[0]"}],
    "retry_after": [{"what": 429, "retry_after": each} for each in (20, 0.01, 1.5, 0)],
    "headers": [
        {"what": 503, "headers": {"x-a": "b"}, "retry_after": 4.035},
        {"what": 503, "headers": {"retry-after-ms": "1"}},
    ],
}
"""For each parameter of `reply`, arguments that use it."""

FAULT_EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "cut": [{}, {"after": 3}, {"after": 0, "how": "reset"}, {"after_events": 2, "at": "middle"}],
    "hang": [{}, {"after": 2}, {"after_events": 0}, {"at": "escape"}],
    "slow": [
        {"first_token_s": 2, "tokens_per_s": 0.5},
        {"tokens_per_s": 10, "jitter": 0.5},
        {"seed": 3, "jitter": 1},
    ],
    "stall": [{"seconds": 2}, {"seconds": 0.5, "after": 3}],
    "corrupt": [{"what": "empty"}, {"what": "malformed", "after_events": 2}],
    "wrong": [{"what": "json"}, {"what": "empty"}],
}
"""The same for each fault method."""

TEXTS = st.text(max_size=20) | st.sampled_from(['{"a":1}', "[NaN]", '{"a": 1}', "[" * 3, '{"a":1,"a":2}'])
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
CALLS = st.tuples(st.text(min_size=1, max_size=5), TEXTS | JSON)
REPLIES: Any = st.one_of(
    st.builds(
        reply, TEXTS, finish_reason=st.sampled_from([None, "length", "stop"]), reasoning=st.none() | TEXTS
    ),
    st.builds(reply, chunks=st.lists(TEXTS, max_size=3)),
    st.builds(reply, json=JSON),
    st.builds(reply, st.just(...) | TEXTS, tool_calls=st.lists(CALLS, min_size=1, max_size=3)),
    st.builds(
        reply,
        st.integers(400, 599),
        message=st.none() | TEXTS,
        code=st.none() | st.sampled_from(["insufficient_quota", "server_overloaded", "x"]),
        type=st.none() | TEXTS,
        retry_after=st.none() | st.floats(0, 1e6),
        headers=st.none()
        | st.dictionaries(st.sampled_from(["x-a", "retry-after"]), st.sampled_from(["", "b c", "\xfc\t;"])),
    ),
)


def list_parameters(function: Any) -> list[str]:
    """The names of what a function, or a method, is called with."""
    return [name for name in inspect.signature(function).parameters if name != "self"]


def list_fault_methods() -> list[str]:
    """The methods of a reply that make another one of it."""
    return [
        name
        for name, method in vars(Faulty).items()
        if inspect.isfunction(method) and not name.startswith("_")
    ]


def evaluate(text: str) -> Any:
    """What a program has that has it written so."""
    return eval(text, dict(NAMES))  # noqa: S307 - it is our own form


def test_every_part_has_its_form() -> None:
    """No parameter of `reply` and no fault method is without a form, nor without an example below."""
    assert list(PARTS) == list_parameters(reply) == list(EXAMPLES)
    assert set(FAULTS) == set(list_fault_methods()) == set(FAULT_EXAMPLES)
    for name, examples in FAULT_EXAMPLES.items():
        used = {parameter for example in examples for parameter in example}
        assert used == set(list_parameters(getattr(Reply, name))), name


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_parameter_is_written(name: str) -> None:
    """A reply with the parameter is written by it, as Python that makes an equal one."""
    written = [reply(**arguments) for arguments in EXAMPLES[name]]
    assert [evaluate(repr(each)) for each in written] == written
    assert any(name in spell(each).arguments for each in written)


@pytest.mark.parametrize("name", FAULT_EXAMPLES)
def test_every_fault_is_written(name: str) -> None:
    """So is a fault; several stand one after the other."""
    for arguments in FAULT_EXAMPLES[name]:
        broken = getattr(reply("It is sunny.").slow(first_token_s=0.5), name)(**arguments)
        assert evaluate(repr(broken)) == broken
        assert f".{name}(" in repr(broken)


@settings(max_examples=80)
@given(written=REPLIES)
def test_what_is_written_makes_an_equal_reply(written: Reply) -> None:
    """Whatever texts, values and headers a reply has."""
    assert evaluate(repr(written)) == written


def test_forms_are_what_a_test_would_write() -> None:
    """They are short, and have the words of the docs."""

    def make(_call: object) -> str:
        return "made"

    assert repr(reply("It is", finish_reason="length").cut(after=3)) == (
        "reply('It is', finish_reason='length').cut(after=3)"
    )
    assert repr(reply(429, retry_after=20)) == "reply(429, retry_after=20)"
    assert repr(reply(json={"a": 1})) == "reply(json={'a': 1})"
    assert repr(reply(tool="search")) == "reply(tool='search')"
    assert repr(reply(choices=["yes", "no"])) == "reply(choices=['yes', 'no'])"
    assert repr(reply(make).hang()) == "reply(make).hang()"
    script = [reply("a"), reply(503), reply(make), reply("b").cut(), reply()]
    assert write_script(script) == "fake_llm.script('a', 503, make, reply('b').cut(), ...)"


def test_rules_are_written() -> None:
    """A rule is written with its conditions, which Python can read, and its replies."""
    words = re.compile("weather" * 40, re.IGNORECASE | re.DOTALL)
    conditions = write_conditions("news*", system=words, tool=["a", "b"], headers={"x-a": "1", "x-b": "2"})
    rule = Rule(conditions, 3).then("none", ...)
    assert repr(rule) == (
        f"when(user='news*', system=re.compile({words.pattern!r}, re.IGNORECASE | re.DOTALL), "
        "tool=['a', 'b'], headers={'x-a': '1', 'x-b': '2'}, times=3)"
        ".then('none', ...)"
    )

    def when(
        *, times: int | None = None, share: float | None = None, seed: int = 0, **conditions: Any
    ) -> Rule:
        return Rule(write_conditions(**conditions), times, share, seed)

    for each in (rule, Rule((), 3, 0.5, 7).cut(at="done").slow(jitter=1), Rule((), 2).fail(reply(429))):
        again = eval(repr(each), {**NAMES, "when": when})  # noqa: S307 - as above
        assert repr(again) == repr(each)
    assert evaluate(rule.conditions[1].words.removeprefix("system=")) == words
