"""Makes documents of Python's own signatures: a parameter has its JSON form as soon as it has a type.

Its name is the key, its annotation the type of the value, its line in the docstring the description.
"""

import inspect
import re
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import Field, create_model
from pydantic.fields import FieldInfo

from fake_llm_server._contract import OneOf, Option
from fake_llm_server._control_api.documents.document import Document

_KINDS: dict[Any, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "array",
    dict: "object",
}


Key = tuple[Any, str | None, bool]
"""Of a document: the type of its values, its description, and whether it must be there."""

_LEFT_OUT: Any = {"default_factory": lambda: None}
"""For a key that needn't be there. A default would stand in the schema, which may not even allow null."""


def create_document(
    name: str, function: Callable[..., Any], forms: Mapping[Any, Any], *, leave_out: Sequence[str] = ()
) -> type[Document]:
    """A document whose keys are the parameters of a function.

    Args:
        name: of the schema.
        function: with annotations, and a docstring that describes its parameters.
        forms: the JSON types of annotations that JSON doesn't have, and of parameters that have a form of
            their own, by their names.
        leave_out: the parameters that have no JSON form.

    Raises:
        TypeError: a parameter's type has no JSON form.
    """
    described = _read_descriptions(function)
    keys = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == "self" or parameter.name in leave_out:
            continue
        try:
            kind = forms.get(parameter.name) or find_json_type(parameter.annotation, forms)
        except TypeError as error:
            raise TypeError(f"{function.__qualname__}({parameter.name}=…): {error}") from None
        keys[parameter.name] = (kind, described.get(parameter.name), parameter.default is parameter.empty)
    return create_object(name, keys)


def create_object(name: str, keys: Mapping[str, Key]) -> type[Document]:
    """A document of keys, each with its type, its description and whether it is required."""
    fields: dict[str, Any] = {
        f"{key}_": (  # a name of its own, as BaseModel has attributes such as `json`
            kind,
            Field(alias=key, title=key, description=description, **({} if is_required else _LEFT_OUT)),
        )
        for key, (kind, description, is_required) in keys.items()
    }
    return cast("type[Document]", create_model(name, __base__=Document, __module__=__name__, **fields))


def list_keys(kind: type[Document]) -> dict[str, Key]:
    """The keys of such a document, as `create_object` takes them."""
    return {
        field.alias or name: (_annotate(field), field.description, field.is_required())
        for name, field in kind.model_fields.items()
    }


def _annotate(field: FieldInfo) -> Any:
    """A field's type; Pydantic keeps what it was annotated with apart."""
    return Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation


def read_given(document: Document) -> dict[str, Any]:
    """The keys that a document has, with their values."""
    return {name.removesuffix("_"): getattr(document, name) for name in sorted(document.model_fields_set)}


def find_json_type(annotation: Any, forms: Mapping[Any, Any]) -> Any:
    """The type of JSON that stands for values of an annotation.

    Raises:
        TypeError: there is none.
    """
    if annotation in forms:
        return forms[annotation]
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return _unite([find_json_type(each, forms) for each in inner])
    if origin is Literal or annotation in (*_KINDS, Any, types.NoneType):
        return annotation
    if origin is Annotated:
        return Annotated[(find_json_type(inner[0], forms), *inner[1:])]
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        return dict[str, find_json_type(inner[1], forms)]  # type: ignore[misc] # made at run time
    if inspect.isclass(origin) and issubclass(origin, Sequence):
        return list[find_json_type(inner[0], forms)]  # type: ignore[misc] # made at run time
    raise TypeError(f"{annotation} has no JSON form; give it one in _control_api/documents.")


def _unite(members: Sequence[Any]) -> Any:
    """A union that chooses by the JSON type of a value; each is taken by one member."""
    values = [member for member in dict.fromkeys(members) if member is not types.NoneType]
    kinds = [_find_kind(member) for member in values]
    if len(set(kinds)) < len(kinds):
        raise TypeError(f"two of {values} are of one JSON type.")
    united = values[0]
    if len(values) > 1:
        united = Annotated[Union[tuple(values)], OneOf(None, *map(Option, kinds))]  # noqa: UP007 - made at run time
    return united | None if len(values) < len(members) else united


def _find_kind(kind: Any) -> str:
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    kind = get_origin(kind) or kind
    if kind is Literal:
        return "string"
    return _KINDS.get(kind, "object")


def _read_descriptions(function: Callable[..., Any]) -> dict[str, str]:
    """What a docstring of Google's style says of each argument."""
    text = inspect.getdoc(function) or ""
    section = re.search(r"^Args:\n((?:[ ].*\n?|\n)+)", text, re.MULTILINE)
    if section is None:
        return {}
    items = re.findall(r"^    \*{0,2}(\w+): (.+(?:\n     +.+)*)", section[1], re.MULTILINE)
    return {name: " ".join(words.split()) for name, words in items}


def list_methods(owner: type, returned: object) -> dict[str, Callable[..., Any]]:
    """The public methods of a class that are annotated to return a type."""
    return {
        name: method
        for name, method in vars(owner).items()
        if inspect.isfunction(method)
        and not name.startswith("_")
        and method.__annotations__.get("return") == returned
    }
