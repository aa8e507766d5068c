"""The engine's public face and its thread. What a step does is the stepper's business."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial

import llama_cpp

from fake_llm_server._engine.choice import Choice
from fake_llm_server._engine.constraints import ConstraintCompiler
from fake_llm_server._engine.fingerprint import identify
from fake_llm_server._engine.jobs import Job, Submission
from fake_llm_server._engine.native import NativeContext, NativeModel
from fake_llm_server._engine.prefix_cache import PrefixCache
from fake_llm_server._engine.requests import EngineListener, EngineRequest
from fake_llm_server._engine.settings import ContextPlan, EngineSettings, plan_context
from fake_llm_server._engine.stepper import Stepper
from fake_llm_server._engine.validation import check_request
from fake_llm_server._engine.vocabulary import Vocabulary
from fake_llm_server._errors import EngineFailureError, EngineStoppedError, QueueFullError

logger = logging.getLogger(__name__)

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
        fingerprint: names everything that an answer depends on besides the request.

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
        self.fingerprint = identify(model, plan)
        self._max_unfinished = plan.num_slots + settings.max_queued
        self._constraints = ConstraintCompiler(model)
        self._stepper = Stepper(
            partial(create_context, model, plan),
            num_slots=plan.num_slots,
            max_wait_s=settings.max_wait_s,
            can_share=model.can_cut,
            prefix_cache=PrefixCache(settings.max_prefix_cache_bytes, can_cut=model.can_cut),
        )
        self._model = model
        self._num_threads = plan.num_threads
        self._wake = threading.Condition()
        self._inbox: deque[Job] = deque()
        self._num_unfinished = 0
        self._is_checked = False
        self._is_closed = False
        self._is_resting = False
        self._is_stopping = False
        self._thread: threading.Thread | None = None
        with self._wake:
            self._start_thread()

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
        choices = deque(
            self._create_choice(index, request, max_tokens) for index in range(request.num_choices)
        )
        job = Job(request, listener, choices, time.monotonic(), num_unfinished=request.num_choices)
        with self._wake:
            if self._is_stopping:
                raise EngineStoppedError("The engine is closed; open it again to generate.")
            if self._num_unfinished >= self._max_unfinished:
                raise QueueFullError(
                    f"The engine has {self._num_unfinished} unfinished requests, as many as it takes: "
                    "try again later, or raise max_queued."
                )
            self._num_unfinished += 1
            self._inbox.append(job)
            self._start_thread()
        return job.submission

    def rest(self) -> None:
        """End the thread, if nothing is left to do; the next request starts another one."""
        with self._wake:
            thread = self._thread
            if thread is None or not self._has_nothing_to_do():
                return
            self._is_resting = True
            self._wake.notify_all()
            self._wake.wait_for(lambda: self._thread is not thread or not self._is_resting)
            if self._thread is thread:
                return  # a request came, and keeps it
        thread.join()

    def close(self) -> None:
        """Stop within a step and free the context; requests that wait or run fail. Twice is once."""
        with self._wake:
            self._is_stopping = True
            self._start_thread()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _start_thread(self) -> None:
        """Make sure that a thread is there, and wake it. The lock must be held."""
        self._is_resting = False
        if self._thread is None and not self._is_closed:
            self._thread = threading.Thread(target=self._run, name="fake-llm-server-engine", daemon=True)
            self._thread.start()
        self._wake.notify_all()

    def _create_choice(self, index: int, request: EngineRequest, max_tokens: int) -> Choice:
        walk = None if request.constraint is None else self._constraints.begin(request.constraint)
        return Choice(index, request, max_tokens, self.vocabulary, walk)

    def _run(self) -> None:
        is_to_rest = False
        try:
            if not self._is_checked:
                self._stepper.check_exactness(self._model, self._num_threads)
                self._is_checked = True
            while self._take_jobs():
                self._forget(self._step())
            is_to_rest = not self._is_stopping
        finally:
            if not is_to_rest:
                self._end()

    def _end(self) -> None:
        with self._wake:
            self._is_stopping = self._is_closed = True
            self._empty_inbox()
        self._forget(self._stepper.fail_all(EngineStoppedError("The engine was closed.")))
        self._stepper.close()

    def _step(self) -> list[Job]:
        try:
            return self._stepper.step()
        except Exception as error:
            logger.exception("The engine's step failed")
            return self._stepper.recover(EngineFailureError(f"The engine failed: {error!r}"))

    def _take_jobs(self) -> bool:
        """Wait for something to do; False when the thread is to end, to stop or to rest."""
        with self._wake:
            while self._has_nothing_to_do() and not self._is_stopping and not self._is_resting:
                self._wake.wait()
            if self._is_resting and self._has_nothing_to_do() and not self._is_stopping:
                self._thread = None  # from here on a request starts another one
                self._wake.notify_all()
                return False
            self._empty_inbox()
            return not self._is_stopping

    def _has_nothing_to_do(self) -> bool:
        return self._stepper.is_idle and not self._inbox

    def _empty_inbox(self) -> None:
        while self._inbox:
            self._stepper.add(self._inbox.popleft())

    def _forget(self, jobs: list[Job]) -> None:
        if jobs:
            with self._wake:
                self._num_unfinished -= len(jobs)
