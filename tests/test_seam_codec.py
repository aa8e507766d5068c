"""The seam's types as JSON and back."""

import collections.abc
import dataclasses
import importlib
import inspect
import json
import pkgutil
import typing
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Any

import pytest

from fake_llm_server import _errors, _seam, _settings
from fake_llm_server._errors import FakeLLMServerError, GenerationError, OperationNotImplementedError
from fake_llm_server._seam import (
    Call,
    GenerationEvent,
    GenerationRequest,
    Scope,
    TextDelta,
    TextToken,
    Turn,
    Usage,
)
from fake_llm_server._seam.codec import decode, dump, encode
from fake_llm_server._seam.error_form import decode_error, encode_error

SCHEMA = {"type": "object", "properties": {"a": {"enum": [1, 1.5, None, True]}}, "z": "ä\ud800"}


def list_classes() -> Iterator[type]:
    """Every dataclass of the seam and of the settings that a plan may carry."""
    for package in (_seam, _settings):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, type) and value.__module__ == module.name and is_sent(value):
                    yield value


def is_sent(kind: type) -> bool:
    """Whether values of a class may have to go to another process."""
    return dataclasses.is_dataclass(kind) and kind not in UNSENT


UNSENT = {_settings.Setting, _settings.option.Option, _settings.option.Matches}
"""How settings are declared, which is no setting."""


def write_example(hint: Any, *, is_full: bool) -> Any:
    """A value of an annotation: one with as much as there may be in it, or with as little."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return write_example(args[0], is_full=is_full)
    if origin in (typing.Union, UnionType):
        members = [each for each in args if each is not NoneType] if is_full else args
        return write_example(members[-1], is_full=is_full)
    if origin is typing.Literal:
        return args[-1] if is_full else args[0]
    if dataclasses.is_dataclass(hint):
        return create_example(typing.cast("type", hint), is_full=is_full)
    if origin is tuple and args[-1] is not ...:
        return tuple(write_example(each, is_full=is_full) for each in args)
    if origin in (tuple, list, frozenset):
        members = [write_example(args[0], is_full=False) for _ in range(is_full)]
        return origin(members)
    if hint == typing.get_args(_seam.JsonSchema)[0]:
        return SCHEMA
    if origin in (dict, collections.abc.Mapping):
        key, value = (write_example(each, is_full=is_full) for each in args)
        return {key: value} if is_full else {}
    return None if getattr(hint, "_is_protocol", False) else PLAIN[hint][is_full]


PLAIN: dict[Any, tuple[Any, Any]] = {
    int: (1, 2**62 + 1),
    float: (1, 0.1),
    str: ("", 'a"\n\x00😀'),
    bool: (False, True),
    bytes: (b"", bytes(range(256))),
    NoneType: (None, None),
    Any: (None, [1, 1.0, {"a": None}]),
    Path: (Path("a"), Path("/b/c d")),
    Scope: (Scope(), Scope("name", _settings.AnswerRules(decide_calls=False))),
}
"""A plain value of each type, and one with more in it."""


def create_example(kind: type, *, is_full: bool) -> Any:
    """An object of a class, with every field given."""
    hints = typing.get_type_hints(kind, include_extras=True)
    given = {
        each.name: write_example(hints[each.name], is_full=is_full)
        for each in dataclasses.fields(kind)
        if kind.__module__.startswith(_seam.__name__)
    }
    return kind(**given)


def send(kind: Any, value: object) -> Any:
    """A value as it comes out on the other side of a connection."""
    return decode(kind, json.loads(dump(encode(kind, value))))


@pytest.mark.parametrize("kind", sorted(set(list_classes()), key=str))
@pytest.mark.parametrize("is_full", [True, False])
def test_every_type_comes_out_as_it_went_in(kind: type, is_full: bool) -> None:
    """Each dataclass of the seam and the settings is the same on the other side, type by type."""
    value = create_example(kind, is_full=is_full)
    assert repr(simplify(send(kind, value))) == repr(simplify(value))


def simplify(value: Any) -> Any:
    """A value as plain tuples, in which 1 isn't 1.0, and scopes are what they say."""
    if isinstance(value, Scope):
        return ("Scope", value.name, simplify(value.rules))
    if dataclasses.is_dataclass(value):
        parts = [(each.name, simplify(getattr(value, each.name))) for each in dataclasses.fields(value)]
        return (type(value).__name__, *parts)
    if isinstance(value, tuple | list | frozenset):
        return (type(value).__name__, *(simplify(each) for each in value))
    return value


def test_a_call_is_short() -> None:
    """What has its default isn't sent, and a member of a union says what it is."""
    call = Call(GenerationRequest(turns=(Turn("user", "Hi"),)), scope=Scope("a"))
    written = encode(Call, call)
    assert written == {
        "request": {"turns": [{"role": "user", "text": "Hi"}]},
        "scope": {"name": "a", "rules": None},
    }
    assert encode(GenerationEvent, TextDelta(0, "Hi")) == {"TextDelta": {"choice": 0, "text": "Hi"}}
    assert decode(Call, written).request == call.request


def test_what_has_a_life_of_its_own_stays() -> None:
    """A member that acts in its own process isn't sent."""

    class Admitted:
        def settle(self, usage: Usage, now_s: float) -> None:
            raise NotImplementedError

    call = Call(GenerationRequest(turns=()), admission=Admitted())
    assert send(Call, call).admission is None


def test_a_tuple_may_have_a_type_for_each_member() -> None:
    """Tokens with their bytes come out as they went in."""
    tokens: list[TextToken] = [(1, b"\xff"), (2, b"")]
    assert send(Sequence[TextToken], tokens) == tokens
    with pytest.raises(TypeError, match="has no form in JSON"):
        encode(complex, 1j)


ERRORS = [
    value
    for value in vars(_errors).values()
    if inspect.isclass(value) and issubclass(value, FakeLLMServerError)
]


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_comes_out_as_it_was_raised(kind: type[FakeLLMServerError]) -> None:
    """An error has its class, its words and its attributes on the other side."""
    hints = typing.get_type_hints(kind.__init__)
    hints.pop("return", None)
    given = {name: write_example(hint, is_full=True) for name, hint in hints.items()}
    error = kind(**given) if given else kind("What went wrong.")
    received = decode_error(json.loads(dump(encode_error(error))))
    assert (type(received), str(received), vars(received)) == (kind, str(error), vars(error))


def test_another_error_is_told_in_words() -> None:
    """What isn't an error of this package is one there: its class and its words are in the message."""
    received = decode_error(encode_error(ZeroDivisionError("by nothing")))
    assert type(received) is GenerationError
    assert "ZeroDivisionError: by nothing" in str(received)
    assert isinstance(decode_error(encode_error(OperationNotImplementedError("x"))), FakeLLMServerError)
