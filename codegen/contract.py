"""The trimmed contract, read: its operations as plain types, and the list of their request fields.

Pure: everything here is a function of the text of `spec/openapi.yaml`.
"""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from codegen.schemas import Schema, referenced_name, resolve, union_members

_JSON = "application/json"
_EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in the path or the query."""

    name: str
    schema: Schema
    is_required: bool


@dataclass(frozen=True, slots=True)
class ContractOperation:
    """One operation of the contract.

    Attributes:
        id: its operationId.
        method: of HTTP, in lower case.
        path: OpenAPI's template, such as `/models/{model}`.
        body: schema of the request's JSON, or None.
        is_body_required: whether the request must have one.
        reply: schema of the JSON that answers it.
        stream_event: schema of an event of the stream that may answer it instead, or None.
    """

    id: str
    method: str
    path: str
    path_parameters: tuple[Parameter, ...]
    query_parameters: tuple[Parameter, ...]
    body: Schema | None
    is_body_required: bool
    reply: Schema
    stream_event: Schema | None


@dataclass(frozen=True, slots=True)
class Contract:
    """The parts of a contract that code is made from."""

    operations: tuple[ContractOperation, ...]
    components: dict[str, Schema]


def parse_contract(text: str) -> Contract:
    """Read the text of a trimmed contract."""
    document = yaml.load(text, Loader=yaml.CSafeLoader)
    operations = [
        _parse_operation(path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    return Contract(tuple(operations), document["components"]["schemas"])


def request_fields(contract: Contract) -> dict[str, list[str]]:
    """List what a client can send: operationId to the paths of its fields, in the contract's order.

    A path is `{name}` in the path, `?name` in the query, and for the body a property's name, with the
    properties one level below it as `parent.child` where the parent is an object or a union with objects,
    and `parent[].child` where it is an array of such.
    """
    return {
        operation.id: _operation_fields(operation, contract.components) for operation in contract.operations
    }


def snake_case(name: str) -> str:
    """Turn `createChatCompletion` into `create_chat_completion`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def pascal_case(name: str) -> str:
    """Turn `createChatCompletion` and `top_logprobs` into `CreateChatCompletion` and `TopLogprobs`."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", name))


def _parse_operation(path: str, method: str, raw: dict[str, Any]) -> ContractOperation:
    parameters: dict[str, list[Parameter]] = {"path": [], "query": []}
    for parameter in raw.get("parameters", []):
        is_required = parameter.get("required", False)
        parameters[parameter["in"]].append(Parameter(parameter["name"], parameter["schema"], is_required))
    request = raw.get("requestBody", {})
    content = raw["responses"]["200"]["content"]
    return ContractOperation(
        id=raw["operationId"],
        method=method,
        path=path,
        path_parameters=tuple(parameters["path"]),
        query_parameters=tuple(parameters["query"]),
        body=request["content"][_JSON]["schema"] if request else None,
        is_body_required=request.get("required", False),
        reply=content[_JSON]["schema"],
        stream_event=content.get(_EVENT_STREAM, {}).get("schema"),
    )


def _operation_fields(operation: ContractOperation, components: dict[str, Schema]) -> list[str]:
    fields = [f"{{{parameter.name}}}" for parameter in operation.path_parameters]
    fields += [f"?{parameter.name}" for parameter in operation.query_parameters]
    for name, schema in _properties(operation.body or {}, components).items():
        fields.append(name)
        fields += [f"{name}{child}" for child in _children(schema, components)]
    return list(dict.fromkeys(fields))


def _properties(schema: Schema, components: dict[str, Schema]) -> dict[str, Schema]:
    schema = resolve(schema, components)
    found: dict[str, Schema] = dict(schema.get("properties", {}))
    for member in union_members(schema) or []:
        found = {**_properties(member, components), **found}
    return found


def _children(schema: Schema, components: dict[str, Schema]) -> list[str]:
    children = [f".{name}" for name in _properties(schema, components)]
    for option in _options(schema, components):
        if "items" in option:
            children += [f"[].{name}" for name in _properties(option["items"], components)]
    return children


def _options(schema: Schema, components: dict[str, Schema]) -> list[Schema]:
    schema = resolve(schema, components)
    members = union_members(schema)
    return (
        [schema]
        if members is None
        else [inner for member in members for inner in _options(member, components)]
    )


def reply_name(operation: ContractOperation) -> str:
    """Return the component that answers an operation."""
    name = referenced_name(operation.reply)
    assert name is not None, operation.id  # noqa: S101 - every reply of the contract is a component
    return name
