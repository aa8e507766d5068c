"""Several models in one server: loaded at the start or when they are wanted, within a budget."""

import argparse
import asyncio
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from llama_cpp import Llama
from process_memory import measure_mapped
from tiny_models import write_tiny_model

from fake_llm_server import ConfigurationError, EngineSettings, FakeLLMServer, ModelLoadError, ModelSpec
from fake_llm_server._app import ServingConfiguration, parse_server_args
from fake_llm_server._cli import main
from fake_llm_server._cli.setting_flags import add_setting_flags, list_served, read_arguments
from fake_llm_server._weights import OnDemandModels, loaded_models

ENGINE = EngineSettings(num_slots=2, window=256)
NAMES = ("llama", "qwen2", "smollm3")


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Name to path of some tiny models."""
    folder = tmp_path_factory.mktemp("models")
    yield {name: str(write_tiny_model(folder / f"{name}.gguf", name)) for name in NAMES}
    loaded_models.release_unused()


def open_client(server: FakeLLMServer) -> openai.OpenAI:
    """A client that doesn't try again."""
    return openai.OpenAI(**server.openai_client_args(), max_retries=0, timeout=60)


def ask(server: FakeLLMServer, model: str, max_tokens: int = 3, **options: Any) -> Any:
    """One short completion."""
    with open_client(server) as client:
        messages: Any = [{"role": "user", "content": "Hi"}]
        return client.chat.completions.create(
            model=model, messages=messages, max_tokens=max_tokens, **options
        )


def on_demand(server: FakeLLMServer) -> OnDemandModels:
    """The server's models, which are loaded on demand."""
    models = server.configuration.models
    assert isinstance(models, OnDemandModels)
    return models


def measure_need(path: str) -> int:
    """Bytes that a server counts for a model."""
    configuration = parse_server_args(path, load="first_use", engine=ENGINE)
    assert isinstance(configuration.models, OnDemandModels)
    (num_bytes,) = configuration.models._num_bytes.values()
    configuration.close()
    return num_bytes


@pytest.mark.parametrize("load", ["start", "first_use"])
def test_each_name_is_its_own_model(paths: dict[str, str], load: Any) -> None:
    """Names and aliases are listed and answered by the model they name, whenever it is loaded."""
    aliases = {"gpt-4o": paths["qwen2"], "gpt-4o-mini": "smollm3"}
    with FakeLLMServer(list(paths.values()), aliases=aliases, load=load, engine=ENGINE) as server:
        with open_client(server) as client:
            assert [model.id for model in client.models.list()] == [*NAMES, "gpt-4o", "gpt-4o-mini"]
        prints = {name: ask(server, name).system_fingerprint for name in server.configuration}
        assert prints["gpt-4o"] == prints["qwen2"]
        assert prints["gpt-4o-mini"] == prints["smollm3"]
        assert len(set(prints.values())) == len(NAMES)
        assert server.configuration["gpt-4o"].metadata["general.architecture"] == "qwen2"
        with pytest.raises(openai.NotFoundError):
            ask(server, "gemma3")


def test_nothing_is_loaded_before_its_first_use(paths: dict[str, str]) -> None:
    """Listing models and their names loads none; a request loads its own, and a look-up too."""
    with FakeLLMServer(list(paths.values()), load="first_use", engine=ENGINE) as server:
        models = on_demand(server)
        with open_client(server) as client:
            client.models.list()
            assert "llama" in server.configuration
            assert models.list_loaded() == ()
            client.responses.create(model="llama", input="Hi", max_output_tokens=16)
        assert models.list_loaded() == ("llama",)
        assert isinstance(server.configuration["qwen2"], Llama)
        assert models.list_loaded() == ("llama", "qwen2")
        assert server.configuration == server.configuration
        assert models.list_loaded() == ("llama", "qwen2")


