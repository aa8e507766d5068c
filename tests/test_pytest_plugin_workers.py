"""pytest-xdist's workers share one model, which the process that starts them keeps."""

from typing import Any

import openai
import pytest

pytest_plugins = ["pytester"]

SUITE = """
import os, sys
import openai, pytest
from fake_llm_server import FakeLLMServer

def ask(client):
    messages = [{"role": "user", "content": "Say hello."}]
    answer = client.chat.completions.create(
        model="m", messages=messages, max_tokens=5, seed=1, logprobs=True
    )
    return answer.model_dump(exclude={"id", "created", "usage", "model"})

@pytest.mark.parametrize("number", range(3))
def test_answers(fake_llm, openai_client, fake_llm_server, number):
    assert fake_llm_server.configuration.host is not None
    answers = [ask(openai_client), ask(openai_client)]
    assert answers[0] == answers[1]
    assert fake_llm.calls[0].source == "model"
    assert "llama_cpp" not in sys.modules
    with open(f"{number}.txt", "w") as file:
        file.write(repr(answers[0]))

def test_dies(openai_client):
    stream = openai_client.responses.create(model="m", input="Tell me a story.", stream=True)
    for event in stream:
        if event.type == "response.output_text.delta":
            os.kill(os.getpid(), 9)

def test_functions_are_called_here(fake_llm, openai_client):
    pids = []
    fake_llm.when(where=lambda call: pids.append(os.getpid()) is None).then(lambda call: str(os.getpid()))
    assert ask(openai_client)["choices"][0]["message"]["content"] == str(os.getpid())
    assert pids == [os.getpid()]

def test_errors(openai_client):
    with pytest.raises(openai.BadRequestError, match="context window"):
        openai_client.responses.create(model="m", input="a b c " * 9000)

def test_own_settings_stay_own(fake_llm_server_factory):
    with FakeLLMServer(load="first_use") as own:
        assert own.configuration.host is None
    made = fake_llm_server_factory(api_keys=["sk-a"])
    assert made.configuration.host is not None
    assert fake_llm_server_factory(max_model_bytes=2**30).configuration.host is None
"""


def test_workers_share_a_model(pytester: pytest.Pytester, client: openai.OpenAI) -> None:
    """Workers load nothing, and answer as a process that has the model; one that is killed ends alone."""
    pytester.makepyfile(SUITE)
    ran = pytester.runpytest_subprocess(
        "-n2", "-p", "fake_llm_server.pytest_plugin", "-p", "no:cacheprovider", "-W", "error", timeout=200
    )
    ran.assert_outcomes(passed=6, failed=1)
    ran.stdout.fnmatch_lines(["*crashed while running*test_dies*"])
    messages: Any = [{"role": "user", "content": "Say hello."}]
    alone = client.chat.completions.create(
        model="smollm2-135m", messages=messages, max_tokens=5, seed=1, logprobs=True
    )
    expected = repr(alone.model_dump(exclude={"id", "created", "usage", "model"}))
    for number in range(3):
        assert (pytester.path / f"{number}.txt").read_text() == expected
