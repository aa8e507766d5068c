"""Every JSON schema as states: what may stand at one place is a choice of simple forms.

A state is named by the schemas that hold together at its place. Recursion of the schema is a cycle of states.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fake_llm_server._schema.acceptance import accepts
from fake_llm_server._schema.alternatives import list_alternatives
from fake_llm_server._schema.forms import Form, ListForm, ObjectForm, PlainForm, StateKey, StringForm
from fake_llm_server._schema.merging import implied_types, merge
from fake_llm_server._schema.object_merging import EMPTY
from fake_llm_server._schema.references import References, UnreadSchemaError

ROOT: StateKey = (-1,)
_MAX_FORMS = 100_000


@dataclass(frozen=True, slots=True)
class Choice:
    """A form that a state may have.

    Attributes:
        form: what it is.
        is_unsaid: whether the schema speaks of other types only, without excluding this one's.
    """

    form: Form
    is_unsaid: bool = False


@dataclass(frozen=True, slots=True)
class NormalForm:
    """The states of a schema.

    Attributes:
        states: the choices of each, in the order of the schema; the root's has the key `ROOT`.
    """

    states: dict[StateKey, list[Choice]]


def normalize(schema: Any, root: Any = None) -> NormalForm:
    """The normal form of a schema.

    Args:
        schema: any JSON schema.
        root: the whole schema that it stands in; itself by default.

    Raises:
        UnreadSchemaError: it isn't understood, or is too large for this.
    """
    try:
        return _Normalizer(schema, schema if root is None else root).run()
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise UnreadSchemaError(str(error)) from error


class _Normalizer:
    def __init__(self, schema: Any, root: Any) -> None:
        self._schema = schema
        self._references = References(root)
        self._schemas: dict[int, Any] = {}
        self._states: dict[StateKey, list[Choice]] = {EMPTY: []}
        self._pending: list[StateKey] = []

    def run(self) -> NormalForm:
        self._states[ROOT] = list(self._list_choices([self._schema]))
        num_forms = 0
        while self._pending:
            key = self._pending.pop()
            if key in self._states:
                continue
            self._states[key] = list(self._list_choices([self._schemas[number] for number in key]))
            num_forms += len(self._states[key]) + 1
            if num_forms > _MAX_FORMS:
                raise UnreadSchemaError("The schema has too many forms.")
        return NormalForm(self._states)

    def _join(self, schemas: Sequence[Any]) -> StateKey:
        if any(schema is False for schema in schemas):
            return EMPTY
        key = tuple(dict.fromkeys(id(schema) for schema in schemas if schema is not True and schema != {}))
        self._schemas |= {id(schema): schema for schema in schemas}
        if key not in self._states:
            self._pending.append(key)
        return key

    def _list_choices(self, schemas: Sequence[Any]) -> Iterator[Choice]:
        joint = {"allOf": list(schemas)} if len(schemas) != 1 else schemas[0]
        for alternative in list_alternatives(joint, self._references):
            implied = implied_types(alternative)
            forms = merge(
                alternative, self._join, lambda keywords, value: accepts(keywords, value, self._references)
            )
            for form in forms:
                yield Choice(form, is_unsaid=bool(implied) and type_of(form) not in implied)


def type_of(form: Form) -> str:
    """The type of a form; empty for values, which may be of any."""
    match form:
        case PlainForm():
            return form.kind
        case StringForm():
            return "string"
        case ListForm():
            return "array"
        case ObjectForm():
            return "object"
    return "number" if hasattr(form, "is_integer") else ""
