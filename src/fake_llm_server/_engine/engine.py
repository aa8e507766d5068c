"""The engine's public face: a model's context, its thread, and the requests that it takes."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import llama_cpp

from fake_llm_server._engine.choice import Choice
from fake_llm_server._engine.constraints import ConstraintCompiler
from fake_llm_server._engine.engine_thread import EngineThread
from fake_llm_server._engine.fingerprint import identify
from fake_llm_server._engine.jobs import Job, Submission
from fake_llm_server._engine.native import NativeContext, NativeModel
from fake_llm_server._engine.prefix_cache import PrefixCache
from fake_llm_server._engine.requests import EngineListener, EngineRequest
from fake_llm_server._engine.rules import chunk_prompt
from fake_llm_server._engine.self_check import Conditions
from fake_llm_server._engine.settings import ContextPlan, plan_context
from fake_llm_server._engine.statistics import EngineStatistics
from fake_llm_server._engine.stepper import Stepper
from fake_llm_server._engine.validation import check_request
from fake_llm_server._engine.vocabulary import Vocabulary
from fake_llm_server._seam import Constraint
from fake_llm_server._settings import EngineSettings

CreateContext = Callable[[NativeModel, ContextPlan], NativeContext]
_DEFAULT_SETTINGS = EngineSettings()


class Engine:
    """Continues prompts on the weights of a loaded `Llama`, many at once, the same every time.

    It has a context and a thread of its own; the `Llama` must stay open until `close` returns. While nobody
    uses it, it can `rest`: then it has no thread, but keeps its context and its cached prefixes.

    Args:
        llama: whose weights are used.
        settings: limits.
        create_context: makes the context; a test's context has faults.

    Attributes:
        settings: as given.
        window: tokens that a sequence may hold, prompt and answer.
        vocabulary: text to tokens and back, for every thread.

    Raises:
        ConfigurationError: the settings don't suit the model.
        ModelLoadError: the context doesn't fit into memory.
    """

    def __init__(
        self,
        llama: llama_cpp.Llama,
        settings: EngineSettings = _DEFAULT_SETTINGS,
        *,
        create_context: CreateContext = NativeContext,
    ) -> None:
        model = NativeModel(llama)
        plan = plan_context(
            settings, num_trained=model.num_trained, kv_bytes_per_token=model.kv_bytes_per_token
        )
        self.settings = settings
        self.window = plan.window
        self.vocabulary = Vocabulary(model)
        self._fingerprints = {
            matters: identify(model, plan, do_threads_matter=matters) for matters in (False, True)
        }
        self._constraints = ConstraintCompiler(model)
        self._stepper = Stepper(
            partial(create_context, model, plan),
            model=model,
            conditions=Conditions(
                self._fingerprints[True], plan.num_slots, plan.num_threads, not settings.check_again
            ),
            max_wait_s=settings.max_wait_s,
            can_share=model.can_cut,
            prefix_cache=PrefixCache(settings.max_prefix_cache_bytes, can_cut=model.can_cut),
        )
        self._thread = EngineThread(self._stepper, max_unfinished=plan.num_slots + settings.max_queued)
        try:
            self._thread.start()
        except BaseException:
            self._thread.close()
            raise

    @property
    def fingerprint(self) -> str:
        """Names everything that an answer depends on besides the request; final once the first one begins."""
        return self._fingerprints[self._stepper.do_threads_matter]

    @property
    def is_alive(self) -> bool:
        """Whether it takes requests: until `close`."""
        return self._thread.is_alive

    def statistics(self) -> EngineStatistics:
        """What the engine does and has done, as of its last step; any thread may ask, nothing waits."""
        last = self._stepper.statistics
        return replace(last, num_waiting=last.num_waiting + self._thread.num_in_inbox)

    def submit(self, request: EngineRequest, listener: EngineListener) -> Submission:
        """Queue a request.

        Args:
            request: what is asked.
            listener: called with each event, on the engine's thread. The last is `RequestFinished` or
                `RequestFailed`; a cancelled request gets none after its cancellation.

        Raises:
            InvalidRequestError: the request is out of range.
            ContextOverflowError: prompt and `max_tokens` exceed the window.
            ConstraintError: the constraint can't be used.
            QueueFullError: too many requests are waiting.
            EngineStoppedError: the engine is closed.
        """
        max_tokens = check_request(request, window=self.window, vocabulary_size=self.vocabulary.size)
        if request.offered is not None:
            self._constraints.begin(request.offered)
        constraint = self._choose_constraint(request, max_tokens)
        create = partial(self._create_choice, request=request, constraint=constraint, max_tokens=max_tokens)
        choices = [create(index) for index in range(request.num_choices)]
        prompt = chunk_prompt(request.prompt, self.vocabulary.is_control)
        job = Job(request, listener, choices, prompt, time.monotonic())
        self._thread.submit(job)
        return job.submission

    def may_compile_slowly(self, request: EngineRequest) -> bool:
        """Whether submitting a request may take seconds, for its constraints."""
        constraints = [each for each in (request.constraint, request.offered) if each is not None]
        return any(self._constraints.may_be_slow(constraint) for constraint in constraints)

    def find_constraint_fault(self, constraint: Constraint) -> str | None:
        """Why a constraint can't be used, or None if it can. It blocks, and may take seconds."""
        return self._constraints.find_fault(constraint)

    def rest(self) -> None:
        """End the thread as soon as nothing is left to do; the next request starts another one.

        Returns when the thread has ended, or at once if requests are under way that nobody has cancelled.
        """
        self._thread.rest()
        self._constraints.close()

    def close(self) -> None:
        """Stop within a step and free the context; requests that wait or run fail. Twice is once.

        Returns when that is done. A listener may call it, on the engine's own thread: then it returns at
        once, and the context is freed after the step.
        """
        self._thread.close()
        self._constraints.close()

    def _choose_constraint(self, request: EngineRequest, max_tokens: int) -> Constraint | None:
        """The request's constraint, or the first alternative, that has a whole text within the limit."""
        if request.constraint is None or not request.lead_to_end:
            return request.constraint
        for create in (lambda: request.constraint, *request.alternatives):
            constraint = create()
            if constraint is None or self._constraints.fits(constraint, max_tokens):
                return constraint
        return request.constraint

    def _create_choice(
        self, index: int, request: EngineRequest, constraint: Constraint | None, max_tokens: int
    ) -> Choice:
        led_tokens = max_tokens if request.lead_to_end else 0
        walk = None if constraint is None else self._constraints.begin(constraint, led_tokens)
        return Choice(index, request, max_tokens, self.vocabulary, walk)
