"""What isn't used costs nothing: what a test run imports."""

import pytest

pytest_plugins = ["pytester"]

HEAVY = ("llama_cpp", "numpy", "llguidance", "huggingface_hub", "jinja2", "psutil", "jsonschema_rs")
PARTS = ("_backends.local.backend", "_engine", "_text", "_weights.hub", "_weights.native")


def run(pytester: pytest.Pytester, tests: str) -> None:
    """Run tests in a process of their own, which knows what only a model needs."""
    names = (*HEAVY, *(f"fake_llm_server.{part}" for part in PARTS))
    pytester.makepyfile(f"import sys\n\nNEEDED_BY_A_MODEL = {set(names)}\n{tests}")
    ran = pytester.runpytest_subprocess("-p", "fake_llm_server.pytest_plugin", "-p", "no:cacheprovider")
    ran.assert_outcomes(passed=1)


def test_scripted_replies_import_no_model(pytester: pytest.Pytester) -> None:
    """Tests whose replies are scripted import neither llama.cpp nor what prepares a prompt for it."""
    run(
        pytester,
        """
def test_scripted(fake_llm, openai_client):
    from fake_llm_server import reply
    schema = {"type": "object", "properties": {}}
    tool = {"type": "function", "name": "search", "strict": False, "parameters": schema}
    fake_llm.script("It is sunny.", 429, reply(tool="search", arguments={"a": 1}).slow(first_token_s=0))
    for _ in range(2):
        list(openai_client.responses.create(model="m", input="Hi", tools=[tool], stream=True))
    assert not NEEDED_BY_A_MODEL - {"jsonschema_rs"} & sys.modules.keys()
""",
    )


def test_a_model_is_imported_when_it_is_needed(pytester: pytest.Pytester) -> None:
    """What the test above names is what a model needs: an answer of the model imports it."""
    run(
        pytester,
        """
def test_model(fake_llm, openai_client):
    assert openai_client.responses.create(model="m", input="Hi", max_output_tokens=16).output_text
    assert NEEDED_BY_A_MODEL - sys.modules.keys() <= {
        "huggingface_hub", "psutil", "jsonschema_rs", "fake_llm_server._weights.hub"
    }
""",
    )
