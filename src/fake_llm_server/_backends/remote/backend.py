"""The backend that asks another process, which keeps the model."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

from fake_llm_server._backends.remote.frames import HOST, receive, send, send_secret
from fake_llm_server._backends.remote.plan import HostedModel, RemotePlan
from fake_llm_server._errors import EngineStoppedError
from fake_llm_server._seam import BackendDescription, BackendHealth, Call, GenerationEvent, TextToken
from fake_llm_server._seam.codec import decode, encode
from fake_llm_server._seam.error_form import decode_error


class RemoteBackend:
    """Asks the host for each call, over a connection of its own; nothing is held between two calls.

    Args:
        plan: who is asked for what.
    """

    def __init__(self, plan: RemotePlan) -> None:
        self._plan = plan
        self._has_asked = False

    async def describe(self) -> BackendDescription:
        """See `Backend.describe`."""
        description: BackendDescription = decode(BackendDescription, await self._ask("describe"))
        return description

    async def generate(self, call: Call) -> AsyncGenerator[GenerationEvent, None]:
        """See `Backend.generate`."""
        async with aclosing(self._exchange("generate", **_write_call(call))) as messages:
            async for message in messages:
                if "event" in message:
                    yield decode(GenerationEvent, message["event"])

    async def count_prompt_tokens(self, call: Call) -> int:
        """See `Backend.count_prompt_tokens`."""
        count: int = await self._ask("count_prompt_tokens", **_write_call(call))
        return count

    async def split_tokens(self, text: str) -> Sequence[TextToken]:
        """See `Backend.split_tokens`."""
        tokens: Sequence[TextToken] = decode(Sequence[TextToken], await self._ask("split_tokens", text=text))
        return tokens

    async def health(self) -> BackendHealth:
        """See `Backend.health`. A host that wasn't asked for anything yet isn't asked for this either."""
        if not self._has_asked:
            return BackendHealth(is_alive=True, is_loaded=False)
        try:
            health: BackendHealth = decode(BackendHealth, await self._ask("health"))
        except EngineStoppedError:
            return BackendHealth(is_alive=False, is_loaded=False)
        return health

    async def aclose(self) -> None:
        """Nothing is held."""

    async def _ask(self, what: str, **question: Any) -> Any:
        """A question with one answer."""
        async with aclosing(self._exchange(what, **question)) as messages:
            async for message in messages:
                return message["answer"]
        return None

    async def _exchange(self, what: str, **question: Any) -> AsyncGenerator[dict[str, Any], None]:
        """Ask, and yield what comes up to the last message; closing the generator cancels the question."""
        self._has_asked = True
        model = encode(HostedModel, self._plan.model)
        async with self._connect() as (reader, writer):
            await send(writer, {"do": what, "model": model, **question})
            while True:
                message = await receive(reader)
                if "error" in message:
                    raise decode_error(message["error"])
                yield message
                if "answer" in message:
                    return

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        host = self._plan.host
        try:
            reader, writer = await asyncio.open_connection(HOST, host.port)
            try:
                send_secret(writer, host.secret)
                yield reader, writer
            finally:
                writer.close()
        except (OSError, EOFError) as error:
            raise EngineStoppedError("The process that keeps the model has ended.") from error


def _write_call(call: Call) -> dict[str, Any]:
    """A call; its deadline as what is left until then, as two processes needn't have the same clock."""
    return {"call": encode(Call, replace(call, deadline_s=None)), "left_s": call.left_s}
