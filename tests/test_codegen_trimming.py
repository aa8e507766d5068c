"""The trimmed contract has what is kept, all that it refers to, and no prose; it is remade to the byte."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from codegen import repository
from codegen.__main__ import main
from codegen.errors import ContractError, OverrideError
from codegen.overrides import Api, Operation, Overrides, load_overrides
from codegen.schemas import iter_schemas
from codegen.source import ENVIRONMENT_VARIABLE, locate_document
from codegen.trimming import check_contract, strip_prose, trim

KEPT = {
    ("post", "/chat/completions"),
    ("get", "/chat/completions"),
    ("get", "/chat/completions/{completion_id}"),
    ("post", "/chat/completions/{completion_id}"),
    ("delete", "/chat/completions/{completion_id}"),
    ("get", "/chat/completions/{completion_id}/messages"),
    ("post", "/responses"),
    ("get", "/responses/{response_id}"),
    ("delete", "/responses/{response_id}"),
    ("post", "/responses/{response_id}/cancel"),
    ("get", "/responses/{response_id}/input_items"),
    ("post", "/responses/input_tokens"),
    ("post", "/responses/compact"),
    ("get", "/models"),
    ("get", "/models/{model}"),
    ("delete", "/models/{model}"),
}
FULL: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1", "description": "prose"},
    "servers": [{"url": "https://example.com", "description": "prose"}],
    "security": [{"Key": []}],
    "paths": {
        "/z": {"get": {"operationId": "getZ", "responses": {"200": {"description": "prose", "content": {}}}}},
        "/b": {
            "parameters": [{"name": "q", "in": "query", "schema": {"type": "string", "title": "prose"}}],
            "get": {
                "operationId": "getB",
                "summary": "prose",
                "x-vendor": "prose",
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/B"}}}}
                },
            },
            "post": {"operationId": "postB", "responses": {}},
        },
    },
    "components": {
        "schemas": {
            "B": {
                "type": "object",
                "description": "prose",
                "example": {"title": "prose"},
                "properties": {
                    "title": {"type": "string", "example": "prose"},
                    "description": {"$ref": "#/components/schemas/A"},
                    "properties": {
                        "type": "object",
                        "properties": {"summary": {"type": "string", "title": "prose"}},
                    },
                    "x-kept": {"type": "string", "default": "prose, but data"},
                },
            },
            "A": {"enum": ["x"], "title": "prose", "deprecated": True},
            "Unused": {"type": "string"},
        },
        "securitySchemes": {"Key": {"type": "http", "scheme": "bearer"}, "Other": {"type": "http"}},
    },
}


def overrides_for(*operations: str) -> Overrides:
    """Create overrides that keep some operations and change nothing."""
    kept = tuple(Operation(id=name, api="a") for name in operations)
    return Overrides({"a": Api("A")}, kept, (), ())


def committed() -> dict[str, Any]:
    """Read the repository's contract."""
    document = yaml.safe_load(repository.CONTRACT.read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def test_trim_keeps_the_closure_without_prose() -> None:
    """What is kept comes with all it refers to and nothing else, sorted, and properties keep any name."""
    contract = yaml.safe_load(trim(FULL, overrides_for("getB")))
    assert list(contract["paths"]) == ["/b"]
    assert list(contract["paths"]["/b"]) == ["get"]
    assert contract["paths"]["/b"]["get"]["parameters"] == [
        {"name": "q", "in": "query", "schema": {"type": "string"}}
    ]
    assert list(contract["components"]["schemas"]) == ["A", "B"]
    assert contract["components"]["schemas"]["A"] == {"enum": ["x"], "deprecated": True}
    assert contract["components"]["schemas"]["B"]["properties"] == {
        "title": {"type": "string"},
        "description": {"$ref": "#/components/schemas/A"},
        "properties": {"type": "object", "properties": {"summary": {"type": "string"}}},
        "x-kept": {"type": "string", "default": "prose, but data"},
    }
    assert list(contract["components"]["securitySchemes"]) == ["Key"]


def test_trim_is_deterministic() -> None:
    """The order in which upstream writes its paths and components changes nothing."""
    shuffled = {
        **FULL,
        "paths": dict(reversed(FULL["paths"].items())),
        "components": {
            kind: dict(reversed(parts.items())) for kind, parts in reversed(FULL["components"].items())
        },
    }
    assert trim(FULL, overrides_for("getB", "getZ")) == trim(shuffled, overrides_for("getZ", "getB"))


def test_trim_misses_an_operation() -> None:
    """An operation that upstream no longer has is named."""
    with pytest.raises(OverrideError, match="getC"):
        trim(FULL, overrides_for("getB", "getC"))


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"$ref": "#/components/schemas/Gone"}, "Gone"),
        (
            {"type": "object", "properties": {}, "required": ["a"], "additionalProperties": False},
            r"X requires \['a'\]",
        ),
    ],
)
def test_contract_check_finds_contradictions(schema: dict[str, Any], message: str) -> None:
    """A reference that leads nowhere, and an object that nothing can satisfy, are found."""
    with pytest.raises(ContractError, match=message):
        check_contract({"components": {"schemas": {"X": schema}}})


def test_contract_keeps_every_operation() -> None:
    """The repository's contract has the operations that the project keeps, and no others."""
    found = {(method, path) for path, item in committed()["paths"].items() for method in item}
    assert found == KEPT
    ids = {operation["operationId"] for item in committed()["paths"].values() for operation in item.values()}
    assert ids == {operation.id for operation in load_overrides(repository.OVERRIDES).operations}


def test_contract_has_no_prose() -> None:
    """Stripping the repository's contract once more changes nothing but its title, which OpenAPI demands."""
    contract = committed()
    assert contract["info"].pop("title")
    assert strip_prose(contract) == contract


def test_contract_is_whole_and_closed() -> None:
    """Every reference leads somewhere, every object with properties is closed, and nothing is `nullable`."""
    contract = committed()
    check_contract(contract)
    for component in contract["components"]["schemas"].values():
        for schema in iter_schemas(component):
            assert "nullable" not in schema
            assert "allOf" not in schema
            assert not schema.get("properties") or schema["additionalProperties"] is False


def test_contract_documents_errors() -> None:
    """Each operation may answer `ErrorResponse`."""
    for item in committed()["paths"].values():
        for operation in item.values():
            for code in ("4XX", "5XX"):
                schema = operation["responses"][code]["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorResponse"}


def test_contract_is_what_trim_makes(capsys: pytest.CaptureFixture[str]) -> None:
    """The repository's contract is remade byte for byte, where the full document can be had."""
    if locate_document(source=None, cache=repository.FULL_DOCUMENT) is None:
        pytest.skip(
            f"needs the full OpenAI document: set {ENVIRONMENT_VARIABLE}, or run `python -m codegen trim`"
        )
    assert main(["trim", "--check"]) == 0, capsys.readouterr().err


def test_trim_command_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command fails without a traceback, and says what to do, when it is given another document."""
    path = tmp_path / "openapi.yaml"
    path.write_text("openapi: 3.1.0", encoding="utf-8")
    assert main(["trim", "--check", "--source", str(path)]) == 1
    error = capsys.readouterr().err
    assert f"{path} is not the document that spec/source.lock names" in error
    assert "Traceback" not in error
