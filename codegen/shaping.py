"""From the contract's schemas to ones that turn into Python one to one.

datamodel-code-generator makes up names for inline schemas, and has several spellings for null. So before it
sees them, each inline object and each union becomes a component with a telling name (its parent's and its
field's), null is taken out of every type and noted per field, and each component is put into a module: that
of the one API that uses it, or `shared`. What a union is told apart by is noted for `unions`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from codegen.contract import Contract, ContractOperation, pascal_case
from codegen.errors import ContractError
from codegen.overrides import Overrides
from codegen.schemas import (
    NULL,
    Schema,
    is_nullable,
    iter_references,
    kinds_of,
    reference_to,
    referenced_name,
    resolve,
    tags_of,
    union_members,
)

SHARED = "shared"
_TRANSPARENT = frozenset({"default", "deprecated", "format", "discriminator"})
_LIMITS = frozenset(
    {"minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum", "pattern", "items"}
)


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether a field may be left out, and whether it may be null."""

    is_required: bool
    is_nullable: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A member of a union, and what tells it from the others.

    Attributes:
        kind: its JSON type.
        tags: the values of the union's tag that mean it; empty where its kind is enough.
        absent: the properties that it requires if the tag may be left out, or None if it may not.
    """

    kind: str
    tags: tuple[str, ...] = ()
    absent: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Union:
    """How a union chooses its member: by JSON type, and among objects by a property."""

    tag: str | None
    choices: tuple[Choice, ...]


@dataclass(slots=True)
class Shape:
    """What the Python is made from.

    Attributes:
        components: class name to schema; without null, inline objects or inline unions.
        presences: class name and property to its presence.
        unions: name to how it is told apart.
        modules: class name to module, such as `chat.wire` or `shared`.
        queries: operationId to the class of its query parameters.
        bodies: operationId to the class of its body.
    """

    components: dict[str, Schema] = field(default_factory=dict)
    presences: dict[tuple[str, str], Presence] = field(default_factory=dict)
    unions: dict[str, Union] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    queries: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, str] = field(default_factory=dict)


def shape_contract(contract: Contract, overrides: Overrides) -> Shape:
    """Shape all that the contract's operations use.

    Raises:
        ContractError: two schemas would get one name, or a union's members can't be told apart.
    """
    return _Shaper(contract, overrides).shape()


def class_name(component: str) -> str:
    """Turn a component's name into a Python class's: `ConversationParam-2` into `ConversationParam2`."""
    return pascal_case(component)


class _Shaper:
    def __init__(self, contract: Contract, overrides: Overrides) -> None:
        self._contract = contract
        self._source = contract.components
        self._overrides = overrides
        self._shape = Shape()

    def shape(self) -> Shape:
        for name, schema in self._source.items():
            if not self._is_free(schema):
                self._define(class_name(name), self._without_null(schema))
        for operation in self._contract.operations:
            self._shape_operation(operation)
        self._assign_modules()
        return self._shape

    def _shape_operation(self, operation: ContractOperation) -> None:
        base = pascal_case(operation.id)
        if operation.query_parameters:
            properties = {parameter.name: parameter.schema for parameter in operation.query_parameters}
            required = [parameter.name for parameter in operation.query_parameters if parameter.is_required]
            name = self._shape.queries[operation.id] = f"{base}Query"
            query = {
                "type": "object",
                "properties": properties,
                "required": required,
                "additionalProperties": False,
            }
            self._define(name, query)
        if operation.body is not None:
            reference = referenced_name(operation.body)
            name = class_name(reference) if reference else f"{base}Request"
            self._shape.bodies[operation.id] = name
            if reference is None:
                self._define(name, operation.body)

    def _define(self, name: str, schema: Schema) -> None:
        if name in self._shape.components:
            raise ContractError(f"Two schemas would be called {name}.")
        self._shape.components[name] = {}
        self._shape.components[name] = self._shape_component(name, schema)

    def _shape_component(self, name: str, schema: Schema) -> Schema:
        if (members := union_members(schema)) is not None:
            return self._shape_union(name, schema, members)
        if schema.get("properties"):
            return self._shape_object(name, schema)
        return self._shape_value(name, schema)

    def _shape_object(self, name: str, schema: Schema) -> Schema:
        if schema.get("additionalProperties") is not False:
            raise ContractError(
                f"{name} names properties and yet is open; the generator knows no such object."
            )
        required = schema.get("required", [])
        properties = {}
        for key, child in schema["properties"].items():
            self._shape.presences[name, key] = Presence(key in required, is_nullable(child, self._source))
            properties[key] = self._shape_inline(name + pascal_case(key), self._without_null(child))
        # All are marked as required: `presence` says which are, and which may be null.
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    def _shape_inline(self, name: str, schema: Schema) -> Schema:
        """Shape a schema that stands within another one; objects and unions become components."""
        reference = referenced_name(schema)
        if reference is not None:
            target = self._source[reference]
            return self._free() if self._is_free(target) else reference_to(class_name(reference))
        if union_members(schema) is not None or schema.get("properties"):
            self._define(name, schema)
            return reference_to(name)
        return self._shape_value(name, schema)

    def _shape_value(self, name: str, schema: Schema) -> Schema:
        """Shape a schema that is neither a union nor an object with properties."""
        if self._is_free(schema):
            return self._free()
        shaped = {key: child for key, child in schema.items() if key not in _TRANSPARENT}
        if "items" in shaped:
            shaped["items"] = self._shape_inline(
                self._singular(name), self._required_not_null(name, shaped["items"])
            )
        if isinstance(shaped.get("additionalProperties"), dict):
            value = self._required_not_null(name, shaped["additionalProperties"])
            shaped["additionalProperties"] = self._shape_limited(f"{name}Value", value)
        return shaped

    def _shape_union(self, name: str, schema: Schema, members: list[Schema]) -> Schema:
        tag = schema.get("discriminator", {}).get("propertyName") or self._find_tag(members)
        choices = tuple(self._choice(name, member, tag) for member in members)
        self._check_exclusive(name, choices)
        self._shape.unions[name] = Union(tag, choices)
        return {"anyOf": [self._shape_limited(_member_name(name, member, choice), member)
                          for member, choice in zip(members, choices, strict=True)]}  # fmt: skip

    def _shape_limited(self, name: str, schema: Schema) -> Schema:
        """As `_shape_inline`, but a value with limits is a component too, or it would get a made-up name."""
        if _LIMITS & set(schema):
            self._define(name, schema)
            return reference_to(name)
        return self._shape_inline(name, schema)

    def _find_tag(self, members: list[Schema]) -> str | None:
        objects = [member for member in members if kinds_of(member, self._source) == {"object"}]
        if len(objects) < 2:  # noqa: PLR2004 - one object needs no tag
            return None
        return next(
            (
                tag
                for tag in ("type", "role")
                if all(tags_of(member, tag, self._source) for member in objects)
            ),
            None,
        )

    def _choice(self, name: str, member: Schema, tag: str | None) -> Choice:
        kinds = kinds_of(member, self._source)
        if len(kinds) != 1:
            raise ContractError(
                f"A member of {name} can be {sorted(kinds)}; its members must have one type each."
            )
        (kind,) = kinds
        if kind != "object" or tag is None:
            return Choice(kind)
        return Choice(kind, tags_of(member, tag, self._source) or (), self._absent(member, tag))

    def _absent(self, member: Schema, tag: str) -> tuple[str, ...] | None:
        """Return what a member requires if its tag may be left out."""
        member = resolve(member, self._source)
        if (members := union_members(member)) is not None:
            options = [self._absent(inner, tag) for inner in members]
            known = [set(option) for option in options if option is not None]
            return tuple(sorted(set.intersection(*known))) if known else None
        required = member.get("required", [])
        return None if tag in required else tuple(required)

    def _check_exclusive(self, name: str, choices: tuple[Choice, ...]) -> None:
        seen: set[tuple[str, str]] = set()
        for choice in choices:
            for key in [(choice.kind, tag) for tag in choice.tags] or [(choice.kind, "")]:
                if key in seen:
                    raise ContractError(
                        f"The members of {name} can't be told apart: two are {' '.join(key)}."
                    )
                seen.add(key)

    def _required_not_null(self, name: str, schema: Schema) -> Schema:
        if is_nullable(schema, self._source) and kinds_of(schema, self._source) == {"null"}:
            raise ContractError(f"{name} holds nothing but null.")
        if is_nullable(schema, self._source) and union_members(schema) is not None:
            raise ContractError(
                f"{name} holds values that may be null; the generator knows no such container."
            )
        return schema

    def _without_null(self, schema: Schema) -> Schema:
        members = union_members(schema)
        if members is None or NULL not in members:
            return schema
        rest = [member for member in members if member != NULL]
        outer = {key: child for key, child in schema.items() if key not in {"anyOf", "oneOf"}}
        if len(rest) > 1:
            return {**outer, "anyOf": rest}
        return rest[0] if "$ref" in rest[0] else {**outer, **rest[0]}

    def _singular(self, name: str) -> str:
        singular = name[:-1] if name.endswith("s") and not name.endswith("ss") else ""
        is_taken = singular in {class_name(component) for component in self._source}
        return f"{name}Item" if is_taken or not singular else singular

    def _is_free(self, schema: Schema) -> bool:
        """Whether it is an object with any content, such as a JSON schema."""
        is_open = schema.get("additionalProperties", True) in (True, {})
        return schema.get("type") == "object" and not schema.get("properties") and is_open

    def _free(self) -> Schema:
        return {"type": "object", "additionalProperties": True}

    def _assign_modules(self) -> None:
        users: dict[str, set[str]] = {}
        by_id = {operation.id: operation for operation in self._contract.operations}
        for kept in self._overrides.operations:
            for name in self._reachable(self._roots(by_id[kept.id])):
                users.setdefault(name, set()).add(kept.api)
        for error in self._reachable(["ErrorResponse"] if "ErrorResponse" in self._shape.components else []):
            users[error] = {SHARED, "every API"}
        self._shape.components = {name: self._shape.components[name] for name in sorted(users)}
        for name in self._shape.components:
            apis = users[name]
            self._shape.modules[name] = f"{next(iter(apis))}.wire" if len(apis) == 1 else SHARED

    def _roots(self, operation: ContractOperation) -> list[str]:
        replies = [operation.reply, *([operation.stream_event] if operation.stream_event else [])]
        roots = [class_name(name) for reply in replies if (name := referenced_name(reply))]
        named: Iterable[Mapping[str, str]] = (self._shape.queries, self._shape.bodies)
        return roots + [names[operation.id] for names in named if operation.id in names]

    def _reachable(self, roots: Iterable[str]) -> set[str]:
        found: set[str] = set()
        pending = list(roots)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending += [ref.rpartition("/")[2] for ref in iter_references(self._shape.components[name])]
        return found


def _member_name(union: str, member: Schema, choice: Choice) -> str:
    reference = referenced_name(member)
    if reference is not None:
        return class_name(reference)
    if choice.tags:
        return union + pascal_case(choice.tags[0])
    return union + {"array": "List", "string": "Text", "object": "Object"}.get(
        choice.kind, choice.kind.title()
    )
