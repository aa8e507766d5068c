"""Servers come up, stop at once, and leave nothing behind."""

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import openai
import psutil
import pytest
from conftest import ALIAS, ENDLESS, MODEL

from fake_llm_server import ConfigurationError, FakeLLMServer, StartError, UnknownModelError
from fake_llm_server._serving import StartInfo


def serving_threads() -> list[str]:
    """Names of the threads that servers have started and that still run."""
    return [thread.name for thread in threading.enumerate() if thread.name == "fake-llm-server"]


def listening_ports() -> set[int]:
    """TCP ports that this process listens on."""
    connections = psutil.Process().net_connections("tcp")
    return {connection.laddr.port for connection in connections if connection.status == psutil.CONN_LISTEN}


def ask(server: FakeLLMServer, model: str = MODEL, max_tokens: int = 2) -> str | None:
    """An answer of a server, of exactly so many tokens."""
    with openai.OpenAI(**server.openai_client_args(), max_retries=0) as client:
        answer = client.chat.completions.create(
            model=model,
            messages=[{"role": "user", "content": "Hi"}],
            max_tokens=max_tokens,
            logit_bias=ENDLESS,
        )
    return answer.choices[0].message.content


def test_closed_server_leaves_nothing(server: FakeLLMServer) -> None:
    """After `close` there is no thread, no listening socket and no more descriptors than before."""
    del server  # it keeps the model loaded, so that only a server is counted
    before = set(listening_ports()), len(serving_threads()), psutil.Process().num_fds()
    with FakeLLMServer(MODEL) as second:
        ask(second)
        assert second.port in listening_ports()
    gc.collect()
    ports, num_threads, num_fds = before
    assert (listening_ports(), len(serving_threads())) == (ports, num_threads)
    assert psutil.Process().num_fds() <= num_fds  # fewer: other servers' clients leave meanwhile
    second.close()
    with pytest.raises(openai.APIConnectionError):
        ask(second)


def test_failing_test_leaves_nothing(server: FakeLLMServer) -> None:
    """A `with` block that fails closes its server like one that doesn't."""
    del server  # as above
    num_threads = len(serving_threads())
    with pytest.raises(ZeroDivisionError), FakeLLMServer(MODEL) as second:
        ask(second, max_tokens=1 // (second.port * 0))
    assert len(serving_threads()) == num_threads
    assert second.port not in listening_ports()


def test_forgotten_server_is_stopped(server: FakeLLMServer) -> None:
    """A server that nobody holds any more stops by itself."""
    del server  # as above
    num_threads = len(serving_threads())
    port = FakeLLMServer(MODEL).port
    gc.collect()
    assert port not in listening_ports()
    assert len(serving_threads()) == num_threads


def test_close_does_not_wait_for_answers(server: FakeLLMServer, caplog: pytest.LogCaptureFixture) -> None:
    """Closing cancels what is under way; its client sees the connection end, and the log has no traceback."""
    del server  # as above
    failures: list[Exception] = []
    second = FakeLLMServer(MODEL)

    def ask_long() -> None:
        try:
            ask(second, max_tokens=3000)
        except openai.OpenAIError as error:
            failures.append(error)

    asking = threading.Thread(target=ask_long)
    asking.start()
    time.sleep(0.5)
    second.close()
    asking.join(timeout=20)
    assert not asking.is_alive()
    assert len(failures) == 1
    assert not caplog.records


def test_interrupted_start_leaves_nothing(server: FakeLLMServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl+C while a server comes up is raised once it is gone, thread, port and all."""
    del server  # as above
    before = listening_ports(), len(serving_threads())

    def interrupt(_server: FakeLLMServer) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(FakeLLMServer, "_wait_until_started", interrupt)
    with pytest.raises(KeyboardInterrupt):
        FakeLLMServer(MODEL)
    assert (listening_ports(), len(serving_threads())) == before


def test_servers_in_one_process_are_apart(server: FakeLLMServer) -> None:
    """Two servers have ports of their own, and one's end is not the other's."""
    with FakeLLMServer(MODEL, aliases={"o3": MODEL}) as second:
        assert second.port != server.port
        assert ask(second, model="o3") == ask(server)
        with pytest.raises(openai.NotFoundError):
            ask(second, model=ALIAS)
    assert ask(server) is not None


def test_taken_port_is_a_clear_error(server: FakeLLMServer, tmp_path: Path) -> None:
    """A port that is in use is named in the error, and nothing is left of the try, nor of its store."""
    before = len(serving_threads())
    with pytest.raises(StartError, match=rf"127\.0\.0\.1:{server.port} can't be listened on"):
        FakeLLMServer(MODEL, port=server.port, store_path=tmp_path / "store.sqlite")
    assert len(serving_threads()) == before
    assert not [file.path for file in psutil.Process().open_files() if Path(file.path).parent == tmp_path]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"model_name": "gpt-4o"}, UnknownModelError, "gpt-4o"),
        ({"aliases": {"a": "b"}}, ConfigurationError, "Alias 'a' points to 'b'"),
        ({"aliases": {MODEL: MODEL}}, ConfigurationError, "is the name of a served model"),
        ({"port": 70000}, ConfigurationError, "port is 70000"),
        ({"port": -1}, ConfigurationError, "port is -1"),
        ({"host": ""}, ConfigurationError, "host is '', but must be an address"),
        ({"aliases": {"": MODEL}}, ConfigurationError, f"The alias of '{MODEL}' is empty"),
        ({"aliases": ["gpt-4o"]}, ConfigurationError, "aliases takes names with their models"),
        ({"engine": {"num_slots": 2}}, ConfigurationError, r"engine takes EngineSettings\("),
        ({"api_keys": [1]}, ConfigurationError, "api_keys takes strings; 1 is none"),
        (
            {"cors_origins": ["localhost:3000"]},
            ConfigurationError,
            "each must be an origin as browsers send it",
        ),
        (
            {"cors_origins": ["http://localhost:3000/"]},
            ConfigurationError,
            "each must be an origin as browsers send it",
        ),
        ({"store_path": "nowhere/store.sqlite"}, StartError, r"nowhere/store\.sqlite can't be opened"),
    ],
)
def test_bad_arguments_are_refused(options: dict[str, object], error: type[Exception], message: str) -> None:
    """Arguments that can't be meant are refused before a server starts."""
    with pytest.raises(error, match=message):
        FakeLLMServer(**options)  # type: ignore[arg-type]  # a table of keyword arguments


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("alias", "; did you mean aliases?"),
        ("window", "; give it as engine=EngineSettings(window=...)"),
        ("windows", "; did you mean engine=EngineSettings(window=...)?"),
        ("decide_calls", "; give it as answers=AnswerRules(decide_calls=...)"),
        ("zebra", "; docs/testing.md lists the settings"),
    ],
)
def test_unknown_argument_is_refused(name: str, hint: str) -> None:
    """A misspelt or misplaced argument is an error that says what was meant, in no function's name."""
    options: dict[str, Any] = {name: 1}
    with pytest.raises(TypeError) as caught:
        FakeLLMServer(MODEL, **options)
    assert str(caught.value) == f"got an unexpected keyword argument {name!r}{hint}"


