"""The simple forms that every JSON schema is a choice of.

A form has one type, and all that is said about it at once: no `$ref`, `allOf` or `anyOf` stands beside it.
The schemas inside of a form are named by the keys of their states (see `normal_form`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

StateKey = tuple[int, ...]
"""Names what must hold together at one place; the empty one allows anything."""


@dataclass(frozen=True, slots=True)
class ValueForm:
    """One of some values, as `enum` and `const` list them."""

    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class PlainForm:
    """A boolean or null."""

    kind: str


@dataclass(frozen=True, slots=True)
class StringForm:
    """A string.

    Attributes:
        min_length: in characters.
        max_length: in characters; None for none.
        patterns: all of which it must match.
        formats: all of which it must have.
    """

    min_length: int = 0
    max_length: int | None = None
    patterns: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberForm:
    """A number.

    Attributes:
        is_integer: whether it must be whole.
        low: the least value, and whether that one is excluded; None for none.
        high: likewise the greatest.
        multiple: it must be a multiple of this one; None for any.
    """

    is_integer: bool
    low: tuple[Fraction, bool] | None = None
    high: tuple[Fraction, bool] | None = None
    multiple: Fraction | None = None


@dataclass(frozen=True, slots=True)
class ListForm:
    """A list.

    Attributes:
        prefix: states of the first items.
        items: state of those after them.
        min_items: how many there are at least.
        max_items: how many there are at most; None for no limit.
    """

    prefix: tuple[StateKey, ...]
    items: StateKey
    min_items: int = 0
    max_items: int | None = None


@dataclass(frozen=True, slots=True)
class ObjectForm:
    """An object.

    Attributes:
        properties: names to states, required names among them.
        required: names that it must have.
        patterns: states of the other properties whose names match.
        additional: state of the properties that are neither named nor match; None if there may be none.
        names_all: whether the schema names properties, and says nothing about others.
        min_properties: how many it has at least.
        max_properties: how many it has at most; None for no limit.
    """

    properties: Mapping[str, StateKey]
    required: tuple[str, ...] = ()
    patterns: Mapping[str, StateKey] = field(default_factory=dict)
    additional: StateKey | None = ()
    names_all: bool = False
    min_properties: int = 0
    max_properties: int | None = None


Form = ValueForm | PlainForm | StringForm | NumberForm | ListForm | ObjectForm
