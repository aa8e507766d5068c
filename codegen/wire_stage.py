"""Pydantic models of the shaped contract, by datamodel-code-generator, adjusted to the wire types' base.

The model generator knows nothing of fields that may be left out but not be null, nor of unions that are told
apart by JSON type and tag, so that is written into its output here, by the notes that `shaping` made.
"""

import ast
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from datamodel_code_generator import InputFileType, LiteralType, PythonVersion, generate
from datamodel_code_generator.enums import DataModelType, TargetPydanticVersion

from codegen.definition_order import order_definitions, unquote
from codegen.errors import ContractError
from codegen.schemas import map_schema
from codegen.shaping import Shape, Union

_BASE_CLASS = "fake_llm_server._contract.ContractModel"
_HELPERS = ("ContractModel", "OneOf", "Omissible", "Option")


def generate_wire_types(shape: Shape) -> dict[str, ast.Module]:
    """Return the modules of wire types: relative path, such as `chat/wire.py`, to its syntax tree.

    Raises:
        ContractError: the model generator made of a component something else than one class or alias.
    """
    trees = _run_model_generator(shape)
    seen: set[str] = set()
    for tree in trees.values():
        adjuster = _Adjuster(shape)
        adjuster.visit(tree)
        seen |= adjuster.seen
        order_definitions(tree)
        _import_helpers(tree)
        ast.fix_missing_locations(tree)
    if seen != set(shape.components):
        raise ContractError(f"Models don't match the schemas: {sorted(seen ^ set(shape.components))}.")
    return trees


def _run_model_generator(shape: Shape) -> dict[str, ast.Module]:
    with TemporaryDirectory() as directory:
        output = Path(directory) / "models"
        generate(
            json.dumps(_as_document(shape)),
            input_filename="openapi.json",
            output=output,
            input_file_type=InputFileType.OpenAPI,
            output_model_type=DataModelType.PydanticV2BaseModel,
            target_python_version=PythonVersion.PY_311,
            target_pydantic_version=TargetPydanticVersion.V2_11,
            base_class=_BASE_CLASS,
            use_type_alias=True,
            use_annotated=True,
            field_constraints=True,
            enum_field_as_literal=LiteralType.All,
            use_union_operator=True,
            use_standard_collections=True,
            use_exact_imports=True,
            disable_timestamp=True,
            disable_future_imports=True,
            formatters=[],
        )
        paths = sorted(output.rglob("*.py"))
        return {
            path.relative_to(output).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
            for path in paths
            if path.name != "__init__.py"
        }


def _as_document(shape: Shape) -> dict[str, object]:
    """Write the components under the names of their modules, which the model generator splits by."""

    def qualify(schema: dict[str, object]) -> dict[str, object]:
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        name = reference.rpartition("/")[2]
        return {"$ref": f"#/components/schemas/{shape.modules[name]}.{name}"}

    schemas = {
        f"{shape.modules[name]}.{name}": map_schema(schema, qualify)
        for name, schema in shape.components.items()
    }
    info = {"title": "contract", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": {}, "components": {"schemas": schemas}}


class _Adjuster(ast.NodeTransformer):
    """Rewrites one module; `seen` are the classes and aliases in it."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self.seen: set[str] = set()

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        self.seen.add(node.name)
        properties = list(self._shape.components[node.name]["properties"])
        fields = [statement for statement in node.body if isinstance(statement, ast.AnnAssign)]
        if len(fields) != len(properties):
            raise ContractError(f"{node.name} has {len(fields)} fields for {len(properties)} properties.")
        node.body = [
            self._adjust_field(node.name, key, field) for key, field in zip(properties, fields, strict=True)
        ]
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        if not (isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "TypeAliasType"):
            raise ContractError(f"An unexpected statement was generated: {ast.unparse(node)}")
        name = ast.literal_eval(node.value.args[0])
        node.value.args[1] = unquote(node.value.args[1])
        self.seen.add(name)
        if name in self._shape.unions:
            node.value.args[1] = _annotate_union(node.value.args[1], self._shape.unions[name])
        return node

    def _adjust_field(self, class_: str, key: str, field: ast.AnnAssign) -> ast.AnnAssign:
        presence = self._shape.presences[class_, key]
        kind, metadata = _split_annotated(unquote(field.annotation))
        if presence.is_nullable:
            kind = ast.parse(f"{ast.unparse(kind)} | None", mode="eval").body
        elif not presence.is_required:
            kind = ast.parse(f"Omissible[{ast.unparse(kind)}]", mode="eval").body
        field.annotation = _join_annotated(kind, metadata)
        field.value = None if presence.is_required else ast.Constant(None)
        return field


def _split_annotated(annotation: ast.expr) -> tuple[ast.expr, list[ast.expr]]:
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Annotated":
        assert isinstance(annotation.slice, ast.Tuple)  # noqa: S101 - Annotated has two arguments at least
        kind, *metadata = annotation.slice.elts
        return kind, metadata
    return annotation, []


def _join_annotated(kind: ast.expr, metadata: list[ast.expr]) -> ast.expr:
    if not metadata:
        return kind
    return ast.Subscript(ast.Name("Annotated"), ast.Tuple([kind, *metadata]))


def _annotate_union(kind: ast.expr, union: Union) -> ast.expr:
    kind, metadata = _split_annotated(kind)
    options = []
    for choice in union.choices:
        names = [] if choice.absent is None else [ast.Constant(name) for name in choice.absent]
        absent = [] if choice.absent is None else [ast.keyword("absent", ast.List([*names]))]
        options.append(
            ast.Call(ast.Name("Option"), [*map(ast.Constant, (choice.kind, *choice.tags))], absent)
        )
    one_of = ast.Call(ast.Name("OneOf"), [ast.Constant(union.tag), *options], [])
    return _join_annotated(kind, [*metadata, one_of])


def _import_helpers(tree: ast.Module) -> None:
    """Import what the module now uses of the wire types' base, and what it uses of typing."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    tree.body = [
        statement for statement in tree.body if not _imports_from(statement, "fake_llm_server._contract")
    ]
    tree.body = [statement for statement in tree.body if not _imports_from(statement, "typing")]
    for module, names in (
        ("fake_llm_server._contract", _HELPERS),
        ("typing", ("Annotated", "Any", "Literal", "Optional")),
    ):
        if found := [ast.alias(name) for name in names if name in used]:
            tree.body.insert(0, ast.ImportFrom(module, found, 0))


def _imports_from(statement: ast.stmt, module: str) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == module