def test_the_least_recently_used_model_makes_room(paths: dict[str, str]) -> None:
    """With a budget for two models, the third one unloads the one that was used the longest ago."""
    budget = sum(measure_need(path) for path in paths.values()) - 1
    with FakeLLMServer(
        list(paths.values()), load="first_use", max_model_bytes=budget, engine=ENGINE
    ) as server:
        first = ask(server, "llama")
        ask(server, "qwen2")
        ask(server, "llama")
        ask(server, "smollm3")
        assert on_demand(server).list_loaded() == ("llama", "smollm3")
        weights = {row.key.files[0][0].stem for row in loaded_models.list_loaded()}
        assert "qwen2" not in weights
        ask(server, "qwen2")
        again = ask(server, "llama")
    assert again.choices == first.choices
    assert again.system_fingerprint == first.system_fingerprint


def test_unloading_waits_for_running_requests(paths: dict[str, str]) -> None:
    """A model that is answering is not unloaded under its answer; who wants its room waits, in turn."""
    budget = max(measure_need(path) for path in paths.values())
    expected = None
    for is_crowded in (False, True):
        with (
            FakeLLMServer(
                list(paths.values()), load="first_use", max_model_bytes=budget, engine=ENGINE
            ) as server,
            open_client(server) as client,
        ):
            stream = client.chat.completions.create(
                model="llama",
                messages=[{"role": "user", "content": "Hi"}],
                max_tokens=150,
                logit_bias={"265": -100, "263": -100},  # no end
                stream=True,
            )
            pieces = [next(stream)]
            answers: list[Any] = []
            waiting = [
                threading.Thread(target=lambda name=name, kept=answers: kept.append(ask(server, name)))
                for name in ("qwen2", "smollm3", "llama")
                if is_crowded
            ]
            for thread in waiting:
                thread.start()
            pieces += list(stream)
            for thread in waiting:
                thread.join(60)
            assert len(answers) == len(waiting)
        text = [piece.choices[0].delta.content for piece in pieces]
        expected = expected or text
        assert text == expected


def test_waiting_for_room_is_bounded(paths: dict[str, str]) -> None:
    """`max_wait_s` bounds the wait for room too: a 503 that OpenAI's client would try again."""
    budget = max(measure_need(path) for path in paths.values())
    engine = EngineSettings(num_slots=2, window=256, max_wait_s=0.2)
    with FakeLLMServer(
        [paths["llama"], paths["qwen2"]], load="first_use", max_model_bytes=budget, engine=engine
    ) as server:
        lease = on_demand(server).acquire("llama")
        with pytest.raises(openai.InternalServerError) as caught:
            ask(server, "qwen2")
        lease.release()
        assert ask(server, "qwen2").choices
    assert caught.value.status_code == 503
    assert caught.value.code == "server_overloaded"
    assert "no room for qwen2 within 0.2 seconds" in caught.value.message


@pytest.mark.parametrize("api", ["chat", "chat stream", "responses", "responses stream"])
def test_a_failed_load_is_that_requests_error(paths: dict[str, str], tmp_path: Path, api: str) -> None:
    """A model that can't be loaded answers 503 with the reason; the others serve, and it may be mended."""
    broken = write_tiny_model(tmp_path / "broken.gguf", "llama")
    content = broken.read_bytes()
    broken.write_bytes(content[:-100])

    def ask_broken(client: openai.OpenAI) -> Any:
        stream: Any = "stream" in api
        if "chat" in api:
            messages: Any = [{"role": "user", "content": "Hi"}]
            return client.chat.completions.create(
                model="broken", messages=messages, max_tokens=2, stream=stream
            )
        return client.responses.create(model="broken", input="Hi", max_output_tokens=16, stream=stream)

    with (
        FakeLLMServer([str(broken), paths["qwen2"]], load="first_use", engine=ENGINE) as server,
        open_client(server) as client,
    ):
        with pytest.raises(openai.InternalServerError) as caught:
            ask_broken(client)
        assert caught.value.status_code == 503
        assert caught.value.code == "model_unavailable"
        assert "broken.gguf is truncated" in caught.value.message
        assert ask(server, "qwen2").choices
        broken.write_bytes(content)
        answer = ask_broken(client)
        assert list(answer) if "stream" in api else answer


