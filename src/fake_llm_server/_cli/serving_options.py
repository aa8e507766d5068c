"""The flags of `serve` that are arguments of `FakeLLMServer` and of `EngineSettings`, by the same names.

A flag that isn't given isn't passed on, so that each default stands in one place: the constructor.
"""

import argparse
from typing import Any

from fake_llm_server._engine import EngineSettings

_SERVER_FLAGS: dict[str, dict[str, Any]] = {
    "max_model_bytes": {
        "type": int,
        "metavar": "N",
        "help": "memory that the models may take; with --load first_use, the least recently used one "
        "makes room",
    },
    "store_path": {
        "metavar": "FILE",
        "help": "SQLite file that keeps what clients store (default: in memory, while the server runs)",
    },
    "requests_per_minute": {
        "type": int,
        "metavar": "N",
        "help": "requests beyond it are answered with 429 (default: no limit)",
    },
    "max_body_bytes": {
        "type": int,
        "metavar": "N",
        "help": "largest body of a request (default: OpenAI's limit, 25 MiB)",
    },
    "body_timeout_s": {
        "type": float,
        "metavar": "SECONDS",
        "help": "how long a request's body may take to come (default: 60)",
    },
}

_REPEATED_FLAGS: dict[str, tuple[str, dict[str, Any]]] = {
    "api_keys": (
        "--api-key",
        {
            "metavar": "KEY",
            "help": "a key that requests must have; may be given more than once (default: any key, or none)",
        },
    ),
    "cors_origins": (
        "--cors-origin",
        {
            "metavar": "ORIGIN",
            "help": "an origin whose pages may call the server from a browser, or * for any; "
            "may be given more than once",
        },
    ),
}

_ENGINE_FLAGS: dict[str, dict[str, Any]] = {
    "num_slots": {
        "type": int,
        "metavar": "N",
        "help": "sequences that a model writes at once (default: by memory, 2 to 8)",
    },
    "window": {
        "type": int,
        "metavar": "TOKENS",
        "help": "tokens that a sequence may hold, prompt and answer (default: the model's, up to 4096)",
    },
    "num_threads": {
        "type": int,
        "metavar": "N",
        "help": "threads of llama.cpp (default: the cores, up to 8)",
    },
    "max_queued": {
        "type": int,
        "metavar": "N",
        "help": "requests that may wait for a slot; others are answered with 429 (default: 256)",
    },
    "max_wait_s": {
        "type": float,
        "metavar": "SECONDS",
        "help": "how long a request may wait for a slot, before 503 (default: no limit)",
    },
    "max_kv_bytes": {
        "type": int,
        "metavar": "N",
        "help": "bound of the slots' KV memory (default: 1280 MiB)",
    },
    "max_prefix_cache_bytes": {
        "type": int,
        "metavar": "N",
        "help": "bound of the KV kept of former prompts; 0 keeps none (default: 256 MiB)",
    },
}


def add_serving_options(parser: argparse.ArgumentParser) -> None:
    """Add the flags to a command's parser, in two groups."""
    server = parser.add_argument_group("limits and access")
    engine = parser.add_argument_group("engine of each model")
    for group, flags in ((server, _SERVER_FLAGS), (engine, _ENGINE_FLAGS)):
        for name, options in flags.items():
            group.add_argument(f"--{name.replace('_', '-')}", default=argparse.SUPPRESS, **options)
    for name, (flag, options) in _REPEATED_FLAGS.items():
        server.add_argument(flag, dest=name, action="append", default=argparse.SUPPRESS, **options)


def read_serving_options(parsed: argparse.Namespace) -> dict[str, Any]:
    """The arguments of `FakeLLMServer` that were given as flags.

    Raises:
        ConfigurationError: a limit of the engine is out of range.
    """
    given = vars(parsed)
    engine = EngineSettings(**{name: given[name] for name in _ENGINE_FLAGS if name in given})
    server = {name: given[name] for name in (*_SERVER_FLAGS, *_REPEATED_FLAGS) if name in given}
    return {**server, "engine": engine}
