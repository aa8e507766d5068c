"""Unions that choose a member before they validate it.

Pydantic would try all members of a union and report what each one finds wrong. Here the JSON type of the
value, and for an object its tag, choose one member. So an error is always about that member, and the error
for an unknown tag or type lists the allowed ones.
"""

from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from typing_extensions import TypeAliasType

_KINDS: Mapping[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "array",
    tuple: "array",
    dict: "object",
    type(None): "null",
}


class Option:
    """What means one member of a union.

    Args:
        kind: the JSON type of its values.
        tags: the values of the union's tag that mean it; none where its JSON type is enough.
        absent: if its tag may be left out, the properties that it requires besides.
    """

    __slots__ = ("absent", "kind", "tags")

    def __init__(self, kind: str, *tags: str, absent: Sequence[str] | None = None) -> None:
        self.kind = kind
        self.tags = tags
        self.absent = absent


class OneOf:
    """Annotates a union: its options in the order of its members, and the name of the objects' tag.

    Errors, as Pydantic reports them:
        union_kind_invalid: no member has the value's JSON type; `ctx` has `expected`, `expected_names`
            (the members' types, arrays with what they hold, such as "array of strings") and `found`.
        union_tag_invalid: the tag means no member; `ctx` has `discriminator`, `tag` and `expected_tags`.
        union_tag_not_found: the tag is missing or no string; `ctx` has `discriminator`.
    """

    __slots__ = ("options", "tag")

    def __init__(self, tag: str | None, *options: Option) -> None:
        self.tag = tag
        self.options = options

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        members = _members(source)
        if len(members) != len(self.options):
            raise TypeError(
                f"{source} has {len(members)} members, but {len(self.options)} options are given."
            )
        choices: dict[str, CoreSchema] = {}
        for member, option in zip(members, self.options, strict=True):
            schema = handler.generate_schema(member)
            choices |= dict.fromkeys(map(member_label, option.tags or (option.kind,)), schema)
        choose = _Chooser(self.tag, self.options, [_array_name(member) for member in members]).choose
        # Pydantic takes errors from a validator but not from a discriminator: the choice is tried before.
        return core_schema.no_info_before_validator_function(
            lambda value: (choose(value), value)[1],
            core_schema.tagged_union_schema(choices, choose),
        )


def member_label(name: str) -> str:
    """Return what stands for a member in an error's location: its tag or JSON type, in brackets."""
    return f"<{name}>"


class _Chooser:
    """Chooses a member for a value; the label of a member is made of its tag, or else of its JSON type."""

    def __init__(self, tag: str | None, options: Sequence[Option], array_names: Sequence[str]) -> None:
        self._tag = tag
        self._kinds = tuple(dict.fromkeys(option.kind for option in options))
        named = zip(options, array_names, strict=True)
        names = [name if option.kind == "array" else option.kind for option, name in named]
        self._names = tuple(dict.fromkeys(names))
        self._untagged = {option.kind for option in options if not option.tags}
        self._tags = tuple(tag for option in options for tag in option.tags)
        self._absent = [(option.tags[0], option.absent) for option in options if option.absent is not None]

    def choose(self, value: Any) -> str:
        """Return the label of the member that a value means, or raise a `PydanticCustomError`."""
        kind = "object" if isinstance(value, BaseModel) else _KINDS.get(type(value), type(value).__name__)
        if kind == "object" and self._tag is not None and self._tags:
            return self._choose_object(value)
        if kind in self._untagged:
            return member_label(kind)
        if kind == "integer" and "number" in self._untagged:
            return member_label("number")
        raise PydanticCustomError(
            "union_kind_invalid",
            "Input should be of type {expected}, not {found}",
            {"expected": " or ".join(self._kinds), "expected_names": list(self._names), "found": kind},
        )

    def _choose_object(self, value: Any) -> str:
        tag = _read(value, self._tag)
        is_absent = self._tag not in value if isinstance(value, Mapping) else tag is None
        if is_absent and self._absent:
            return self._choose_untagged(value)
        if tag in self._tags:
            return member_label(str(tag))
        if isinstance(tag, str):
            raise PydanticCustomError(
                "union_tag_invalid",
                "Input tag '{tag}' found using '{discriminator}' is none of {expected_tags}",
                {"discriminator": self._tag, "tag": tag, "expected_tags": list(self._tags)},
            )
        raise PydanticCustomError(
            "union_tag_not_found" if tag is None else "union_tag_type",
            "The tag '{discriminator}' should be a string",
            {"discriminator": self._tag, "expected_tags": list(self._tags)},
        )

    def _choose_untagged(self, value: Any) -> str:
        """Choose the first member that has all it requires, or else the first."""
        for name, required in self._absent:
            if all(_read(value, key) is not None for key in required):
                return member_label(name)
        return member_label(self._absent[0][0])


def _read(value: Any, name: str | None) -> Any:
    """Read a property of an object, as JSON or as a wire type has it."""
    if name is None:
        return None
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def _array_name(member: Any) -> str:
    """What an array is called in an error: by the type of its items."""
    while not (get_origin(member) is list or member is list):
        inner = getattr(member, "__value__", None) or next(iter(get_args(member)), None)
        if inner is None:
            return "array"
        member = inner
    item = next(iter(get_args(member)), None)
    return f"array of {_ITEMS.get(item, 'objects')}" if item is not None else "array"


_ITEMS: Mapping[Any, str] = {str: "strings", int: "integers"}


def _members(source: Any) -> tuple[Any, ...]:
    """Return the members of a union, without resolving the names of those that have one."""
    if isinstance(source, TypeAliasType):
        return (source,)
    return get_args(source) or (source,)
