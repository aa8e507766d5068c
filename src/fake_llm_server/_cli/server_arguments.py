"""The arguments that every command takes which starts a server."""

import argparse
from collections.abc import Sequence

from fake_llm_server._errors import ConfigurationError

DEFAULT_MODEL = "smollm2-135m"
MODEL_HELP = f"an alias, a Hugging Face repository or the path of a GGUF file (default: {DEFAULT_MODEL})"


def add_server_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a server, but for its models, to a command's parser."""
    parser.add_argument(
        "--alias",
        action="append",
        default=[],
        metavar="NAME[=MODEL]",
        help="a further name for a model, such as gpt-4o-mini; MODEL may be left out where there is only "
        "one; may be given more than once",
    )
    parser.add_argument(
        "--gpu-layers",
        type=int,
        default=0,
        metavar="N",
        help="layers to compute on a GPU; -1 is all (default: %(default)s)",
    )


def parse_aliases(aliases: Sequence[str], models: Sequence[str]) -> dict[str, str]:
    """The aliases of the command line, each with its model.

    Raises:
        ConfigurationError: a name is empty, or leaves open which of several models it means.
    """
    return dict(_parse_alias(alias, models) for alias in aliases)


def _parse_alias(alias: str, models: Sequence[str]) -> tuple[str, str]:
    name, has_model, model = alias.partition("=")
    if not name.strip() or (has_model and not model.strip()):
        raise ConfigurationError(
            f"--alias takes a name, such as gpt-4o-mini, or NAME=MODEL; it was {alias!r}."
        )
    if has_model:
        return name, model
    if len(models) > 1:
        raise ConfigurationError(
            f"--alias {name} doesn't say which model it means: write --alias {name}={models[0]}, or another."
        )
    return name, models[0]
