"""What tests write, as JSON: it is read and written back, and faults are told with their place."""

import contextlib
import inspect
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_controls_python_form import EXAMPLES, FAULT_EXAMPLES, REPLIES

from fake_llm_server import AnswerRules, ConfigurationError, FakeLLM, FakeLLMServer, Reply, reply
from fake_llm_server._control_api.documents.reading import DocumentError, read_document
from fake_llm_server._control_api.documents.replies import FAULT_METHODS, Member, ReplyDocument, write_reply
from fake_llm_server._control_api.documents.rules import ONLY_PYTHON, RuleDocument, When, write_rule
from fake_llm_server._control_api.documents.scopes import LimitsDocument, ScopeDocument, ScriptFile
from fake_llm_server._controls.conditions import write_conditions
from fake_llm_server._controls.rule import Rule

CONDITIONS: dict[str, list[Any]] = {
    **{
        name: ["weather", "in *", re.compile("a.b", re.IGNORECASE | re.DOTALL)]
        for name in (
            *("user", "system", "text", "model", "operation"),
            *("tool_result", "tool_result_name", "tool_result_id"),
        )
    },
    "tool": ["search", ["search", re.compile("^run$")]],
    "schema": ["Answer", re.compile("A.*"), {"type": "object", "properties": {"a": {}}}],
    "headers": [{"x-team": "a", "x-test": re.compile("b", re.VERBOSE)}],
    "metadata": [{"case": "*7"}],
    "turn": [2],
    "stream": [True, False],
}
"""For each condition that has a JSON form, values of it."""

SCRIPT_FAULTS: list[tuple[Any, str]] = [
    ([True], "script[0]: must be a text, a whole number or an object; it was true."),
    (["a", {"tol": "x"}], "script[1].tol: there is no such key; did you mean tool?"),
    ([{"tool": 3}], "script[0].tool: must be a text; it was 3."),
    ([{"tool_calls": ["a", {"name": 3}]}], "script[0].tool_calls[1].name: must be a text; it was 3."),
    ([{"tool_calls": [4]}], "script[0].tool_calls[0]: must be a text or an object; it was 4."),
    ([{"text": "a", "status": 429}], "script[0]: a reply has a text or a status, not both."),
    (
        [{"text": "a", "refusal": "b"}],
        "script[0]: This reply contradicts itself: a refusal stands in the place of a text and of calls.",
    ),
    ([{"choices": ["a", {"choices": [1.5]}]}], "script[0].choices[1].choices[0]: must be a text, a"),
    ([{"retry_after": 3}], "script[0]: message, type, code, param, retry_after and headers belong to an"),
    ([{"rules": {"decide_cals": True}}], "script[0].rules.decide_cals: there is no such key; did you mean"),
    ([{"rules": {"max_answer_tokens": 0}}], "script[0].rules: max_answer_tokens is 0, but must be"),
    ([{"rules": "all"}], "script[0].rules: must be an object, or 'none' for the raw model; it was 'all'."),
    ([{"faults": [{"wrong": {"what": "x"}}]}], "script[0].faults[0].wrong.what: must be 'json', "),
    ([{"faults": [{"wrong": {}}]}], "script[0].faults[0].wrong.what: is missing."),
    (
        [{"faults": [{"cut": 3}]}],
        "script[0].faults[0].cut: must be an object with after, after_events, ",
    ),
    ([{"faults": [{"cut": {}, "hang": {}}]}], "script[0].faults[0]: has one fault, such as "),
    ([{"status": 429, "faults": [{"slow": {}}, {"cut": {}}]}], "script[0].faults[1].cut: This reply"),
    ([3], "script[0]: The status of an error is from 400 to 599; it was 3."),
]

RULE_KEYS = {"times", "share", "seed", "then", "fail", "faults"}

