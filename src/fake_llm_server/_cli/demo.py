"""`fake-llm-server demo`: one real answer, to show that everything works."""

import argparse
import time
from collections.abc import Iterable

import openai

from fake_llm_server._cli.interruption import interrupted_by_signals
from fake_llm_server._cli.setting_flags import add_setting_flags, list_served, read_arguments
from fake_llm_server._serving import FakeLLMServer

_DEFAULT_PROMPT = "In one sentence: why do tests of programs that call an LLM need a fake one?"
_MAX_TOKENS = 80
_SECTIONS = ("models", "engine", "answers")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser("demo", help="start a server, ask it something, print the answer")
    add_setting_flags(parser, list_served(*_SECTIONS), nargs="?")
    parser.add_argument("--prompt", default=_DEFAULT_PROMPT, help="what to ask (default: %(default)s)")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Start a server, ask it through OpenAI's client, and print the answer as it comes."""
    with interrupted_by_signals():
        _show(parsed)
    return 0


def _show(parsed: argparse.Namespace) -> None:
    arguments = read_arguments(parsed, list_served(*_SECTIONS))
    model = arguments["model_name"][0]
    print(f"Loading {model} …", flush=True)
    start = time.perf_counter()
    with FakeLLMServer(**arguments) as server:
        print(f"Serving at {server.base_url} after {time.perf_counter() - start:.2f} s.\n")
        print(f"> {parsed.prompt}\n", flush=True)
        with openai.OpenAI(**server.openai_client_args()) as client:
            usage, first_s, total_s = _ask(client, next(iter(server.configuration)), parsed.prompt)
    decode_s = max(total_s - first_s, 1e-9)
    print(
        f"\n\n{usage.prompt_tokens} prompt tokens, {usage.completion_tokens} answered: the first after "
        f"{first_s:.2f} s, then {max(usage.completion_tokens - 1, 0) / decode_s:.0f} tokens/s."
    )
    _print_next_steps(model)


def _ask(client: openai.OpenAI, model: str, prompt: str) -> tuple[openai.types.CompletionUsage, float, float]:
    """Ask, print the answer as it streams; return its usage, and the seconds to its first and last token."""
    start = time.perf_counter()
    first_s = 0.0
    usage = openai.types.CompletionUsage(prompt_tokens=0, completion_tokens=0, total_tokens=0)
    chunks: Iterable[openai.types.chat.ChatCompletionChunk] = client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": prompt}],
        max_tokens=_MAX_TOKENS,
        stream=True,
        stream_options={"include_usage": True},
    )
    for chunk in chunks:
        usage = chunk.usage or usage
        for choice in chunk.choices:
            if choice.delta.content:
                first_s = first_s or time.perf_counter() - start
                print(choice.delta.content, end="", flush=True)
    return usage, first_s, time.perf_counter() - start


def _print_next_steps(model: str) -> None:
    print(
        f"""
Next:
  fake-llm-server serve {model}
      keeps a server running for any OpenAI client.

  In a test:
      import openai
      from fake_llm_server import FakeLLMServer

      with FakeLLMServer(model_name="{model}", aliases={{"gpt-4o-mini": "{model}"}}) as server:
          client = openai.OpenAI(**server.openai_client_args())"""
    )
