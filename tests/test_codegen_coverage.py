"""The declarations of fields are complete, the coverage page is theirs, and refusals happen as declared."""

import pytest

from codegen import repository
from codegen.__main__ import main
from codegen.contract import parse_contract, request_fields
from codegen.coverage import check_declarations, find, read_declarations, write_coverage
from codegen.errors import CoverageError
from fake_llm_server._api.shared.field_declarations import Declared, parse_declarations

CONTRACT = parse_contract(repository.CONTRACT.read_text(encoding="utf-8"))


def test_page_is_fresh() -> None:
    """The page in the documentation is made of the declarations as they are."""
    assert main(["coverage", "--check"]) == 0


def test_every_field_is_declared() -> None:
    """Every request field of the contract is declared, and no other."""
    declarations = read_declarations(repository.HANDLERS)
    check_declarations(request_fields(CONTRACT), declarations)
    page = write_coverage(CONTRACT, declarations)
    assert all(f"`{operation.id}`" in page for operation in CONTRACT.operations)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({}, "create isn't declared"),
        ({"create": {"a": Declared("honoured", "")}}, "create: b.c isn't declared"),
        (
            {"create": {name: Declared("honoured", "") for name in ("a", "b.*", "d")}},
            "create: d isn't in the contract",
        ),
        (
            {"create": {"a": Declared("refused", "x"), "b.*": Declared("refused", "x")}, "other": {}},
            "operation other",
        ),
    ],
)
def test_differences_are_named(declared: dict[str, dict[str, Declared]], message: str) -> None:
    """A field that isn't declared, or isn't in the contract, is named."""
    with pytest.raises(CoverageError, match=message):
        check_declarations({"create": ["a", "b.c"]}, declared)


def test_own_name_wins_over_pattern() -> None:
    """Of the declarations that fit a field, the most particular one holds."""
    declared = {
        "a.*": Declared("honoured", "1"),
        "a.b*": Declared("refused", "2"),
        "a.bc": Declared("accepted", "3"),
    }
    assert [find(name, declared) for name in ("a.x", "a.bx", "a.bc", "b")] == [*declared.values(), None]


def test_operations_copy_declarations() -> None:
    """A table copies what it names of another one, except what it declares itself."""
    declarations = parse_declarations("""
        [create.honoured]
        a = "1"
        "b.c" = "2"
        [create.refused]
        "b.d" = "3"
        [count]
        same.create = ["b*"]
        [count.accepted]
        "b.c" = "4"
    """)
    assert declarations["count"] == {"b.d": Declared("refused", "3"), "b.c": Declared("accepted", "4")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a.refuse]\nb = ''", "a has .'refuse'.; a field is one of honoured, accepted, refused"),
        ("[a.honoured]\nb = ''\n[c]\nsame.a = ['d*']", r"a declares nothing that matches 'd\*'"),
    ],
)
def test_declarations_that_mean_nothing(text: str, message: str) -> None:
    """A misspelt status, or a copy of nothing, is refused by name."""
    with pytest.raises(ValueError, match=message):
        parse_declarations(text)