RULE_FAULTS: list[tuple[Any, str]] = [
    ({"user": "a"}, "when[0].then: is missing. A rule has it, or `fail`, or `faults`."),
    ({"then": "a", "fail": 500}, "when[0]: has one of then, fail and faults; it had then and fail."),
    ({"fail": "a"}, "when[0]: fail() takes the status of an error, or an error; it was reply('a')."),
    ({"share": 2, "then": "a"}, "when[0]: share is above 0, and at most 1; it was 2.0."),
    ({"faults": [{"stall": {"seconds": -1}}]}, "when[0].faults[0].stall: seconds is in seconds"),
    ({"usr": "a", "then": "b"}, "when[0].usr: there is no such key; did you mean user?"),
    ({"where": "a", "then": "b"}, "when[0].where: takes a function in Python, and has no JSON form."),
    ({"user": {"regex": "("}, "then": "b"}, "when[0].user.regex: is no regular expression: missing )"),
    ({"user": {"regex": "a", "flags": "q"}, "then": "b"}, "when[0].user.flags: has letters of aimsx"),
    ({"headers": {"x-a": 3}, "then": "b"}, "when[0].headers.x-a: must be a text or an object; it was 3"),
    ({"times": 0, "then": "b"}, "when[0]: A rule answers at least once; times was 0."),
    ({"then": []}, "when[0]: A rule needs something to answer"),
    ({"then": ["a", 2]}, "when[0].then[1]: The status of an error is from 400 to 599; it was 2."),
    ("a", "when[0]: must be an object with user, "),
]


def pass_through_json(value: Any) -> Any:
    """What arrives of a value."""
    return json.loads(json.dumps(value))


def list_keys(document: Any) -> set[str]:
    """The keys that a document may have."""
    return {field.alias for field in document.model_fields.values()}


def list_parameters(function: Any) -> set[str]:
    """The names of what a function, or a method, is called with."""
    return set(inspect.signature(function).parameters) - {"self"}


def test_every_parameter_has_its_json_form() -> None:
    """No parameter of `reply`, no fault method and no condition of `when` is without a key of its name."""
    assert list_keys(ReplyDocument) == list_parameters(reply) - {"what"} | {"text", "status", "faults"}
    assert set(FAULT_METHODS) == set(FAULT_EXAMPLES)
    assert list_keys(RuleDocument) == list_parameters(write_conditions) - {*ONLY_PYTHON} | RULE_KEYS
    assert set(CONDITIONS) == list_parameters(write_conditions) - {*ONLY_PYTHON}


def test_every_setting_of_a_scope_has_its_json_form() -> None:
    """What `open_scope` takes, and what limits a scope, are keys of its document."""
    assert list_parameters(FakeLLMServer.open_scope) - {"api_key"} <= ScopeDocument.model_fields.keys()
    assert list_parameters(FakeLLM.limit) == LimitsDocument.model_fields.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_parameter_of_a_reply_is_read_back(name: str) -> None:
    """A reply with the parameter is written as JSON of which an equal one is read."""
    for arguments in EXAMPLES[name]:
        written = reply(**arguments)
        assert read_document(Member, pass_through_json(write_reply(written))) == written


@pytest.mark.parametrize("name", FAULT_EXAMPLES)
def test_every_fault_is_read_back(name: str) -> None:
    """So is one with a fault, several after each other."""
    for arguments in FAULT_EXAMPLES[name]:
        broken = getattr(reply("It is sunny.").slow(first_token_s=0.5), name)(**arguments)
        form = pass_through_json(write_reply(broken))
        assert read_document(Member, form) == broken
        assert name in form["faults"][-1]


@settings(max_examples=60)
@given(written=REPLIES)
def test_whatever_a_reply_has_is_read_back(written: Reply) -> None:
    """Whatever texts, values and headers."""
    assert read_document(Member, pass_through_json(write_reply(written))) == written


@pytest.mark.parametrize("name", CONDITIONS)
def test_every_condition_is_read_back(name: str) -> None:
    """A rule with the condition is written as JSON of which one with the same condition is read."""
    for value in CONDITIONS[name]:
        rule = Rule(write_conditions(**{name: value}), 3).then("It rains.", 503, reply(tool="search").hang())
        form = pass_through_json(write_rule(rule))
        assert name in form
        read = read_document(When, form)
        assert repr(read) == repr(rule)
        assert [each.wanted for each in read.conditions] == [each.wanted for each in rule.conditions]


@pytest.mark.parametrize(
    "rule",
    [
        Rule((), 3).fail(reply(429, retry_after=1)),
        Rule((), None, 0.2, 7).then("a"),
        Rule((), None, 0.5).cut(after=2, how="reset").slow(tokens_per_s=0.5),
    ],
)
def test_rules_of_faults_are_read_back(rule: Rule) -> None:
    """So are rules that lie over whatever answers, and those of a share."""
    assert repr(read_document(When, pass_through_json(write_rule(rule)))) == repr(rule)


