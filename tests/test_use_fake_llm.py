"""`use_fake_llm`: a scope for tests without pytest's fixtures."""

import asyncio
import inspect
import os
import unittest
from typing import Any

import openai
import pytest

from fake_llm_server import (
    ConfigurationError,
    FakeLLM,
    FakeLLMServer,
    ScriptError,
    pytest_plugin,
    use_fake_llm,
)


def ask() -> str:
    """The program under test, which reads the environment."""
    with openai.OpenAI(max_retries=0) as client:
        return client.responses.create(model="m", input="Hi").output_text


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the program would find without a scope."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-before")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def run_case(case: type[unittest.TestCase]) -> unittest.TestResult:
    """Run the tests of a class, as unittest does."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


def test_a_block_has_a_scope() -> None:
    """The environment leads to the scope within the block, and is put back after it, also by an error."""
    with use_fake_llm() as fake_llm:
        fake_llm.script("one")
        assert os.environ["OPENAI_API_KEY"] == fake_llm.api_key
        assert ask() == "one"
    with pytest.raises(ScriptError, match="were not used"), use_fake_llm() as fake_llm:
        fake_llm.script("left")
    failing = use_fake_llm(allow_unused=True)
    with pytest.raises(ZeroDivisionError) as caught, failing as fake_llm:  # noqa: PT012 - what fails is the block
        fake_llm.when().then("two")
        raise ZeroDivisionError(ask())
    assert "call 0: createResponse m: 200 by rule" in caught.value.__notes__[0]
    assert os.environ["OPENAI_API_KEY"] == "sk-before"
    assert "OPENAI_BASE_URL" not in os.environ


def test_functions() -> None:
    """A decorated function gets the scope if it has a parameter for it; pytest sees none."""

    @use_fake_llm
    def plain(text: str, fake_llm: FakeLLM) -> str:
        fake_llm.script(text)
        return ask()

    @use_fake_llm(strict=True)
    async def asynchronous(fake_llm: FakeLLM) -> str:
        assert fake_llm.strict
        fake_llm.script("two")
        return await asyncio.to_thread(ask)

    @use_fake_llm
    def without() -> str:
        return os.environ["OPENAI_API_KEY"]

    assert plain("one") == "one"  # type: ignore[call-arg] # the decorator gives the other argument
    assert asyncio.run(asynchronous()) == "two"  # type: ignore[call-arg] # the decorator gives it
    assert without().startswith("sk-fake-")
    assert plain.__name__ == "plain"


def test_classes_of_unittest() -> None:
    """Each test of a class has a scope of its own before `setUp`; what went wrong in it is an error."""

    @use_fake_llm(strict=True)
    class Case(unittest.IsolatedAsyncioTestCase):
        fake_llm: FakeLLM

        def setUp(self) -> None:
            self.fake_llm.script("one")

        def test_used(self) -> None:
            assert ask() == "one"
            assert len(self.fake_llm.calls) == 1

        async def test_async(self) -> None:
            assert await asyncio.to_thread(ask) == "one"

        def test_unused(self) -> None:
            pass

    result = run_case(Case)
    assert result.testsRun == 3
    assert not result.failures
    [(case, text)] = result.errors
    assert case.id().endswith("test_unused")
    assert "1 of 1 scripted replies were not used" in text
    assert os.environ["OPENAI_API_KEY"] == "sk-before"


def test_another_server() -> None:
    """The scope is opened on the server that is given."""
    with FakeLLMServer(load="first_use", any_model=True) as server:
        with use_fake_llm(server=server) as fake_llm:
            assert fake_llm.base_url == server.base_url
        with use_fake_llm() as fake_llm:
            assert fake_llm.base_url != server.base_url


def test_it_takes_what_open_scope_takes() -> None:
    """The decorator and pytest's marker have all options of a scope."""
    options = {*inspect.signature(FakeLLMServer.open_scope).parameters} - {"self", "api_key"}
    assert {*inspect.signature(use_fake_llm).parameters} - {"test", "server"} == options
    assert {*pytest_plugin._OPTIONS} == options


class NoCase:
    """A class that isn't unittest's."""


@pytest.mark.parametrize("wrong", [NoCase, 5, "text"])
def test_what_is_no_test_is_refused(wrong: Any) -> None:
    """What can't be decorated is refused where it is."""
    with pytest.raises(ConfigurationError, match="use_fake_llm decorates"):
        use_fake_llm(wrong)
    with pytest.raises(ConfigurationError, match="use_fake_llm decorates"):
        use_fake_llm(strict=True)(wrong)
