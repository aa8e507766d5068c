"""What answers other processes: it keeps the models that they ask for, each once."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import replace
from typing import Any

from fake_llm_server._backends.remote.frames import has_secret, receive, send
from fake_llm_server._backends.remote.plan import HostedModel
from fake_llm_server._seam import (
    Backend,
    BackendDescription,
    BackendHealth,
    Call,
    GenerationEvent,
    TextToken,
)
from fake_llm_server._seam.codec import decode, encode
from fake_llm_server._seam.error_form import encode_error

SECRET_TIMEOUT_S = 5.0
"""How long a connection may take to say the secret."""


class BackendHost:
    """Answers questions to backends, each over a connection of its own.

    Args:
        secret: that each connection must begin with.
        create: makes the backend of a model when it is first asked for.
    """

    def __init__(self, secret: str, create: Callable[[HostedModel], Backend]) -> None:
        self._secret = secret
        self._create = create
        self._backends: dict[HostedModel, Backend] = {}
        self._asking: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the question of a connection, until it is answered or the asker has left."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine that awaits is a task's
        self._asking.add(task)
        try:
            with suppress(OSError, EOFError, TimeoutError):
                async with asyncio.timeout(SECRET_TIMEOUT_S):
                    may_ask = await has_secret(reader, self._secret)
                if may_ask:
                    await self._serve_question(reader, writer)
        finally:
            self._asking.discard(task)
            writer.close()

    async def _serve_question(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        question = await receive(reader)
        answering = asyncio.create_task(self._answer(question, writer))
        leaving = asyncio.create_task(reader.read(1))  # an asker sends nothing more: this ends when it leaves
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (answering, leaving):
                task.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)

    async def _answer(self, question: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        try:
            async with aclosing(self._list_messages(question)) as messages:
                async for message in messages:
                    await send(writer, message)
        except OSError:
            return  # the asker has left
        except Exception as error:  # noqa: BLE001 - whatever it is, the asker waits to be told
            await send(writer, {"error": encode_error(error)})

    async def _list_messages(self, question: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        backend = self._find(decode(HostedModel, question["model"]))
        match question["do"]:
            case "generate":
                async with aclosing(backend.generate(_read_call(question))) as events:
                    async for event in events:
                        yield {"event": encode(GenerationEvent, event)}
                yield {"answer": None}
            case "describe":
                yield {"answer": encode(BackendDescription, await backend.describe())}
            case "count_prompt_tokens":
                yield {"answer": await backend.count_prompt_tokens(_read_call(question))}
            case "split_tokens":
                tokens = await backend.split_tokens(question["text"])
                yield {"answer": encode(Sequence[TextToken], tokens)}
            case "health":
                yield {"answer": encode(BackendHealth, await backend.health())}

    def _find(self, model: HostedModel) -> Backend:
        if model not in self._backends:
            self._backends[model] = self._create(model)
        return self._backends[model]

    async def aclose(self) -> None:
        """Cancel what is being answered, and close every backend."""
        asking = list(self._asking)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        async with AsyncExitStack() as closing:
            for backend in self._backends.values():
                closing.push_async_callback(backend.aclose)


def _read_call(question: dict[str, Any]) -> Call:
    call: Call = decode(Call, question["call"])
    left_s = question["left_s"]
    return call if left_s is None else replace(call, deadline_s=call.scope.clock.now() + left_s)