def test_alias_may_name_the_path_of_a_file(server: FakeLLMServer) -> None:
    """A model given by its path is served, and an alias may point to that path."""
    path = server.configuration[MODEL].model_path
    with FakeLLMServer(path, aliases={"local": path}) as second:
        assert ask(second, model="local") == ask(server)


def test_stored_file_outlives_its_server(server: FakeLLMServer, tmp_path: Path) -> None:
    """What a client stored in a file is there for the next server."""
    del server  # as above
    path = tmp_path / "store.sqlite"
    with (
        FakeLLMServer(MODEL, store_path=path) as first,
        openai.OpenAI(**first.openai_client_args()) as client,
    ):
        stored = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Hi"}], max_tokens=2, store=True
        )
    with (
        FakeLLMServer(MODEL, store_path=path) as second,
        openai.OpenAI(**second.openai_client_args()) as client,
    ):
        again = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Hi"}], max_tokens=2, store=True
        )
        assert client.chat.completions.retrieve(stored.id).choices == stored.choices
        assert {completion.id for completion in client.chat.completions.list()} == {stored.id, again.id}
        assert again.id != stored.id


def test_start_info_is_told(server: FakeLLMServer) -> None:
    """What the thread tells of its start is the lock, the event, the port and the server."""
    told = server._start_info
    assert isinstance(told, StartInfo)
    port = server.port
    with told.lock:
        assert told.started.is_set()
        assert told.port == port
        assert told.server is not None
        assert told.error is None


def test_repr_says_where(server: FakeLLMServer) -> None:
    """A server's representation has its names and its address, or that it is closed."""
    assert MODEL in repr(server)
    assert server.base_url in repr(server)
    with FakeLLMServer(MODEL) as second:
        pass
    assert "closed" in repr(second)


_ENDINGS = {
    "returns": "",
    "fails": "raise RuntimeError",
    "exits": "import sys; sys.exit(3)",
}


@pytest.mark.parametrize("ending", _ENDINGS)
def test_process_ends_with_an_open_server(ending: str) -> None:
    """A process that forgets to close its server ends all the same, and says nothing of threads."""
    script = (
        "from fake_llm_server import FakeLLMServer\n"
        f"server = FakeLLMServer({MODEL!r})\n"
        "print(server.port, flush=True)\n"
        f"{_ENDINGS[ending]}\n"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == {"returns": 0, "fails": 1, "exits": 3}[ending]
    assert "hread" not in ended.stderr
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(ended.stdout))) != 0


def test_serve_command_stops_at_a_signal() -> None:
    """`fake-llm-server serve` prints what to paste, answers, and ends cleanly when terminated."""
    command = [sys.executable, "-m", "fake_llm_server", "serve", MODEL, "--port", "0", "--alias", ALIAS]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as serving:
        assert serving.stdout is not None
        lines = [serving.stdout.readline() for _ in range(2)]
        assert "Loading" in lines[0]
        base_url = lines[1].split(" at ")[1].split()[0]
        with openai.OpenAI(base_url=base_url, api_key="any") as client:
            assert [model.id for model in client.models.list()] == [MODEL, ALIAS]
        serving.send_signal(signal.SIGTERM)
        rest = serving.stdout.read()
        assert serving.wait(timeout=30) == 0
    assert f"curl {base_url}/chat/completions" in rest
    assert "from openai import OpenAI" in rest
