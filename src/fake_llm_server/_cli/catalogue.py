"""`fake-llm-server models`: the catalogue, what of it is here, and what of it fits."""

import argparse
from collections.abc import Sequence

from fake_llm_server._backends.local.model_layout import plan_layouts
from fake_llm_server._engine import EngineSettings
from fake_llm_server._weights.hub import Hub
from fake_llm_server._weights.machine import read_machine
from fake_llm_server._weights.readiness import Readiness, check_catalogue
from fake_llm_server._weights.sizes import format_bytes

_HEADINGS = ("ALIAS", "SIZE", "HERE", "MEMORY", "CONTEXT", "CAN", "LICENCE", "ON THIS MACHINE")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser("models", help="list the models known by a short name")
    parser.set_defaults(run=run)


def run(_parsed: argparse.Namespace) -> int:
    """Print the table; it takes no network."""
    hub = Hub()
    rows = check_catalogue(read_machine(hub.cache_dir), plan_layouts(EngineSettings()), hub)
    print_table([_HEADINGS, *(_describe(row) for row in rows)])
    print(
        f"""
Models are kept in {hub.cache_dir}.
SIZE of a model that isn't here is what it was when the catalogue was written. MEMORY is an estimate for the
default settings: weights, the keys and values of all slots, and work buffers.

  fake-llm-server pull ALIAS     downloads a model
  fake-llm-server serve ALIAS    serves it, downloading it first if need be

Any other GGUF model is named by its Hugging Face repository (owner/name, owner/name:Q8_0) or its path."""
    )
    return 0


def _describe(row: Readiness) -> tuple[str, ...]:
    can = [
        word for word, has in (("tools", row.entry.has_tools), ("reasoning", row.entry.has_reasoning)) if has
    ]
    return (
        row.spec.name,
        format_bytes(row.size),
        "yes" if row.is_here else "no",
        format_bytes(row.need.total),
        f"{row.entry.shape.context_length:,}",
        ", ".join(can) or "chat",
        row.entry.licence,
        row.fit.text,
    )


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns as wide as their widest cell; the last one runs free."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print("  ".join(cells).rstrip())
