"""Finds where the states of a schema recur."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from fake_llm_server._schema.forms import Form, ListForm, ObjectForm, StateKey
from fake_llm_server._schema.normal_form import ROOT, NormalForm


def inner_states(form: Form) -> Iterator[StateKey]:
    """The states of what stands inside of a form."""
    if isinstance(form, ListForm):
        yield from (*form.prefix, form.items)
    elif isinstance(form, ObjectForm):
        yield from form.properties.values()
        yield from form.patterns.values()
        if form.additional is not None:
            yield form.additional


@dataclass(frozen=True, slots=True)
class Loops:
    """The states that are inside of themselves.

    Attributes:
        groups: each of them, with the number of the group whose members are all inside of each other.
        heads: some of them; every way from a state to itself enters one.
    """

    groups: dict[StateKey, int] = field(default_factory=dict)
    heads: set[StateKey] = field(default_factory=set)


def find_loops(normal: NormalForm) -> Loops:
    """The states that are inside of themselves, of those that the root leads to.

    Tarjan's algorithm, without recursion: https://en.wikipedia.org/wiki/Tarjan's_strongly_connected_components_algorithm
    """
    edges = {
        key: list(dict.fromkeys(inner for choice in choices for inner in inner_states(choice.form)))
        for key, choices in normal.states.items()
    }
    search = _Search(edges)
    search.visit(ROOT)
    return search.loops


class _Search:
    def __init__(self, edges: dict[StateKey, list[StateKey]]) -> None:
        self._edges = edges
        self._order: dict[StateKey, int] = {}
        self._lowest: dict[StateKey, int] = {}
        self._open: dict[StateKey, None] = {}
        self.loops = Loops()

    def visit(self, start: StateKey) -> None:
        way = [(start, self._enter(start))]
        while way:
            state, rest = way[-1]
            inner = next(rest, None)
            if inner is None:
                way.pop()
                self._leave(state)
                if way:
                    above = way[-1][0]
                    self._lowest[above] = min(self._lowest[above], self._lowest[state])
            elif inner not in self._order:
                way.append((inner, self._enter(inner)))
            elif inner in self._open:
                self.loops.heads.add(inner)
                self._lowest[state] = min(self._lowest[state], self._order[inner])

    def _enter(self, state: StateKey) -> Iterator[StateKey]:
        self._order[state] = self._lowest[state] = len(self._order)
        self._open[state] = None
        return iter(self._edges[state])

    def _leave(self, state: StateKey) -> None:
        if self._lowest[state] < self._order[state]:
            return
        members = []
        while state in self._open:
            members.append(self._open.popitem()[0])
        if len(members) > 1 or state in self._edges[state]:
            self.loops.groups.update(dict.fromkeys(members, self._order[state]))
