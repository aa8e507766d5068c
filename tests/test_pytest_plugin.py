"""The pytest plugin, in test suites of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

SERVER = """
import pytest

@pytest.fixture(scope="session")
def ask():
    import openai

    def ask(text="Weather?", **fields):
        with openai.OpenAI() as client:
            return client.responses.create(model="gpt-5", input=text, **fields).output_text

    return ask
"""


def run(pytester: pytest.Pytester, tests: str, *arguments: str) -> pytest.RunResult:
    """Run a suite in a process of its own, where every warning is an error."""
    pytester.makeconftest(SERVER)
    pytester.makepyfile(tests)
    return pytester.runpytest_subprocess(
        "-W", "error", "-p", "fake_llm_server.pytest_plugin", "-p", "no:cacheprovider", *arguments
    )


def test_tests_need_import_nothing(pytester: pytest.Pytester) -> None:
    """Each test has a scope of its own, to which the environment and the clients lead; both are put back."""
    ran = run(
        pytester,
        """
        import asyncio, os, unittest
        import pytest

        def test_environment(fake_llm, ask):
            fake_llm.script("one")
            assert os.environ["OPENAI_API_KEY"] == fake_llm.api_key
            assert ask() == "one"
            assert [call.model for call in fake_llm.calls] == ["gpt-5"]

        def test_environment_is_put_back():
            assert os.environ["OPENAI_API_KEY"] == "sk-before"
            assert "OPENAI_BASE_URL" not in os.environ

        def test_clients(fake_llm, openai_client, async_openai_client):
            fake_llm.script("two", "three")
            assert openai_client.responses.create(model="m", input="Hi").output_text == "two"
            async def run():
                answer = await async_openai_client.responses.create(model="m", input="Hi")
                return answer.output_text
            assert asyncio.run(run()) == "three"
            assert len(fake_llm.calls) == 2

        @pytest.mark.fake_llm(allow_unused=True, strict=True)
        def test_marker(fake_llm):
            assert fake_llm.strict
            fake_llm.script("left")

        @pytest.mark.usefixtures("fake_llm")
        class TestCase(unittest.TestCase):
            def test_environment(self):
                assert os.environ["OPENAI_API_KEY"].startswith("sk-fake-")

        def test_server(fake_llm_server, fake_llm):
            import urllib.request
            with urllib.request.urlopen(fake_llm_server.base_url.replace("/v1", "/health")) as health:
                assert b'"smollm2-135m":false' in health.read().replace(b" ", b"")
        """,
        "--strict-markers",
    )
    ran.assert_outcomes(passed=6)


def test_failures_show_what_happened(pytester: pytest.Pytester) -> None:
    """A failed test's report has its calls; scripts that don't suit or are left fail the test itself."""
    ran = run(
        pytester,
        """
        import pytest
        from fake_llm_server import reply

        def test_own_failure(fake_llm, ask):
            fake_llm.script("It is sunny.", "left")
            assert ask() == "rain"

        def test_unused(fake_llm):
            fake_llm.script("left")

        def test_contradiction(fake_llm, ask):
            fake_llm.script(reply(tool="search", arguments={}))
            with pytest.raises(Exception):
                ask()

        def test_skipped(fake_llm):
            fake_llm.script("left")
            pytest.skip("later")

        def test_fails_by_a_word(fake_llm):
            fake_llm.script("left")
            pytest.fail("no")

        @pytest.mark.fake_llm(True)
        def test_marked_without_a_name(fake_llm):
            pass

        @pytest.mark.fake_llm(strct=True)
        def test_marked_by_a_wrong_name(fake_llm):
            pass

        @pytest.mark.fake_llm(judge=True)
        def test_guilty(fake_llm, ask):
            for _ in range(2):
                with pytest.raises(Exception):
                    ask(extra_body={"colour": "red"})

        def test_passes(fake_llm, ask):
            fake_llm.script("fine")
            ask()
        """,
    )
    ran.assert_outcomes(failed=5, skipped=1, passed=1, errors=2)
    ran.stdout.fnmatch_lines(
        [
            "@pytest.mark.fake_llm takes strict, allow_unused, rules, judge, by name; it was (True,), {}.",
            "@pytest.mark.fake_llm takes strict, allow_unused, rules, judge, by name*{'strct': True}.",
            "*Captured fake_llm call*",
            "call 0: createResponse gpt-5: 200 by script",
            "    user: Weather?",
            "    → 'It is sunny.' [[]stop[]]",
            "1 of 2 scripted replies were not used; the next one is reply('left').*",
            "1 of 1 scripted replies were not used; the next one is reply('left'). Calls that came: 0.*",
            "*Captured fake_llm call*",
            "No call came.",
            "The script's reply contradicts the request*'search', which isn't offered*",
            "*Captured fake_llm call*",
            "call 0: createResponse gpt-5: 500 by script",
            "    → error: The script's reply contradicts*",
            "retried_in_vain: request 0 (POST /v1/responses) got 400*",
            "*Captured fake_llm call*",
            "POST /v1/responses: 400 by the server",
            "    → error: Unknown parameter: 'colour'.",
        ]
    )


def test_the_server_may_be_another(pytester: pytest.Pytester) -> None:
    """A suite that defines `fake_llm_server` has scopes on that one."""
    ran = run(
        pytester,
        """
        import pytest
        from fake_llm_server import FakeLLMServer

        @pytest.fixture(scope="session")
        def fake_llm_server():
            aliases = {"gpt-5": "smollm2-135m"}
            with FakeLLMServer(load="first_use", aliases=aliases, api_keys=["sk-a"]) as server:
                yield server

        def test_server(fake_llm, ask, openai_client):
            fake_llm.script("one")
            assert ask() == "one"
            with pytest.raises(Exception, match="does not exist"):
                openai_client.responses.create(model="gpt-6", input="Hi")
        """,
    )
    ran.assert_outcomes(passed=1)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test's program would find without the plugin."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-before")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def test_nothing_is_imported_before_it_is_used(tmp_path: Path) -> None:
    """Loading the plugin imports none of the package's parts."""
    (tmp_path / "test_none.py").write_text("def test_none():\n    pass\n")
    program = (
        "import sys, pytest;"
        "assert pytest.main(['-q', '-p', 'no:cacheprovider', '-p', 'fake_llm_server.pytest_plugin']) == 0;"
        "print(sorted(name for name in sys.modules if name.startswith(('fake_llm_server', 'llama_cpp'))))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    loaded = ran.stdout.splitlines()[-1]
    assert loaded == "['fake_llm_server', 'fake_llm_server._openmp', 'fake_llm_server.pytest_plugin']"
