"""Writes replies and scripts as a test would: Python that makes an equal one."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from fake_llm_server._controls.spelling import LEFT_OUT, abbreviate, spell, spell_faults
from fake_llm_server._settings import AnswerRules

if TYPE_CHECKING:
    from fake_llm_server._controls.faults import Faults
    from fake_llm_server._controls.reply import Reply

_FIRST = "what"
"""The parameter that is written without its name."""

_MAX_LINE = 100


def write_reply(reply: "Reply") -> str:
    """A reply, such as `reply('It is', finish_reason='length').cut(after=3)`; functions by their name."""
    return f"reply({_write_arguments(spell(reply).arguments)}){write_faults(reply.faults)}"


def write_faults(faults: "Faults") -> str:
    """The calls of fault methods, such as `.cut(after=3)`, one after the other."""
    return "".join(f".{_write_call(name, given)}" for name, given in spell_faults(faults))


def write_fault(faults: "Faults", name: str) -> str:
    """The call of one fault method, such as `cut(after=3)`."""
    return _write_call(name, dict(spell_faults(faults)).get(name, {}))


def write_script(replies: "Iterable[Reply]") -> str:
    """Replies as the call that puts them into a scope's script, on several lines if it is long."""
    members = [_write(abbreviate(reply)) for reply in replies]
    line = f"fake_llm.script({', '.join(members)})"
    if len(line) <= _MAX_LINE:
        return line
    return "\n".join(["fake_llm.script(", *(f"    {member}," for member in members), ")"])


def write_members(replies: "Iterable[Reply]") -> str:
    """Replies as members of a rule, each as short as it can be."""
    return ", ".join(_write(abbreviate(reply)) for reply in replies)


def write_pattern(pattern: str | re.Pattern[str]) -> str:
    """A condition of a rule: text, or the call that compiles it."""
    if isinstance(pattern, str):
        return repr(pattern)
    flags = re.RegexFlag(pattern.flags) & ~re.UNICODE
    names = " | ".join(f"re.{each.name}" for each in re.RegexFlag if each in flags)
    return f"re.compile({pattern.pattern!r}{', ' * bool(names)}{names})"


def _write_call(name: str, given: Mapping[str, Any]) -> str:
    return f"{name}({_write_arguments(given)})"


def _write_arguments(given: Mapping[str, Any]) -> str:
    return ", ".join(
        _write(value) if name == _FIRST else f"{name}={_write(value)}" for name, value in given.items()
    )


def _write(value: Any) -> str:
    """A value; what is inside of it has a form of its own, a reply among that."""
    if value is LEFT_OUT:
        return "..."
    if isinstance(value, AnswerRules):
        return _write_rules(value)
    if isinstance(value, str) and len(value) > _MAX_LINE:
        return _write_long(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_write(name)}: {_write(inner)}' for name, inner in value.items())}}}"
    if isinstance(value, tuple) and len(value) > 1:
        return f"({', '.join(map(_write, value))})"
    if isinstance(value, list):
        return f"[{', '.join(map(_write, value))}]"
    return getattr(value, "__name__", "a function") if callable(value) else repr(value)


def _write_long(text: str) -> str:
    """A long text; one that repeats itself is written so."""
    length = (text + text).find(text, 1)
    return repr(text) if length == len(text) else f"{text[:length]!r} * {len(text) // length}"


def _write_rules(rules: AnswerRules) -> str:
    if rules == AnswerRules.none():
        return "AnswerRules.none()"
    usual = AnswerRules()
    changed = [
        f"{field.name}={getattr(rules, field.name)!r}"
        for field in fields(rules)
        if getattr(rules, field.name) != getattr(usual, field.name)
    ]
    return f"AnswerRules({', '.join(changed)})"
