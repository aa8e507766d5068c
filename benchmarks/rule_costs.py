"""Measure what the rules of answers cost each step of the engine: `python -m benchmarks.rule_costs`.

The same tokens are generated with a rule and without it, in turns. The least of several runs counts, as other
programs only ever add to it.
"""

import contextlib
import json
import queue
import time
from dataclasses import replace

from fake_llm_server import EngineSettings, ModelSpec
from fake_llm_server._engine import Engine, EngineEvent, EngineRequest, RequestFailed, RequestFinished
from fake_llm_server._seam import Constraint, Sampling

_PROMPT = "<|im_start|>user\nTell me about the sea.<|im_end|>\n<|im_start|>assistant\n"
_NUM_TOKENS = 60
_NUM_RUNS = 7
_UNENDING = Sampling(logit_bias={0: -100.0, 2: -100.0})
_LONG = {"type": "object", "properties": {"a": {"type": "string", "minLength": 900}}, "required": ["a"]}
_SCHEMA = Constraint("json_schema", json.dumps({**_LONG, "additionalProperties": False}))


def list_pairs(prompt: tuple[int, ...]) -> dict[str, tuple[EngineRequest, EngineRequest]]:
    """For each rule, a request without it and one with it."""
    free = EngineRequest(prompt, _UNENDING, max_tokens=_NUM_TOKENS)
    held = EngineRequest(prompt, max_tokens=_NUM_TOKENS, constraint=_SCHEMA)
    return {
        "stop_repetition, free text": (free, replace(free, ends_repetition=True)),
        "lead_to_end, a schema": (held, replace(held, lead_to_end=True)),
    }


def measure(engine: Engine, request: EngineRequest) -> float:
    """Milliseconds for each token."""
    events: queue.Queue[EngineEvent] = queue.Queue()
    start_s = time.perf_counter()
    engine.submit(request, events.put)
    while not isinstance(event := events.get(), RequestFinished | RequestFailed):
        pass
    if isinstance(event, RequestFailed):
        raise event.error
    return (time.perf_counter() - start_s) / event.num_generated_tokens * 1000


def main() -> None:
    """Print a row for each rule."""
    with contextlib.closing(ModelSpec.from_model_name("smollm2-135m").download().load()) as llama:
        engine = Engine(llama, EngineSettings(num_slots=2, window=512))
        with contextlib.closing(engine):
            pairs = list_pairs(engine.vocabulary.tokenize(_PROMPT))
            for pair in pairs.values():
                for request in pair:
                    measure(engine, request)  # what is made once is made now
            for name, pair in pairs.items():
                runs = [[measure(engine, request) for request in pair] for _ in range(_NUM_RUNS)]
                without, with_rule = (min(column) for column in zip(*runs, strict=True))
                print(f"{name}: {without:.2f} ms for each token without it, {with_rule:.2f} ms with it")


if __name__ == "__main__":
    main()
