"""`GET /openapi.json`: the contract, with this server's address in it.

It is the contract that everything here is made from, not a description of the Python code.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

PATH = "/openapi.json"


def create_contract_router(*, prefix: str, has_keys: bool) -> APIRouter:
    """Create the route.

    Args:
        prefix: under which the contract's paths are served.
        has_keys: whether a request needs an API key; the document says so only then.
    """
    router = APIRouter()

    @router.get(PATH)
    async def get_contract(request: Request) -> JSONResponse:
        """The contract; its server is the one that was asked, by the name that it was asked by."""
        document = dict(load_contract())
        if not has_keys:
            document.pop("security", None)
        address = f"{str(request.base_url).rstrip('/')}{prefix}"
        return JSONResponse({**document, "servers": [{"url": address}]})

    return router


def find_methods(path: str) -> list[str]:
    """The methods that the contract has for a path, by the template that says most about it.

    Args:
        path: without the prefix.
    """
    return next((methods for template, methods in _list_templates() if template.fullmatch(path)), [])


@cache
def _list_templates() -> list[tuple[re.Pattern[str], list[str]]]:
    """Each path as a pattern, with its methods; the fewest parameters first."""
    paths = load_contract()["paths"]
    return [
        (_compile(path), _methods(paths[path])) for path in sorted(paths, key=lambda path: path.count("{"))
    ]


def _compile(path: str) -> re.Pattern[str]:
    literal = path.replace("{model}", ".+")  # a model's name may have slashes
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", literal))


def _methods(item: Mapping[str, Any]) -> list[str]:
    return sorted(method.upper() for method in item)


@cache
def load_contract() -> dict[str, Any]:
    """The trimmed contract, as it lies in the package."""
    text = files("fake_llm_server._generated").joinpath("openapi.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
