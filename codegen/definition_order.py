"""The order of a generated module's classes and aliases: by name, but each after those that it refers to.

With that, annotations need no quotes, which would be parsed again at each import; only those that close a
cycle keep them.
"""

import ast

from codegen.errors import ContractError


def unquote(annotation: ast.expr) -> ast.expr:
    """Return an annotation with the names in it unquoted, and `Union` and `Optional` written with `|`."""
    result = _Unquoter().visit(annotation)
    assert isinstance(result, ast.expr)  # noqa: S101 - an expression is visited into one
    return result


def order_definitions(tree: ast.Module) -> None:
    """Sort the definitions of a module in place, and drop whatever else is in it but imports.

    Raises:
        ContractError: aliases refer to one another in a cycle without a class in it.
    """
    imports = [statement for statement in tree.body if isinstance(statement, ast.ImportFrom)]
    definitions = {
        name: statement for statement in tree.body if (name := _defined_name(statement)) is not None
    }
    uses = {name: _used_names(statement) & set(definitions) for name, statement in definitions.items()}
    ordered: list[ast.stmt] = []
    placed: set[str] = set()
    waiting: set[str] = set()

    def place(name: str) -> None:
        if name in placed:
            return
        waiting.add(name)
        is_class = isinstance(definitions[name], ast.ClassDef)
        for used in sorted(uses[name]):
            # In a cycle it is the class that waits for nothing: its annotations can be quoted.
            if not (is_class and name in _reachable(used, uses)) and used not in waiting:
                place(used)
        ordered.append(_quote(definitions[name], set(definitions) - placed))
        placed.add(name)

    for name in sorted(definitions):
        place(name)
    tree.body = [*imports, *ordered]


def _reachable(name: str, uses: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    pending = [name]
    while pending:
        current = pending.pop()
        if current not in found:
            found.add(current)
            pending.extend(uses[current])
    return found


def _defined_name(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.ClassDef):
        return statement.name
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return None


def _used_names(statement: ast.stmt) -> set[str]:
    """Return the names in a definition's annotations; not what a class defines itself, such as `type`."""
    return {
        node.id
        for expression in _annotations(statement)
        for node in ast.walk(expression)
        if isinstance(node, ast.Name)
    }


def _annotations(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.ClassDef):
        return [field.annotation for field in statement.body if isinstance(field, ast.AnnAssign)]
    return [statement.value] if isinstance(statement, ast.Assign) else []


def _quote(statement: ast.stmt, later: set[str]) -> ast.stmt:
    """Quote what mentions a definition that isn't there yet: whole annotations, and members of an alias."""
    if isinstance(statement, ast.ClassDef):
        for field in statement.body:
            if isinstance(field, ast.AnnAssign) and _mentions(field.annotation, later):
                field.annotation = ast.Constant(ast.unparse(field.annotation))
    elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
        arguments = statement.value.args
        if _mentions(arguments[1], later):
            raise ContractError(f"{ast.unparse(statement)} closes a cycle; only a class can.")
    return statement


def _mentions(expression: ast.expr, names: set[str]) -> bool:
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(expression))


class _Unquoter(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.parse(node.value, mode="eval").body if isinstance(node.value, str) else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        name = ast.unparse(node.value)
        if name == "Literal":
            return node
        self._visit_children(node)
        if name in {"Union", "Optional"}:
            members = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            texts = [*map(ast.unparse, members), *(["None"] if name == "Optional" else [])]
            return ast.parse(" | ".join(texts), mode="eval").body
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        return node

    def _visit_children(self, node: ast.expr) -> ast.expr:
        result = self.generic_visit(node)
        assert isinstance(result, ast.expr)  # noqa: S101 - an expression is visited into one
        return result
