"""What each part of a scripted reply takes: processor time of the application, in this process.

Run `python -m benchmarks.reply_parts`. The application is built up part by part, and each is called as
uvicorn calls it, with the same request: what a part takes is the difference to the one before. Of many short
rounds the quickest counts, as other programs can only add to it. What uvicorn takes for HTTP itself is the
row `bare` of `python -m benchmarks.scripted_replies`.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from benchmarks.scripted_replies import TEXT, write_body
from fake_llm_server import create_server_app, parse_server_args
from fake_llm_server._api import chat
from fake_llm_server._api.shared.api_group import Api, CreateApi, Services
from fake_llm_server._api.shared.served_models import ServedModel, ServedModels
from fake_llm_server._contract import OperationRoute, read_body
from fake_llm_server._controls import Controls
from fake_llm_server._controls.rule import Rule
from fake_llm_server._generated.chat.wire import CreateChatCompletionRequest
from fake_llm_server._seam import Begun, Call, Finished, GenerationEvent, TextDelta, Usage

PATH = "/v1/chat/completions"
NUM_REQUESTS, NUM_ROUNDS = 50, 30
HEADERS = [
    (b"host", b"127.0.0.1"),
    (b"content-type", b"application/json"),
    (b"authorization", b"Bearer sk-any"),
    (b"user-agent", b"benchmark"),
]


class ReadyBackend:
    """Answers every call with the same events, without controls."""

    async def generate(self, call: Call) -> AsyncGenerator[GenerationEvent, None]:
        """The events of a scripted reply."""
        yield Begun("fp_scripted")
        for piece in TEXT.split() if call.is_streamed else [TEXT]:
            yield TextDelta(0, piece)
        yield Finished(0, "stop")
        yield Usage(6, 12)


def answer_at_once(*, reads_body: bool) -> CreateApi:
    """An API group whose handler answers with fixed bytes."""

    def create(_services: Services) -> Api:
        router = APIRouter(route_class=OperationRoute)

        @router.post(PATH.removeprefix("/v1"), response_model=None)
        async def answer(request: Request) -> Response:
            if reads_body:
                await read_body(request, CreateChatCompletionRequest)
            return Response(b"{}", media_type="application/json")

        return Api([router])

    return create


def answer_uncontrolled(services: Services) -> Api:
    """Chat completions from events that are ready."""
    model: Any = ReadyBackend()
    models = ServedModels({"gpt-4o": ServedModel("gpt-4o", 0, "benchmark", model)})
    return chat.create_api(replace(services, models=models))


async def ask(app: FastAPI, body: bytes) -> None:
    """Call the application as uvicorn does."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": PATH,
        "raw_path": PATH.encode(),
        "root_path": "",
        "query_string": b"",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "headers": [*HEADERS, (b"content-length", str(len(body)).encode())],
        "state": {},
    }
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Any:
        for message in messages:
            return message
        await asyncio.Event().wait()
        return None

    async def send(_message: Any) -> None:
        pass

    await app(scope, receive, send)


async def _measure(create_api: CreateApi, *, has_rule: bool, is_streamed: bool) -> float:
    app = create_server_app(parse_server_args(load="first_use", any_model=True), api_groups=[create_api])
    body = write_body(is_streamed=is_streamed).encode()
    rounds = []
    async with app.router.lifespan_context(app):
        for _ in range(NUM_ROUNDS):
            scope = app.state.scopes.open("sk-any")
            if has_rule:
                scope.own(Controls).add_rule(Rule(()).then(TEXT))
            start = time.process_time()
            for _ in range(NUM_REQUESTS):
                await ask(app, body)
            rounds.append(time.process_time() - start)
            await app.state.scopes.close("sk-any")
    return 1e6 * min(rounds) / NUM_REQUESTS


def measure(create_api: CreateApi, *, has_rule: bool, is_streamed: bool) -> float:
    """Microseconds of processor time for a request."""
    return asyncio.run(_measure(create_api, has_rule=has_rule, is_streamed=is_streamed))


PARTS: dict[str, tuple[CreateApi, bool]] = {
    "the chain: ids, keys, scope, limits, headers": (answer_at_once(reads_body=False), False),
    "parsing and validating the body by the contract": (answer_at_once(reads_body=True), False),
    "request to call, events to reply or chunks": (answer_uncontrolled, False),
    "controls: rule, reply, checks, tokens, journal": (chat.create_api, True),
}


def main() -> None:
    """Print the table."""
    print("| part | whole, us | streamed, us |\n|---|---:|---:|")
    before = [0.0, 0.0]
    for name, (create_api, has_rule) in PARTS.items():
        taken = [measure(create_api, has_rule=has_rule, is_streamed=streamed) for streamed in (False, True)]
        print(f"| {name} | {taken[0] - before[0]:.0f} | {taken[1] - before[1]:.0f} |")
        before = taken
    print(f"| all of the application | {before[0]:.0f} | {before[1]:.0f} |")


if __name__ == "__main__":
    main()
