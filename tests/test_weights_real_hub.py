"""Every model of the catalogue from the real hub: its size, and one answer. Run by `tox -e models`."""

import openai
import pytest

from fake_llm_server import FakeLLMServer
from fake_llm_server._weights import SUPPORTED_MODEL_ALIASES
from fake_llm_server._weights.hub import Hub
from fake_llm_server._weights.sources import HubSource

HUB_ALIASES = [alias for alias, spec in SUPPORTED_MODEL_ALIASES.items() if isinstance(spec.source, HubSource)]

pytestmark = pytest.mark.hub


@pytest.mark.parametrize("alias", HUB_ALIASES)
def test_a_catalogue_model_downloads_and_answers(alias: str) -> None:
    """The file is at least as large as the catalogue says, and the model answers a question."""
    spec = SUPPORTED_MODEL_ALIASES[alias]
    downloaded = spec.download(refresh=True)
    assert spec.entry is not None
    assert sum(path.stat().st_size for path in downloaded.paths) >= spec.entry.min_size
    with FakeLLMServer(alias) as server, openai.OpenAI(base_url=server.base_url, api_key="any") as client:
        completion = client.chat.completions.create(
            model=alias,
            messages=[{"role": "user", "content": "What is the capital of France? Answer in one word."}],
            max_tokens=256,
        )
    assert completion.usage is not None
    assert completion.usage.completion_tokens > 1


def test_a_repository_is_enough() -> None:
    """A repository's name alone downloads the file that the rule chooses."""
    spec = SUPPORTED_MODEL_ALIASES["gemma-3-270m"]
    assert isinstance(spec.source, HubSource)
    (path,) = Hub().fetch(HubSource(spec.source.repository))
    assert path.name == spec.source.file
