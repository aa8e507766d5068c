"""The JSON form of replies: the keywords of `reply`, its faults, and what stands for a reply in a script."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Self, TypeVar

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema

from fake_llm_server._contract import OneOf, Option
from fake_llm_server._control_api.documents.document import Document, build, refuse
from fake_llm_server._control_api.documents.forms import ReadAs
from fake_llm_server._control_api.documents.gaps import has_dots, read_gaps, write_gaps
from fake_llm_server._control_api.documents.signatures import (
    create_document,
    create_object,
    list_keys,
    list_methods,
    read_given,
)
from fake_llm_server._control_api.documents.values import Regex, Rules, write_pattern, write_rules
from fake_llm_server._controls.faults import Faults
from fake_llm_server._controls.faulty import Faulty
from fake_llm_server._controls.reading.calls import ToolCallSpec
from fake_llm_server._controls.reading.logprobs import LogprobSpec
from fake_llm_server._controls.reply import Reply, Scriptable
from fake_llm_server._controls.spelling import LEFT_OUT, abbreviate, spell, spell_faults
from fake_llm_server._controls.writing import reply
from fake_llm_server._errors import ConfigurationError
from fake_llm_server._settings import AnswerRules

MODEL = "..."
"""Stands for the model in a script, as `...` does in Python; null does so as well."""

_VALUES = ("json", "arguments")
"""Parameters that are values of JSON, in which `"..."` leaves a part to the model."""

T = TypeVar("T", bound=Faulty)

_FIRST = "what"
"""The parameter of `reply` that JSON has as `text` or as `status`."""


class ToolCallDocument(Document):
    """A tool call, with its arguments as a value, or as text as it stands; without them the model writes."""

    name: str
    arguments: Any = None
    call_id: str | None = None


def _make_call(given: Any) -> Any:
    if not isinstance(given, ToolCallDocument):
        return given
    arguments = build(lambda: read_gaps(given.arguments)) if "arguments" in given.model_fields_set else ...
    return (given.name, arguments, given.call_id)


ToolCall = Annotated[
    Any,
    ReadAs(
        Annotated[str | ToolCallDocument, OneOf(None, Option("string"), Option("object"))],
        _make_call,
    ),
]

Logprob = Annotated[Any, ReadAs(list[Any], tuple)]
"""A token: its text, its logprob, and perhaps an object with the logprobs of others in its place."""

FAULT_METHODS = list_methods(Faulty, Self)
"""The methods of a reply that give it a fault, by their names."""

FORMS: dict[Any, Any] = {
    re.Pattern[str]: Regex,
    AnswerRules: Rules,
    ToolCallSpec: ToolCall,
    LogprobSpec: Logprob,
}
"""What is read for types that JSON doesn't have, wherever a signature has them."""


def _create_fault_document() -> type[Document]:
    return create_object(
        "Fault",
        {
            name: (create_document(f"Fault_{name}", method, FORMS), _describe(method), False)
            for name, method in FAULT_METHODS.items()
        },
    )


def _describe(method: object) -> str:
    return (getattr(method, "__doc__", None) or "").partition("\n")[0]


def _make_fault(document: Document) -> tuple[str, Mapping[str, Any]]:
    given = read_given(document)
    if len(given) != 1:
        raise refuse("has one fault, such as {'cut': {'after': 3}}; several stand in a list")
    [(name, arguments)] = given.items()
    return name, read_given(arguments) if isinstance(arguments, Document) else {}


Fault = Annotated[tuple[str, Mapping[str, Any]], ReadAs(_create_fault_document(), _make_fault)]


def _make_member(given: Any) -> Reply:
    if given is None or given == MODEL:
        return reply()
    if isinstance(given, Document):
        return _make_reply(given)
    return build(lambda: reply(given))


def _make_reply(document: Document) -> Reply:
    given = read_given(document)
    begin = [given.pop(name) for name in ("text", "status") if given.get(name) is not None]
    if len(begin) > 1:
        raise refuse("a reply has a text or a status, not both")
    for name in ("text", "status"):
        given.pop(name, None)
    faults: Sequence[tuple[str, Mapping[str, Any]]] = given.pop("faults", None) or ()
    arguments = {name: value for name, value in given.items() if value is not None}
    # For these, null is a value; for all others it says as much as leaving them out.
    arguments |= {name: build(partial(read_gaps, given[name])) for name in _VALUES if name in given}
    made = build(lambda: reply(*begin, **arguments))
    return add_faults(made, faults)


