"""Per API an abstract class with one typed method for each operation, and the router that calls it."""

from dataclasses import dataclass

from codegen.contract import Contract, ContractOperation, reply_name, snake_case
from codegen.overrides import Operation, Overrides
from codegen.schemas import Schema, referenced_name
from codegen.shaping import SHARED, Shape, class_name


@dataclass(frozen=True, slots=True)
class _Method:
    """An operation as a method."""

    kept: Operation
    operation: ContractOperation

    @property
    def name(self) -> str:
        return self.kept.name or snake_case(self.operation.id)


def generate_apis(contract: Contract, overrides: Overrides, shape: Shape) -> dict[str, str]:
    """Return the modules: relative path, such as `chat/api.py`, to its unformatted text."""
    by_id = {operation.id: operation for operation in contract.operations}
    files = {}
    for api, settings in overrides.apis.items():
        methods = [_Method(kept, by_id[kept.id]) for kept in overrides.operations if kept.api == api]
        files[f"{api}/api.py"] = _write_module(settings.class_name, methods, shape)
    return files


def _write_module(class_: str, methods: list[_Method], shape: Shape) -> str:
    abstract = "\n\n".join(_write_abstract(method, shape) for method in methods)
    routes = "\n\n".join(_write_route(method, shape) for method in methods)
    return f'''
from fastapi import APIRouter, Request
from fastapi import Response as HttpResponse

from fake_llm_server._contract import OperationRoute, Reply, create_reply, read_body, read_query
from fake_llm_server._errors import OperationNotImplementedError
{_write_imports(methods, shape)}


class {class_}:
    """The operations of this API; each refuses, until a subclass answers it."""

{abstract}


def create_router(api: {class_}) -> APIRouter:
    """Create the routes of this API, answered by `api`."""
    router = APIRouter(route_class=OperationRoute)

{routes}

    return router
'''


def _write_imports(methods: list[_Method], shape: Shape) -> str:
    names: set[str] = set()
    for method in methods:
        operation = method.operation
        names.add(class_name(reply_name(operation)))
        names |= {table[operation.id] for table in (shape.bodies, shape.queries) if operation.id in table}
        text = "".join(_arguments(method, shape))
        names |= {name for name in shape.components if f"{name} " in text or f"[{name}]" in text}
    lines = []
    for module in sorted({shape.modules[name] for name in names}):
        source = (
            "fake_llm_server._generated.shared"
            if module == SHARED
            else f"fake_llm_server._generated.{module}"
        )
        own = sorted(name for name in names if shape.modules[name] == module)
        lines.append(f"from {source} import {', '.join(own)}")
    return "\n".join(lines)


def _arguments(method: _Method, shape: Shape) -> list[str]:
    """Return what comes after `self`: path parameters, the body, the request, then the query by name."""
    operation = method.operation
    arguments = [f"{parameter.name}: str" for parameter in operation.path_parameters]
    if operation.id in shape.bodies:
        arguments.append(f"body: {shape.bodies[operation.id]}")
    arguments.append("request: Request")
    if operation.id in shape.queries:
        arguments.append(f"query: {shape.queries[operation.id]}")
    return arguments


def _write_abstract(method: _Method, shape: Shape) -> str:
    operation = method.operation
    reply = class_name(reply_name(operation))
    lines = [f'"""{operation.method.upper()} {operation.path}']
    if operation.stream_event is not None:
        lines += ["", f"        A stream's events are `{_event_name(operation.stream_event)}`.", "        "]
    docstring = "\n".join(lines).rstrip(" ") + ('        """' if len(lines) > 1 else '"""')
    return f"""    async def {method.name}(self, {", ".join(_arguments(method, shape))}) -> Reply[{reply}]:
        {docstring}
        raise OperationNotImplementedError("{operation.id}")"""


def _event_name(schema: Schema) -> str:
    return class_name(referenced_name(schema) or "")


def _write_route(method: _Method, shape: Shape) -> str:
    operation = method.operation
    path = operation.path
    for parameter, convertor in method.kept.path_types.items():
        path = path.replace(f"{{{parameter}}}", f"{{{parameter}:{convertor}}}")
    names = [parameter.name for parameter in operation.path_parameters]
    signature = ["request: Request", *(f"{name}: str" for name in names)]
    values = list(names)
    if operation.id in shape.bodies:
        optional = "" if operation.is_body_required else ", is_required=False"
        values.append(f"await read_body(request, {shape.bodies[operation.id]}{optional})")
    values.append("request")
    if operation.id in shape.queries:
        values.append(f"read_query(request, {shape.queries[operation.id]})")
    return f"""    @router.{operation.method}("{path}", operation_id="{operation.id}", response_model=None)
    async def {method.name}({", ".join(signature)}) -> HttpResponse:
        return create_reply(await api.{method.name}({", ".join(values)}))"""
