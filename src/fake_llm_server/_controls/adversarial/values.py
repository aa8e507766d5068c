"""Values that satisfy a JSON schema and that programs seldom expect."""

import json
import re
from collections.abc import Iterator, Sequence
from math import inf
from typing import Any

from fake_llm_server._controls.adversarial.numbers import list_numbers
from fake_llm_server._controls.adversarial.picks import Picks
from fake_llm_server._controls.adversarial.texts import ODD_STRINGS, OF_FORMATS
from fake_llm_server._controls.json_text import write_json
from fake_llm_server._schema import (
    Form,
    ListForm,
    NumberForm,
    ObjectForm,
    PlainForm,
    StateKey,
    StringForm,
    UnreadSchemaError,
    ValueForm,
    normalize,
)
from fake_llm_server._schema.finite_text import find_ranks, rank_choice
from fake_llm_server._schema.normal_form import ROOT, Choice

_MAX_DEPTH = 4
"""Below it, only what must be is."""

_MORE_ITEMS = (0, 1, 2, 7)
_NAMES = ("extra", "", "__proto__", "größe", "a b")


class UndrawnError(Exception):
    """No value of a schema can be drawn, such as of one with a pattern."""


def draw_json(schema: Any, picks: Picks) -> str:
    """The JSON of a value, in one of the ways in which it can be written.

    Raises:
        UndrawnError: the schema isn't understood, or nothing was found that satisfies it.
    """
    write = picks.choose((write_json, _write_spaced, _write_escaped, _write_indented))
    try:
        return write(_Values(schema, picks).draw(ROOT, 0))
    except UnreadSchemaError as error:
        raise UndrawnError(str(error)) from error


def _write_spaced(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(" ,  ", " : "))


def _write_escaped(value: Any) -> str:
    return json.dumps(value)


def _write_indented(value: Any) -> str:
    return f"\n{json.dumps(value, ensure_ascii=False, indent=4)}\n"


class _Values:
    def __init__(self, schema: Any, picks: Picks) -> None:
        normal = normalize(schema)
        self._picks = picks
        self._states = normal.states
        self._ranks = find_ranks(normal)

    def draw(self, key: StateKey, depth: int) -> Any:
        """A value of a state, at some depth of the whole."""
        found = [choice for choice in self._states[key] if self._rank(choice) < inf]
        if not found:
            raise UndrawnError("no value satisfies the schema")
        said = [choice for choice in found if not choice.is_unsaid] or found
        simplest_first = sorted(said, key=self._rank)
        choice = simplest_first[0] if depth > _MAX_DEPTH else self._picks.choose(simplest_first)
        return self._draw_form(choice.form, depth)

    def _rank(self, choice: Choice) -> float:
        return rank_choice(choice, self._ranks)

    def _draw_form(self, form: Form, depth: int) -> Any:
        match form:
            case ValueForm():
                return self._choose(form.values)
            case PlainForm():
                return self._picks.is_chosen() if form.kind == "boolean" else None
            case NumberForm():
                return self._choose(list_numbers(form))
            case StringForm():
                return self._choose(list(dict.fromkeys(_list_strings(form))))
            case ListForm():
                return self._draw_list(form, depth)
            case ObjectForm():
                return self._draw_object(form, depth)

    def _choose(self, options: Sequence[Any]) -> Any:
        if not options:
            raise UndrawnError("nothing was found that satisfies the schema")
        return self._picks.choose(options)

    def _draw_list(self, form: ListForm, depth: int) -> list[Any]:
        most = inf if form.max_items is None else form.max_items
        more = 0 if depth >= _MAX_DEPTH else self._picks.choose(_MORE_ITEMS)
        has_rest = self._ranks[form.items] < inf
        num_items = int(min(most, form.min_items + more, inf if has_rest else len(form.prefix)))
        states = [*form.prefix, *[form.items] * num_items][:num_items]
        return [self.draw(state, depth + 1) for state in states]

    def _draw_object(self, form: ObjectForm, depth: int) -> dict[str, Any]:
        most = inf if form.max_properties is None else form.max_properties
        states = {name: form.properties[name] for name in form.required}
        for name, state in self._list_others(form):
            is_needed = len(states) < form.min_properties
            is_wanted = depth < _MAX_DEPTH and self._picks.is_chosen()
            if len(states) < most and (is_needed or is_wanted):
                states[name] = state
        return {name: self.draw(state, depth + 1) for name, state in states.items()}

    def _list_others(self, form: ObjectForm) -> Iterator[tuple[str, StateKey]]:
        """The properties that there needn't be, and names for those that the schema doesn't name."""
        for name, state in form.properties.items():
            if name not in form.required and self._ranks[state] < inf:
                yield name, state
        if form.additional is not None and self._ranks[form.additional] < inf:
            free = [name for name in _NAMES if name not in form.properties]
            yield self._picks.choose(free), form.additional
            for number in range(form.min_properties):
                yield f"extra {number}", form.additional


def _list_strings(form: StringForm) -> Iterator[str]:
    """Strings of a form, the simplest first; whether they have its formats is known of some formats only."""
    texts: Sequence[str] = ODD_STRINGS
    for name in form.formats:
        texts = OF_FORMATS.get(name, ())
    for text in texts:
        fitted = text + "x" * (form.min_length - len(text))
        fitted = fitted if form.max_length is None else fitted[: form.max_length]
        if all(_matches(pattern, fitted) for pattern in form.patterns):
            yield fitted


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:  # it is written for JavaScript
        return False
