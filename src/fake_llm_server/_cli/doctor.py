"""`fake-llm-server doctor`: what this machine is, what fits it, and whether the engine keeps its promise."""

import argparse
import platform
import threading
from importlib.metadata import PackageNotFoundError, version

from fake_llm_server._backends.local.model_layout import plan_layouts
from fake_llm_server._cli.catalogue import print_table
from fake_llm_server._engine import Engine, EngineRequest, EngineSettings, RequestFailed, RequestFinished
from fake_llm_server._engine.arithmetic_probe import digest_arithmetic
from fake_llm_server._engine.build import Build, read_build
from fake_llm_server._engine.requests import EngineEvent, TextGenerated
from fake_llm_server._errors import FakeLLMServerError
from fake_llm_server._settings import DEFAULT_MODEL
from fake_llm_server._weights import ModelSpec, loaded_models
from fake_llm_server._weights.devices import list_devices
from fake_llm_server._weights.hub import Hub
from fake_llm_server._weights.machine import Machine, read_machine
from fake_llm_server._weights.readiness import check_catalogue
from fake_llm_server._weights.sizes import format_bytes

_LIBRARIES = ("fake-llm-server", "llama-cpp-python", "llguidance", "huggingface_hub", "openai")
_PROMPTS = ("The capital of France is", "One, two, three,", "def add(a, b):", "Once upon a time")
_MAX_TOKENS = 12
_TIMEOUT_S = 120.0


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser("doctor", help="check this machine and the engine's reproducibility")
    parser.add_argument(
        "model",
        nargs="?",
        default=DEFAULT_MODEL,
        help="what to check the engine with (default: %(default)s)",
    )
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Print the report; 1 if the engine can't run or doesn't repeat itself."""
    hub = Hub()
    machine = read_machine(hub.cache_dir)
    _print_machine(machine, hub)
    print("\nModels")
    print_table(
        [
            ("  " + row.spec.name, row.fit.text)
            for row in check_catalogue(machine, plan_layouts(EngineSettings()), hub)
        ]
    )
    print(f"\nEngine, with {parsed.model}")
    try:
        return 0 if _check_engine(parsed.model) else 1
    except FakeLLMServerError as error:
        print(f"  can't run: {error}")
        return 1


def _print_machine(machine: Machine, hub: Hub) -> None:
    print("Machine")
    print_table(
        [
            ("  system", f"{platform.system()} {platform.release()}, {platform.machine()}"),
            ("  python", platform.python_version()),
            ("  cores", str(machine.num_cores)),
            (
                "  memory",
                f"{format_bytes(machine.available_memory)} free of {format_bytes(machine.total_memory)}",
            ),
            ("  disk", f"{format_bytes(machine.free_disk)} free for {hub.cache_dir}"),
            ("  GPU", _describe_gpus()),
            ("  build", describe_build(read_build())),
            ("  arithmetic", f"{digest_arithmetic()}: the same where machines give the same answers"),
            *((f"  {library}", _get_version(library)) for library in _LIBRARIES),
        ]
    )


def _describe_gpus() -> str:
    gpus = [device for device in list_devices() if device.is_gpu]
    listed = ", ".join(
        f"{gpu.name} ({gpu.description}, {format_bytes(gpu.free_memory)} free of "
        f"{format_bytes(gpu.total_memory)})"
        for gpu in gpus
    )
    return f"{listed}; used with gpu_layers" if gpus else "none that this llama.cpp can use; none is needed"


def describe_build(build: Build) -> str:
    """Whether llama.cpp was built for any processor or for one kind, and what that means for answers."""
    instructions = ", ".join(sorted(build.instructions)) or "no extensions"
    if build.is_portable:
        return f"portable ({instructions}): it computes the same on every x86-64 machine"
    if build.architecture != "x86-64":
        return f"for {build.architecture} ({instructions}): answers differ from those on x86-64"
    return (
        f"native ({instructions}): answers differ from those of the portable build, which "
        "CMAKE_ARGS=-DGGML_NATIVE=OFF makes (README.md)"
    )


def _get_version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"


def _check_engine(model_name: str) -> bool:
    """Load the model, print the engine's fingerprint, and whether company changes an answer."""
    loaded = loaded_models.acquire(ModelSpec.from_model_name(model_name).download())
    try:
        engine = Engine(loaded.llama, EngineSettings())
        try:
            print(f"  fingerprint     {engine.fingerprint} (of a server with the default settings)")
            alone = [_answer_all(engine, [prompt])[0] for prompt in _PROMPTS]
            is_same = alone == _answer_all(engine, list(_PROMPTS)) == _answer_all(engine, list(_PROMPTS))
        finally:
            engine.close()
    finally:
        loaded.release()
    verdict = "the same" if is_same else "NOT the same: please report this with the lines above"
    print(f"  reproducibility {len(_PROMPTS)} answers alone, in company and repeated: {verdict}")
    return is_same


def _answer_all(engine: Engine, prompts: list[str]) -> list[str]:
    """Answers to prompts that run at the same time."""
    pending = [_PendingAnswer() for _ in prompts]
    for answer, prompt in zip(pending, prompts, strict=True):
        tokens = engine.vocabulary.tokenize(prompt)
        engine.submit(EngineRequest(prompt=tuple(tokens), max_tokens=_MAX_TOKENS), answer.receive)
    return [answer.wait() for answer in pending]


class _PendingAnswer:
    """Collects the text of one request from the engine's thread."""

    def __init__(self) -> None:
        self._text = ""
        self._error: Exception | None = None
        self._is_done = threading.Event()

    def receive(self, event: EngineEvent) -> None:
        match event:
            case TextGenerated():
                self._text += event.text
            case RequestFailed():
                self._error = event.error
                self._is_done.set()
            case RequestFinished():
                self._is_done.set()

    def wait(self) -> str:
        if not self._is_done.wait(_TIMEOUT_S):
            raise FakeLLMServerError(f"no answer within {_TIMEOUT_S:g} seconds")
        if self._error is not None:
            raise self._error
        return self._text
