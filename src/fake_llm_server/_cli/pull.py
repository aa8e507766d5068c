"""`fake-llm-server pull`: download models ahead of time, for example into a CI cache."""

import argparse
import sys

from fake_llm_server._errors import ModelError
from fake_llm_server._weights import ModelSpec
from fake_llm_server._weights.file_check import check_model_files
from fake_llm_server._weights.hub import Hub
from fake_llm_server._weights.sizes import format_bytes
from fake_llm_server._weights.sources import HubSource


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser("pull", help="download models, or bring them up to date")
    parser.add_argument(
        "models",
        nargs="+",
        metavar="MODEL",
        help="an alias or a Hugging Face repository (owner/name, owner/name:Q8_0, owner/name/file.gguf)",
    )
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Download each; after a failure the others are still downloaded."""
    specs = [ModelSpec.from_model_name(name) for name in parsed.models]
    hub = Hub()
    num_failed = 0
    for spec in specs:
        try:
            _pull(spec, hub)
        except ModelError as error:
            num_failed += 1
            print(f"fake-llm-server: {error}", file=sys.stderr)
    return 1 if num_failed else 0


def _pull(spec: ModelSpec, hub: Hub) -> None:
    size = f" (about {format_bytes(spec.entry.typical_size)})" if spec.entry else ""
    print(f"{spec.name}{size} …", flush=True)
    downloaded = spec.download(hub, refresh=True)
    header = check_model_files(downloaded.paths)
    checked = "size and hash checked" if isinstance(spec.source, HubSource) else "on this machine already"
    print(f"  {format_bytes(downloaded.num_bytes)}, {header.architecture}, {checked}", flush=True)
    for path in downloaded.paths:
        print(f"  {path}")
