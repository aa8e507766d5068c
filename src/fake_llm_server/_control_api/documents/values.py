"""The JSON forms of regular expressions and of the rules of answers."""

import re
from dataclasses import fields
from typing import Annotated, Any, get_args, get_type_hints

from fake_llm_server._contract import OneOf, Option
from fake_llm_server._control_api.documents.document import Document, build, refuse, shorten
from fake_llm_server._control_api.documents.forms import ReadAs
from fake_llm_server._control_api.documents.signatures import create_object, find_json_type, read_given
from fake_llm_server._settings import AnswerRules, list_settings

FLAGS: dict[str, re.RegexFlag] = {
    "a": re.ASCII,
    "i": re.IGNORECASE,
    "m": re.MULTILINE,
    "s": re.DOTALL,
    "x": re.VERBOSE,
}
"""The letters that Python itself has for the flags of a pattern."""

NO_RULES = "none"
"""Stands for `AnswerRules.none()`."""


class RegexDocument(Document):
    """A regular expression of Python's that must be found; its flags are letters, such as `i`."""

    regex: str
    flags: str = ""


def compile_regex(document: RegexDocument) -> re.Pattern[str]:
    """The regular expression of a document."""
    flags = re.NOFLAG
    for letter in document.flags:
        if letter not in FLAGS:
            raise refuse(f"has letters of {''.join(FLAGS)}; it was {shorten(document.flags)}", key="flags")
        flags |= FLAGS[letter]
    try:
        return re.compile(document.regex, flags)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        raise refuse(f"is no regular expression: {error}", key="regex") from error


Regex = Annotated[re.Pattern[str], ReadAs(RegexDocument, compile_regex)]


def write_pattern(pattern: str | re.Pattern[str]) -> Any:
    """A pattern as JSON."""
    if isinstance(pattern, str):
        return pattern
    flags = "".join(letter for letter, flag in FLAGS.items() if pattern.flags & flag)
    return {"regex": pattern.pattern, **({"flags": flags} if flags else {})}


def _create_rules_document() -> type[Document]:
    hints = get_type_hints(AnswerRules, include_extras=True)
    described = {setting.name: setting.option.text for setting in list_settings(AnswerRules)}
    return create_object(
        "AnswerRules",
        {
            field.name: (find_json_type(get_args(hints[field.name])[0], {}), described[field.name], False)
            for field in fields(AnswerRules)
        },
    )


def _make_rules(given: Any) -> AnswerRules:
    if isinstance(given, Document):
        return build(lambda: AnswerRules(**read_given(given)))
    if given != NO_RULES:
        raise refuse(f"must be an object, or {NO_RULES!r} for the raw model; it was {shorten(given)}")
    return AnswerRules.none()


Rules = Annotated[
    AnswerRules,
    ReadAs(
        Annotated[str | _create_rules_document(), OneOf(None, Option("string"), Option("object"))],
        _make_rules,
    ),
]


def write_rules(rules: AnswerRules) -> Any:
    """The rules of answers as JSON, without those that are as usual."""
    if rules == AnswerRules.none():
        return NO_RULES
    usual = AnswerRules()
    return {
        field.name: getattr(rules, field.name)
        for field in fields(rules)
        if getattr(rules, field.name) != getattr(usual, field.name)
    }
