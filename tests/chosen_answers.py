"""A layer whose answers a test chooses, for answers that the embedded model doesn't give."""

from collections.abc import AsyncGenerator, Callable

from fake_llm_server._seam import Backend, BackendLayer, Begun, Call, GenerationEvent

Write = Callable[[Call], AsyncGenerator[GenerationEvent, None]]


class ChosenAnswers(BackendLayer):
    """Answers calls by `write`, if it is set, and else by the backend below.

    Attributes:
        write: yields the events of an answer, or raises before the first one.
        calls: those that `write` has answered.
    """

    def __init__(self, below: Backend) -> None:
        super().__init__(below)
        self.write: Write | None = None
        self.calls: list[Call] = []

    def choose(self, events: list[GenerationEvent], error: Exception | None = None) -> list[Call]:
        """Answer with these events, and then fail if there is an error.

        Returns:
            The calls that come from now on.
        """
        self.calls = []

        async def write(_call: Call) -> AsyncGenerator[GenerationEvent, None]:
            if events:
                yield Begun("fp_chosen")
            for event in events:
                yield event
            if error is not None:
                raise error

        self.write = write
        return self.calls

    def generate(self, call: Call) -> AsyncGenerator[GenerationEvent, None]:
        """See `Backend.generate`."""
        if self.write is None:
            return self._below.generate(call)
        self.calls.append(call)
        return self.write(call)