def add_faults(made: T, faults: Sequence[tuple[str, Mapping[str, Any]]]) -> T:
    """A reply, or a rule, with faults: the names of methods with their arguments."""
    for number, (name, parameters) in enumerate(faults):
        try:
            made = FAULT_METHODS[name](made, **parameters)
        except ConfigurationError as error:
            raise refuse(str(error).removesuffix("."), key=f"faults[{number}].{name}") from error
    return made


class _Deferred:
    """Stands for a document that is defined further down: a reply may have choices, which are replies."""

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler.generate_schema(ReplyDocument)


_ReplyObject = Annotated[Document, _Deferred()]
_KINDS = tuple(map(Option, ("string", "integer", "object", "null")))

Member = Annotated[
    Reply,
    ReadAs(Annotated[str | int | _ReplyObject | None, OneOf(None, *_KINDS)], _make_member),
]
"""A member of a script: a text, the status of an error, null or `...` for the model, or an object."""


def _make_members(given: Any) -> list[Reply]:
    return given if isinstance(given, list) else [_make_member(given)]


Members = Annotated[
    list[Reply],
    ReadAs(
        Annotated[
            str | int | _ReplyObject | list[Member] | None,
            OneOf(None, *_KINDS[:-1], Option("array"), _KINDS[-1]),
        ],
        _make_members,
    ),
]
"""Several members, or one."""


def _create_reply_document() -> type[Document]:
    own = create_document("Reply", reply, {**FORMS, Scriptable: Member}, leave_out=[_FIRST])
    return create_object(
        "Reply",
        {
            "text": (str | None, "The text; without text and status the model writes it.", False),
            "status": (int | None, "The status of an error, such as 429.", False),
            **list_keys(own),
            "faults": (list[Fault] | None, "What goes wrong with it, one fault for each member.", False),
        },
    )


ReplyDocument = _create_reply_document()
"""The keywords of `reply`, with `text` or `status` for its first argument, and `faults` for its methods."""


def write_reply(written: Reply) -> Any:
    """A reply as JSON, as short as it can be in a script.

    Raises:
        ConfigurationError: a function makes it, or a part of it.
    """
    short = abbreviate(written)
    if short is LEFT_OUT:
        return None
    if isinstance(short, Reply) or short == MODEL:
        return _write_object(written)
    return _write(short)


def _write_object(written: Reply) -> dict[str, Any]:
    spelling = spell(written)
    arguments = {
        name: write_gaps(value) if name in _VALUES else _write(value)
        for name, value in spelling.arguments.items()
    }
    if isinstance(arguments.get("json"), str) and has_dots(spelling.arguments["json"]):
        arguments = {"text": arguments.pop("json"), **arguments}
    if _FIRST in arguments:
        begin = arguments.pop(_FIRST)
        arguments = {"text" if isinstance(begin, str) else "status": begin, **arguments}
    if "tool_calls" in arguments:
        arguments["tool_calls"] = [_write_call(call) for call in spelling.arguments["tool_calls"]]
    faults = write_faults(written.faults)
    return {**arguments, **({"faults": faults} if faults else {})}


def write_faults(faults: Faults) -> list[dict[str, Any]]:
    """Faults as JSON, an object for each."""
    return [{name: _write(dict(given))} for name, given in spell_faults(faults)]


def _write_call(call: Any) -> Any:
    if isinstance(call, str):
        return call
    name, arguments, *rest = call
    written = {} if arguments is LEFT_OUT else {"arguments": write_gaps(arguments)}
    return {"name": name, **written, **({"call_id": rest[0]} if rest else {})}


def _write(value: Any) -> Any:
    """A value of a reply; what is inside of it has a form of its own."""
    if isinstance(value, Reply):
        return write_reply(value)
    if isinstance(value, AnswerRules):
        return write_rules(value)
    if isinstance(value, re.Pattern):
        return write_pattern(value)
    if isinstance(value, Mapping):
        return {str(name): _write(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_write(each) for each in value]
    if callable(value):
        name = getattr(value, "__name__", "a function")
        raise ConfigurationError(f"A function has no JSON form; write the reply that {name} makes.")
    return value
