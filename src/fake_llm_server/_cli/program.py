"""Reads the command line and runs the command it names."""

import argparse
import os
import sys
from collections.abc import Sequence

from fake_llm_server import __version__
from fake_llm_server._cli import catalogue, demo, doctor, pull, serve
from fake_llm_server._errors import FakeLLMServerError

_COMMANDS = (demo, serve, catalogue, pull, doctor)
"""Modules with `add_parser(subparsers)`, each of which sets `run`: arguments to an exit status."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: of the command line, without the program's name; None takes the process's.

    Returns:
        The exit status: 0 when the command did its job, 1 when it said why not, 130 when interrupted, 141
        when its output is closed (`fake-llm-server models | head -1`).
    """
    parser = argparse.ArgumentParser(
        prog="fake-llm-server",
        description="A fake of the OpenAI API for tests, answered by a real small model.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_parser(subparsers)
    parsed = parser.parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
        sys.stdout.flush()
    except FakeLLMServerError as error:
        print(f"fake-llm-server: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Python flushes once more when it ends: https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return status
