"""The JSON form of rules: the conditions of `FakeLLM.when`, how often, and what it does."""

import re
from typing import Annotated, Any

from fake_llm_server._contract import OneOf, Option
from fake_llm_server._control_api.documents.document import Document, build, refuse
from fake_llm_server._control_api.documents.forms import ReadAs
from fake_llm_server._control_api.documents.replies import (
    FORMS,
    Fault,
    Member,
    Members,
    add_faults,
    write_faults,
    write_reply,
)
from fake_llm_server._control_api.documents.signatures import (
    create_document,
    create_object,
    list_keys,
    read_given,
)
from fake_llm_server._control_api.documents.values import RegexDocument, compile_regex, write_pattern
from fake_llm_server._controls.conditions import Condition, write_conditions
from fake_llm_server._controls.reply import Reply
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
    done = {name: given.pop(name) for name in ("then", "fail", "faults") if given.get(name) is not None}
    if not done:
        raise refuse("is missing. A rule has it, or `fail`, or `faults`", key="then")
    if len(done) > 1:
        raise refuse(f"has one of then, fail and faults; it had {' and '.join(done)}")
    times, share, seed = given.pop("times", None), given.pop("share", None), given.pop("seed", None)
    conditions = {name: value for name, value in given.items() if value is not None}
    rule = build(lambda: Rule(write_conditions(**conditions), times, share, seed or 0))
    return _finish(rule, **done)


def _finish(
    rule: Rule,
    then: list[Reply] | None = None,
    fail: Reply | None = None,
    faults: list[Any] | None = None,
) -> Rule:
    """Say what a rule does."""
    if then is not None:
        return build(lambda: rule.then(*then))
    if fail is not None:
        return build(lambda: rule.fail(fail))
    return add_faults(rule, faults or ())


def _create_rule_document() -> type[Document]:
    conditions = create_document(
        "Conditions", write_conditions, {**FORMS, "schema": _SCHEMA}, leave_out=ONLY_PYTHON
    )
    document = create_object(
        "Rule",
        {
            **list_keys(conditions),
            "times": (int | None, "How many calls it answers; null is any number.", False),
            "share": (float | None, "About how many of such calls it answers; null is all.", False),
            "seed": (int | None, "Which ones of them, the same in every run.", False),
            "then": (Members | None, "What it answers: one reply, or several in turn.", False),
            "fail": (Member | None, "An error that such calls get, whatever else would answer.", False),
            "faults": (list[Fault] | None, "What goes wrong with whatever answers.", False),
        },
    )
    document.only_python = ONLY_PYTHON
    return document


RuleDocument = _create_rule_document()
"""The conditions of `when`, all of which must hold, how often, and what a rule does."""

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
    if rule.share is not None:
        given["share"] = rule.share
    if rule.seed:
        given["seed"] = rule.seed
    if rule.error is not None:
        return {**given, "fail": write_reply(rule.error)}
    if rule.is_over:
        return {**given, "faults": write_faults(rule.faults)}
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
