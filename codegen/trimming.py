"""Stage one: from the full OpenAI document to the trimmed contract.

The contract has the kept operations and the closure of what they refer to, without prose, in a stable
order, so that a diff of two contracts shows only what changed in the API.
"""

import copy
from collections.abc import Iterable
from typing import Any

import yaml

from codegen.errors import ContractError, OverrideError
from codegen.overrides import Operation, Overrides
from codegen.patches import apply_patch, resolve_pointer
from codegen.rules import apply_rule
from codegen.schemas import Schema, iter_references, iter_schemas

HEADER = """\
# The contract: the operations of OpenAI's API that this project keeps, patched, without prose.
# Made by `python -m codegen trim` from the document that spec/source.lock names, as spec/overrides.toml
# says. Don't edit it.
"""
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_PROSE = frozenset({"description", "summary", "title", "example", "examples", "externalDocs"})
# Below these keys the keys are names that the API's authors gave, not words of OpenAPI.
_NAMED = frozenset(
    {"properties", "patternProperties", "schemas", "responses", "parameters", "headers", "content", "mapping"}
    | {"paths", "securitySchemes", "$defs", "callbacks", "requestBodies"}
)
_DATA = frozenset({"default", "enum", "const", "required"})


def parse_document(text: bytes) -> dict[str, Any]:
    """Parse a full document; libyaml's loader, as it has three megabytes."""
    document = yaml.load(text, Loader=yaml.CSafeLoader)
    if not isinstance(document, dict):
        raise ContractError("The full document is not a YAML mapping.")
    return document


def trim(full: dict[str, Any], overrides: Overrides) -> str:
    """Return the text of the contract.

    Args:
        full: the full document, parsed; it isn't changed.
        overrides: what to keep and what to change.

    Raises:
        OverrideError: an override doesn't fit the document.
        ContractError: what results contradicts itself.
    """
    document = copy.deepcopy(full)
    for patch in overrides.patches:
        apply_patch(document, patch)
    paths = select_operations(document, overrides.operations)
    contract = strip_prose({"paths": paths, "components": document["components"]})
    contract["components"] = _closure(contract["paths"], contract["components"])
    for rule in overrides.rules:
        contract = apply_rule(contract, rule)
    components = _closure(contract["paths"], contract["components"])
    components["securitySchemes"] = strip_prose(_security_schemes(document), is_named=True)
    contract = {
        "openapi": document["openapi"],
        # OpenAPI demands a title; it is the only prose that stays.
        "info": {"title": full["info"]["title"], "version": full["info"]["version"]},
        "servers": [{"url": server["url"]} for server in document["servers"]],
        "security": document["security"],
        "paths": {path: contract["paths"][path] for path in sorted(contract["paths"])},
        "components": {kind: dict(sorted(components[kind].items())) for kind in sorted(components)},
    }
    check_contract(contract)
    return HEADER + dump_yaml(contract)


def select_operations(document: dict[str, Any], operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the paths with only the kept operations in them, in the order of HTTP's methods.

    Raises:
        OverrideError: upstream has no operation of that id, or has it twice.
    """
    wanted = {operation.id: 0 for operation in operations}
    paths: dict[str, Any] = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            operation_id = item.get(method, {}).get("operationId")
            if operation_id in wanted:
                wanted[operation_id] += 1
                shared = item.get("parameters", [])
                own = {**item[method], "parameters": [*shared, *item[method].get("parameters", [])]}
                paths.setdefault(path, {})[method] = own if own["parameters"] else _without(own, "parameters")
    if wrong := {id_: count for id_, count in wanted.items() if count != 1}:
        raise OverrideError(f"Upstream should have each kept operation once, but has {wrong} (id to count).")
    return paths


def strip_prose(node: Any, *, is_named: bool = False) -> Any:
    """Return a part of a document without text for people and without vendor extensions.

    Args:
        node: the part.
        is_named: whether its keys are names, such as those of properties, which all stay.
    """
    if isinstance(node, list):
        return [strip_prose(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: child
        if key in _DATA and not is_named
        else strip_prose(child, is_named=key in _NAMED and not is_named)
        for key, child in node.items()
        if is_named or not (key in _PROSE or str(key).startswith("x-"))
    }


def dump_yaml(document: dict[str, Any]) -> str:
    """Write YAML in block style, without anchors, keys in their order."""
    return yaml.dump(document, Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=110)


def check_contract(contract: dict[str, Any]) -> None:
    """Check what no override may break.

    Raises:
        ContractError: a reference leads nowhere, or a closed object requires a property it doesn't have.
    """
    for reference in set(iter_references(contract)):
        try:
            resolve_pointer(contract, reference.removeprefix("#"))
        except OverrideError as error:
            raise ContractError(f"The contract refers to {reference}, which it doesn't have.") from error
    for name, component in contract["components"]["schemas"].items():
        for schema in iter_schemas(component):
            _check_required(name, schema)


def _check_required(name: str, schema: Schema) -> None:
    missing = set(schema.get("required", [])) - set(schema.get("properties", {}))
    if missing and schema.get("additionalProperties") is False:
        raise ContractError(
            f"{name} requires {sorted(missing)}, but is closed and has no such property. "
            "Patch it in spec/overrides.toml."
        )


def _closure(paths: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {}
    pending = list(iter_references(paths))
    while pending:
        _, _, kind, name = pending.pop().split("/")
        if name not in found.setdefault(kind, {}):
            if name not in components.get(kind, {}):
                raise ContractError(f"Something refers to the {kind} component {name}, which isn't there.")
            found[kind][name] = components[kind][name]
            pending.extend(iter_references(components[kind][name]))
    return found


def _security_schemes(document: dict[str, Any]) -> dict[str, Any]:
    used = {name for requirement in document["security"] for name in requirement}
    return {
        name: scheme for name, scheme in document["components"]["securitySchemes"].items() if name in used
    }


def _without(node: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: child for name, child in node.items() if name != key}


class _PlainDumper(yaml.CSafeDumper):
    """Writes equal parts out instead of pointing from one to the other."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        return True