def test_loading_leaves_the_event_loop_alone(paths: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """While a model is being loaded, another one answers."""
    begun, may_end = threading.Event(), threading.Event()
    load = loaded_models.acquire

    def load_slowly(model: Any, *arguments: Any, **options: Any) -> Any:
        if model.path.stem == "llama":
            begun.set()
            assert may_end.wait(60)
        return load(model, *arguments, **options)

    with FakeLLMServer([paths["llama"], paths["qwen2"]], load="first_use", engine=ENGINE) as server:
        monkeypatch.setattr(loaded_models, "acquire", load_slowly)
        answers: list[Any] = []
        slow = threading.Thread(target=lambda: answers.append(ask(server, "llama")))
        slow.start()
        assert begun.wait(60)
        assert ask(server, "qwen2").choices
        assert not answers
        may_end.set()
        slow.join(60)
        assert len(answers) == 1


def test_a_client_that_leaves_while_its_model_loads_holds_nothing(
    paths: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load that nobody waits for any more ends unused, so that the model can make room."""
    begun, may_end = threading.Event(), threading.Event()
    load = loaded_models.acquire

    def load_slowly(*arguments: Any, **options: Any) -> Any:
        begun.set()
        assert may_end.wait(60)
        return load(*arguments, **options)

    async def leave() -> None:
        asking = asyncio.create_task(client.responses.create(model="llama", input="Hi", max_output_tokens=16))
        await asyncio.to_thread(begun.wait, 60)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await client.close()

    budget = max(measure_need(path) for path in paths.values())
    with FakeLLMServer(
        [paths["llama"], paths["qwen2"]], load="first_use", max_model_bytes=budget, engine=ENGINE
    ) as server:
        monkeypatch.setattr(loaded_models, "acquire", load_slowly)
        client = openai.AsyncOpenAI(**server.openai_client_args(), max_retries=0)
        asyncio.run(leave())
        may_end.set()
        assert ask(server, "qwen2").choices


def test_names_of_one_file_share_one_load(paths: dict[str, str], tmp_path: Path) -> None:
    """A file under two names is one model in memory, and counts once."""
    link = tmp_path / "other.gguf"
    link.symlink_to(paths["llama"])
    budget = measure_need(paths["llama"]) * 3 // 2
    for load in ("start", "first_use"):
        with FakeLLMServer(
            [paths["llama"], str(link)], load=load, max_model_bytes=budget, engine=ENGINE
        ) as server:
            assert ask(server, "other").choices == ask(server, "llama").choices
            assert server.configuration["other"] is server.configuration["llama"]


def test_a_configuration_of_ones_own_models(paths: dict[str, str]) -> None:
    """A mapping of one's own `Llama` objects is a configuration, and stays as it was made."""
    own = {
        name: Llama(paths[name], n_ctx=8, verbose=False, chat_format="chatml") for name in ("llama", "qwen2")
    }
    configuration = ServingConfiguration(own, {"alias": "qwen2"})
    expected = dict(own)
    own.clear()
    assert dict(configuration) == {**expected, "alias": expected["qwen2"]}
    assert not isinstance(configuration.models, dict)
    for llama in expected.values():
        llama.close()


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        ([], {}, "nothing to serve"),
        (["llama", "llama"], {}, "Two models would be served as 'llama'"),
        (["llama"], {"load": "later"}, "load is 'later'"),
        (["llama"], {"max_model_bytes": 0}, "max_model_bytes is 0"),
        (["llama"], {"max_model_bytes": 1}, r"llama takes .* but max_model_bytes is 1"),
        (["llama"], {"gpu_layers": -2}, "gpu_layers is -2"),
        (["llama"], {"load": "first_use", "engine": EngineSettings(window=5000)}, "window is 5000"),
        (["llama", "qwen2"], {"aliases": {"a": "b"}}, "Alias 'a' points to 'b'"),
    ],
)
def test_bad_arguments_are_refused(
    paths: dict[str, str], names: list[str], options: dict[str, Any], message: str
) -> None:
    """What can't be meant is refused before anything is loaded."""
    with pytest.raises(ConfigurationError, match=message):
        parse_server_args([paths[name] for name in names], **{"engine": ENGINE, **options})


