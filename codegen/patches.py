"""Carry out the `[[patch]]` tables: changes at one place, each refused when upstream has moved on."""

from typing import Any, Final

from codegen.errors import OverrideError
from codegen.overrides import Patch
from codegen.schemas import NULL, UNIONS

_MISSING: Final = object()


def apply_patch(document: dict[str, Any], patch: Patch) -> None:
    """Change `document` in place.

    Raises:
        OverrideError: the place isn't there, doesn't hold what the patch expects, already holds what
            it would add, or upstream's text no longer has the passage that the patch rests on.
    """
    _check_prose(document, patch)
    parent_pointer, _, last = patch.at.rpartition("/")
    if patch.kind in {"append", "discard"}:
        _edit_list(resolve_pointer(document, patch.at), patch)
        return
    parent = resolve_pointer(document, parent_pointer)
    key: Any = int(last) if isinstance(parent, list) else _unescape(last)
    current = _child(parent, key)
    if patch.kind == "add":
        if current is not _MISSING or not isinstance(parent, dict):
            raise _refusal(patch, f"it is already there: {current!r}")
        parent[key] = patch.value
        return
    if current is _MISSING:
        raise _refusal(patch, "there is nothing at that place")
    if patch.kind == "accept_null":
        if _takes_null(document, current):
            raise _refusal(patch, "it takes null already")
        parent[key] = {"anyOf": [current, NULL]}
        return
    if current != patch.expect:
        raise _refusal(patch, f"it expects {patch.expect!r} there, and found {current!r}")
    if patch.kind == "replace":
        parent[key] = patch.value
    else:
        del parent[key]


def resolve_pointer(document: Any, pointer: str) -> Any:
    """Return what a JSON pointer (RFC 6901) names.

    Raises:
        OverrideError: there is nothing at that place.
    """
    node = document
    for token in pointer.split("/")[1:]:
        node = _child(node, int(token) if isinstance(node, list) else _unescape(token))
        if node is _MISSING:
            raise OverrideError(f"{pointer}: the document has no {token!r} there.")
    return node


def _child(node: Any, key: Any) -> Any:
    if isinstance(node, dict):
        return node.get(key, _MISSING)
    if isinstance(node, list) and 0 <= key < len(node):
        return node[key]
    return _MISSING


def _takes_null(document: dict[str, Any], schema: dict[str, Any]) -> bool:
    while "$ref" in schema:
        schema = resolve_pointer(document, schema["$ref"].removeprefix("#"))
    members = [member for key in UNIONS for member in schema.get(key, ())]
    is_null = schema == NULL or schema.get("nullable") is True
    return is_null or any(_takes_null(document, member) for member in members)


def _unescape(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")


def _edit_list(items: Any, patch: Patch) -> None:
    if not isinstance(items, list):
        raise _refusal(patch, "there is no list at that place")
    is_there = patch.value in items
    if is_there == (patch.kind == "append"):
        raise _refusal(patch, f"{patch.value!r} is {'already' if is_there else 'not'} in the list")
    if patch.kind == "append":
        items.append(patch.value)
    else:
        items.remove(patch.value)


def _check_prose(document: dict[str, Any], patch: Patch) -> None:
    if patch.prose is None:
        return
    holder = resolve_pointer(document, patch.prose_at or patch.at.rpartition("/")[0])
    text = " ".join(str(holder.get("description", "")).split()) if isinstance(holder, dict) else ""
    if patch.prose not in text:
        raise _refusal(patch, f"upstream's text no longer says {patch.prose!r} but {text!r}")


def _refusal(patch: Patch, why: str) -> OverrideError:
    return OverrideError(
        f"The patch `{patch.kind}` at {patch.at} in spec/overrides.toml can't be applied: {why}.\n"
        f"Its reason was: {patch.reason}\nLook at what upstream says now, then change or drop the patch."
    )
