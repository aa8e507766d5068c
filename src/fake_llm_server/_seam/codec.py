"""The seam's types as JSON and back, for backends in other processes.

What a type becomes is read from its annotations, once. An object has its fields by name, without those that
have their default; where one of several types may stand, its name is written around it: `{"TextDelta": {…}}`.
Bytes are Latin-1 text. What has a life of its own stays where it is: of a scope its name and rules are sent,
and a member that is a protocol is None on the other side.
"""

import collections.abc
import json
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from fake_llm_server._seam.scope import Scope
from fake_llm_server._settings import AnswerRules


class _Form(NamedTuple):
    """How values of a type are written and read."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def encode(kind: Any, value: object) -> Any:
    """A value of a type, as what JSON has: it may be given to `json.dumps`.

    Args:
        kind: a class of the seam or of the settings, a union of them, or any annotation that they use.
        value: of that type.
    """
    return _form_of(kind).write(value)


def decode(kind: Any, form: Any) -> Any:
    """The value of a type that `encode` wrote, equal to the one that it was."""
    return _form_of(kind).read(form)


def dump(message: object) -> bytes:
    """A message that JSON has types for, in one line."""
    return json.dumps(message, separators=(",", ":")).encode()


@cache
def _form_of(kind: Any) -> _Form:
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _form_of(args[0])
    if origin in (Union, UnionType):
        return _one_of(args)
    if origin is tuple and args[-1] is not ...:
        return _fixed_tuple([_form_of(each) for each in args])
    if origin in (tuple, list, collections.abc.Sequence):
        return _sequence(tuple if origin is tuple else list, _form_of(args[0]))
    if origin is frozenset:
        return _Form(sorted, frozenset)
    if origin in (dict, collections.abc.Mapping):
        return _mapping(*args)
    if is_dataclass(kind):
        return _object(kind)
    return _PLAIN.get(kind) or _as_it_is(kind, origin)


def _as_it_is(kind: Any, origin: Any) -> _Form:
    if getattr(kind, "_is_protocol", False):
        return _Form(lambda _value: None, _same)
    if kind in (Any, str, int, float, bool, NoneType) or origin is Literal:
        return _Form(_same, _same)
    raise TypeError(f"{kind!r} has no form in JSON: give it one here.")


def _same(value: Any) -> Any:
    return value


def _one_of(kinds: tuple[Any, ...]) -> _Form:
    """One of several types: each class of our own by its name, anything else as it is."""
    named = {kind.__name__: _form_of(kind) for kind in kinds if isinstance(kind, type) and is_dataclass(kind)}
    others = [kind for kind in kinds if not is_dataclass(kind) and kind is not NoneType]
    if not named and len(others) == 1:
        form = _form_of(others[0])
        return _Form(
            lambda value: None if value is None else form.write(value),
            lambda given: None if given is None else form.read(given),
        )
    if not named:
        for kind in others:
            _form_of(kind)
        return _Form(
            lambda value: dict(value) if isinstance(value, collections.abc.Mapping) else value, _same
        )

    def write(value: Any) -> Any:
        if value is None:
            return None
        name = type(value).__name__
        return {name: named[name].write(value)}

    def read(given: Any) -> Any:
        if given is None:
            return None
        [(name, inner)] = given.items()
        return named[name].read(inner)

    return _Form(write, read)


def _sequence(origin: Callable[[Any], Any], member: _Form) -> _Form:
    return _Form(
        lambda value: [member.write(each) for each in value],
        lambda given: origin([member.read(each) for each in given]),
    )


def _fixed_tuple(members: list[_Form]) -> _Form:
    """A tuple whose members have a type each."""
    return _Form(
        lambda value: [form.write(each) for form, each in zip(members, value, strict=True)],
        lambda given: tuple(form.read(each) for form, each in zip(members, given, strict=True)),
    )


def _mapping(key: Any, value: Any) -> _Form:
    member, read_key = _form_of(value), int if key is int else str
    return _Form(
        lambda mapping: {str(name): member.write(each) for name, each in mapping.items()},
        lambda given: {read_key(name): member.read(each) for name, each in given.items()},
    )


def _object(kind: Any) -> _Form:
    """A dataclass; its fields are looked at when the first one is written or read, as types may be nested."""

    def write(value: Any) -> dict[str, Any]:
        return {
            name: form.write(given)
            for name, (form, default) in _parts_of(kind).items()
            if type(given := getattr(value, name)) is not type(default) or given != default
        }

    def read(form: dict[str, Any]) -> Any:
        parts = _parts_of(kind)
        return kind(**{name: parts[name][0].read(given) for name, given in form.items()})

    return _Form(write, read)


@cache
def _parts_of(kind: Any) -> dict[str, tuple[_Form, Any]]:
    """The fields of a dataclass, each with its form and its default."""
    hints = get_type_hints(kind, include_extras=True)
    return {each.name: (_form_of(hints[each.name]), _find_default(each)) for each in fields(kind)}


def _find_default(field: Any) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _write_scope(scope: Scope) -> dict[str, Any]:
    return {"name": scope.name, "rules": encode(AnswerRules | None, scope.rules)}


def _read_scope(given: dict[str, Any]) -> Scope:
    return Scope(given["name"], decode(AnswerRules | None, given["rules"]))


_PLAIN: dict[Any, _Form] = {
    bytes: _Form(lambda value: value.decode("latin-1"), lambda given: given.encode("latin-1")),
    Path: _Form(str, Path),
    Scope: _Form(_write_scope, _read_scope),
}
