"""The declarations of fields are complete, the coverage page is theirs, and refusals happen as declared."""

import pytest

from codegen import repository
from codegen.__main__ import main
from codegen.contract import parse_contract, request_fields
from codegen.coverage import Declared, check_declarations, find, load_declarations, write_coverage
from codegen.errors import CoverageError

CONTRACT = parse_contract(repository.CONTRACT.read_text(encoding="utf-8"))


def test_page_is_fresh() -> None:
    """The page in the documentation is made of the declarations as they are."""
    assert main(["coverage", "--check"]) == 0


def test_every_field_is_declared() -> None:
    """Every request field of the contract is declared, and no other."""
    declarations = load_declarations(repository.HANDLERS)
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
