"""Imports point one way: from the outside in."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import fake_llm_server

SOURCE = Path(fake_llm_server.__file__).parent

LAYERS = [
    {"__main__"},
    {"__init__"},
    {"pytest_plugin"},
    {"_pytest_rounds"},
    {"_cli", "main", "strategies"},
    {"_api_server", "_models"},
    {"_testing"},
    {"_serving"},
    {"_app"},
    {"_control_api"},
    {"_api"},
    {"_controls"},
    {"_backends", "_store"},
    {"_engine", "_text", "_weights"},
    {"_generated"},
    {"_contract"},
    {"_schema", "_seam"},
    {"_settings"},
    {"_errors"},
    {"_openmp"},
]
"""From the outside in. A part may import from those after it, and from itself."""

FOREIGN = {
    "_controls": {"fastapi", "starlette", "uvicorn", "pydantic", "openai", "llama_cpp"},
    "_control_api": {"uvicorn", "openai", "llama_cpp"},
    "_engine": {"fastapi", "starlette", "uvicorn", "pydantic", "openai"},
    "_text": {"fastapi", "starlette", "uvicorn", "pydantic", "openai", "llama_cpp"},
    "_weights": {"fastapi", "starlette", "uvicorn", "pydantic", "openai"},
    "_schema": {"fastapi", "starlette", "uvicorn", "pydantic", "openai", "llama_cpp", "llguidance"},
    "_seam": {"fastapi", "starlette", "uvicorn", "pydantic", "openai", "llama_cpp"},
    "_backends": {"fastapi", "starlette", "uvicorn", "pydantic"},
    "_settings": {"fastapi", "starlette", "uvicorn", "pydantic", "openai", "llama_cpp"},
    "_store": {"fastapi", "starlette", "uvicorn", "pydantic"},
}
"""Libraries that a part must not know."""

HIDDEN = {
    "_api": {"_engine", "_text", "_weights"},
    "_control_api": {"_backends", "_store", "_engine", "_text", "_weights", "_generated"},
    "_controls": {"_backends", "_store", "_engine", "_text", "_weights", "_generated", "_contract"},
}
"""Parts that another one must not know although they lie further in: the seam is between them."""


def part_of(path: Path) -> str:
    """The layer's member that a source file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_modules(path: Path) -> Iterator[str]:
    """Absolute names of the modules that a file imports."""
    package = ["fake_llm_server", *path.relative_to(SOURCE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            yield ".".join([*base, node.module or ""])
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def level_of(part: str) -> int:
    """How far in a part lies."""
    return next(level for level, members in enumerate(LAYERS) if part in members)


SOURCES = sorted(SOURCE.rglob("*.py"))


def test_every_part_has_its_place() -> None:
    """No part of the package is outside of the layers."""
    assert {part_of(path) for path in SOURCES} == set().union(*LAYERS)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_inwards(path: Path) -> None:
    """A file imports from its part and those further in, and no library that its part must not know."""
    part = part_of(path)
    for module in imported_modules(path):
        names = module.split(".")
        if names[0] != "fake_llm_server":
            assert names[0] not in FOREIGN.get(part, set()), f"{part} must not know {names[0]}"
        elif len(names) > 1 and names[1] != part:
            assert level_of(names[1]) > level_of(part), f"{part} must not import {names[1]}"
            assert names[1] not in HIDDEN.get(part, set()), f"{part} must not know {names[1]}"
