"""`fake-llm-server serve`: a server that runs until a signal stops it."""

import argparse
from typing import Any

from fake_llm_server._cli.interruption import interrupted_by_signals, noted_signals
from fake_llm_server._cli.server_arguments import (
    DEFAULT_MODEL,
    MODEL_HELP,
    add_server_arguments,
    parse_aliases,
)
from fake_llm_server._cli.serving_options import add_serving_options, read_serving_options
from fake_llm_server._serving import FakeLLMServer

DEFAULT_PORT = 8080


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser("serve", help="keep a server running")
    parser.add_argument("models", nargs="*", default=[DEFAULT_MODEL], metavar="MODEL", help=MODEL_HELP)
    add_server_arguments(parser)
    parser.add_argument(
        "--load",
        choices=["start", "first_use"],
        default="start",
        help="when to load the models (default: %(default)s)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="port to listen on; 0 takes a free one (default: %(default)s)",
    )
    add_serving_options(parser)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Serve until the process is interrupted or terminated; while models load, that ends it at once."""
    with interrupted_by_signals():
        verb = "Loading" if parsed.load == "start" else "Fetching"
        print(f"{verb} {', '.join(parsed.models)} …", flush=True)
        with FakeLLMServer(**read_arguments(parsed)) as server, noted_signals() as stopping:
            print(_describe(server), flush=True)
            stopping.wait()
            print("Stopping.", flush=True)
    return 0


def read_arguments(parsed: argparse.Namespace) -> dict[str, Any]:
    """The arguments of `FakeLLMServer` that the command line names.

    Raises:
        ConfigurationError: an alias leaves open what it means, or a limit of the engine is out of range.
    """
    return {
        "model_name": parsed.models,
        "aliases": parse_aliases(parsed.alias, parsed.models),
        "load": parsed.load,
        "gpu_layers": parsed.gpu_layers,
        "host": parsed.host,
        "port": parsed.port,
        **read_serving_options(parsed),
    }


def _describe(server: FakeLLMServer) -> str:
    """What a user pastes first: a curl line and a Python snippet for this very server."""
    names = list(server.configuration)
    model = names[-1]
    api_key = server.openai_client_args()["api_key"]
    authorization = f"-H 'Authorization: Bearer {api_key}' " if server.configuration.settings.api_keys else ""
    return f"""Serving {", ".join(names)} at {server.base_url} (Ctrl+C stops it)

curl {server.base_url}/chat/completions {authorization}-H 'Content-Type: application/json' \\
  -d '{{"model": "{model}", "max_tokens": 40, "messages": [{{"role": "user", "content": "Say hello."}}]}}'

from openai import OpenAI
client = OpenAI(base_url="{server.base_url}", api_key="{api_key}")
answer = client.chat.completions.create(
    model="{model}", max_tokens=40, messages=[{{"role": "user", "content": "Say hello."}}]
)
print(answer.choices[0].message.content)
"""