def test_models_that_do_not_fit_together_are_refused(paths: dict[str, str]) -> None:
    """A budget for one of two models is no budget to load both at the start."""
    wanted = [paths["llama"], paths["qwen2"]]
    budget = sum(measure_need(path) for path in wanted)
    parse_server_args(wanted, max_model_bytes=budget, engine=ENGINE).close()
    with pytest.raises(ConfigurationError, match=r"The 2 models take .* load them when they are first used"):
        parse_server_args(wanted, max_model_bytes=budget - 1, engine=ENGINE)


def test_a_gpu_that_is_not_there_is_refused_at_once(paths: dict[str, str]) -> None:
    """Layers on a GPU are refused at the start, even where the model is loaded later."""
    with pytest.raises(ModelLoadError, match="finds no GPU"):
        parse_server_args(paths["llama"], load="first_use", gpu_layers=-1)


def test_a_failure_at_the_start_keeps_no_model(paths: dict[str, str], tmp_path: Path) -> None:
    """If one of several models can't be loaded, those before it are let go."""
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF")
    with pytest.raises(ModelLoadError, match="truncated"):
        parse_server_args([paths["llama"], broken])
    used = [row.key.files[0][0].stem for row in loaded_models.list_loaded() if row.num_users]
    assert "llama" not in used


def test_memory_comes_back_within_a_running_server(paths: dict[str, str], tmp_path: Path) -> None:
    """Unloading one model for another gives its memory back, measured on the process."""
    large = tmp_path / "large.gguf"  # a copy, for the file itself may be in use by other tests' servers
    shutil.copy(ModelSpec.from_model_name("smollm2-135m").download().path, large)
    budget = measure_need(str(large)) + measure_need(paths["llama"]) // 2

    with FakeLLMServer(
        [large, paths["llama"]], load="first_use", max_model_bytes=budget, engine=ENGINE
    ) as server:
        for _ in range(2):
            ask(server, "large")
            assert measure_mapped(large) > 0.8 * large.stat().st_size
            ask(server, "llama")
            assert measure_mapped(large) == 0


@pytest.mark.parametrize(
    ("aliases", "models", "expected"),
    [
        (["a"], ["m"], {"a": "m"}),
        (["a=m", "b=n"], ["m", "n"], {"a": "m", "b": "n"}),
        (["a"], ["m", "n"], "write a=m"),
        (["=m"], ["m"], "takes a name"),
        (["a="], ["m"], "takes a name"),
    ],
)
def test_aliases_of_the_command_line(
    aliases: list[str], models: list[str], expected: dict[str, str] | str
) -> None:
    """`NAME` means the only model, `NAME=MODEL` any of them."""
    parser = argparse.ArgumentParser()
    add_setting_flags(parser, list_served(), nargs="*")
    parsed = parser.parse_args([*models, *(f"--alias={alias}" for alias in aliases)])
    if isinstance(expected, dict):
        assert read_arguments(parsed, list_served())["aliases"] == expected
        return
    with pytest.raises(ConfigurationError, match=expected):
        read_arguments(parsed, list_served())


def test_serve_takes_several_models(paths: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """`serve A B --alias NAME=B` serves all; an alias that leaves its model open is refused."""
    assert main(["serve", paths["llama"], paths["qwen2"], "--alias", "gpt-4o"]) == 1
    assert "doesn't say which model it means" in capsys.readouterr().err
    command = [
        sys.executable,
        "-m",
        "fake_llm_server",
        "serve",
        paths["llama"],
        paths["qwen2"],
        "--port",
        "0",
    ]
    command += [
        "--alias",
        f"gpt-4o={paths['qwen2']}",
        "--load",
        "first_use",
        "--max-model-bytes",
        "900000000",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        assert "Fetching" in serving.stdout.readline()
        told = serving.stdout.readline()
        assert told.startswith("Serving llama, qwen2, gpt-4o at ")
        with openai.OpenAI(base_url=told.split(" at ")[1].split()[0], api_key="any") as client:
            answer = client.chat.completions.create(
                model="gpt-4o", messages=[{"role": "user", "content": "Hi"}], max_tokens=2
            )
            assert answer.model == "gpt-4o"
        serving.terminate()
        assert serving.wait(timeout=30) == 0
