"""Downloads in processes of their own: the environment's settings, and two at once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_hub import Faults, LocalHub, Repository
from tiny_models import write_tiny_model

NAME = "maker/tiny-GGUF"
CONTENT = b"GGUF" + bytes(2_000_000)
DOWNLOAD = f"""
from fake_llm_server._errors import DownloadError
from fake_llm_server._weights import ModelSpec
try:
    print(ModelSpec.from_model_name({NAME!r}).download().path)
except DownloadError as error:
    print("refused:", error)
"""


@pytest.fixture
def server() -> Iterator[LocalHub]:
    """A hub with one repository."""
    with LocalHub().run() as hub:
        hub.repositories[NAME] = Repository({"tiny-Q4_0.gguf": CONTENT})
        yield hub


def start(server: LocalHub, home: Path, code: str = DOWNLOAD, **environment: str) -> subprocess.Popen[str]:
    """Start a process that downloads, with the hub's own environment variables alone."""
    variables = {"HF_ENDPOINT": server.url, "HF_HOME": str(home), **environment}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={name: value for name, value in os.environ.items() if not name.startswith("HF_")} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    """What the process printed."""
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return output.strip()


def test_two_processes_transfer_once(server: LocalHub, tmp_path: Path) -> None:
    """Two processes that want the same model at once end up with one file, transferred once."""
    server.repositories[NAME].faults = Faults(delay_s=1.0)
    processes = [start(server, tmp_path) for _ in range(2)]
    paths = {finish(process) for process in processes}
    assert len(paths) == 1
    assert Path(paths.pop()).read_bytes() == CONTENT
    assert server.count_transfers() == 1


def test_environment_variables(server: LocalHub, tmp_path: Path) -> None:
    """HF_ENDPOINT, HF_HOME and HF_TOKEN do what the hub's documentation says."""
    server.repositories[NAME].token = "hf_secret"  # noqa: S105 - the local hub's
    path = Path(finish(start(server, tmp_path, HF_TOKEN="hf_secret")))  # noqa: S106 - the local hub's
    assert path.is_relative_to(tmp_path)
    assert path.read_bytes() == CONTENT


def test_a_server_answers_with_a_downloaded_model(server: LocalHub, tmp_path: Path) -> None:
    """A server opened by a repository's name downloads the model and answers with it."""
    template = "{% for message in messages %}{{ message.content }}{% endfor %}"
    path = write_tiny_model(tmp_path / "tiny.gguf", "qwen2", chat_template=template)
    server.repositories[NAME] = Repository({"tiny-Q4_K_M.gguf": path.read_bytes()})
    code = f"""
import openai
from fake_llm_server import FakeLLMServer
with FakeLLMServer({NAME!r}) as server, openai.OpenAI(base_url=server.base_url, api_key="any") as client:
    messages = [{{"role": "user", "content": "the end"}}]
    reply = client.chat.completions.create(model={NAME!r}, messages=messages, max_tokens=4)
    print(reply.model, reply.usage.prompt_tokens > 0)
"""
    assert finish(start(server, tmp_path / "home", code)) == f"{NAME} True"


def test_offline_mode(server: LocalHub, tmp_path: Path) -> None:
    """With HF_HUB_OFFLINE a cached model is used, another is refused with a hint, and nothing is asked."""
    output = finish(start(server, tmp_path, HF_HUB_OFFLINE="1"))
    assert output.startswith(f"refused: {NAME} is not in the cache, and HF_HUB_OFFLINE forbids")
    path = finish(start(server, tmp_path))
    server.seen.clear()
    assert finish(start(server, tmp_path, HF_HUB_OFFLINE="1")) == path
    assert not server.seen
