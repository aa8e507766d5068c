"""The layer that counts what answers have used, where a request was let in by a limit."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from fake_llm_server._seam import BackendLayer, Call, GenerationEvent, Usage


class SettlingLayer(BackendLayer):
    """A backend around another one. Calls without an admission pass untouched."""

    def generate(self, call: Call) -> AsyncGenerator[GenerationEvent, None]:
        """See `Backend.generate`."""
        events = self._below.generate(call)
        return events if call.admission is None else _settle(call, events)


async def _settle(
    call: Call, events: AsyncGenerator[GenerationEvent, None]
) -> AsyncGenerator[GenerationEvent, None]:
    assert call.admission is not None  # noqa: S101 - asked before
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Usage):
                call.admission.settle(event, call.scope.clock.now())
            yield event
