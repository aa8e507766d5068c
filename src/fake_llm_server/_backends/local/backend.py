"""The backend that answers with a real model: prompt, engine, parser.

It writes the prompt by the model's chat template, has the engine continue it, and parses the continuation
into text, thoughts and tool calls. Tokens are the engine's business, templates and marks are `_text`'s.
"""

import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from fake_llm_server._backends.local.answer_watch import AnswerWatch, watch_answers
from fake_llm_server._backends.local.engine_stream import Admitted, stream_engine_events
from fake_llm_server._backends.local.preparation import PreparationThreads
from fake_llm_server._backends.local.prompt_fitting import fit_prompt
from fake_llm_server._engine import ChoiceFinished, Engine, EngineRequest, RequestFinished, TextGenerated
from fake_llm_server._engine.validation import check_prompt_fits, describe_overflow
from fake_llm_server._errors import ConstraintError, ContextOverflowError
from fake_llm_server._seam import (
    BackendDescription,
    Begun,
    Call,
    Constraint,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    LeftOut,
    TextDelta,
    TextToken,
    ToolUse,
    Usage,
)
from fake_llm_server._settings.answers import AnswerRules
from fake_llm_server._text.answer_grammar import Thoughts, constrain_answer, is_text_free
from fake_llm_server._text.answer_parser import AnswerParser
from fake_llm_server._text.chat_template import ChatTemplate
from fake_llm_server._text.constraint_faults import blame_part
from fake_llm_server._text.decided_answer import DecidedAnswer, decide_answer
from fake_llm_server._text.default_template import DEFAULT_STOPS, DEFAULT_TEMPLATE
from fake_llm_server._text.prediction import count_accepted
from fake_llm_server._text.prompt import is_to_think, offered_tools, write_prompt
from fake_llm_server._text.thought_marks import THINK_BEGIN, THINK_END
from fake_llm_server._text.tool_format import ToolCallFormat, find_format


