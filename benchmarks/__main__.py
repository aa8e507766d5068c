"""Measure the engine and the server beside their peers, print the table, keep it as JSON.

Rounds go over all peers in turn, so that whatever else the machine does strikes all alike.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.figures import Figure, ratio, write_table
from benchmarks.peers import open_neighbour, open_server, open_worker, server_commands
from benchmarks.worker import NUM_CLIENTS

_RESULTS = Path(__file__).parent / "results"
_DOCS = Path(__file__).parent.parent / "docs" / "engine.md"
_BEGIN, _END = "<!-- table of python -m benchmarks --docs -->", "<!-- end of table -->"
_ENGINE_MEASUREMENTS = (
    "first_token_cold",
    "first_token_warm",
    "first_token_rotation",
    "json_answer",
    "decode_many",
)


def main() -> None:
    """Run all benchmarks."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=5, help="how often each figure is measured (default: 5)"
    )
    parser.add_argument("--docs", action="store_true", help="replace the table in docs/engine.md too")
    arguments = parser.parse_args()
    num_rounds = arguments.rounds
    figures = [*measure_processes(num_rounds), *measure_servers(num_rounds), *measure_second_server()]
    table = write_table(figures)
    print(table)
    if arguments.docs:
        replace_table(_DOCS, table)
    _RESULTS.mkdir(exist_ok=True)
    path = _RESULTS / f"{time.strftime('%Y-%m-%dT%H-%M-%S')}.json"
    path.write_text(json.dumps([vars(figure) for figure in figures], indent=2))
    print(f"\nwritten to {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path.name}")


def replace_table(path: Path, table: str) -> None:
    """Put the table between the marks of a Markdown file."""
    before, _, rest = path.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    path.write_text(f"{before}{_BEGIN}\n{table}\n{_END}{after}")


def measure_processes(num_rounds: int) -> list[Figure]:
    """The engine beside the high-level `Llama`, quiet and with a neighbour."""
    values: dict[str, list[float]] = defaultdict(list)
    with open_worker("engine") as engine, open_worker("llama") as llama:
        for _ in range(num_rounds):
            values["engine"].append(engine.measure("decode_one"))
            values["llama"].append(llama.measure("decode_one"))
            for name in _ENGINE_MEASUREMENTS:
                values[name].append(engine.measure(name))
            with open_neighbour():
                values["engine, neighbour"].append(engine.measure("decode_one"))
                values["llama, neighbour"].append(llama.measure("decode_one"))
    rates = {name: Figure(name, "tokens/s", tuple(numbers)) for name, numbers in values.items()}
    ours, theirs = rates["engine"], rates["llama"]
    cold = rates["first_token_cold"]
    return [
        _named(ours, "decode, one stream, engine"),
        _named(theirs, "decode, one stream, high-level `Llama`"),
        ratio("decode, one stream, against high-level `Llama`", ours, theirs, 1.3),
        _named(rates["decode_many"], f"decode, {NUM_CLIENTS} streams, engine without HTTP"),
        _named(cold, "first token, 500-token system prompt, cold", "s"),
        _named(rates["first_token_warm"], "first token, the same, warm", "s"),
        ratio("first token, warm against cold", rates["first_token_warm"], cold, 1 / 20, is_most=True),
        ratio(
            "first token, five prompts in rotation", rates["first_token_rotation"], cold, 1 / 10, is_most=True
        ),
        ratio("JSON by schema against free text, tokens/s", rates["json_answer"], ours, 1.0),
        _named(rates["engine, neighbour"], "decode, one busy neighbour, engine"),
        _named(rates["llama, neighbour"], "decode, one busy neighbour, high-level `Llama`"),
        ratio("decode, one busy neighbour against quiet", rates["engine, neighbour"], ours, 0.4),
    ]


def measure_servers(num_rounds: int) -> list[Figure]:
    """Our server beside the others, with one client and with eight."""
    values: dict[tuple[str, int], list[float]] = defaultdict(list)
    commands = server_commands()
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(open_server(command)) for name, command in commands.items()}
        for _ in range(num_rounds):
            for num_clients in (1, NUM_CLIENTS):
                for name, server in servers.items():
                    values[name, num_clients].append(server.rate(num_clients))
    figures = {
        key: Figure(f"HTTP, {key[1]} clients, {key[0]}", "tokens/s", tuple(numbers))
        for key, numbers in values.items()
    }
    aims = {
        ("llama_cpp.server", NUM_CLIENTS): 2.0,
        ("llama-server", 1): 1.0,
        ("llama-server", NUM_CLIENTS): 1.0,
    }
    compared = []
    for (peer, num_clients), aim in aims.items():
        name = f"HTTP, {num_clients} clients, against {peer}"
        if peer in commands:
            ours, theirs = figures["fake-llm-server", num_clients], figures[peer, num_clients]
            compared.append(ratio(name, ours, theirs, aim))
        else:
            compared.append(Figure(name, "times", (), note=f"{peer} isn't installed here"))
    return [*figures.values(), *compared]


def measure_second_server() -> list[Figure]:
    """Time and memory of a second server on a loaded model."""
    command = [sys.executable, "-m", "benchmarks.second_server"]
    reply = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    times = tuple(reply["open_and_close_ms"])
    return [
        Figure("second server, open and close", "ms", times, 20, is_most=True),
        Figure("second server, memory", "MiB", (reply["more_mib"],), 5, is_most=True),
    ]


def _named(figure: Figure, name: str, unit: str = "tokens/s") -> Figure:
    return Figure(name, unit, figure.values)


if __name__ == "__main__":
    main()
