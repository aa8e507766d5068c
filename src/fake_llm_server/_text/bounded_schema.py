"""Bounds what a JSON schema leaves open, so that every answer under it comes to an end.

Whatever satisfies the bounded schema satisfies the given one, and something does if anything satisfies the
given one. It is written in simple parts: each is a list of values, an `anyOf`, a `$ref`, or has one type;
references never recur. docs/answers.md has the table of the bounds.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

from fake_llm_server._schema import (
    Form,
    ListForm,
    NormalForm,
    NumberForm,
    ObjectForm,
    PlainForm,
    StateKey,
    StringForm,
    UnreadSchemaError,
    ValueForm,
    normalize,
)
from fake_llm_server._schema.finite_text import find_ranks, needed_items, needed_others, rank_choice
from fake_llm_server._schema.loops import find_loops
from fake_llm_server._schema.normal_form import ROOT, Choice
from fake_llm_server._text.bounded_names import Names, settle_names
from fake_llm_server._text.bounded_numbers import bound_number
from fake_llm_server._text.bounded_strings import NAME_END, bound_pattern, bound_string, write_name_pattern
from fake_llm_server._text.loose_schema import can_hold, find_refusal, loosen
from fake_llm_server._text.shared_parts import share_parts

MAX_ITEMS = (5, 3, 2, 1)
"""Items of a list, and properties of an object without names of its own: the outermost, one inside, …"""

MAX_RECURSIONS = 2
"""How often what recurs may stand inside of itself, where the schema can do without."""


def bound_schema(schema: Any) -> dict[str, Any] | None:
    """The bounded schema, or None if the given one isn't understood, or nothing finite satisfies it.

    Args:
        schema: any JSON schema, without what no grammar can hold.
    """
    try:
        bounded = _Bounding(normalize(schema)).bound(_Place(ROOT))
    except (UnreadSchemaError, RecursionError, re.error):
        return None
    return None if bounded is None else share_parts(bounded)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a state stands.

    Attributes:
        state: which it is.
        recursions: how often a state that recurs has been entered again on the way.
        depth: number of lists, and of objects without names of their own, on the way; as far as it counts.
    """

    state: StateKey
    recursions: int = 0
    depth: int = 0

    @property
    def max_items(self) -> int:
        return MAX_ITEMS[self.depth]


