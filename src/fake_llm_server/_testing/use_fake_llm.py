"""A scope for a test without pytest's fixtures: a context manager, which decorates functions and classes."""

import functools
import inspect
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, TypeVar, cast, overload

from fake_llm_server._errors import ConfigurationError
from fake_llm_server._serving import FakeLLM, FakeLLMServer
from fake_llm_server._settings import AnswerRules
from fake_llm_server._testing.servers import open_default_server

Tested = TypeVar("Tested", bound=Callable[..., Any])

_ARGUMENT = "fake_llm"


class UsedFakeLLM:
    """What `use_fake_llm` returns: `with` opens a scope, and a decorated test has one while it runs."""

    def __init__(self, server: FakeLLMServer | None, options: Mapping[str, Any]) -> None:
        self._server = server
        self._options = options
        self._opened: list[tuple[FakeLLM, ExitStack]] = []

    def __enter__(self) -> FakeLLM:
        fake_llm = (self._server or open_default_server()).open_scope(**self._options)
        closing = ExitStack()
        closing.callback(fake_llm.close)
        closing.enter_context(_changed_environment(fake_llm.environment))
        self._opened.append((fake_llm, closing))
        return fake_llm

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        fake_llm, closing = self._opened.pop()
        closing.close()
        if exc_value is None:
            fake_llm.check()
        else:  # its own failure is the one to raise; what was asked and answered is told beside it
            exc_value.add_note("\n".join([fake_llm.describe(), *fake_llm.take_faults()]))

    def __call__(self, test: Tested) -> Tested:
        """Decorate a function, whose parameter `fake_llm` is the scope, or a `TestCase`, whose attribute is.

        Raises:
            ConfigurationError: it is neither.
        """
        if isinstance(test, type):
            return cast("Tested", self._decorate_class(test))
        if not inspect.isroutine(test) or inspect.isgeneratorfunction(test):
            raise ConfigurationError(
                f"use_fake_llm decorates functions and classes of unittest; {test!r} is neither."
            )
        return cast("Tested", self._decorate_function(test))

    def _decorate_function(self, test: Any) -> Any:
        parameters = inspect.signature(test).parameters

        @contextmanager
        def open_scope() -> Iterator[dict[str, FakeLLM]]:
            with UsedFakeLLM(self._server, self._options) as fake_llm:
                yield {_ARGUMENT: fake_llm} if _ARGUMENT in parameters else {}

        def run(*args: Any, **kwargs: Any) -> Any:
            with open_scope() as own:
                return test(*args, **kwargs, **own)

        async def run_async(*args: Any, **kwargs: Any) -> Any:
            with open_scope() as own:
                return await test(*args, **kwargs, **own)

        decorated: Any = functools.wraps(test)(run_async if inspect.iscoroutinefunction(test) else run)
        # pytest would take a parameter of this name for its fixture.
        left = [each for each in parameters.values() if each.name != _ARGUMENT]
        decorated.__signature__ = inspect.Signature(left)
        return decorated

    def _decorate_class(self, test: Any) -> Any:
        import unittest  # noqa: PLC0415 - it takes 20 ms, and whoever decorates its classes has it

        if not issubclass(test, unittest.TestCase):
            raise ConfigurationError(
                f"use_fake_llm decorates classes of unittest; {test.__name__} isn't a TestCase. In pytest a "
                "test takes the fixture `fake_llm`."
            )
        set_up = test.setUp

        @functools.wraps(set_up)
        def open_and_set_up(case: Any) -> None:
            case.fake_llm = case.enterContext(UsedFakeLLM(self._server, self._options))
            set_up(case)

        test.setUp = open_and_set_up
        return test


@overload
def use_fake_llm(test: Tested, /) -> Tested: ...


@overload
def use_fake_llm(
    *,
    server: FakeLLMServer | None = None,
    strict: bool = False,
    allow_unused: bool = False,
    rules: AnswerRules | None = None,
    judge: bool | str | Collection[str] = False,
) -> UsedFakeLLM: ...


def use_fake_llm(
    test: Any = None,
    /,
    *,
    server: FakeLLMServer | None = None,
    strict: bool = False,
    allow_unused: bool = False,
    rules: AnswerRules | None = None,
    judge: bool | str | Collection[str] = False,
) -> Any:
    """Give a test a scope of its own, to which OPENAI_BASE_URL and OPENAI_API_KEY lead while it runs.

        with use_fake_llm() as fake_llm:
            fake_llm.script("It is sunny.")

        @use_fake_llm  # or @use_fake_llm(strict=True)
        class TestProgram(unittest.TestCase):
            def test_it(self):
                self.fake_llm.script("It is sunny.")

        @use_fake_llm
        def test_it(fake_llm): ...

    In pytest the fixture `fake_llm` does the same. A test that fails has its calls in a note of its error.

    Args:
        test: what is decorated: a function, synchronous or not, or a class of unittest.
        server: on which the scope is opened. None is one that all such tests of the process share: it loads
            its model when a call first falls through to it, and answers for every model's name.
        strict: see `FakeLLMServer.open_scope`, as for the others.
        allow_unused: whether replies may be left at the end.
        rules: of the model's answers.
        judge: the kinds of verdicts on the client that fail.

    Raises:
        ConfigurationError: what is decorated is no test.
        ScriptError: when the scope is left; see `FakeLLM.check`.
    """
    options = {"strict": strict, "allow_unused": allow_unused, "rules": rules, "judge": judge}
    used = UsedFakeLLM(server, options)
    return used if test is None else used(test)


@contextmanager
def _changed_environment(values: Mapping[str, str]) -> Iterator[None]:
    """Variables of the environment, put back in the end."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
