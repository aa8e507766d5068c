"""The generated package is what the generator makes of the contract, and names what OpenAI names."""

import ast
from pathlib import Path

import pytest

from codegen import repository
from codegen.__main__ import main
from codegen.contract import parse_contract, pascal_case, request_fields, snake_case
from codegen.definition_order import order_definitions
from codegen.errors import ContractError, StaleError
from codegen.freshness import check_tree, write_tree
from codegen.generating import HEADER
from codegen.overrides import Overrides, load_overrides
from codegen.shaping import class_name, shape_contract

CONTRACT_TEXT = repository.CONTRACT.read_text(encoding="utf-8")
CONTRACT = parse_contract(CONTRACT_TEXT)
NO_OVERRIDES = Overrides({}, (), (), ())


def test_generated_package_is_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    """The committed package is what a fresh run makes, to the byte."""
    assert main(["generate", "--check"]) == 0, capsys.readouterr().err


def test_generated_files_name_their_maker() -> None:
    """Each generated module says how it is made again, and what it is."""
    paths = list(repository.GENERATED.rglob("*.py"))
    assert paths
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(HEADER), path
        assert ast.get_docstring(ast.parse(text)), path


def test_generated_classes_have_upstream_names() -> None:
    """Each schema of the contract is a class or an alias of its own name, and no name is a counter's."""
    shape = shape_contract(CONTRACT, load_overrides(repository.OVERRIDES))
    free = {"EmptyModelParam", "FunctionParameters", "ResponseFormatJsonSchemaSchema"}
    assert {class_name(name) for name in CONTRACT.components} - free <= set(shape.components)
    counted = {name for name in shape.components if name[-1].isdigit()}
    assert counted <= {class_name(name) for name in CONTRACT.components}


def test_freshness_shows_what_is_stale(tmp_path: Path) -> None:
    """A changed, a missing and a surplus file are each found and told."""
    files = {"a.py": "x = 1\n", "b/c.py": "y = 2\n"}
    write_tree(tmp_path, files)
    check_tree(tmp_path, files, remake="remake")
    (tmp_path / "a.py").write_text("x = 2\n", encoding="utf-8")
    with pytest.raises(StaleError, match=r"-x = 2\n\+x = 1\na.py is stale. Run `remake`"):
        check_tree(tmp_path, files, remake="remake")
    (tmp_path / "a.py").unlink()
    with pytest.raises(StaleError, match=r"a\.py is stale"):
        check_tree(tmp_path, files, remake="remake")
    (tmp_path / "d.py").touch()
    with pytest.raises(StaleError, match=r"aren't generated: d\.py"):
        check_tree(tmp_path, files, remake="remake")
    write_tree(tmp_path, files)
    assert {path.name for path in tmp_path.rglob("*.py")} == {"a.py", "c.py"}


def test_request_fields_of_every_operation() -> None:
    """What a client can send is listed by operation: path, query, and the body one level deep."""
    fields = request_fields(CONTRACT)
    assert set(fields) == {operation.id for operation in CONTRACT.operations}
    assert fields["listModels"] == []
    assert fields["deleteModel"] == ["{model}"]
    assert fields["listChatCompletions"] == ["?model", "?metadata", "?after", "?limit", "?order"]
    assert fields["updateChatCompletion"] == ["{completion_id}", "metadata"]
    for name in ("messages", "messages[].role", "stop", "stream_options.include_usage", "tools[].function"):
        assert name in fields["createChatCompletion"]
    for name in ("input", "input[].role", "reasoning.effort", "text.format", "tool_choice.name"):
        assert name in fields["createResponse"]
    assert all(len(names) == len(set(names)) for names in fields.values())


@pytest.mark.parametrize(
    ("name", "snake", "pascal"),
    [
        ("createChatCompletion", "create_chat_completion", "CreateChatCompletion"),
        ("top_logprobs", "top_logprobs", "TopLogprobs"),
        ("ConversationParam-2", "conversation_param-2", "ConversationParam2"),
    ],
)
def test_names_in_python(name: str, snake: str, pascal: str) -> None:
    """OpenAI's names become Python's by rule."""
    assert (snake_case(name), pascal_case(name)) == (snake, pascal)


@pytest.mark.parametrize(
    ("schemas", "message"),
    [
        ("{X: {anyOf: [{type: string}, {type: string, maxLength: 1}]}}", "members of X can't be told apart"),
        ("{X: {anyOf: [{}, {type: string}]}}", "must have one type each"),
        (
            "{X: {type: object, properties: {a: {type: string}}, additionalProperties: true}}",
            "X names properties and yet is open",
        ),
        (
            "{XY: {}, X: {additionalProperties: false, properties: {y: {oneOf: [{type: array}]}}}}",
            "Two schemas would be called XY",
        ),
    ],
)
def test_generator_refuses_what_it_does_not_know(schemas: str, message: str) -> None:
    """A schema that couldn't be told in Python without loss is refused by name."""
    contract = parse_contract(f"paths: {{}}\ncomponents: {{schemas: {schemas}}}")
    with pytest.raises(ContractError, match=message):
        shape_contract(contract, NO_OVERRIDES)


def test_definitions_stand_after_what_they_use() -> None:
    """Definitions are sorted by need and name, and only those that close a cycle are quoted."""
    tree = ast.parse(
        "class C(M):\n    a: list[F]\n    b: B\n"
        "F = TypeAliasType('F', C | B)\n"
        "class B(M):\n    x: A | None\n"
        "class A(M):\n    y: int\n"
        "C.model_rebuild()\n"
    )
    order_definitions(tree)
    assert ast.unparse(tree) == (
        "class A(M):\n    y: int\n\n"
        "class B(M):\n    x: A | None\n\n"
        "class C(M):\n    a: 'list[F]'\n    b: B\n"
        "F = TypeAliasType('F', C | B)"
    )


def test_definitions_refuse_a_cycle_of_aliases() -> None:
    """Aliases that only refer to one another are refused."""
    tree = ast.parse("A = TypeAliasType('A', list[A])")
    with pytest.raises(ContractError, match="closes a cycle"):
        order_definitions(tree)