@dataclass(frozen=True)
class LlamaBackend:
    """A model on an engine.

    Attributes:
        model_name: for error messages.
        engine: with the model's weights.
        metadata: the model file's, from which the chat template is taken.
        threads: where requests are prepared; the backend's own.
    """

    model_name: str
    engine: Engine
    metadata: Mapping[str, str]
    threads: PreparationThreads = field(default_factory=PreparationThreads)

    @cached_property
    def template(self) -> ChatTemplate:
        """The model's chat template."""
        return ChatTemplate(
            source=self._own_template or DEFAULT_TEMPLATE,
            model_name=self.model_name,
            bos=self._special_text("tokenizer.ggml.bos_token_id"),
            eos=self._special_text("tokenizer.ggml.eos_token_id"),
        )

    @property
    def _own_template(self) -> str | None:
        """The template that the model's file has."""
        return self.metadata.get("tokenizer.chat_template")

    async def describe(self) -> BackendDescription:
        """The engine's fingerprint and window."""
        return BackendDescription(self.engine.fingerprint, self.engine.window)

    async def count_prompt_tokens(self, call: Call) -> int:
        """Number of tokens of the prompt that `call` becomes."""
        return await self.threads.run(partial(self._count_prompt_tokens, call))

    def _count_prompt_tokens(self, call: Call) -> int:
        seen, _ = self._fit(call)
        return len(self.tokenize_prompt(write_prompt(self.template, seen)))

    async def split_tokens(self, text: str) -> Sequence[TextToken]:
        """The tokens of a text by itself."""
        return await self.threads.run(partial(self._split_tokens, text))

    def _split_tokens(self, text: str) -> Sequence[TextToken]:
        vocabulary = self.engine.vocabulary
        tokens = vocabulary.tokenize(text, parse_special=False)
        return [(token_id, vocabulary.piece(token_id)) for token_id in tokens]

    async def generate(self, call: Call) -> AsyncGenerator[GenerationEvent, None]:
        """Generate the answer; see `Backend.generate`."""
        try:
            async with aclosing(self._answer(call)) as events:
                async for event in events:
                    yield event
        except ContextOverflowError as error:
            if call.rules.long_prompts == "fit":
                raise  # of what was too long, most was left out already
            raise await self.threads.run(partial(self._tell_functions_apart, error, call.request)) from error
        except ConstraintError as error:
            blame = partial(
                blame_part,
                error,
                call.request,
                self.engine.find_constraint_fault,
                is_bounded=call.rules.bound_answers,
            )
            raise await self.threads.run(blame, is_slow=True) from error

    def _tell_functions_apart(
        self, error: ContextOverflowError, request: GenerationRequest
    ) -> ContextOverflowError:
        """The error that says how many of the prompt's tokens describe tools, if there are any."""
        if not offered_tools(request):
            return error
        prompt = write_prompt(self.template, request)
        messages = write_prompt(self.template, replace(request, tools=(), tool_use=ToolUse()))
        count = self.engine.vocabulary.count_at_least
        # If the prompt's tokens weren't counted, those of the messages aren't either.
        is_counted = count(prompt) <= error.window
        num_messages = len(self.tokenize_prompt(messages)) if is_counted else count(messages)
        return describe_overflow(
            error.window,
            error.num_prompt_tokens,
            error.num_answer_tokens,
            num_functions=max(0, error.num_prompt_tokens - num_messages),
        )

    async def _answer(self, call: Call) -> AsyncGenerator[GenerationEvent, None]:
        prepared = await self.threads.run(partial(self._prepare, call))
        parsers, predicted = prepared.parsers, prepared.predicted
        # The engine knows real time only: what is added to the scope's clock later doesn't move its deadline.
        deadline_s = None if call.left_s is None else time.monotonic() + call.left_s
        request = replace(prepared.request, deadline_s=deadline_s, lead_to_end=call.rules.lead_to_end)
        streaming = stream_engine_events(self.engine, request, self.threads, is_slow=prepared.is_slow)
        async with aclosing(streaming) as events:
            async for event in events:
                if isinstance(event, Admitted):
                    yield Begun(self.engine.fingerprint, prepared.left_out)
                    continue
                if isinstance(event, RequestFinished):
                    counts = await self.threads.run(predicted.count) if predicted else (0, 0)
                    yield _count_usage(event, parsers, counts)
                    return
                for parsed in _parse(event, parsers[event.choice], is_text_free=is_text_free(call.request)):
                    if predicted is not None and isinstance(parsed, TextDelta):
                        predicted.add(parsed)
                    if prepared.watch is not None:
                        prepared.watch.take(parsed)
                    yield parsed

    def close(self) -> None:
        """End the threads on which requests are prepared; the engine is somebody else's to close."""
        self.threads.close()

    def _prepare(self, call: Call) -> "_PreparedAnswer":
        """Do all that needs doing before the engine is asked."""
        request = call.request
        seen, left_out = self._fit(call)
        prompt = write_prompt(self.template, seen)
        check_prompt_fits(self.engine.vocabulary.count_at_least(prompt), self.engine.window)
        thoughts = self._find_thoughts(request, prompt)
        decided = decide_answer(request, call.rules)
        engine_request = self._create_engine_request(request, prompt, thoughts, decided, call.rules)
        return _PreparedAnswer(
            engine_request,
            self.engine.may_compile_slowly(engine_request),
            [
                self._create_parser(number, request, thoughts, decided)
                for number in range(request.num_choices)
            ],
            _PredictedAnswer(self, request.prediction) if request.prediction else None,
            watch_answers(request),
            left_out,
        )

    def _fit(self, call: Call) -> tuple[GenerationRequest, LeftOut | None]:
        """What the model sees of a call, and what was left out."""
        if call.rules.long_prompts == "refuse":
            return call.request, None
        return fit_prompt(call.request, self.template, self._count_tokens, self.engine.window)

    def _count_tokens(self, prompt: str, max_tokens: int) -> int:
        """Tokens of a prompt; for one that must have more than `max_tokens`, any larger number."""
        at_least = self.engine.vocabulary.count_at_least(prompt)
        return at_least if at_least > max_tokens else len(self.tokenize_prompt(prompt))

    def _create_engine_request(
        self,
        request: GenerationRequest,
        prompt: str,
        thoughts: Thoughts,
        decided: DecidedAnswer,
        rules: AnswerRules,
    ) -> EngineRequest:
        tokens = self.tokenize_prompt(prompt)
        max_tokens = rules.max_answer_tokens if request.max_tokens is None else request.max_tokens
        constrain = partial(
            constrain_answer,
            call_format=self._call_format,
            has_call_token=self._has_call_token,
            thoughts=thoughts,
            is_bounded=rules.bound_answers,
        )
        constraint = constrain(decided.request, calls=decided.calls, is_single=rules.single_calls)

        def without_values() -> Constraint | None:
            plain = decide_answer(request, replace(rules, take_values=False))
            return constrain(plain.request, calls=plain.calls, is_single=rules.single_calls)

        is_free_text = constraint is None or decided.is_free_text
        return EngineRequest(
            prompt=tokens,
            sampling=request.sampling,
            max_tokens=self._bound_tokens(max_tokens, len(tokens)),
            num_choices=request.num_choices,
            stop=request.stop if self._own_template else (*request.stop, *DEFAULT_STOPS),
            constraint=constraint,
            offered=constrain(request) if decided.calls is not None else None,
            alternatives=(without_values, partial(constrain, request)),
            num_top_logprobs=request.num_top_logprobs,
            ends_repetition=rules.stop_repetition and is_free_text,
        )

    def _bound_tokens(self, max_tokens: int | None, num_prompt_tokens: int) -> int | None:
        """Bound the answer by what the window has left; an answer that meets the bound ends with `length`.

        Programs ask for as many tokens as their own model can give. Refusing that would make them untestable
        with a small one. A prompt that leaves no room at all is the engine's to refuse.
        """
        room = self.engine.window - num_prompt_tokens
        return max_tokens if max_tokens is None or room < 1 else min(max_tokens, room)

    @cached_property
    def _call_format(self) -> ToolCallFormat:
        return find_format(self.template.source)

    @cached_property
    def _has_call_token(self) -> bool:
        mark = self._call_format.begin.rstrip("\n")
        return bool(mark) and len(self.engine.vocabulary.tokenize(mark)) == 1

    def _find_thoughts(self, request: GenerationRequest, prompt: str) -> Thoughts:
        """Whether the answer begins with thoughts, and whether the prompt's end has opened them."""
        # A template may have closed the thoughts itself, for a word in the conversation such as `/no_think`.
        if not is_to_think(self.template, request) or prompt.rstrip().endswith(THINK_END):
            return "none"
        return "opened" if prompt.rstrip().endswith(THINK_BEGIN) else "unopened"

    def tokenize_prompt(self, prompt: str) -> tuple[int, ...]:
        """Tokenize a prompt; the template has most often written the first token itself."""
        has_bos = bool(self.template.bos) and prompt.startswith(self.template.bos)
        return self.engine.vocabulary.tokenize(prompt, add_special=not has_bos)

    def _create_parser(
        self, choice: int, request: GenerationRequest, thoughts: Thoughts, decided: DecidedAnswer
    ) -> AnswerParser:
        parser = AnswerParser(
            choice=choice,
            tools=offered_tools(request),
            call_format=self._call_format,
            has_thoughts=thoughts != "none",
            must_call=request.tool_use.mode == "required" or bool(decided.calls),
            follows_colon=self._own_template is None,
        )
        if thoughts == "opened":
            parser.start_thinking()
        return parser

    def _special_text(self, metadata_key: str) -> str:
        token_id = self.metadata.get(metadata_key)
        return self.engine.vocabulary.piece(int(token_id)).decode() if token_id is not None else ""


