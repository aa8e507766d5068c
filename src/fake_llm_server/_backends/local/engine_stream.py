"""Brings the engine's events, which come on its thread, into an asyncio task."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from fake_llm_server._engine import (
    ChoiceFinished,
    Engine,
    EngineRequest,
    RequestFailed,
    RequestFinished,
    TextGenerated,
)
from fake_llm_server._engine.requests import EngineEvent


@dataclass(frozen=True, slots=True)
class Admitted:
    """The engine took the request, and has queued it."""


async def stream_engine_events(
    engine: Engine, request: EngineRequest
) -> AsyncGenerator[Admitted | TextGenerated | ChoiceFinished | RequestFinished, None]:
    """Submit a request and yield its events, `Admitted` first and `RequestFinished` last.

    Closing the generator cancels the request.

    Raises:
        InvalidRequestError: the engine refuses the request.
        OverloadedError: the engine takes no more work, or the request waited too long.
        GenerationError: the generation failed.
    """
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[EngineEvent] = asyncio.Queue()

    def deliver(event: EngineEvent) -> None:
        """Runs on the engine's thread. A loop that has closed has nobody left to tell."""
        if not loop.is_closed():
            loop.call_soon_threadsafe(events.put_nowait, event)

    submission = engine.submit(request, deliver)
    try:
        yield Admitted()
        while True:
            event = await events.get()
            if isinstance(event, RequestFailed):
                raise event.error
            yield event
            if isinstance(event, RequestFinished):
                return
    finally:
        submission.cancel()
