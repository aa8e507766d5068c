"""The arguments that every command takes which starts a server."""

import argparse

from fake_llm_server._errors import ConfigurationError

DEFAULT_MODEL = "smollm2-135m"


def add_server_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a server to a command's parser."""
    parser.add_argument(
        "model",
        nargs="?",
        default=DEFAULT_MODEL,
        help="an alias, a Hugging Face repository or the path of a GGUF file (default: %(default)s)",
    )
    parser.add_argument(
        "--alias",
        action="append",
        default=[],
        metavar="NAME",
        help="a further name for the model, such as gpt-4o-mini; may be given more than once",
    )


def parse_aliases(parsed: argparse.Namespace) -> dict[str, str]:
    """The aliases of the command line, each for the one model."""
    for alias in parsed.alias:
        if not alias.strip():
            raise ConfigurationError("--alias takes a name, such as gpt-4o-mini; it was empty.")
    return dict.fromkeys(parsed.alias, parsed.model)
