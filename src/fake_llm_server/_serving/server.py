"""Runs a server on a thread of its own, for as long as a test or a program wants it."""

import logging
import threading
import weakref
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property, partial
from types import TracebackType
from typing import Self, Unpack

from fake_llm_server._app import (
    API_PREFIX,
    ModelName,
    ServingConfiguration,
    parse_server_args,
)
from fake_llm_server._control_api import CONTROL_PREFIX
from fake_llm_server._controls import MAX_ROUNDS, BreakKind, BreakPlan
from fake_llm_server._errors import FakeLLMServerError, StartError
from fake_llm_server._serving.break_rounds import BreakRound, run_break_rounds
from fake_llm_server._serving.fake_llm import ClientArguments, FakeLLM
from fake_llm_server._serving.thread import ServingThread, StartInfo, run_serving_thread
from fake_llm_server._settings import DEFAULT_MODEL, AnswerRules, ServerOptions

_LOGGER = logging.getLogger("fake_llm_server")

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0


class FakeLLMServer:
    """A fake of the OpenAI API: a real server with a small model behind it, on a loopback port.

    It answers when the constructor returns, and has ended when `close` returns; use it in a `with` block.

        with FakeLLMServer(model_name="smollm2-135m") as server:
            client = openai.OpenAI(**server.openai_client_args())

    Args:
        model_name: an alias of `SUPPORTED_MODEL_ALIASES`, a Hugging Face repository, the path of a GGUF
            file, or a `ModelSpec`; or several of them, which are served together.
        aliases: further names, each for a model, such as `{"gpt-4o-mini": "smollm2-135m"}`, so that the
            code under test keeps the model names it has.
        **options: the other settings, which docs/testing.md lists. Unless they say otherwise, the server
            listens on a free port of the loopback address.

    Attributes:
        configuration: what is served.

    Raises:
        UnknownModelError: `model_name` names no model.
        ModelError: a model can't be downloaded or loaded.
        ConfigurationError: the arguments contradict each other.
        StartError: the server doesn't come up, for example because the port is taken; its `__cause__` is
            what went wrong.
    """

    def __init__(
        self,
        model_name: ModelName | Sequence[ModelName] = DEFAULT_MODEL,
        *,
        aliases: Mapping[str, ModelName] | None = None,
        **options: Unpack[ServerOptions],
    ) -> None:
        self._start(parse_server_args(model_name, aliases=aliases, **options))

    @classmethod
    def from_configuration(cls, configuration: ServingConfiguration) -> Self:
        """Serve a configuration that was made before; the server closes it in the end.

        Raises:
            StartError: the server doesn't come up.
        """
        server = cls.__new__(cls)
        server._start(configuration)  # noqa: SLF001 - its own
        return server

    def _start(self, configuration: ServingConfiguration) -> None:
        self.configuration = configuration
        self._start_info = StartInfo()
        self._thread = threading.Thread(
            target=run_serving_thread,
            args=(self.configuration, self._start_info),
            name="fake-llm-server",
            daemon=True,
        )
        self._finalizer = weakref.finalize(self, _stop, self.configuration, self._start_info, self._thread)
        try:
            self._thread.start()
            self._wait_until_started()
        except BaseException:
            self.close()
            raise

    def _wait_until_started(self) -> None:
        is_told = self._start_info.started.wait(START_TIMEOUT_S)
        with self._start_info.lock:
            error = self._start_info.error
        if error is not None or not is_told:
            reason = _word(error) if error else f"it didn't answer within {START_TIMEOUT_S:g} seconds"
            raise StartError(f"The server could not be started: {reason.removesuffix('.')}.") from error

    @property
    def port(self) -> int:
        """The TCP port that the server listens on."""
        with self._start_info.lock:
            if self._start_info.port is None:
                raise StartError("The server isn't running; it has no port.")
            return self._start_info.port

    @property
    def base_url(self) -> str:
        """The URL that OpenAI's clients take as `base_url`."""
        host = self.configuration.settings.host
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
        return f"http://{host}:{self.port}{API_PREFIX}"

    @property
    def control_url(self) -> str:
        """The URL of the control API; it answers where the setting `control_key` has turned it on."""
        return f"{self.base_url.removesuffix(API_PREFIX)}{CONTROL_PREFIX}"

    def openai_client_args(self) -> ClientArguments:
        """Arguments for `openai.OpenAI` and `openai.AsyncOpenAI`."""
        keys = self.configuration.settings.api_keys
        return {"base_url": self.base_url, "api_key": keys[0] if keys else "fake-api-key"}

    @cached_property
    def fake_llm(self) -> FakeLLM:
        """Controls what is answered to every key that has no scope, from its first use on."""
        return FakeLLM(
            self._running.scopes.default,
            base_url=self.base_url,
            api_key=self.openai_client_args()["api_key"],
            close=_keep_open,
        )

    def open_scope(
        self,
        api_key: str | None = None,
        *,
        strict: bool = False,
        allow_unused: bool = False,
        rules: AnswerRules | None = None,
        judge: bool | str | Collection[str] = False,
    ) -> FakeLLM:
        """Open a scope: an API key with its own script, rules, calls, ids and stored objects.

        Args:
            api_key: the scope's; None makes one.
            strict: whether a call that nothing was written for fails.
            allow_unused: whether replies may be left at the end.
            rules: of the model's answers; None takes the server's.
            judge: the kinds of verdicts on the client that fail; True is all of them.

        Returns:
            The handle of it, for a `with` block.

        Raises:
            ConfigurationError: the key is empty, or has a scope already.
            StartError: the server isn't running.
        """
        server = self._running
        key = server.scopes.create_key() if api_key is None else api_key
        scope = server.scopes.open(key)
        opened = FakeLLM(scope, base_url=self.base_url, api_key=key, close=lambda: server.close_scope(key))
        opened.strict, opened.allow_unused, opened.rules = strict, allow_unused, rules
        opened.judge = judge
        return opened

    def break_everywhere(
        self,
        *kinds: BreakKind,
        max_rounds: int = MAX_ROUNDS,
        strict: bool = False,
        allow_unused: bool = False,
        rules: AnswerRules | None = None,
    ) -> Iterator[BreakRound]:
        """Run the body of a loop once as it is, and then once for each place at which its requests can break.

            for each in server.break_everywhere("cut"):
                with each as fake_llm:
                    ...  # the test; fake_llm.break_point is None in the first round

        Each round has a scope of its own. What fails in a round that breaks doesn't end the loop: all of it
        is told at the end.

        Args:
            *kinds: `cut`, `reset`, `half_close`, `end`, `hang`, `malformed` and `duplicated`; see
                `FakeLLM.break_request`. None is `cut`.
            max_rounds: of places; where there are more, so many are chosen evenly.
            strict: as `open_scope` takes it; so are the others.
            allow_unused: see `strict`.
            rules: see `strict`.

        Raises:
            AssertionError: the program did not survive everywhere; it says where, and what it failed with.
            ScriptError: the first round made no request that can break.
            ConfigurationError: a kind of break is none.
        """
        plan = BreakPlan(kinds or ("cut",), max_rounds)
        open_scope = partial(self.open_scope, strict=strict, allow_unused=allow_unused, rules=rules)
        return run_break_rounds(open_scope, plan)

    @property
    def _running(self) -> ServingThread:
        with self._start_info.lock:
            if self._start_info.server is None:
                raise StartError("The server isn't running; it has no scopes.")
            return self._start_info.server

    def close(self) -> None:
        """Stop the server: cancel what is under way, free the port, end the thread. Idempotent."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
        if exc_type is None and "fake_llm" in self.__dict__:
            self.fake_llm.check()

    def __repr__(self) -> str:
        where = self.base_url if self._finalizer.alive else "closed"
        return f"<FakeLLMServer {', '.join(self.configuration)} at {where}>"


def _keep_open() -> None:
    """The default scope lives as long as its server."""


def _word(error: BaseException) -> str:
    """Our own errors speak for themselves; of others the class may say more than the message."""
    return str(error) if isinstance(error, FakeLLMServerError) else f"{type(error).__name__}: {error}"


def _stop(configuration: ServingConfiguration, start_info: StartInfo, thread: threading.Thread) -> None:
    """Stop a server and let its models go; runs once, at `close`, collection or the process's end."""
    with start_info.lock:
        start_info.is_stopped = True
        server = start_info.server
    if server is not None:
        server.stop()
    if thread.is_alive() and thread is not threading.current_thread():
        thread.join(STOP_TIMEOUT_S)
        if thread.is_alive():
            # Its engines may still read the weights, so those must stay.
            _LOGGER.error("A server didn't end within %g seconds; its models stay loaded.", STOP_TIMEOUT_S)
            return
    configuration.close()
