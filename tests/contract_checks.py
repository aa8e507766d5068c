"""Holds what a server sends to the contract: every reply, and every event of every stream.

`ContractCheck` wraps an application. It reads along, and keeps a list of what doesn't conform, which the
fixtures in `conftest.py` turn into failures of the test that caused it.
"""

import json
import re
import urllib.parse
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from fake_llm_server._app.chain.connection_breaks import SPOILED_KEY

CONTRACT = Path(__file__).parents[1] / "spec" / "openapi.yaml"
PREFIX = "/v1"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


@cache
def load_contract() -> dict[str, Any]:
    """The trimmed contract."""
    document: dict[str, Any] = yaml.load(CONTRACT.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return document


@cache
def compile_schema(pointer: str) -> jsonschema_rs.Validator:
    """A validator for the schema at a JSON pointer into the contract."""
    contract = load_contract()
    reference = f"#{urllib.parse.quote(pointer, safe='/~')}"
    return jsonschema_rs.Draft202012Validator(
        {"$ref": reference, "components": contract["components"], "paths": contract["paths"]}
    )


@cache
def _routes() -> list[tuple[str, re.Pattern[str], str]]:
    """For each operation its method, its path as a pattern, and its pointer; plain paths before patterns."""
    routes = []
    for path in sorted(load_contract()["paths"], key=lambda path: path.count("{")):
        pattern = re.compile(re.sub(r"\{\w+\}", ".+" if path.startswith("/models") else "[^/]+", path))
        pointer = f"/paths/{path.replace('/', '~1')}"
        routes += [
            (method.upper(), pattern, f"{pointer}/{method}") for method in load_contract()["paths"][path]
        ]
    return routes


def find_schema(method: str, path: str, status: int, media_type: str) -> str | None:
    """Pointer to what the contract says of a reply, or None where it has no such operation or reply."""
    for route_method, pattern, pointer in _routes():
        if route_method == method and pattern.fullmatch(path.removeprefix(PREFIX)):
            responses = _resolve(pointer)["responses"]
            key = str(status) if str(status) in responses else f"{status // 100}XX"
            if media_type not in responses.get(key, {}).get("content", {}):
                return None
            return f"{pointer}/responses/{key}/content/{media_type.replace('/', '~1')}/schema"
    return None


def _resolve(pointer: str) -> Any:
    node: Any = load_contract()
    for part in pointer.split("/")[1:]:
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


@dataclass
class ContractCheck:
    """An application that is read along.

    Attributes:
        faults: what didn't conform, in words.
        num_checked: replies and events that were compared with the contract.
        request_bodies: what clients sent, as parsed JSON, while a test keeps a list here.
    """

    application: Application
    faults: list[str] = field(default_factory=list)
    num_checked: int = 0
    request_bodies: list[dict[str, Any]] | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Run the application, and look at what it sends."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX) or _is_preflight(scope):
            await self.application(scope, receive, send)
            return
        reply = _Reply()

        async def read_along(message: Message) -> None:
            reply.add(message)
            await send(message)

        await self.application(scope, self._keep_body(receive), read_along)
        if reply.is_complete and SPOILED_KEY not in scope:
            self._check(f"{scope['method']} {scope['path']}", scope["method"], scope["path"], reply)

    def _keep_body(self, receive: Receive) -> Receive:
        """Keep what is received, where a test asks for it."""
        bodies = self.request_bodies
        if bodies is None:
            return receive
        body = bytearray()

        async def listen() -> Message:
            message = await receive()
            body.extend(message.get("body", b""))
            if body and not message.get("more_body", False):
                bodies.append(json.loads(body))
                body.clear()
            return message

        return listen

    def _check(self, name: str, method: str, path: str, reply: "_Reply") -> None:
        pointer = find_schema(method, path, reply.status, reply.media_type)
        if pointer is None:
            if reply.status >= 400:
                pointer = "/components/schemas/ErrorResponse"
            else:
                self.faults.append(f"{name}: the contract has no {reply.status} with {reply.media_type}.")
                return
        for text in reply.documents():
            self.num_checked += 1
            document = json.loads(text)
            is_error = (
                reply.media_type == "text/event-stream" and "error" in document and "id" not in document
            )
            used = "/components/schemas/ErrorResponse" if is_error and "type" not in document else pointer
            for error in compile_schema(used).iter_errors(document):
                self.faults.append(f"{name}: {error.message} at {error.instance_path} in {text[:600]}")


def _is_preflight(scope: Message) -> bool:
    """Whether a browser asks if it may ask: no operation, and answered by its own rules."""
    names = {name.lower() for name, _ in scope["headers"]}
    return scope["method"] == "OPTIONS" and b"access-control-request-method" in names


@dataclass
class _Reply:
    """What was sent for one request."""

    status: int = 0
    media_type: str = ""
    body: bytes = b""
    is_complete: bool = False

    def add(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = {name.lower(): value for name, value in message["headers"]}
            self.media_type = headers.get(b"content-type", b"").decode().split(";")[0]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            self.is_complete = not message.get("more_body", False)

    def documents(self) -> list[str]:
        """The JSON texts of the reply: one, or one for each event of a stream."""
        text = self.body.decode()
        if self.media_type != "text/event-stream":
            return [text]
        data = [line.removeprefix("data: ") for line in text.split("\n") if line.startswith("data: ")]
        return [document for document in data if document != "[DONE]"]
