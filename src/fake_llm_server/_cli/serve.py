"""`fake-llm-server serve`: a server that runs until a signal stops it."""

import argparse
import gc
from pathlib import Path

from fake_llm_server._cli.interruption import interrupted_by_signals, noted_signals
from fake_llm_server._cli.setting_flags import add_setting_flags, list_served, read_arguments
from fake_llm_server._serving import FakeLLMServer

_EPILOG = (
    "Every setting may also come from the environment, such as FAKE_LLM_SERVER_WINDOW=512, or from --config: "
    "flags come first, then the environment, then the file."
)


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser("serve", help="keep a server running", epilog=_EPILOG)
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file with settings")
    add_setting_flags(parser, list_served(), nargs="*")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Serve until the process is interrupted or terminated; while models load, that ends it at once."""
    with interrupted_by_signals():
        arguments = read_arguments(parsed, list_served(), parsed.config)
        verb = "Fetching" if arguments.get("load") == "first_use" else "Loading"
        print(f"{verb} {', '.join(arguments['model_name'])} …", flush=True)
        with FakeLLMServer(**arguments) as server, noted_signals() as stopping:
            _keep_what_is_loaded()
            print(_describe(server), flush=True)
            stopping.wait()
            print("Stopping.", flush=True)
    return 0


def _keep_what_is_loaded() -> None:
    """Have the garbage collector pass over what this process holds by now, and will hold to its end.

    It would look through all of it again after each thousand requests or so, and hold them up for 0.1 s.
    """
    gc.collect()
    gc.freeze()


def _describe(server: FakeLLMServer) -> str:
    """What a user pastes first: a curl line and a Python snippet for this very server."""
    names = list(server.configuration)
    model = names[-1]
    api_key = server.openai_client_args()["api_key"]
    authorization = f"-H 'Authorization: Bearer {api_key}' " if server.configuration.settings.api_keys else ""
    control = f"Control: {server.control_url}\n" if server.configuration.settings.control_key else ""
    return f"""Serving {", ".join(names)} at {server.base_url} (Ctrl+C stops it)
{control}
curl {server.base_url}/chat/completions {authorization}-H 'Content-Type: application/json' \\
  -d '{{"model": "{model}", "max_tokens": 40, "messages": [{{"role": "user", "content": "Say hello."}}]}}'

from openai import OpenAI
client = OpenAI(base_url="{server.base_url}", api_key="{api_key}")
answer = client.chat.completions.create(
    model="{model}", max_tokens=40, messages=[{{"role": "user", "content": "Say hello."}}]
)
print(answer.choices[0].message.content)
"""
