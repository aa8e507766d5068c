"""The backend on the real weights: what it makes of a template, of thoughts and of a cancelled answer."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from fake_llm_server import EngineSettings, ModelSpec
from fake_llm_server._backends.local.backend import LlamaBackend
from fake_llm_server._engine import Engine, EngineListener, EngineRequest, Submission
from fake_llm_server._errors import TimeLimitError
from fake_llm_server._seam import (
    Call,
    GenerationEvent,
    GenerationRequest,
    JsonSchemaFormat,
    ReasoningDelta,
    Sampling,
    TextDelta,
    Turn,
    Usage,
)
from fake_llm_server._weights import loaded_models

CHATML_THINKING = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n{% if enable_thinking is not false %}<think>\n{% endif %}"
)
UNENDING = Sampling(logit_bias={0: -100.0, 2: -100.0})
"""Against the embedded model's ends, so that it says as much as it may."""

QUESTION = (Turn("user", "What is the weather in Paris?"),)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine on the embedded model."""
    loaded = loaded_models.acquire(ModelSpec.from_model_name("smollm2-135m").download())
    opened = Engine(loaded.llama, EngineSettings(num_slots=2, window=512))
    yield opened
    opened.close()
    loaded.release()


def thinking_backend(engine: Engine) -> LlamaBackend:
    """A backend whose template opens a thought."""
    return LlamaBackend("thinker", engine, {"tokenizer.chat_template": CHATML_THINKING})


def run(backend: LlamaBackend, request: GenerationRequest) -> list[GenerationEvent]:
    """All events of an answer."""

    async def gather() -> list[GenerationEvent]:
        return [event async for event in backend.generate(Call(request))]

    return asyncio.run(gather())


def joined(events: list[GenerationEvent], kind: type[TextDelta] | type[ReasoningDelta]) -> str:
    """The text of all deltas of a kind."""
    return "".join(event.text for event in events if isinstance(event, kind))


def test_thoughts_are_kept_apart_and_counted(engine: Engine) -> None:
    """What is thought isn't text, and its tokens are counted."""
    events = run(thinking_backend(engine), GenerationRequest(QUESTION, max_tokens=12, sampling=UNENDING))
    usage = events[-1]
    assert isinstance(usage, Usage)
    assert joined(events, ReasoningDelta)
    assert joined(events, TextDelta) == ""
    assert usage.reasoning_tokens == usage.completion_tokens == 12


def test_no_effort_no_thoughts(engine: Engine) -> None:
    """Without effort the same model answers at once."""
    request = GenerationRequest(QUESTION, max_tokens=6, reasoning_effort="none")
    events = run(thinking_backend(engine), request)
    assert joined(events, ReasoningDelta) == ""
    assert joined(events, TextDelta)


def test_constraint_holds_after_the_thoughts(engine: Engine) -> None:
    """Structured output begins where the thoughts end, and thoughts are free."""
    shown = (Turn("user", "Again."), Turn("assistant", "<think>\nYes.\n</think>\n\nNo."))
    request = GenerationRequest(
        (*shown * 4, Turn("user", "Again.")),
        max_tokens=40,
        answer_format=JsonSchemaFormat(
            "nothing", {"type": "object", "properties": {}, "additionalProperties": False}
        ),
    )
    events = run(thinking_backend(engine), request)
    assert joined(events, ReasoningDelta).strip() == "Yes."
    assert joined(events, TextDelta) == "{}"


def test_a_model_without_a_template_continues_a_transcript(engine: Engine) -> None:
    """Turns are plain text, and the answer ends before the next one, without the space after the colon."""
    backend = LlamaBackend("bare", engine, {})
    assert backend.template.render([{"role": "user", "content": "x"}]) == "User: x\n\nAssistant:"
    text = joined(run(backend, GenerationRequest(QUESTION, max_tokens=24)), TextDelta)
    assert text
    assert not text.startswith(" ")
    assert "\n\nUser:" not in text


def test_counted_prompt_is_the_generated_one(engine: Engine) -> None:
    """Counting a request's prompt gives what generating reports."""
    backend = LlamaBackend("plain", engine, {})
    request = GenerationRequest(QUESTION, max_tokens=1)
    usage = run(backend, request)[-1]
    assert isinstance(usage, Usage)
    assert asyncio.run(backend.count_prompt_tokens(Call(request))) == usage.prompt_tokens


class WatchedEngine:
    """An engine whose submissions are kept."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.submissions: list[Submission] = []

    def __getattr__(self, name: str) -> Any:
        """All else is the engine's."""
        return getattr(self._engine, name)

    def submit(self, request: EngineRequest, listener: EngineListener) -> Submission:
        """Submit to the engine."""
        self.submissions.append(self._engine.submit(request, listener))
        return self.submissions[-1]


def test_closed_answer_is_cancelled(engine: Engine) -> None:
    """Closing the generator cancels what the engine was asked, and others are answered."""
    watched: Any = WatchedEngine(engine)
    backend = LlamaBackend("plain", watched, {})

    async def read_one(events: AsyncGenerator[GenerationEvent, None]) -> None:
        async with aclosing(events):
            async for event in events:
                if isinstance(event, TextDelta):
                    return

    for _ in range(4):
        asyncio.run(read_one(backend.generate(Call(GenerationRequest(QUESTION, max_tokens=400)))))
        assert watched.submissions[-1].is_cancelled
    events = run(backend, GenerationRequest(QUESTION, max_tokens=2))
    assert isinstance(events[-1], Usage)


def test_an_answer_past_its_deadline_fails(engine: Engine) -> None:
    """A call's deadline is the engine's, whatever the request still has to say."""
    request = GenerationRequest(QUESTION, max_tokens=400, sampling=UNENDING)

    async def gather() -> None:
        call = Call(request, deadline_s=time.monotonic() - 1)
        async for _event in thinking_backend(engine).generate(call):
            pass

    with pytest.raises(TimeLimitError, match="by its deadline"):
        asyncio.run(gather())


def test_a_template_may_close_the_thoughts_itself(engine: Engine) -> None:
    """Where a word in the conversation ends thinking, as `/no_think` does for SmolLM3, no thought is due."""
    told = "(enable_thinking and '/no_think' not in messages[0].content)"
    source = CHATML_THINKING.replace("enable_thinking", told)
    source = source.removesuffix("{% endif %}") + "{% else %}<think>\n\n</think>\n{% endif %}"
    backend = LlamaBackend("thinker", engine, {"tokenizer.chat_template": source})
    weather = JsonSchemaFormat("weather", {"enum": ["sunny", "rainy"]})
    request = GenerationRequest(
        turns=(Turn("system", "/no_think"), *QUESTION), answer_format=weather, max_tokens=20
    )
    events = run(backend, request)
    assert joined(events, TextDelta) in ('"sunny"', '"rainy"')
    assert joined(events, ReasoningDelta) == ""
