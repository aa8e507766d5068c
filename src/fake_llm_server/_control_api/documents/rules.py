"""The JSON form of rules: the conditions of `FakeLLM.when`, how often, and what `then` answers."""

import re
from typing import Annotated, Any

from fake_llm_server._contract import OneOf, Option
from fake_llm_server._control_api.documents.document import Document, build
from fake_llm_server._control_api.documents.forms import ReadAs
from fake_llm_server._control_api.documents.replies import FORMS, Members, write_reply
from fake_llm_server._control_api.documents.signatures import (
    create_document,
    create_object,
    list_keys,
    read_given,
)
from fake_llm_server._control_api.documents.values import RegexDocument, compile_regex, write_pattern
from fake_llm_server._controls.conditions import Condition, write_conditions
from fake_llm_server._controls.rule import Rule
from fake_llm_server._errors import ConfigurationError

ONLY_PYTHON = ("where",)
"""The conditions that are functions."""


def _make_schema(given: Any) -> Any:
    is_regex = (
        isinstance(given, dict) and "regex" in given and given.keys() <= RegexDocument.model_fields.keys()
    )
    return compile_regex(RegexDocument(**given)) if is_regex else given


_SCHEMA = Annotated[
    Any,
    ReadAs(
        Annotated[str | dict[str, Any], OneOf(None, Option("string"), Option("object"))],
        _make_schema,
    ),
]


def _make_rule(document: Document) -> Rule:
    given = read_given(document)
    replies, times = given.pop("then"), given.pop("times", None)
    conditions = {name: value for name, value in given.items() if value is not None}
    return build(lambda: Rule(write_conditions(**conditions), times).then(*replies))


def _create_rule_document() -> type[Document]:
    conditions = create_document(
        "Conditions", write_conditions, {**FORMS, "schema": _SCHEMA}, leave_out=ONLY_PYTHON
    )
    document = create_object(
        "Rule",
        {
            **list_keys(conditions),
            "times": (int | None, "How many calls it answers; null is any number.", False),
            "then": (Members, "What it answers: one reply, or several in turn.", True),
        },
    )
    document.only_python = ONLY_PYTHON
    return document


RuleDocument = _create_rule_document()
"""The conditions of `when`, all of which must hold, with `times` and `then`."""

When = Annotated[Rule, ReadAs(RuleDocument, _make_rule)]


def write_rule(rule: Rule) -> dict[str, Any]:
    """A rule as JSON.

    Raises:
        ConfigurationError: a function is in it.
    """
    given: dict[str, Any] = {}
    for condition in rule.conditions:
        _add(given, condition)
    if rule.times is not None:
        given["times"] = rule.times
    replies = [write_reply(each) for each in rule.replies]
    return {**given, "then": replies[0] if len(replies) == 1 else replies}


def _add(given: dict[str, Any], condition: Condition) -> None:
    """Put a condition under its keyword: of several texts all must hold, of names each has its own."""
    value = _write_wanted(condition)
    if condition.key is not None:
        given.setdefault(condition.name, {})[condition.key] = value
    elif condition.name not in given:
        given[condition.name] = value
    elif isinstance(given[condition.name], list):
        given[condition.name].append(value)
    else:
        given[condition.name] = [given[condition.name], value]


def _write_wanted(condition: Condition) -> Any:
    wanted = condition.wanted
    if isinstance(wanted, str | re.Pattern):
        return write_pattern(wanted)
    if callable(wanted):
        raise ConfigurationError(
            f"A function has no JSON form, so this condition has none: {condition.words}."
        )
    return wanted
