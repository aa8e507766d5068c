"""Prints a digest of what an engine answers: `python tests/engine_digests.py MODEL.gguf [NUM_TOKENS]`.

Small enough to run on an emulated processor: `qemu-x86_64 -cpu Haswell python tests/engine_digests.py …`.
"""

import hashlib
import json
import sys
from pathlib import Path

from engine_runs import complete, open_engine, open_llama

from fake_llm_server._engine import EngineRequest, EngineSettings
from fake_llm_server._engine.arithmetic_probe import digest_arithmetic
from fake_llm_server._seam import Constraint, Sampling


def write_digests(path: Path, num_tokens: int) -> dict[str, str]:
    """For each way to choose tokens, the digest of texts and logprobs."""
    prompt = tuple((i * 7 + i * i) % 200 for i in range(20))
    nucleus = Sampling(temperature=1.3, top_p=0.9, seed=2)
    requests = {
        "greedy": EngineRequest(prompt, max_tokens=num_tokens, num_top_logprobs=3),
        "sampled": EngineRequest(
            prompt, max_tokens=num_tokens, num_top_logprobs=3, sampling=Sampling(temperature=1.0, seed=1)
        ),
        "nucleus": EngineRequest(prompt, max_tokens=num_tokens, num_top_logprobs=3, sampling=nucleus),
        "constrained": EngineRequest(
            prompt, max_tokens=num_tokens, num_top_logprobs=3, constraint=Constraint("regex", "(the|in )+")
        ),
    }
    with (
        open_llama(path) as llama,
        open_engine(llama, EngineSettings(num_slots=2, window=64, num_threads=2)) as engine,
    ):
        runs = {name: complete(engine, request).choices for name, request in requests.items()}
        digests = {name: hashlib.sha256(repr(run).encode()).hexdigest() for name, run in runs.items()}
        return {"arithmetic": digest_arithmetic(), "fingerprint": engine.fingerprint, **digests}


if __name__ == "__main__":
    print(json.dumps(write_digests(Path(sys.argv[1]), int((*sys.argv[2:], "4")[0]))))  # noqa: T201 - a program