class _Bounding:
    """Bounds the states of one schema; each is bounded once for each kind of place."""

    def __init__(self, normal: NormalForm) -> None:
        self._states = {
            key: [choice for choice in choices if _has_text(choice.form)]
            for key, choices in normal.states.items()
        }
        kept = NormalForm(self._states)
        self._ranks, self._loops = find_ranks(kept), find_loops(kept)
        self._bounded: dict[_Place, dict[str, Any] | None] = {}

    def bound(self, place: _Place) -> dict[str, Any] | None:
        """The bounded schema of what stands at a place; None if nothing can."""
        if place not in self._bounded:
            self._bounded[place] = self._bound(place)
        return self._bounded[place]

    def _bound(self, place: _Place) -> dict[str, Any] | None:
        choices = [choice for choice in self._states[place.state] if self._is_open(choice, place)]
        said = [choice for choice in choices if not choice.is_unsaid] or choices
        parts = [part for choice in said if (part := self._bound_form(choice.form, place)) is not None]
        if len(parts) < 2:  # noqa: PLR2004 - a choice is between two
            return parts[0] if parts else None
        return {"anyOf": parts}

    def _is_open(self, choice: Choice, place: _Place) -> bool:
        """Whether a form leads to an end, and where recursion is to end, leads nearer to it."""
        if rank_choice(choice, self._ranks) == inf:
            return False
        if not self._is_last(place):
            return True
        rank = self._ranks[place.state]
        return all(self._ranks[key] < rank for key in self._needed(choice.form) if self._recurs(key, place))

    def _is_last(self, place: _Place) -> bool:
        """Whether a state that recurs must not be entered again, where that can be helped."""
        return place.recursions == MAX_RECURSIONS and place.state in self._loops.groups

    def _recurs(self, inner: StateKey, place: _Place) -> bool:
        groups = self._loops.groups
        return inner in groups and groups[inner] == groups.get(place.state)

    def _is_left_out(self, inner: StateKey, place: _Place) -> bool:
        """Whether what a form can do without is left out of it."""
        return self._is_last(place) and self._recurs(inner, place)

    def _needed(self, form: Form) -> Iterator[StateKey]:
        """The states inside of a form that it can't do without."""
        if isinstance(form, ListForm):
            yield from needed_items(form)
        elif isinstance(form, ObjectForm):
            yield from (form.properties[name] for name in form.required)
            yield from needed_others(form, self._ranks)

    def _enter(self, inner: StateKey, place: _Place, *, is_deeper: bool) -> dict[str, Any] | None:
        """The bounded schema of a state inside of one that stands at `place`."""
        is_again = inner in self._loops.heads and self._recurs(inner, place)
        return self.bound(
            _Place(
                inner,
                min(place.recursions + is_again, MAX_RECURSIONS),
                min(place.depth + is_deeper, len(MAX_ITEMS) - 1),
            )
        )

    def _bound_form(self, form: Form, place: _Place) -> dict[str, Any] | None:
        match form:
            case ValueForm():
                return {"enum": list(form.values)}
            case PlainForm():
                return {"type": form.kind}
            case StringForm():
                return bound_string(form, find_refusal)
            case NumberForm():
                return dict(loosen(bound_number(form)))
            case ListForm():
                return self._bound_list(form, place)
            case ObjectForm():
                return self._bound_object(form, place)

    def _bound_list(self, form: ListForm, place: _Place) -> dict[str, Any] | None:
        prefix: list[Any] = []
        items = None
        for number, key in enumerate((*form.prefix, form.items)):
            if number >= form.min_items and self._is_left_out(key, place):
                break
            item = self._enter(key, place, is_deeper=True)
            if item is None:
                break
            if number < len(form.prefix):
                prefix.append(item)
            else:
                items = item
        most = form.max_items
        if items is None:
            most = len(prefix) if most is None else min(most, len(prefix))
        elif most is None:
            most = max(form.min_items, len(prefix) or place.max_items)
        if most < form.min_items:
            return None
        bounded: dict[str, Any] = {"type": "array", **({"prefixItems": prefix} if prefix else {})}
        fewest = {"minItems": form.min_items} if form.min_items else {}
        return {**bounded, "items": items if most > len(prefix) else False, **fewest, "maxItems": most}

    def _bound_object(self, form: ObjectForm, place: _Place) -> dict[str, Any] | None:
        names = settle_names(form, self._ranks, lambda key: self._is_left_out(key, place))
        parts = {
            name: self._enter(key, place, is_deeper=False)
            for name, key in form.properties.items()
            if name in names.required or name in names.optional
        }
        properties = {name: part for name, part in parts.items() if part is not None}
        if not properties.keys() >= set(names.required):
            return None
        bounded: dict[str, Any] = {"type": "object", "properties": properties}
        if names.required:
            bounded["required"] = names.required
        others = {} if names.optional else self._bound_others(form, place, names)
        if names.num_more and not others:
            return None
        return {
            **bounded,
            **_count_others(form, others, len(properties), place),
            "additionalProperties": False,
        }

    def _bound_others(self, form: ObjectForm, place: _Place, names: Names) -> dict[str, Any]:
        """Patterns of names to the schemas of the properties that have no name in the schema.

        A pattern holds for named properties too, so those that match one of them are left out.
        """
        is_needed = names.num_more > 0
        says_which = bool(form.patterns) or form.additional not in (None, ())
        if not is_needed and (form.names_all or (form.properties and not says_which)):
            return {}
        others: dict[str, Any] = {}
        further = write_name_pattern(names.required)
        for pattern, key in form.patterns.items() or {further: form.additional}.items():
            if key is None or (not is_needed and self._is_left_out(key, place)):
                continue
            inner = self._enter(key, place, is_deeper=True)
            name = pattern if pattern == further else _shorten_name(pattern)
            if inner is not None and _is_apart(name, others, names):
                others[name] = inner
        return others


def _count_others(form: ObjectForm, others: dict[str, Any], num_named: int, place: _Place) -> dict[str, Any]:
    """The keywords about the properties that have no name in the schema; the named ones are all required."""
    most = max(form.min_properties, num_named + place.max_items)
    most = most if form.max_properties is None else min(most, form.max_properties)
    if not others or most == num_named:
        return {}
    fewest = {"minProperties": form.min_properties} if form.min_properties > num_named else {}
    return {"patternProperties": others, **fewest, "maxProperties": most}


def _has_text(form: Form) -> bool:
    return not isinstance(form, StringForm) or bound_string(form, find_refusal) is not None


def _is_apart(pattern: str, others: Iterable[str], names: Names) -> bool:
    """Whether a pattern matches no named property, and no name that another pattern matches."""
    is_other = not any(re.search(pattern, name) for name in names.required)
    return is_other and can_hold({"patternProperties": dict.fromkeys((*others, pattern), True)})


def _shorten_name(pattern: str) -> str:
    shorter = bound_pattern(pattern, NAME_END)
    return shorter if can_hold({"patternProperties": {shorter: True}}) else pattern
