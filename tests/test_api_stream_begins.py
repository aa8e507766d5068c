"""A stream tells that it has begun once its request is admitted; what fails after that is an event of it."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from fake_llm_server import create_server_app, parse_server_args
from fake_llm_server._api import chat, responses
from fake_llm_server._api.shared.api_group import Api, CreateApi, Services
from fake_llm_server._api.shared.served_models import ServedModel, ServedModels
from fake_llm_server._errors import QueueFullError, QueueTimeoutError
from fake_llm_server._seam import BackendDescription, BackendHealth, Begun, Call, GenerationEvent, TextToken

CHAT: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
RESPONSE: dict[str, Any] = {"model": "m", "input": "Hi", "stream": True}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}


@dataclass(slots=True)
class HeldBackend:
    """Admits a call, and then fails it, but only once `released` is set."""

    is_admitting: bool = True
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def describe(self) -> BackendDescription:
        """As the protocol asks."""
        return BackendDescription("fp", None)

    async def generate(self, call: Call) -> AsyncGenerator[GenerationEvent, None]:
        """Begin, wait, fail."""
        del call
        if not self.is_admitting:
            raise QueueFullError("full")
        yield Begun("fp")
        await self.released.wait()
        raise QueueTimeoutError("late")

    async def count_prompt_tokens(self, call: Call) -> int:
        """As the protocol asks."""
        del call
        return 1

    async def split_tokens(self, text: str) -> Sequence[TextToken]:
        """As the protocol asks."""
        return [(0, text.encode())]

    async def health(self) -> BackendHealth:
        """As the protocol asks."""
        return BackendHealth(is_alive=True, is_loaded=True)

    async def aclose(self) -> None:
        """As the protocol asks."""


async def post(path: str, body: Mapping[str, Any], *, is_admitting: bool = True) -> tuple[int, list[Any]]:
    """The status and the events of a stream; the backend goes on only when the first of them is out."""
    backend = HeldBackend(is_admitting=is_admitting)
    models = ServedModels({"m": ServedModel("m", 0, "tests", backend)})

    def serve(create_api: CreateApi) -> CreateApi:
        def create(services: Services) -> Api:
            return create_api(replace(services, models=models))

        return create

    configuration = parse_server_args("smollm2-135m")
    app = create_server_app(configuration, api_groups=[serve(chat.create_api), serve(responses.create_api)])
    sent: list[dict[str, Any]] = []
    given = iter([{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}])

    async def receive() -> dict[str, Any]:
        for message in given:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)
        if message.get("body"):
            backend.released.set()

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": f"/v1{path}",
        "raw_path": f"/v1{path}".encode(),
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")],
    }
    try:
        async with app.router.lifespan_context(app):
            await asyncio.wait_for(app(scope, receive, send), 60)
    finally:
        configuration.close()
    text = b"".join(message.get("body", b"") for message in sent).decode()
    lines = [line.removeprefix("data: ") for line in text.split("\n") if line.startswith("data: ")]
    return sent[0]["status"], [json.loads(line) for line in lines] or [json.loads(text)]


@pytest.mark.parametrize(
    ("fields", "content"),
    [({}, ""), ({"tools": [TOOL]}, None), ({"tools": [TOOL], "tool_choice": "none"}, "")],
)
def test_chat_begins_with_the_role_of_each_choice(fields: dict[str, Any], content: str | None) -> None:
    """The chunks with the role come before anything is generated, and the failure after them is an event."""
    status, events = asyncio.run(post("/chat/completions", {**CHAT, "n": 2, **fields}))
    assert status == 200
    *chunks, failure = events
    assert [chunk["choices"][0]["index"] for chunk in chunks] == [0, 1]
    for chunk in chunks:
        delta = {"role": "assistant", "content": content, "refusal": None}
        assert chunk["choices"][0]["delta"] == delta
        assert chunk["system_fingerprint"] == "fp"
    assert failure["error"]["code"] == "server_overloaded"


def test_a_response_begins_and_fails() -> None:
    """`response.created` and `response.in_progress` come before anything is generated."""
    status, events = asyncio.run(post("/responses", RESPONSE))
    assert status == 200
    assert [event["type"] for event in events] == [
        "response.created",
        "response.in_progress",
        "response.failed",
    ]


@pytest.mark.parametrize(("path", "body"), [("/chat/completions", CHAT), ("/responses", RESPONSE)])
def test_a_refusal_is_no_stream(path: str, body: dict[str, Any]) -> None:
    """A request that isn't admitted gets a plain HTTP error."""
    status, events = asyncio.run(post(path, body, is_admitting=False))
    assert status == 429
    assert events[0]["error"]["code"] == "rate_limit_exceeded"
