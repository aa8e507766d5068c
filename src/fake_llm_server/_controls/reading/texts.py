"""Reads the text of a reply: as it stands, as a value of JSON, or as a language for the model to write in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import EllipsisType
from typing import Any

from fake_llm_server._controls.grammar_check import is_usable
from fake_llm_server._controls.json_text import check_gaps, has_gaps, write_json
from fake_llm_server._controls.schemas import is_schema_class, read_schema
from fake_llm_server._controls.wanted_text import LikeText, PartialText, SchemaText, WantedText
from fake_llm_server._errors import ConfigurationError
from fake_llm_server._seam import Grammar


@dataclass(frozen=True, slots=True)
class ReadText:
    """What was read.

    Attributes:
        text: as it stands; None if it isn't written.
        wanted: what the model is to write in its place; None if nothing is said of it.
    """

    text: str | None = None
    wanted: WantedText | None = None


def read_text(what: Any, chunks: Sequence[str] | None, like: Any, json: Any, schema: Any) -> ReadText:
    """The text of a reply, or what the model is to write.

    Raises:
        ConfigurationError: there is more than one, or one that can't be written.
    """
    _check_beginning(what)
    given = {
        "a text": isinstance(what, str) or chunks is not None,
        "`like`": like is not None,
        "`json`": json is not ...,
        "`schema`": schema is not None,
    }
    named = [name for name, is_given in given.items() if is_given]
    if len(named) > 1:
        raise ConfigurationError(f"This reply contradicts itself: it has both {' and '.join(named[:2])}.")
    if like is not None:
        return ReadText(wanted=LikeText(_read_pattern(like)))
    if schema is not None or is_schema_class(json):
        return ReadText(wanted=SchemaText(read_schema(json if schema is None else schema)))
    if json is not ...:
        return _read_json(json)
    if isinstance(what, str):
        return ReadText(what)
    return ReadText(None if chunks is None else "".join(chunks))


def _read_json(value: Any) -> ReadText:
    if not has_gaps(value):
        return ReadText(write_json(value))
    check_gaps(value)
    return ReadText(wanted=PartialText(value))


def _read_pattern(like: Any) -> str:
    """The pattern, if Python can read it, and the model's grammars can."""
    if isinstance(like, re.Pattern) and isinstance(like.pattern, str):
        if like.flags & ~re.UNICODE:
            raise ConfigurationError("`like` takes no flags; write them into the pattern, as in (?i:text).")
        return _check_usable(like.pattern)
    if not isinstance(like, str):
        raise ConfigurationError(f"`like` is a regular expression for the whole text; it was {like!r}.")
    try:
        re.compile(like)
    except re.error as error:
        raise ConfigurationError(f"`like` is no regular expression ({error}): {like!r}.") from error
    return _check_usable(like)


def _check_usable(pattern: str) -> str:
    if not is_usable(Grammar("regex", pattern)):
        raise ConfigurationError(
            f"No model can be held to {pattern!r}: look-around, anchors, word boundaries and back references "
            "aren't supported, and `like` matches the whole text anyway."
        )
    return pattern


def _check_beginning(what: object) -> None:
    is_known = isinstance(what, str | int | EllipsisType) and not isinstance(what, bool)
    if not is_known and not callable(what):
        raise ConfigurationError(
            "A reply begins with a text, the status of an error, a function or `...`; "
            f"it was {what!r}. A value for JSON is given as reply(json=…), several replies one by one: "
            "script(first, second)."
        )
