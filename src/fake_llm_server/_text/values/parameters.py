"""What a schema's parameters ask for, by their names, descriptions, types and formats."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fake_llm_server._text.loose_schema import UNHELD
from fake_llm_server._text.values.concepts import CONCEPT_OF_NAME, CONCEPT_OF_WORD, Concept
from fake_llm_server._text.values.words import NAME_PARTS, PEOPLE, PLAIN_PLACES, ROLES, SYNONYMS

Schema = Mapping[str, Any]

MAX_PARAMETERS = 60
"""Of a tool; what comes later stays as it is."""

MAX_DEPTH = 4
_JOINT = frozenset(
    {
        "allOf",
        "anyOf",
        "oneOf",
        "$ref",
        "patternProperties",
        "minProperties",
        "maxProperties",
        "const",
        "enum",
    }
)
"""Keywords of an object beside which its properties can't be narrowed one by one."""

_BY_FORMAT = {
    "email": "email",
    "idn-email": "email",
    "uri": "url",
    "url": "url",
    "iri": "url",
    "uuid": "id",
    "date": "date",
    "time": "time",
    "date-time": "datetime",
    "ipv4": "ip",
    "ipv6": "ip",
    "hostname": "ip",
}


@dataclass(frozen=True)
class Parameter:
    """A place of a schema that takes one value, or a list of them.

    Attributes:
        path: names from the schema's top to it.
        schema: its own, with references and null taken away.
        own: its own as it stands in the document.
        is_required: whether the answer must have it.
        is_list: whether it takes several values; `schema` is then that of its items.
        is_nullable: whether null may stand there.
    """

    path: tuple[str, ...]
    schema: Schema
    own: Any
    is_required: bool
    is_list: bool = False
    is_nullable: bool = False
    description: str = ""
    context: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of its name."""
        return split_name(self.path[-1])

    @cached_property
    def all_words(self) -> frozenset[str]:
        """The words of its name and of those above it, and in their singular."""
        words = [word for name in self.path for word in split_name(name)]
        return frozenset(words) | {word[:-1] for word in words if word.endswith("s") and word not in _SHORT}

    @cached_property
    def cues(self) -> frozenset[str]:
        """Words that point at it when they stand beside a value."""
        words = self.all_words - ROLES.keys()
        return words.union(*(group for group in SYNONYMS if not group.isdisjoint(words)))

    @cached_property
    def role(self) -> str | None:
        """Which side of a relation it is: from, to, min or max."""
        return next((ROLES[word] for word in self.words if word in ROLES), None)

    @cached_property
    def part(self) -> str | None:
        """Which part of a person's name it is: first or last."""
        return next((NAME_PARTS[word] for word in self.words if word in NAME_PARTS), None)

    @property
    def is_proper(self) -> bool:
        """Whether its values are written with a capital, as cities are and rooms aren't."""
        return PLAIN_PLACES.isdisjoint(self.words)

    @cached_property
    def described(self) -> tuple[str, ...]:
        """The first words of its description."""
        return tuple(re.findall(r"[^\W\d]+", self.description.lower())[:16])

    @cached_property
    def kind(self) -> str:
        """`enum`, or a type of JSON; empty where it isn't one that is understood."""
        if isinstance(self.schema.get("enum"), list):
            return "enum"
        type_ = self.schema.get("type")
        return type_ if type_ in ("string", "integer", "number", "boolean") else ""

    @cached_property
    def concept(self) -> Concept | None:
        """What it asks for, if that is known."""
        named = _BY_FORMAT.get(str(self.schema.get("format")))
        if named is not None:
            return CONCEPT_OF_NAME[named]
        return self._by_name() or self._by_description()

    def _by_name(self) -> Concept | None:
        if "sql" in self.described and "query" in self.words:
            return CONCEPT_OF_NAME["sql"]
        if len(self.words) == 1 and self.words[0] in _BY_CONTEXT:
            return self._by_context(*_BY_CONTEXT[self.words[0]])
        words = (self.path[-1].lower(), *reversed(self.words))
        found = [concept for word in words if (concept := _concept_of(word)) is not None]
        head = next(iter(found), None)
        others = [concept for concept in found if concept.name not in ("name", "id", "recipient")]
        if head is not None and others and (head.name == "name" or self.words[-1] in _SPECIFIED):
            return others[0]
        return head

    def _by_context(self, first: str, words: frozenset[str], second: str) -> Concept | None:
        """The first concept where the tool speaks of such words, the second otherwise."""
        name = second if self.context.isdisjoint(words) else first
        if name == "name" and not self.context.isdisjoint(_MOMENTS) and "flight" not in self.context:
            name = "title"  # of an event
        return CONCEPT_OF_NAME.get(name)

    def _by_description(self) -> Concept | None:
        return next((CONCEPT_OF_WORD[word] for word in self.described if word in CONCEPT_OF_WORD), None)


