"""How the plugin's servers and scopes are set: pytest's configuration, markers, the factory."""

import re

import pytest

from fake_llm_server import ConfigurationError, FakeLLMServerFactory

pytest_plugins = ["pytester"]

ASK = """
import openai, pytest

def ask(client):
    return client.responses.create(model="m", input="Hi").output_text
"""


def run(pytester: pytest.Pytester, tests: str) -> pytest.RunResult:
    """Run a suite in a process of its own."""
    pytester.makepyfile(ASK + tests)
    return pytester.runpytest_subprocess(
        "-p", "fake_llm_server.pytest_plugin", "-p", "no:cacheprovider", "-W", "error"
    )


def test_settings_of_pytest(pytester: pytest.Pytester) -> None:
    """The configuration of pytest sets the server and its scopes; markers add to it, the nearest last."""
    pytester.makepyprojecttoml(
        """
        [tool.pytest.ini_options]
        fake_llm_strict = true
        fake_llm_server = ["num_slots = 1", "max_body_bytes=1000", "aliases = gpt-x", "any_model = no"]
        """
    )
    ran = run(
        pytester,
        """
pytestmark = pytest.mark.fake_llm(allow_unused=True)

def test_server(fake_llm_server, fake_llm):
    settings = fake_llm_server.configuration.settings
    assert (settings.engine.num_slots, settings.max_body_bytes, settings.any_model) == (1, 1000, False)
    assert "gpt-x" in fake_llm_server.configuration
    assert fake_llm.strict and fake_llm.allow_unused

@pytest.mark.fake_llm(strict=False)
def test_markers(fake_llm):
    assert not fake_llm.strict and fake_llm.allow_unused

def test_factory(fake_llm_server_factory):
    made = fake_llm_server_factory(max_body_bytes=2000, any_model=True)
    settings = made.configuration.settings
    assert (settings.engine.num_slots, settings.max_body_bytes, settings.any_model) == (1, 2000, True)

class TestOwn:
    @pytest.fixture
    def fake_llm_server(self, fake_llm_server_factory):
        return fake_llm_server_factory(any_model=True)

    def test_own(self, fake_llm, openai_client):
        fake_llm.script("one")
        assert ask(openai_client) == "one"
""",
    )
    ran.assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["num_slot = 2"], "'num_slot = 2' names no setting; did you mean num_slots?"),
        (["2"], "fake_llm_server takes lines of a name, = and a value; '2' names no setting."),
        (["num_slots = two"], "num_slots in fake_llm_server is 'two', but must be an integer of at least 1"),
        (["aliases = a="], "aliases in fake_llm_server takes a name, such as gpt-4o-mini, or NAME=VALUE"),
        (["model_name = a, b", "aliases = gpt-x"], "The alias gpt-x doesn't say which model it means"),
    ],
)
def test_settings_that_cannot_be(lines: list[str], message: str) -> None:
    """A setting that isn't one is named, with what was expected."""
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        FakeLLMServerFactory(lines, label="fake_llm_server")


def test_a_wrong_setting_has_no_traceback(pytester: pytest.Pytester) -> None:
    """A setting of pytest's that can't be is an error of the tests that need it, in one line."""
    pytester.makeini("[pytest]\nfake_llm_server =\n  num_slots = 1\n  num_slot = 2\n")
    ran = run(pytester, "def test_any(fake_llm):\n    pass\n")
    ran.assert_outcomes(errors=1)
    ran.stdout.fnmatch_lines(["fake_llm_server takes lines of a name*'num_slot = 2'*"])
    assert "pytest_plugin.py" not in ran.stdout.str()