def test_forms_are_what_a_test_would_write() -> None:
    """They are short, and have the words of Python."""
    assert [write_reply(each) for each in (reply("Hi."), reply(429), reply(), reply("..."))] == [
        "Hi.",
        429,
        None,
        {"text": "..."},
    ]
    assert write_reply(reply(429, retry_after=20)) == {"status": 429, "retry_after": 20}
    assert write_reply(reply("It is", finish_reason="length").cut(after=3)) == {
        "text": "It is",
        "finish_reason": "length",
        "faults": [{"cut": {"after": 3}}],
    }
    assert write_reply(reply(tool_calls=["a", ("b", {"c": 1})])) == {
        "tool_calls": ["a", {"name": "b", "arguments": {"c": 1}}]
    }
    assert write_reply(reply(rules=AnswerRules.none())) == {"rules": "none"}
    assert write_rule(Rule(write_conditions("hi"), 2).then("a")) == {"user": "hi", "times": 2, "then": "a"}
    assert read_document(Member, "...") == read_document(Member, None) == reply()


def test_functions_have_no_json_form() -> None:
    """A function, wherever it stands, is named by the error."""

    def make(_call: object) -> str:
        return "made"

    with pytest.raises(ConfigurationError, match="A function has no JSON form; write the reply that make"):
        write_reply(reply(make))
    with pytest.raises(ConfigurationError, match="has no JSON form, so this condition has none: where"):
        write_rule(Rule(write_conditions(where=bool)).then("a"))


@pytest.mark.parametrize(("script", "words"), SCRIPT_FAULTS, ids=lambda given: str(given)[:40])
def test_faults_of_a_script_are_told_with_their_place(script: Any, words: str) -> None:
    """Path and reason, in words that say what to write."""
    with pytest.raises(DocumentError) as caught:
        read_document(ScopeDocument, {"script": script})
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(("rule", "words"), RULE_FAULTS, ids=lambda given: str(given)[:40])
def test_faults_of_rules_are_told_with_their_place(rule: Any, words: str) -> None:
    """As those of a script are."""
    with pytest.raises(DocumentError) as caught:
        read_document(ScopeDocument, {"when": [rule]})
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"judge": ["retried"]}, "judge[0]: must be "),
        ({"judge": 3}, "judge: must be true or false, a text or a list; it was 3."),
        (
            {"limits": {"requests_per_minute": 0}},
            "limits.requests_per_minute: must be greater than 0; ",
        ),
        ({"quota": -1}, "quota: must be greater than or equal to 0; it was -1."),
        ({"strict": None}, "strict: must be true or false; it was null."),
        ({"script": "a"}, "script: must be a list; it was 'a'."),
        ({"script": None}, "script: must be a list; it was null."),
        ({"when": {"then": "a"}}, "when: must be a list; it was {"),
        (None, "must be an object with strict, allow_unused, "),
    ],
    ids=str,
)
def test_faults_of_a_scope_are_told_with_their_place(document: Any, words: str) -> None:
    """As those of its script and rules are."""
    with pytest.raises(DocumentError) as caught:
        read_document(ScopeDocument, document)
    assert str(caught.value).startswith(words)


ANY_JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.just("..."),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                sorted(
                    list_keys(ReplyDocument)
                    | list_keys(RuleDocument)
                    | {*FAULT_METHODS, "script", "when", "scopes", "regex", "flags", "after", "what"}
                )
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=100)
@given(document=st.fixed_dictionaries({}, optional=dict.fromkeys(ScriptFile.model_fields, ANY_JSON)))
def test_whatever_comes_is_read_or_told(document: Any) -> None:
    """No JSON has another error than one that says where and why."""
    with contextlib.suppress(DocumentError):
        read_document(ScriptFile, document)


def test_all_faults_are_told() -> None:
    """One line for each, and the places in other scopes' documents too."""
    with pytest.raises(DocumentError) as caught:
        read_document(ScriptFile, {"script": [1, "a", 2], "scopes": {"sk-a": {"strict": 1}}})
    assert str(caught.value).splitlines() == [
        "script[0]: The status of an error is from 400 to 599; it was 1.",
        "script[2]: The status of an error is from 400 to 599; it was 2.",
        "scopes.sk-a.strict: must be true or false; it was 1.",
    ]
