"""Overrides are data with a reason, applied exactly where they fit, and loud where they don't."""

import copy
from pathlib import Path
from typing import Any

import pytest

from codegen import repository
from codegen.errors import OverrideError
from codegen.overrides import Patch, Rule, load_overrides
from codegen.patches import apply_patch
from codegen.rules import RULES, apply_rule

UPSTREAM: dict[str, Any] = {
    "paths": {"/a/{b}": {"get": {"limit": 5}}},
    "components": {"schemas": {"X": {"description": "At most  64\ncharacters.", "required": ["a", "b"]}}},
}
UPSTREAM["components"]["schemas"]["X"]["name"] = {"type": "string"}
UPSTREAM["components"]["schemas"]["X"]["null"] = {"$ref": "#/components/schemas/Null"}
UPSTREAM["components"]["schemas"]["Null"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}
X = "/components/schemas/X"


def patch(kind: Any, at: str, **fields: Any) -> Patch:
    """Create a patch with a reason."""
    return Patch(kind=kind, at=at, reason="because", link="https://example.com", **fields)


@pytest.mark.parametrize(
    ("change", "at", "expected"),
    [
        (patch("add", f"{X}/maxLength", value=64, prose="At most 64 characters."), "maxLength", 64),
        (patch("replace", f"{X}/required", expect=["a", "b"], value=["a"]), "required", ["a"]),
        (patch("remove", f"{X}/required", expect=["a", "b"]), "required", None),
        (patch("append", f"{X}/required", value="c"), "required", ["a", "b", "c"]),
        (patch("discard", f"{X}/required", value="a"), "required", ["b"]),
        (patch("replace", f"{X}/required/1", expect="b", value="c"), "required", ["a", "c"]),
        (patch("add", f"{X}/a~1b~0c", value=1), "a/b~c", 1),
        (patch("accept_null", f"{X}/name"), "name", {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ],
)
def test_patches_change_one_place(change: Patch, at: str, expected: Any) -> None:
    """Each kind of patch does what its name says, at its place."""
    document = copy.deepcopy(UPSTREAM)
    apply_patch(document, change)
    assert document["components"]["schemas"]["X"].get(at) == expected
    assert document["paths"] == UPSTREAM["paths"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (patch("add", f"{X}/required", value=[]), "already there"),
        (patch("add", "/components/schemas/Y/required", value=[]), "no 'Y'"),
        (
            patch("replace", f"{X}/required", expect=["a"], value=[]),
            r"expects \['a'\] there, and found \['a', 'b'\]",
        ),
        (patch("replace", f"{X}/absent", expect=1, value=2), "nothing at that place"),
        (patch("remove", "/paths/~1a~1{b}/get/limit", expect=6), "expects 6 there, and found 5"),
        (patch("append", f"{X}/required", value="a"), "already in the list"),
        (patch("discard", f"{X}/required", value="c"), "not in the list"),
        (patch("append", X, value="c"), "no list"),
        (patch("accept_null", f"{X}/null"), "takes null already"),
        (patch("accept_null", f"{X}/absent"), "nothing at that place"),
        (patch("add", f"{X}/maxLength", value=64, prose="At most 65"), "no longer says 'At most 65'"),
        (patch("add", f"{X}/maxLength", value=64, prose="x", prose_at="/components/schemas/Y"), "no 'Y'"),
    ],
)
def test_patches_fail_when_upstream_moved(change: Patch, message: str) -> None:
    """A patch that doesn't fit what upstream says now fails, and changes nothing."""
    document = copy.deepcopy(UPSTREAM)
    with pytest.raises(OverrideError, match=message):
        apply_patch(document, change)
    assert document == UPSTREAM


@pytest.mark.parametrize("name", [*RULES, "no-such-rule"])
def test_rules_fail_when_obsolete(name: str) -> None:
    """A rule that changes nothing, or isn't known, fails by name."""
    with pytest.raises(OverrideError, match=name):
        apply_rule({"paths": {}, "components": {"schemas": {}}}, Rule(name, "because", "https://example.com"))


@pytest.mark.parametrize(
    ("name", "schema", "expected"),
    [
        (
            "express-nullable",
            {"type": "integer", "minimum": 1, "nullable": True, "default": 2},
            {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "default": 2},
        ),
        (
            "express-nullable",
            {"oneOf": [{"type": "string", "nullable": True}, {"type": "array"}], "nullable": True},
            {"anyOf": [{"type": "string"}, {"type": "array"}, {"type": "null"}]},
        ),
        ("drop-null-defaults", {"type": "string", "default": None}, {"type": "string"}),
        (
            "type-objects",
            {"properties": {"type": {"type": "string"}}},
            {"type": "object", "properties": {"type": {"type": "string"}}},
        ),
        (
            "merge-all-of",
            {
                "allOf": [
                    {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
                    {"type": "object", "properties": {"a": {"type": "integer"}, "b": {}}, "required": ["b"]},
                ]
            },
            {"type": "object", "properties": {"a": {"type": "integer"}, "b": {}}, "required": ["a", "b"]},
        ),
        (
            "close-objects",
            {"type": "object", "properties": {"a": {"type": "object"}}},
            {"type": "object", "properties": {"a": {"type": "object"}}, "additionalProperties": False},
        ),
        (
            "open-enumerations",
            {"anyOf": [{"type": "string"}, {"type": "string", "enum": ["a"]}, {"type": "null"}]},
            {"anyOf": [{"type": "string"}, {"type": "null"}]},
        ),
        ("discriminate", {"type": "array", "discriminator": {"propertyName": "type"}}, {"type": "array"}),
        (
            "discriminate",
            {"anyOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]},
            {
                "oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}],
                "discriminator": {
                    "propertyName": "type",
                    "mapping": {"a": "#/components/schemas/A", "b": "#/components/schemas/B"},
                },
            },
        ),
        (
            "flatten-unions",
            {
                "oneOf": [{"$ref": "#/components/schemas/AB"}, {"$ref": "#/components/schemas/C"}],
                "discriminator": {"propertyName": "type"},
            },
            {
                "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in "ABC"],
                "discriminator": {"propertyName": "type"},
            },
        ),
    ],
)
def test_rules_change_what_they_say(name: str, schema: dict[str, Any], expected: dict[str, Any]) -> None:
    """Each rule changes a schema as its reason in the overrides says."""
    tagged = {
        letter: {
            "type": "object",
            "properties": {"type": {"enum": [letter.lower()]}},
            "additionalProperties": False,
        }
        for letter in "ABC"
    }
    both = {
        "oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}],
        "discriminator": {"propertyName": "type"},
    }
    document = {"paths": {}, "components": {"schemas": {**tagged, "AB": both, "X": schema}}}
    changed = apply_rule(document, Rule(name, "because", "https://example.com"))
    assert changed["components"]["schemas"]["X"] == expected


def test_overrides_have_reasons() -> None:
    """Each change in the repository's overrides says why, and where that can be read."""
    overrides = load_overrides(repository.OVERRIDES)
    assert len(overrides.patches) > 50
    assert all(change.link.startswith("https://") for change in overrides.patches)
    assert {rule.name for rule in overrides.rules} == set(RULES)


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        ('[[patch]]\nkind = "add"\nat = "/x"\n', "reason"),
        ('[[patch]]\nkind = "add"\nat = "/x"\nreason = " "\nlink = "x"\n', "needs a reason and a link"),
        ('[[patch]]\nkind = "alter"\nat = "/x"\nreason = "x"\nlink = "x"\n', "alter"),
        ('[[operation]]\nid = "x"\napi = "nowhere"\n', "unknown API 'nowhere'"),
        ("[more]\n", "unknown tables: more"),
    ],
)
def test_overrides_refused(tmp_path: Path, addition: str, message: str) -> None:
    """An overrides file that says less or more than it must is refused."""
    path = tmp_path / "overrides.toml"
    path.write_text(
        f'[apis.a]\nclass_name = "A"\n[[operation]]\nid = "b"\napi = "a"\n{addition}', encoding="utf-8"
    )
    with pytest.raises(OverrideError, match=message):
        load_overrides(path)