@dataclass(frozen=True, slots=True)
class _PreparedAnswer:
    """What an answer needs: the engine's request, and what reads each choice's text.

    Attributes:
        is_slow: whether submitting the request may take seconds.
    """

    request: EngineRequest
    is_slow: bool
    parsers: list[AnswerParser]
    predicted: "_PredictedAnswer | None"
    watch: AnswerWatch | None
    left_out: LeftOut | None


class _PredictedAnswer:
    """Compares the text of each choice with the prediction that the client sent."""

    def __init__(self, backend: LlamaBackend, prediction: str) -> None:
        self._tokenize = backend.engine.vocabulary.tokenize
        self._prediction = self._tokenize(prediction, parse_special=False)
        self._texts: dict[int, list[str]] = {}

    def add(self, delta: TextDelta) -> None:
        self._texts.setdefault(delta.choice, []).append(delta.text)

    def count(self) -> tuple[int, int]:
        """Tokens accepted and rejected, over all choices."""
        answers = [self._tokenize("".join(texts), parse_special=False) for texts in self._texts.values()]
        accepted = sum(count_accepted(answer, self._prediction) for answer in answers)
        return accepted, len(answers) * len(self._prediction) - accepted


def _parse(
    event: TextGenerated | ChoiceFinished, parser: AnswerParser, *, is_text_free: bool
) -> Iterator[GenerationEvent]:
    """What an event of the engine says of one choice."""
    if isinstance(event, TextGenerated):
        yield from parser.feed(event.text, num_tokens=event.num_tokens, logprobs=event.logprobs)
        return
    # Free text that reaches its limit is cut, though the constraint allows any; a call after it isn't.
    is_whole = event.is_whole and not (is_text_free and parser.num_calls == 0)
    is_cut = event.reason == "length" and not is_whole
    yield from parser.finish(is_cut=is_cut)
    yield Finished(event.choice, _finish_reason(parser, is_cut=is_cut))


def _finish_reason(parser: AnswerParser, *, is_cut: bool) -> FinishReason:
    if is_cut:
        return "length"
    return "tool_calls" if parser.num_calls else "stop"


def _count_usage(event: RequestFinished, parsers: list[AnswerParser], predicted: tuple[int, int]) -> Usage:
    accepted, rejected = predicted
    return Usage(
        prompt_tokens=event.num_prompt_tokens,
        cached_tokens=event.num_cached_tokens,
        completion_tokens=event.num_generated_tokens,
        reasoning_tokens=sum(parser.num_reasoning_tokens for parser in parsers),
        accepted_prediction_tokens=accepted,
        rejected_prediction_tokens=rejected,
    )