_MOMENTS = frozenset(
    {"date", "time", "event", "meeting", "calendar", "timer", "alarm", "duration", "hours", "booking"}
)
_WAYS = frozenset(
    {"route", "directions", "travel", "distance", "map", "trip", "mode", "origin", "destination", "ride"}
)
_MAIL = frozenset({"email", "mail", "message", "subject", "sms", "correo", "courriel"})
_BY_CONTEXT = {
    **dict.fromkeys(("name", "nombre", "nom", "nome"), ("person", PEOPLE, "name")),
    "to": ("recipient", _MAIL, "place"),
    "from": ("recipient", _MAIL, "place"),
    "start": ("place", _WAYS, "time"),
    "end": ("place", _WAYS, "time"),
    "title": ("title", _MOMENTS, "title"),
}
"""Words whose meaning depends on what the tool is about: the concept with these words around, and without."""

_SHORT = frozenset({"is", "as", "has", "gas", "bus", "address"})
"""Words that end with an s in the singular."""

_SPECIFIED = frozenset({"number", "code", "value", "names", "list", "text", "string", "field"})
"""Words that say less than those before them: a phone number is a phone."""


def _concept_of(word: str) -> Concept | None:
    return CONCEPT_OF_WORD.get(word) or CONCEPT_OF_WORD.get(word.removesuffix("s"))


def split_name(name: str) -> tuple[str, ...]:
    """The words of an identifier, in lower case: `startDate` and `start_date` are the same."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return tuple(word for word in re.split(r"[\W_]+", parted.lower()) if word)


def read_parameters(
    schema: Any, context: frozenset[str] = frozenset(), root: Schema | None = None
) -> tuple[Parameter, ...]:
    """The parameters of an object's schema, in its order; none where it isn't understood.

    Args:
        schema: of an object.
        context: words of what the schema belongs to, such as a tool's name.
        root: the document that it stands in, if that is another one.
    """
    if not isinstance(schema, Mapping):
        return ()
    found = []
    for parameter in _iter_parameters(root or schema, schema, (), context, is_required=True):
        found.append(parameter)
        if len(found) == MAX_PARAMETERS:
            break
    return tuple(found)


def is_plain_object(schema: Any) -> bool:
    """Whether a schema is that of an object whose properties can be narrowed one by one."""
    if not isinstance(schema, Mapping) or not isinstance(schema.get("properties"), Mapping):
        return False
    required = schema.get("required", [])
    is_named = isinstance(required, list) and all(name in schema["properties"] for name in required)
    return (
        schema.get("type", "object") == "object"
        and is_named
        and _JOINT.isdisjoint(schema)
        and UNHELD.isdisjoint(schema.keys() - {"$schema"})
    )


def _iter_parameters(
    root: Schema, node: Schema, path: tuple[str, ...], context: frozenset[str], *, is_required: bool
) -> Iterator[Parameter]:
    if not is_plain_object(node) or len(path) >= MAX_DEPTH:
        return
    required = node.get("required", [])
    for name, own in node["properties"].items():
        inner, is_nullable, described = resolve(root, own)
        if inner is None:
            continue
        needs = is_required and name in required
        if is_plain_object(inner):
            yield from _iter_parameters(root, inner, (*path, name), context, is_required=needs)
            continue
        is_list = inner.get("type") == "array" and isinstance(inner.get("items"), Mapping)
        leaf = resolve(root, inner["items"])[0] if is_list else inner
        if leaf is not None and UNHELD.isdisjoint(inner) and UNHELD.isdisjoint(leaf):
            yield Parameter((*path, name), leaf, own, needs, is_list, is_nullable, described, context)


def resolve(root: Schema, own: Any) -> tuple[Schema | None, bool, str]:
    """A schema without its references and null, whether null may stand there, and its description."""
    described, is_nullable = "", False
    for _ in range(MAX_DEPTH):
        if not isinstance(own, Mapping):
            return None, False, ""
        described = described or str(own.get("description") or "")
        members = own.get("anyOf", own.get("oneOf"))
        if isinstance(own.get("$ref"), str):
            own = _follow(root, own["$ref"])
        elif isinstance(own.get("allOf"), list) and len(own["allOf"]) == 1:
            own = own["allOf"][0]
        elif isinstance(members, list):
            others = [each for each in members if each != {"type": "null"}]
            is_nullable = is_nullable or len(others) < len(members)
            if len(others) != 1:
                return None, False, ""
            own = others[0]
        elif isinstance(own.get("type"), list):
            types = [each for each in own["type"] if each != "null"]
            is_nullable = is_nullable or len(types) < len(own["type"])
            if len(types) != 1:
                return None, False, ""
            return {**own, "type": types[0]}, is_nullable, described
        else:
            return own, is_nullable, described
    return None, False, ""


def _follow(root: Schema, reference: str) -> Any:
    if not reference.startswith("#/"):
        return None
    node: Any = root
    for part in reference[2:].split("/"):
        if not isinstance(node, Mapping):
            return None
        node = node.get(part.replace("~1", "/").replace("~0", "~"))
    return node
