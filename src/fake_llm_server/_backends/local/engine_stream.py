"""Brings the engine's events, which come on its thread, into an asyncio task."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from fake_llm_server._backends.local.preparation import PreparationThreads
from fake_llm_server._engine import (
    ChoiceFinished,
    Engine,
    EngineRequest,
    RequestFailed,
    RequestFinished,
    Submission,
    TextGenerated,
)
from fake_llm_server._engine.requests import EngineEvent


@dataclass(frozen=True, slots=True)
class Admitted:
    """The engine took the request, and has queued it."""


async def stream_engine_events(
    engine: Engine, request: EngineRequest, threads: PreparationThreads, *, is_slow: bool
) -> AsyncGenerator[Admitted | TextGenerated | ChoiceFinished | RequestFinished, None]:
    """Submit a request and yield its events, `Admitted` first and `RequestFinished` last.

    Submitting compiles the request's constraint, so it is done on a thread. Closing the generator cancels the
    request, also one that is being submitted.

    Args:
        engine: what is asked.
        request: the request.
        threads: where it is submitted.
        is_slow: whether that may take seconds.

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

    is_wanted = True

    def submit() -> Submission:
        submission = engine.submit(request, deliver)
        if not is_wanted:
            submission.cancel()
        return submission

    submission: Submission | None = None
    try:
        submission = await threads.run(submit, is_slow=is_slow)
        yield Admitted()
        while True:
            event = await events.get()
            if isinstance(event, RequestFailed):
                raise event.error
            yield event
            if isinstance(event, RequestFinished):
                return
    finally:
        is_wanted = False
        if submission is not None:
            submission.cancel()
